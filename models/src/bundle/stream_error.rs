//! What a voice's streams cost in sound, as its import measured it.

use serde::{Deserialize, Serialize};

use crate::quality::Quality;

/// How far a parted voice's stream of one quality is from the same voice that hears the recording as a whole, its
/// generator with all the lookahead that it can use.
///
/// Both get the F0 of the whole recording. Else the phases would part at the first frame whose F0 a window tracks
/// otherwise, and from there on a difference of samples would tell of nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StreamError {
    /// The quality.
    pub quality: Quality,
    /// What the stream hears of the past, in milliseconds.
    pub context_ms: f64,
    /// New audio per call, in milliseconds.
    pub chunk_ms: f64,
    /// What encoder and generator know of the future, in milliseconds.
    pub lookahead_ms: f64,
    /// Power of the whole over power of the difference, in dB; `None` where there is no difference.
    pub snr_db: Option<f64>,
    /// The distance of the spectra, in dB.
    pub log_spectral_distance_db: f64,
    /// The median distance of F0, in cents, where both are voiced; `None` where they are nowhere.
    pub f0_error_cents: Option<f64>,
}
