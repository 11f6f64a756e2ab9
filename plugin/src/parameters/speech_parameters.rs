//! What a host can turn about speech.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use nice_plug::prelude::*;
use syrinx_engine::{SpeechControls, SpeechLines, SpeechMode};

use super::{ModeChoice, NoteChoice, percent, shift, switch, within};
use crate::formats;
use crate::state::SavedLines;

/// Speeds, per cent: a quarter to four times, as the voice takes them.
const RATES: (f32, f32) = (25.0, 400.0);

/// The last emotion: more than any voice of today has (33), for ever.
const LAST_EMOTION: i32 = 63;

/// What a host can turn about speech, and the lines that are saved with it. A line keeps what holds at its cue.
#[derive(Params)]
#[allow(missing_docs)] // Their names say what they are; units and ranges stand at their making.
pub struct SpeechParameters {
    #[id = "mode"]
    pub mode: EnumParam<ModeChoice>,
    #[id = "speak"]
    pub speak: BoolParam,
    #[id = "line"]
    pub line: IntParam,
    #[id = "notes"]
    pub notes: EnumParam<NoteChoice>,
    #[id = "sprate"]
    pub rate: FloatParam,
    #[id = "sppitc"]
    pub pitch: FloatParam,
    #[id = "spinto"]
    pub intonation: FloatParam,
    #[id = "sppaus"]
    pub pause: FloatParam,
    #[id = "spemot"]
    pub emotion: IntParam,
    #[id = "spinty"]
    pub intensity: FloatParam,

    #[persist = "speech-lines"]
    pub lines: SavedLines,

    presses: Arc<AtomicU32>,
}

impl SpeechParameters {
    /// Everything at its default, for an instance that speaks `lines`.
    pub fn new(lines: &Arc<SpeechLines>) -> SpeechParameters {
        let max = SpeechLines::COUNT as i32;
        let presses = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&presses);
        let (slowest, fastest) = RATES;
        let rates = FloatRange::Linear {
            min: slowest,
            max: fastest,
        };
        SpeechParameters {
            mode: EnumParam::new("Mode", ModeChoice::from(SpeechMode::default())),
            speak: switch("Speak Line").with_callback(Arc::new(move |on| {
                count.fetch_add(u32::from(on), Ordering::Relaxed);
            })),
            line: IntParam::new("Line", 1, IntRange::Linear { min: 1, max })
                .with_string_to_value(Arc::new(formats::parse_whole)),
            notes: EnumParam::new("Notes", NoteChoice::Lines),
            rate: FloatParam::new("Speech Rate", 100.0, rates)
                .with_step_size(1.0)
                .with_value_to_string(Arc::new(formats::percent))
                .with_string_to_value(Arc::new(move |text| formats::parse_percent(text, fastest))),
            pitch: shift(
                "Speech Pitch",
                24.0,
                0.1,
                |value| formats::semitones(value, 1),
                formats::parse_semitones,
            ),
            intonation: percent("Speech Intonation", 100.0, 200.0),
            pause: percent("Speech Pauses", 100.0, 400.0),
            emotion: IntParam::new(
                "Speech Emotion",
                0,
                IntRange::Linear {
                    min: 0,
                    max: LAST_EMOTION,
                },
            )
            .with_value_to_string(Arc::new(formats::emotion))
            .with_string_to_value(Arc::new(formats::parse_emotion)),
            intensity: percent("Speech Intensity", 100.0, 200.0),
            lines: SavedLines(Arc::clone(lines)),
            presses,
        }
    }

    /// How often the button has been pressed: of a click shorter than a block, its value tells nothing.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn presses(&self) -> u32 {
        self.presses.load(Ordering::Relaxed)
    }

    /// What is heard.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn mode(&self) -> SpeechMode {
        self.mode.value().into()
    }

    /// The number of the chosen line, from 0 on.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn chosen(&self) -> u32 {
        self.line.value().clamp(1, SpeechLines::COUNT as i32) as u32 - 1
    }

    /// How a line that begins now is spoken. A saved state can hold any number, so every value is brought into its
    /// range.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn controls(&self, seed: u64) -> SpeechControls {
        let (slowest, fastest) = RATES;
        SpeechControls {
            rate: within(self.rate.value(), slowest, fastest, 100.0) / 100.0,
            pitch: within(self.pitch.value(), -24.0, 24.0, 0.0),
            intonation: within(self.intonation.value(), 0.0, 200.0, 100.0) / 100.0,
            pause: within(self.pause.value(), 0.0, 400.0, 100.0) / 100.0,
            emotion: self.emotion.value().clamp(0, LAST_EMOTION) as u32,
            intensity: within(self.intensity.value(), 0.0, 200.0, 100.0) / 100.0,
            note: None,
            seed,
        }
    }
}
