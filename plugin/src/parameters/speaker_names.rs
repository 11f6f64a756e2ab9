//! Remembers the names of a voice's speakers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use syrinx_engine::VoiceSlots;

/// How old the names of a missing voice may be. Hosts ask for every position of a knob, and looking for a voice
/// reads a folder; people who install one wait about this long.
const PATIENCE: Duration = Duration::from_secs(5);

/// Number and name of each speaker of the voice in one slot, remembered until slot or voice changes.
///
/// # Real-time safety
/// None: it locks and may read files.
#[derive(Debug)]
pub struct SpeakerNames {
    voices: Arc<VoiceSlots>,
    slot: Arc<AtomicU32>,
    known: Mutex<Option<Known>>,
}

#[derive(Debug)]
struct Known {
    slot: u32,
    generation: u64,
    since: Instant,
    speakers: Arc<[(u32, String)]>,
}

impl SpeakerNames {
    /// The speakers of the voice in whatever slot `slot` holds.
    pub fn new(voices: &Arc<VoiceSlots>, slot: &Arc<AtomicU32>) -> SpeakerNames {
        SpeakerNames {
            voices: Arc::clone(voices),
            slot: Arc::clone(slot),
            known: Mutex::new(None),
        }
    }

    /// All of them.
    pub fn all(&self) -> Arc<[(u32, String)]> {
        let (slot, generation) = (self.slot.load(Ordering::Relaxed), self.voices.generation());
        let mut known = self.known.lock();
        if let Some(known) = known.as_ref()
            && (known.slot, known.generation) == (slot, generation)
            && (!known.speakers.is_empty() || known.since.elapsed() < PATIENCE)
        {
            return Arc::clone(&known.speakers);
        }
        let speakers: Arc<[(u32, String)]> = self.voices.speakers(slot).into();
        *known = Some(Known {
            slot,
            generation,
            since: Instant::now(),
            speakers: Arc::clone(&speakers),
        });
        speakers
    }

    /// The name of one.
    pub fn name(&self, number: u32) -> Option<String> {
        let all = self.all();
        let speaker = all.iter().find(|speaker| speaker.0 == number)?;
        Some(speaker.1.clone())
    }

    /// The number of the one called `name`.
    pub fn number(&self, name: &str) -> Option<u32> {
        let all = self.all();
        let speaker = all.iter().find(|speaker| speaker.1 == name)?;
        Some(speaker.0)
    }
}
