//! How much latency a stream may spend on sound and safety.

use serde::{Deserialize, Serialize};

/// How much latency a stream may spend, from least to most. Each kind of voice translates it into chunk, context
/// and lookahead.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Quality {
    /// The shortest chunks, and half a chunk for computing one.
    #[default]
    LowestLatency,
    /// Chunks for slower machines, and a whole chunk for computing one.
    LowLatency,
    /// Longer chunks and more context.
    Balanced,
    /// The longest chunks, most context and lookahead: for bounces and slow machines.
    Best,
}

impl Quality {
    /// All of them, from least latency to most.
    pub const ALL: [Quality; 4] = [
        Quality::LowestLatency,
        Quality::LowLatency,
        Quality::Balanced,
        Quality::Best,
    ];

    /// The share of a chunk in which it must be computed: half of it where latency comes first, which asks for a machine
    /// that computes twice as fast as real time; else all of it. More than a chunk would only let work pile up.
    pub fn deadline_share(self) -> f64 {
        match self {
            Quality::LowestLatency => 0.5,
            _ => 1.0,
        }
    }

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Quality::LowestLatency => "lowest latency",
            Quality::LowLatency => "low latency",
            Quality::Balanced => "balanced",
            Quality::Best => "best",
        }
    }
}
