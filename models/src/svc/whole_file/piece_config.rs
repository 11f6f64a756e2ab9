//! How RVC cuts a long recording, in milliseconds, and the same in samples at 16 kHz.

use serde::Deserialize;

use crate::error::ConvertError;

/// Samples of one frame of RVC, 10 ms at 16 kHz: everything is cut on this grid.
pub(super) const FRAME: usize = 160;

/// How a recording is cut for an RVC voice. The defaults are RVC's own on the CPU and wherever it computes in single
/// precision; in half precision it has 3 s, 10 s, 60 s and 65 s, with little memory 1 s, 5 s, 30 s and 32 s. Times are
/// rounded to whole frames of 10 ms.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PieceConfig {
    /// What a piece hears of the recording before and after it, and of its mirror image at both ends, 100 to 10 000 ms
    /// (`x_pad`). Less lets the networks' ends be heard.
    pub pad_ms: f64,
    /// How far to either side of a multiple of `spacing_ms` the quietest place is looked for, 10 ms to less than half of
    /// `spacing_ms` (`x_query`).
    pub search_ms: f64,
    /// The distance of the cuts, but for the search, 1000 to 600 000 ms (`x_center`). A piece is at most
    /// `spacing_ms + 2 * search_ms` long, which bounds memory: that of attention grows with its square.
    pub spacing_ms: f64,
    /// The longest recording that is not cut at all, 1000 to 600 000 ms (`x_max`).
    pub longest_ms: f64,
}

impl Default for PieceConfig {
    fn default() -> Self {
        PieceConfig {
            pad_ms: 1_000.0,
            search_ms: 6_000.0,
            spacing_ms: 38_000.0,
            longest_ms: 41_000.0,
        }
    }
}

/// A [`PieceConfig`] in samples at 16 kHz, whole frames each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct PieceLengths {
    pub(super) pad: usize,
    pub(super) search: usize,
    pub(super) spacing: usize,
    pub(super) longest: usize,
}

impl PieceConfig {
    /// Checks the settings.
    ///
    /// # Errors
    /// If one is out of its range.
    pub(in crate::svc) fn check(&self) -> Result<(), ConvertError> {
        self.lengths().map(drop)
    }

    /// The settings in samples.
    ///
    /// # Errors
    /// As [`PieceConfig::check`].
    pub(super) fn lengths(&self) -> Result<PieceLengths, ConvertError> {
        ConvertError::check_range("pad_ms", self.pad_ms, 100.0, 10_000.0)?;
        ConvertError::check_range("spacing_ms", self.spacing_ms, 1_000.0, 600_000.0)?;
        ConvertError::check_range("longest_ms", self.longest_ms, 1_000.0, 600_000.0)?;
        let most = self.spacing_ms / 2.0 - 10.0;
        ConvertError::check_range("search_ms", self.search_ms, 10.0, most)?;
        let samples = |ms: f64| (ms / 10.0).round() as usize * FRAME;
        Ok(PieceLengths {
            pad: samples(self.pad_ms),
            search: samples(self.search_ms),
            spacing: samples(self.spacing_ms),
            longest: samples(self.longest_ms),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_those_of_rvc_without_a_gpu() {
        let lengths = PieceConfig::default().lengths().unwrap();
        let seconds = |seconds: usize| seconds * 16_000;
        let expected = PieceLengths {
            pad: seconds(1),
            search: seconds(6),
            spacing: seconds(38),
            longest: seconds(41),
        };
        assert_eq!(lengths, expected);
    }

    #[test]
    fn what_is_out_of_range_is_refused_by_name() {
        let refused = |text: &str| {
            let config: PieceConfig = serde_json::from_str(text).unwrap();
            match config.lengths() {
                Err(ConvertError::Setting { name, .. }) => name,
                other => panic!("{text}: {other:?}"),
            }
        };
        assert_eq!(refused("{\"pad_ms\": 50}"), "pad_ms");
        assert_eq!(refused("{\"spacing_ms\": 999}"), "spacing_ms");
        assert_eq!(refused("{\"longest_ms\": 700000}"), "longest_ms");
        // Searches that meet could cut backwards.
        assert_eq!(refused("{\"search_ms\": 19000}"), "search_ms");
        assert!(serde_json::from_str::<PieceConfig>("{\"pad\": 1}").is_err());
    }
}
