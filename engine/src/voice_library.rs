//! Finds voices and loads each once for all who use it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use syrinx_models::bundle::VoiceKindName;
use syrinx_models::runtime::RuntimeConfig;
use syrinx_models::{Backend, Device, ManifestError, Runtime, Voice, VoiceBundle, voices};

use crate::VoiceIdentity;

/// The library of this process, for as long as an engine uses it.
static SHARED: Mutex<Weak<VoiceLibrary>> = Mutex::new(Weak::new());

/// A voice's place, behind a lock of its own: whoever comes while it loads waits for it.
type Shelf = Arc<Mutex<Weak<Voice>>>;

/// A voice that was found.
pub struct Found {
    /// Its files.
    pub bundle: Arc<VoiceBundle>,
    /// What a user should know: that it is not quite the one that was asked for.
    pub notice: Option<String>,
}

/// Finds voices and loads each once for all who use it; a voice is dropped with its last user.
///
/// # Real-time safety
/// None: it reads files and locks.
#[derive(Default)]
pub struct VoiceLibrary {
    runtime: Mutex<Option<Runtime>>,
    runtime_library: Mutex<Option<PathBuf>>,
    bundles: Mutex<HashMap<String, Arc<VoiceBundle>>>,
    loaded: Mutex<HashMap<String, Shelf>>,
}

impl VoiceLibrary {
    /// The library that all engines of this process share.
    pub fn shared() -> Arc<VoiceLibrary> {
        let mut shared = SHARED.lock();
        shared.upgrade().unwrap_or_else(|| {
            let library = Arc::new(VoiceLibrary::default());
            *shared = Arc::downgrade(&library);
            library
        })
    }

    /// Names the ONNX Runtime library to open, by absolute path; heeded until the first voice is loaded. Where it
    /// turns out not to be there, the runtime's usual search goes on.
    pub fn prefer_runtime(&self, path: PathBuf) {
        *self.runtime_library.lock() = Some(path);
    }

    /// What runs the networks of a voice.
    ///
    /// # Errors
    /// In words, if nothing can.
    pub fn backend(&self, bundle: &VoiceBundle) -> Result<Backend, String> {
        Ok(self.runtime_for(bundle)?.backend())
    }

    /// Opens the voice at `path`, so that its identity is known from now on.
    ///
    /// # Errors
    /// If it is no voice.
    pub fn add(&self, path: &Path) -> Result<Arc<VoiceBundle>, ManifestError> {
        Ok(self.keep(VoiceBundle::open(path)?))
    }

    /// The voice inside the program.
    ///
    /// # Errors
    /// If it is damaged, which a test guards.
    pub fn default_voice(&self) -> Result<Arc<VoiceBundle>, ManifestError> {
        Ok(self.keep(VoiceBundle::default_voice()?))
    }

    /// The installed voices that convert and can be opened.
    pub fn installed(&self) -> Vec<Arc<VoiceBundle>> {
        self.converting(&voices::installed())
    }

    /// Those of the voices at `paths` that convert: one that speaks has nothing to do with a recording.
    fn converting(&self, paths: &[PathBuf]) -> Vec<Arc<VoiceBundle>> {
        paths
            .iter()
            .filter_map(|path| VoiceBundle::open(path).ok())
            .filter(|bundle| !bundle.manifest().kind.speaks())
            .map(|bundle| self.keep(bundle))
            .collect()
    }

    /// The one bundle of this hash: opened twice, it is still one voice.
    fn keep(&self, bundle: VoiceBundle) -> Arc<VoiceBundle> {
        let mut bundles = self.bundles.lock();
        let known = bundles
            .entry(bundle.hash().to_owned())
            .or_insert_with(|| Arc::new(bundle));
        Arc::clone(known)
    }

    /// The voice that is meant: by its hash, or else by its name, which is worth a notice.
    ///
    /// # Errors
    /// In words, if there is neither.
    pub fn find(&self, identity: &VoiceIdentity) -> Result<Found, String> {
        let known = |library: &VoiceLibrary| {
            let bundles = library.bundles.lock();
            bundles.get(&identity.sha256).map(Arc::clone)
        };
        if known(self).is_none() {
            // A damaged default voice would be told of by whoever asks for it.
            let _ = self.default_voice();
            self.installed();
        }
        if let Some(bundle) = known(self) {
            return Ok(Found {
                bundle,
                notice: None,
            });
        }
        let bundles = self.bundles.lock();
        // Of several always the same: a project must not sound different each time that it is opened.
        let namesake = bundles
            .values()
            .filter(|bundle| bundle.manifest().name == identity.name)
            .min_by_key(|bundle| bundle.hash());
        match namesake {
            Some(bundle) => Ok(Found {
                bundle: Arc::clone(bundle),
                notice: Some(format!(
                    "the voice {} is another version than the one that was saved",
                    identity.name
                )),
            }),
            None => Err(format!(
                "the voice {} is not installed{}",
                identity.name,
                voices::voice_folder()
                    .map(|folder| format!(" in {}", folder.display()))
                    .unwrap_or_default()
            )),
        }
    }

    /// The loaded voice; loads it if nobody uses it yet. Takes as long as loading does.
    ///
    /// # Errors
    /// In words, if it cannot be loaded.
    pub fn load(&self, bundle: &Arc<VoiceBundle>) -> Result<Arc<Voice>, String> {
        let shelf = {
            let mut loaded = self.loaded.lock();
            Arc::clone(loaded.entry(bundle.hash().to_owned()).or_default())
        };
        let mut place = shelf.lock();
        if let Some(voice) = place.upgrade() {
            return Ok(voice);
        }
        let name = &bundle.manifest().name;
        let runtime = self.runtime_for(bundle)?;
        let voice = Voice::load(&runtime, Arc::clone(bundle), Device::Cpu)
            .map_err(|error| format!("the voice {name} cannot be loaded: {error}"))?;
        let voice = Arc::new(voice);
        *place = Arc::downgrade(&voice);
        Ok(voice)
    }

    /// What runs a voice. Source-filter networks run as fast on tract, which all instances share; ONNX Runtime would
    /// take 7 MB for each, and give another last bit on machines that have it.
    fn runtime_for(&self, bundle: &VoiceBundle) -> Result<Runtime, String> {
        if bundle.manifest().kind != VoiceKindName::SourceFilter {
            return self.runtime();
        }
        Runtime::new(RuntimeConfig {
            backend: Some(Backend::Tract),
            ..RuntimeConfig::default()
        })
        .map_err(|error| error.to_string())
    }

    fn runtime(&self) -> Result<Runtime, String> {
        let mut runtime = self.runtime.lock();
        if let Some(runtime) = &*runtime {
            return Ok(runtime.clone());
        }
        let library = self.runtime_library.lock().clone();
        let config = RuntimeConfig {
            library: library.filter(|path| path.is_file()),
            kept_networks: voices::network_folder(),
            ..RuntimeConfig::default()
        };
        let made = Runtime::new(config).map_err(|error| error.to_string())?;
        *runtime = Some(made.clone());
        Ok(made)
    }
}

impl std::fmt::Debug for VoiceLibrary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VoiceLibrary")
            .field("bundles", &self.bundles.lock().len())
            .field("runtime", &self.runtime.lock())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_voice_that_speaks_is_none_to_convert_into() {
        let voices = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/voices");
        // The voices inside the program have their decoder in common, which lies with one of them.
        let speech = tempfile::tempdir().unwrap();
        for file in fs::read_dir(voices.join("speech")).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), speech.path().join(file.file_name())).unwrap();
        }
        let decoder = "decoder.onnx";
        fs::copy(
            voices.join("default").join(decoder),
            speech.path().join(decoder),
        )
        .unwrap();
        let paths = [speech.path().to_owned(), voices.join("default")];
        for path in &paths {
            assert!(VoiceBundle::open(path).is_ok(), "{}", path.display());
        }
        let found = VoiceLibrary::default().converting(&paths);
        let names: Vec<&str> = found
            .iter()
            .map(|bundle| bundle.manifest().name.as_str())
            .collect();
        assert_eq!(names, ["default"]);
    }
}
