//! Where the user's presets lie.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use syrinx_models::voices::voice_folder;
use syrinx_views::{Preset, Presets};

use crate::Errands;
use crate::preset_file::{read, write};

/// Most presets that are listed.
const MOST: usize = 500;

/// Where presets lie, beside the folder of voices; `None` where the system names none. It need not exist.
pub fn preset_folder() -> Option<PathBuf> {
    Some(voice_folder()?.with_file_name("presets"))
}

/// Does something with all presets of the user.
type Listener = Box<dyn Fn(&[Preset]) -> Result<(), String> + Send + Sync>;

/// The user's presets: files in a folder, read and written on another thread.
pub struct PresetShelf {
    shared: Arc<Shared>,
    errands: Arc<Errands>,
}

/// What the threads share.
struct Shared {
    folder: Option<PathBuf>,
    presets: Mutex<Vec<(PathBuf, Preset)>>,
    version: AtomicU64,
    problem: Mutex<Option<String>>,
    listener: Option<Listener>,
}

impl Shared {
    /// Reads the folder; files that are no presets are passed over.
    fn refresh(&self) {
        let entries = self
            .folder
            .iter()
            .flat_map(fs::read_dir)
            .flatten()
            .flatten();
        let paths = entries
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "json"));
        let mut presets: Vec<_> = paths
            .filter_map(|path| read(&path).ok().map(|preset| (path, preset)))
            .take(MOST)
            .collect();
        presets.sort_by_cached_key(|(path, preset)| (preset.name.to_lowercase(), path.clone()));
        *self.presets.lock() = presets;
        self.version.fetch_add(1, Ordering::Release);
        if let Some(listener) = &self.listener
            && let Err(problem) = listener(&self.all())
        {
            *self.problem.lock() = Some(problem);
        }
    }

    fn all(&self) -> Vec<Preset> {
        let presets = self.presets.lock();
        presets.iter().map(|(_, preset)| preset.clone()).collect()
    }

    fn save(&self, preset: &Preset) -> Result<(), String> {
        let folder = self.folder.as_ref();
        let folder = folder.ok_or("this system names no folder for presets; set SYRINX_HOME")?;
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let path = self
            .path_of(&preset.name)
            .unwrap_or_else(|| free_path(folder, &preset.name));
        write(&path, preset).map_err(|error| error.to_string())
    }

    fn remove(&self, name: &str) -> Result<(), String> {
        match self.path_of(name) {
            Some(path) => {
                fs::remove_file(&path).map_err(|error| format!("{}: {error}", path.display()))
            }
            None => Err(format!("there is no preset {name:?}")),
        }
    }

    fn path_of(&self, name: &str) -> Option<PathBuf> {
        let presets = self.presets.lock();
        let found = presets.iter().find(|(_, preset)| preset.name == name);
        found.map(|(path, _)| path.clone())
    }

    fn settle(&self, result: Result<(), String>) {
        if let Err(problem) = result {
            *self.problem.lock() = Some(problem);
        }
        self.refresh();
    }
}

/// A path in `folder` where nothing is, like `name` as far as any system lets files be called so.
fn free_path(folder: &Path, name: &str) -> PathBuf {
    let allowed = |c: char| c.is_alphanumeric() || "-_ ".contains(c);
    let plain: String = name
        .chars()
        .map(|c| if allowed(c) { c } else { '-' })
        .collect();
    let numbered = |number: u32| match number {
        1 => folder.join(format!("{}.json", plain.trim())),
        number => folder.join(format!("{} {number}.json", plain.trim())),
    };
    (1..)
        .map(numbered)
        .find(|path| !path.exists())
        .unwrap_or_else(|| numbered(1))
}

impl PresetShelf {
    /// The presets in `folder`, read and written by `errands`.
    pub fn new(folder: Option<PathBuf>, errands: Arc<Errands>) -> PresetShelf {
        PresetShelf::with(folder, errands, None)
    }

    /// The same; `listener` is given them all whenever they were read, on the thread that runs errands. What it cannot do
    /// is told in the editor.
    pub fn telling(
        folder: Option<PathBuf>,
        errands: Arc<Errands>,
        listener: impl Fn(&[Preset]) -> Result<(), String> + Send + Sync + 'static,
    ) -> PresetShelf {
        PresetShelf::with(folder, errands, Some(Box::new(listener)))
    }

    fn with(
        folder: Option<PathBuf>,
        errands: Arc<Errands>,
        listener: Option<Listener>,
    ) -> PresetShelf {
        let shared = Arc::new(Shared {
            folder,
            presets: Mutex::default(),
            version: AtomicU64::new(0),
            problem: Mutex::default(),
            listener,
        });
        PresetShelf { shared, errands }
    }

    /// Reads the folder again, soon.
    pub fn refresh(&self) {
        let shared = Arc::clone(&self.shared);
        self.errands.run(move || shared.refresh());
    }
}

impl Presets for PresetShelf {
    fn version(&self) -> u64 {
        self.shared.version.load(Ordering::Acquire)
    }

    fn all(&self) -> Vec<Preset> {
        self.shared.all()
    }

    fn save(&self, preset: Preset) {
        let shared = Arc::clone(&self.shared);
        self.errands
            .run(move || shared.settle(shared.save(&preset)));
    }

    fn remove(&self, name: &str) {
        let (shared, name) = (Arc::clone(&self.shared), name.to_owned());
        self.errands
            .run(move || shared.settle(shared.remove(&name)));
    }

    fn take_problem(&self) -> Option<String> {
        self.shared.problem.lock().take()
    }
}
