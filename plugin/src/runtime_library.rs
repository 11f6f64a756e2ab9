//! Finds the ONNX Runtime library that lies beside the plugin.

use std::path::PathBuf;

use syrinx_models::runtime::library_in;

/// The ONNX Runtime library in the folder of our own shared object, by absolute path. A plugin that was installed as
/// a link is looked for at both ends.
///
/// By name alone, the system could hand out an older library, or that of another plugin in this process.
///
/// # Real-time safety
/// None: it reads folders.
pub fn runtime_library() -> Option<PathBuf> {
    let plugin = std::path::absolute(process_path::get_dylib_path()?).ok()?;
    let target = plugin.canonicalize().ok();
    [Some(plugin), target]
        .into_iter()
        .flatten()
        .find_map(|plugin| library_in(plugin.parent()?))
}

#[cfg(test)]
mod tests {
    #[test]
    fn our_own_object_has_a_folder() {
        let own = process_path::get_dylib_path().expect("a path");
        assert!(std::path::absolute(own).expect("a full path").is_file());
    }
}
