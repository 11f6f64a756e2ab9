//! Numbers the voices that an instance knows.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use syrinx_models::ManifestError;

use crate::{VoiceIdentity, VoiceLibrary};

/// Which voices an instance knows, by slot: what a host's parameter can count. Slot 0 is the default voice at
/// first; the last slot stays empty and means no voice. Saved with a project, the numbers mean the same voices on
/// any machine.
///
/// # Real-time safety
/// None: it locks and may read files.
#[derive(Debug)]
pub struct VoiceSlots {
    library: Arc<VoiceLibrary>,
    /// Empty until first asked for: a host that only scans need not pay for the default voice.
    slots: Mutex<Vec<VoiceIdentity>>,
    generation: AtomicU64,
}

impl VoiceSlots {
    /// Most voices, the empty last slot included.
    pub const COUNT: usize = 64;

    /// The default voice alone.
    pub fn new(library: &Arc<VoiceLibrary>) -> VoiceSlots {
        VoiceSlots {
            library: Arc::clone(library),
            slots: Mutex::default(),
            generation: AtomicU64::new(0),
        }
    }

    /// Rises with every change.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    fn with<T>(&self, work: impl FnOnce(&mut Vec<VoiceIdentity>) -> T) -> T {
        let mut slots = self.slots.lock();
        if slots.is_empty()
            && let Ok(bundle) = self.library.default_voice()
        {
            slots.push(VoiceIdentity::of(&bundle));
        }
        work(&mut slots)
    }

    /// The voices, by slot.
    pub fn identities(&self) -> Vec<VoiceIdentity> {
        self.with(|slots| slots.clone())
    }

    /// The voice in `slot`; `None` for an empty one.
    pub fn identity(&self, slot: u32) -> Option<VoiceIdentity> {
        self.with(|slots| slots.get(slot as usize).cloned())
    }

    /// Takes the voices of a saved state; those beyond [`VoiceSlots::COUNT`] - 1 are left out. A running engine
    /// notices within milliseconds.
    pub fn restore(&self, mut identities: Vec<VoiceIdentity>) {
        identities.truncate(VoiceSlots::COUNT - 1);
        *self.slots.lock() = identities;
        self.generation.fetch_add(1, Ordering::Release);
    }

    /// Reads the voice folder and gives a slot to each voice that has none yet, as long as there are free ones: only
    /// a user's wish ([`VoiceSlots::add`]) may take a voice's place.
    pub fn refresh(&self) {
        for bundle in self.library.installed() {
            if self.with(|slots| slots.len() < VoiceSlots::COUNT - 1) {
                self.give(VoiceIdentity::of(&bundle));
            }
        }
        // A voice that was missing may be there now: running engines look again.
        self.generation.fetch_add(1, Ordering::Release);
    }

    /// Opens the bundle at `path`, a folder or zip, and gives it a slot.
    ///
    /// # Errors
    /// If it is no voice.
    pub fn add(&self, path: &Path) -> Result<u32, ManifestError> {
        let bundle = self.library.add(path)?;
        Ok(self.give(VoiceIdentity::of(&bundle)))
    }

    /// The slot of a voice, a new one if it has none. With all slots taken, the last voice makes room.
    fn give(&self, identity: VoiceIdentity) -> u32 {
        let slot = self.with(|slots| {
            let known = slots.iter().position(|slot| slot.sha256 == identity.sha256);
            known.unwrap_or_else(|| {
                slots.truncate(VoiceSlots::COUNT - 2);
                slots.push(identity);
                self.generation.fetch_add(1, Ordering::Release);
                slots.len() - 1
            })
        });
        slot as u32
    }

    /// The name of the voice in `slot`, whether it is installed or not.
    pub fn name(&self, slot: u32) -> Option<String> {
        self.identity(slot).map(|identity| identity.name)
    }

    /// Number and name of each speaker of the voice in `slot`; none for a missing voice.
    pub fn speakers(&self, slot: u32) -> Vec<(u32, String)> {
        let found = self.identity(slot).map(|voice| self.library.find(&voice));
        let Some(Ok(found)) = found else {
            return Vec::new();
        };
        let speakers = found.bundle.manifest().speakers.iter();
        speakers
            .map(|speaker| (speaker.id, speaker.name.clone()))
            .collect()
    }

    /// The slot of the voice called `name`.
    pub fn find(&self, name: &str) -> Option<u32> {
        self.with(|slots| slots.iter().position(|slot| slot.name == name))
            .map(|slot| slot as u32)
    }
}

impl Default for VoiceSlots {
    fn default() -> Self {
        VoiceSlots::new(&VoiceLibrary::shared())
    }
}
