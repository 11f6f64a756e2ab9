//! The voices as the browser shows them, read and imported on other threads.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};

use parking_lot::Mutex;
use rfd::FileDialog;
use syrinx_engine::{VoiceIdentity, VoiceLibrary, VoiceSlots};
use syrinx_models::VoiceBundle;
use syrinx_models::import::ImportObserver;
use syrinx_views::{ImportNews, VoiceCard, VoiceEntry, Voices};

use crate::errands::Errands;
use crate::folder_watch::FolderWatch;
use crate::voice_import::bring_in;

/// Endings of files of which voices are made.
const ENDINGS: [&str; 7] = ["onnx", "zip", "json", "index", "npy", "pkl", "pt"];

/// The voices as the browser shows them. Folders are read and watched, and voices imported, on other threads.
pub struct VoiceShelf {
    shared: Arc<Shared>,
    errands: Arc<Errands>,
    importer: Mutex<Option<JoinHandle<()>>>,
}

/// What a shelf is made for.
#[derive(Clone)]
pub struct ShelfConfig {
    /// The voices of an engine.
    pub voices: Arc<VoiceSlots>,
    /// Where installed voices lie; `None` where the system names no folder.
    pub folder: Option<PathBuf>,
    /// Finds the ONNX Runtime library for imports, where it is not to be looked for. It may read folders.
    pub runtime: fn() -> Option<PathBuf>,
}

/// What the threads share.
struct Shared {
    config: ShelfConfig,
    /// What is read, or being read (`None`), by the hash of the voice.
    cards: Mutex<HashMap<String, Option<Arc<VoiceCard>>>>,
    version: AtomicU64,
    news: Mutex<ImportNews>,
    stop: AtomicBool,
    /// The open window.
    window: Mutex<Option<egui::Context>>,
    /// What the user pointed at in a dialog.
    picked: Mutex<Vec<PathBuf>>,
    /// Whether a dialog is open.
    asking: AtomicBool,
}

impl Shared {
    fn changed(&self) {
        self.version.fetch_add(1, Ordering::Release);
        if let Some(window) = &*self.window.lock() {
            window.request_repaint();
        }
    }

    fn refresh(&self) {
        self.config.voices.refresh();
        self.changed();
    }

    /// Imports, and tells how it ended.
    fn import(&self, paths: &[PathBuf]) {
        let outcome = match &self.config.folder {
            Some(folder) => {
                let library = (self.config.runtime)();
                bring_in(paths, folder, library, &mut Stages::of(self))
            }
            None => Err("this system names no folder for voices; set SYRINX_HOME".to_owned()),
        };
        let outcome = outcome.and_then(|voice| {
            if voice.converts {
                let added = self.config.voices.add(&voice.path);
                added.map_err(|error| error.to_string())?;
            }
            Ok(voice.words)
        });
        *self.news.lock() = ImportNews {
            outcome: Some(outcome),
            ..ImportNews::default()
        };
        self.changed();
    }
}

/// Tells the stages of an import.
struct Stages<'a> {
    shared: &'a Shared,
    /// Bytes of the stage, where that is known.
    total: Option<u64>,
}

impl Stages<'_> {
    fn of(shared: &Shared) -> Stages<'_> {
        Stages {
            shared,
            total: None,
        }
    }
}

impl ImportObserver for Stages<'_> {
    fn stage(&mut self, what: &str, bytes: Option<u64>) {
        self.total = bytes.filter(|&bytes| bytes > 0);
        let mut news = self.shared.news.lock();
        news.stage = Some(what.to_owned());
        news.share = self.total.map(|_| 0.0);
    }

    fn progress(&mut self, done: u64) {
        if let Some(total) = self.total {
            self.shared.news.lock().share = Some((done as f32 / total as f32).min(1.0));
        }
    }

    fn cancelled(&self) -> bool {
        self.shared.stop.load(Ordering::Relaxed)
    }
}

impl VoiceShelf {
    /// The voices of an engine, read by `errands`.
    pub fn new(config: ShelfConfig, errands: Arc<Errands>) -> VoiceShelf {
        let shared = Arc::new(Shared {
            config,
            cards: Mutex::default(),
            version: AtomicU64::new(0),
            news: Mutex::default(),
            stop: AtomicBool::new(false),
            window: Mutex::default(),
            picked: Mutex::default(),
            asking: AtomicBool::new(false),
        });
        VoiceShelf {
            shared,
            errands,
            importer: Mutex::new(None),
        }
    }

    /// A window has opened: from now on the folder is watched.
    pub fn open(&self, window: egui::Context) {
        *self.shared.window.lock() = Some(window);
        let shared = Arc::clone(&self.shared);
        let mut watch = FolderWatch::new(shared.config.folder.clone());
        self.errands.watch(move || {
            if watch.changed() {
                shared.refresh();
            }
        });
    }

    /// It has closed. An import goes on.
    pub fn close(&self) {
        *self.shared.window.lock() = None;
        self.errands.rest();
    }
}

impl Voices for VoiceShelf {
    fn version(&self) -> u64 {
        self.shared.version.load(Ordering::Acquire) + self.shared.config.voices.generation()
    }

    fn all(&self) -> Vec<VoiceEntry> {
        let last = VoiceSlots::COUNT - 1;
        let entry = |(slot, voice): (usize, VoiceIdentity)| VoiceEntry {
            position: slot as f32 / last as f32,
            name: voice.name,
            hash: voice.sha256,
        };
        let identities = self
            .shared
            .config
            .voices
            .identities()
            .into_iter()
            .take(last);
        identities.enumerate().map(entry).collect()
    }

    fn card(&self, voice: &VoiceEntry) -> Option<Arc<VoiceCard>> {
        let mut cards = self.shared.cards.lock();
        if let Some(known) = cards.get(&voice.hash) {
            return known.clone();
        }
        cards.insert(voice.hash.clone(), None);
        let (shared, voice) = (Arc::clone(&self.shared), voice.clone());
        self.errands.run(move || {
            let card = read_card(&voice);
            let mut cards = shared.cards.lock();
            // One that is missing is looked for again whenever something changes.
            cards.retain(|_, card| !matches!(card, Some(card) if card.problem.is_some()));
            cards.insert(voice.hash, Some(Arc::new(card)));
            drop(cards);
            shared.changed();
        });
        None
    }

    fn import(&self, paths: Vec<PathBuf>) {
        let mut importer = self.importer.lock();
        if importer
            .as_ref()
            .is_some_and(|thread| !thread.is_finished())
        {
            self.shared.news.lock().outcome = Some(Err(
                "one voice is being imported; the next one after it, please".to_owned(),
            ));
            return;
        }
        self.shared.stop.store(false, Ordering::Relaxed);
        *self.shared.news.lock() = ImportNews {
            stage: Some("looking at the files".to_owned()),
            ..ImportNews::default()
        };
        let shared = Arc::clone(&self.shared);
        let thread = thread::Builder::new().name("syrinx-import".to_owned());
        match thread.spawn(move || shared.import(&paths)) {
            Ok(thread) => *importer = Some(thread),
            Err(error) => {
                *self.shared.news.lock() = ImportNews {
                    outcome: Some(Err(format!("no thread to import on: {error}"))),
                    ..ImportNews::default()
                };
            }
        }
    }

    fn ask_for_files(&self) {
        if self.shared.asking.swap(true, Ordering::AcqRel) {
            return;
        }
        let shared = Arc::clone(&self.shared);
        let thread = thread::Builder::new().name("syrinx-dialog".to_owned());
        // Nobody waits for it: a host that goes away must not hang on a dialog.
        let started = thread.spawn(move || {
            let picked = FileDialog::new()
                .set_title("A voice to import")
                .add_filter("Voices", &ENDINGS)
                .pick_files();
            shared.asking.store(false, Ordering::Release);
            *shared.picked.lock() = picked.unwrap_or_default();
            shared.changed();
        });
        if started.is_err() {
            self.shared.asking.store(false, Ordering::Release);
        }
    }

    fn news(&self) -> ImportNews {
        let picked = std::mem::take(&mut *self.shared.picked.lock());
        if !picked.is_empty() {
            self.import(picked);
        }
        self.shared.news.lock().clone()
    }

    fn stop(&self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        self.shared.news.lock().outcome = None;
    }
}

impl Drop for VoiceShelf {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        // The plugin's code may be unloaded after this.
        if let Some(thread) = self.importer.lock().take() {
            let _ = thread.join();
        }
    }
}

/// What the voice says about itself, or what is wrong with it.
fn read_card(voice: &VoiceEntry) -> VoiceCard {
    let identity = VoiceIdentity {
        name: voice.name.clone(),
        sha256: voice.hash.clone(),
    };
    match VoiceLibrary::shared().find(&identity) {
        Ok(found) => {
            let card = card_of(&found.bundle);
            let problem = found.notice.or_else(|| card.problem.clone());
            VoiceCard { problem, ..card }
        }
        Err(problem) => VoiceCard {
            problem: Some(problem),
            ..VoiceCard::default()
        },
    }
}

fn card_of(bundle: &VoiceBundle) -> VoiceCard {
    let manifest = bundle.manifest();
    let (text, problem) = match bundle.card() {
        Ok(text) => (text.unwrap_or_default(), None),
        Err(error) => (String::new(), Some(error.to_string())),
    };
    let speakers = manifest.speakers.iter();
    VoiceCard {
        kind: format!("{}, {} Hz", manifest.kind, manifest.rate),
        description: manifest.description.clone(),
        speakers: speakers.map(|speaker| speaker.name.clone()).collect(),
        licence: manifest.licence.clone(),
        consent: manifest.consent.clone(),
        text,
        place: bundle.path().display().to_string(),
        problem,
    }
}
