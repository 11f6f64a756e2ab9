//! How the slicer cuts, in milliseconds and decibels, and the same in samples and frames.

use serde::Deserialize;
use syrinx_dsp::SampleRate;

use crate::error::ConvertError;

/// How a [`super::Slicer`] cuts. The defaults of the first five are So-VITS-SVC's.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SlicerConfig {
    /// What is below this RMS level is silence, -120 to 0 dB: -40 for clean recordings, -30 for noisy ones,
    /// -50 to keep breath.
    pub threshold_db: f32,
    /// The shortest slice that a pause may end, up to 60 000 ms. Shorter gives the networks less context.
    pub min_length_ms: f64,
    /// The shortest pause that ends a slice, at least `hop_ms`. Shorter cuts at plosives.
    pub min_interval_ms: f64,
    /// The distance of level frames, 1 to 1000 ms: the precision of a cut.
    pub hop_ms: f64,
    /// How much of a pause stays with the speech on either side, `hop_ms` to 60 000 ms.
    pub max_silence_kept_ms: f64,
    /// The longest piece; a longer slice is cut by force. 1000 to 600 000 ms. It bounds memory, which for
    /// networks with attention grows with its square; 30 s is what they see in training at most.
    pub max_piece_ms: f64,
    /// How much pieces cut by force have in common, 0 to half of `max_piece_ms`. The inner three quarters are
    /// cross-faded, the outer eighths discarded, because networks are worst at their ends.
    pub overlap_ms: f64,
}

impl Default for SlicerConfig {
    fn default() -> Self {
        SlicerConfig {
            threshold_db: -40.0,
            min_length_ms: 5_000.0,
            min_interval_ms: 300.0,
            hop_ms: 20.0,
            max_silence_kept_ms: 5_000.0,
            max_piece_ms: 30_000.0,
            overlap_ms: 500.0,
        }
    }
}

/// A [`SlicerConfig`] at a rate: `hop`, `window`, `max_piece` and `overlap` in samples, the rest in frames.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frames {
    pub hop: usize,
    pub window: usize,
    pub max_piece: usize,
    pub overlap: usize,
    pub min_length: u64,
    pub min_interval: u64,
    pub kept: u64,
}

impl SlicerConfig {
    /// Checks the settings.
    ///
    /// # Errors
    /// If one is out of its range.
    pub(super) fn frames(&self, rate: SampleRate) -> Result<Frames, ConvertError> {
        ConvertError::check_range("threshold_db", f64::from(self.threshold_db), -120.0, 0.0)?;
        ConvertError::check_range("hop_ms", self.hop_ms, 1.0, 1_000.0)?;
        ConvertError::check_range("min_length_ms", self.min_length_ms, 0.0, 60_000.0)?;
        ConvertError::check_range(
            "min_interval_ms",
            self.min_interval_ms,
            self.hop_ms,
            60_000.0,
        )?;
        ConvertError::check_range(
            "max_silence_kept_ms",
            self.max_silence_kept_ms,
            self.hop_ms,
            60_000.0,
        )?;
        ConvertError::check_range("max_piece_ms", self.max_piece_ms, 1_000.0, 600_000.0)?;
        ConvertError::check_range("overlap_ms", self.overlap_ms, 0.0, self.max_piece_ms / 2.0)?;
        let samples = |ms: f64| rate.samples_in_ms(ms).0;
        let hop = samples(self.hop_ms).max(1);
        let in_frames = |ms: f64| (ms * f64::from(rate.hz()) / 1000.0 / hop as f64).round() as u64;
        Ok(Frames {
            hop,
            // Four hops, unless that would bridge the shortest pause.
            window: samples(self.min_interval_ms).min(4 * hop).max(hop),
            max_piece: samples(self.max_piece_ms),
            overlap: samples(self.overlap_ms),
            min_length: in_frames(self.min_length_ms),
            min_interval: in_frames(self.min_interval_ms).max(1),
            kept: in_frames(self.max_silence_kept_ms).max(1),
        })
    }
}
