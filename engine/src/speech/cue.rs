//! Says which line is to be spoken, how, and when.

/// How a line is spoken; all of it holds from its first sound to its last.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpeechControls {
    /// Speed as a factor, 0.25 to 4.
    pub rate: f32,
    /// Shift of the pitch in semitones, -24 to 24.
    pub pitch: f32,
    /// The range of F0 around its mean, 0 (monotone) to 2.
    pub intonation: f32,
    /// The pauses between sentences as a factor, 0 to 4.
    pub pause: f32,
    /// The emotion, counted from 1 in the voice's own order; 0, and what the voice lacks, is its own way of speaking.
    pub emotion: u32,
    /// How much of the emotion, 0 to 2.
    pub intensity: f32,
    /// The MIDI note that the line is sung on, as far as it lies within two octaves of the voice; `pitch` and
    /// `intonation` then count for nothing.
    pub note: Option<u8>,
    /// Decides everything random.
    pub seed: u64,
}

impl Default for SpeechControls {
    fn default() -> SpeechControls {
        SpeechControls {
            rate: 1.0,
            pitch: 0.0,
            intonation: 1.0,
            pause: 1.0,
            emotion: 0,
            intensity: 1.0,
            note: None,
            seed: 0,
        }
    }
}

/// Starts a line; one that is being spoken is cut off where the new one begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cue {
    /// Which line of [`crate::SpeechLines`], from 0 on.
    pub line: u32,
    /// Its level as a factor, 0 to 1.
    pub level: f32,
    /// How it is spoken.
    pub controls: SpeechControls,
}

/// A cue at a sample of a block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CueAt {
    /// The sample of the block; the line begins exactly the reported latency after it.
    pub offset: usize,
    /// What to speak.
    pub cue: Cue,
}
