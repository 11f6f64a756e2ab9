//! Puts the licences of the editor's fonts beside the plugin: fonts may be embedded if their texts go along.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::mirror::copy_if_different;

/// The package that holds the fonts, with their licences as text files in a folder beside them.
const FONTS: &str = "epaint_default_fonts";

/// Copies the licences into each of the folders `beside`.
///
/// # Errors
/// If the package has fonts but no licences, or something cannot be copied.
pub fn put_beside(metadata: &Value, beside: &[PathBuf]) -> Result<()> {
    let packages = metadata["packages"].as_array().into_iter().flatten();
    for package in packages.filter(|package| package["name"] == FONTS) {
        let manifest = package["manifest_path"].as_str().map(Path::new);
        let folder = manifest
            .and_then(Path::parent)
            .with_context(|| format!("cargo does not say where {FONTS} lies"))?;
        let texts = texts(&folder.join("fonts"))?;
        for (text, place) in texts
            .iter()
            .flat_map(|text| beside.iter().map(move |place| (text, place)))
        {
            let name = text.file_name().unwrap_or_default().to_string_lossy();
            copy_if_different(text, &place.join(format!("fonts-{name}")))?;
        }
    }
    Ok(())
}

fn texts(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut texts = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    texts.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    ensure!(
        !texts.is_empty(),
        "expected the licences of the fonts in {}, found none",
        folder.display()
    );
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process;

    #[test]
    fn the_licences_of_the_fonts_that_we_embed_go_along() {
        let folder = tempfile::tempdir().unwrap();
        let beside = [folder.path().to_path_buf()];
        put_beside(&process::metadata().unwrap(), &beside).unwrap();
        for name in ["fonts-OFL.txt", "fonts-UFL.txt"] {
            assert!(folder.path().join(name).is_file(), "{name}");
        }
    }

    #[test]
    fn fonts_without_licences_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("font.ttf"), "").unwrap();
        assert!(texts(folder.path()).is_err());
    }
}
