//! Copies of the default voice that can be damaged.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};

/// A copy of the default voice in a folder.
pub struct VoiceCopy {
    pub folder: PathBuf,
}

impl VoiceCopy {
    pub fn new(folder: &Path) -> VoiceCopy {
        let original = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/voices/default");
        fs::create_dir_all(folder).unwrap();
        for entry in fs::read_dir(original).unwrap().map(Result::unwrap) {
            if entry.path().is_file() {
                fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
            }
        }
        VoiceCopy {
            folder: folder.to_owned(),
        }
    }

    /// Changes the manifest.
    pub fn edit(&self, change: impl FnOnce(&mut Value)) {
        let path = self.folder.join("voice.json");
        let mut manifest = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        change(&mut manifest);
        fs::write(path, serde_json::to_vec_pretty(&manifest).unwrap()).unwrap();
    }

    /// Replaces the file of `role`, with the right hash and size.
    pub fn replace(&self, role: &str, content: &[u8]) {
        self.edit(|manifest| {
            let entry = &mut manifest["files"][role];
            fs::write(self.folder.join(entry["path"].as_str().unwrap()), content).unwrap();
            let hash = Sha256::digest(content);
            let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
            entry["sha256"] = hash.into();
            entry["bytes"] = content.len().into();
        });
    }

    /// The content of the file of `role`.
    pub fn path(&self, role: &str) -> PathBuf {
        let text = fs::read(self.folder.join("voice.json")).unwrap();
        let manifest: Value = serde_json::from_slice(&text).unwrap();
        self.folder
            .join(manifest["files"][role]["path"].as_str().unwrap())
    }
}
