//! Finds the ONNX Runtime library that lies beside the plugin.

use std::path::{Path, PathBuf};

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
        .find_map(|plugin| find_in(plugin.parent()?))
}

/// The ONNX Runtime library in `folder`: the last one by name where there are several, which is the one with the
/// longest version.
pub fn find_in(folder: &Path) -> Option<PathBuf> {
    let entries = folder.read_dir().ok()?;
    entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| is_library(path) && path.is_file())
        .max()
}

fn is_library(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
        return false;
    };
    if cfg!(windows) {
        name.eq_ignore_ascii_case("onnxruntime.dll")
    } else if cfg!(target_os = "macos") {
        name.starts_with("libonnxruntime.") && name.ends_with(".dylib")
    } else {
        name == "libonnxruntime.so" || name.starts_with("libonnxruntime.so.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn the_library_is_found_and_its_providers_are_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let touch = |name: &str| std::fs::write(folder.path().join(name), b"").expect("a file");
        assert_eq!(find_in(folder.path()), None);
        touch("libonnxruntime_providers_shared.so");
        touch("libsyrinx_plugin.so");
        assert_eq!(find_in(folder.path()), None);
        touch("libonnxruntime.so.1.31.1");
        touch("libonnxruntime.so.1");
        let found = find_in(folder.path()).expect("a library");
        assert!(found.is_absolute() && found.ends_with("libonnxruntime.so.1.31.1"));
        assert_eq!(find_in(&folder.path().join("nowhere")), None);
    }

    #[test]
    fn our_own_object_has_a_folder() {
        let own = process_path::get_dylib_path().expect("a path");
        assert!(std::path::absolute(own).expect("a full path").is_file());
    }
}
