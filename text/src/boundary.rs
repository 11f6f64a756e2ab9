//! Says what stands behind a word, and how long a voice rests behind a segment.

use std::time::Duration;

/// What stands behind a word, from the weakest to the strongest.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Boundary {
    /// The next word of the same phrase; Mandarin's break #1.
    Word,
    /// A slight break without a pause, Mandarin's #2. English has none.
    Group,
    /// A comma, a dash, a bracket, or a cut in a sentence that was too long; Mandarin's #3.
    Phrase,
    /// The end of a sentence; Mandarin's #4.
    Sentence(Ending),
}

/// How a sentence ends.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Ending {
    /// With a full stop, a colon, a semicolon or nothing.
    Statement,
    /// With a question mark.
    Question,
    /// With an exclamation mark.
    Exclamation,
}

/// How long a voice rests behind a segment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Pause {
    /// As long as the last word's [`Boundary`] asks for, which the voice decides.
    Natural,
    /// For this time, in place of the natural pause, because the script says so; breaks that follow
    /// each other are summed, each from 0 to 60 s.
    Exact(Duration),
}
