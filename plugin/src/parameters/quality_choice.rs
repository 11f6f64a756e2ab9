//! The engine's quality as a host's parameter.

use nice_plug::prelude::Enum;
use syrinx_engine::Quality;

/// The engine's [`Quality`] as a host's parameter; the ids are for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum QualityChoice {
    /// [`Quality::LowestLatency`].
    #[id = "lowest-latency"]
    #[name = "Lowest latency"]
    LowestLatency,
    /// [`Quality::LowLatency`].
    #[id = "low-latency"]
    #[name = "Low latency"]
    LowLatency,
    /// [`Quality::Balanced`].
    #[id = "balanced"]
    #[name = "Balanced"]
    Balanced,
    /// [`Quality::Best`].
    #[id = "best"]
    #[name = "Best"]
    Best,
}

impl From<Quality> for QualityChoice {
    fn from(quality: Quality) -> Self {
        match quality {
            Quality::LowestLatency => QualityChoice::LowestLatency,
            Quality::LowLatency => QualityChoice::LowLatency,
            Quality::Balanced => QualityChoice::Balanced,
            Quality::Best => QualityChoice::Best,
        }
    }
}

impl From<QualityChoice> for Quality {
    fn from(choice: QualityChoice) -> Self {
        match choice {
            QualityChoice::LowestLatency => Quality::LowestLatency,
            QualityChoice::LowLatency => Quality::LowLatency,
            QualityChoice::Balanced => Quality::Balanced,
            QualityChoice::Best => Quality::Best,
        }
    }
}
