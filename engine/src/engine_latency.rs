//! The latency of an engine, as a sum of named terms.

use syrinx_dsp::Samples;
use syrinx_models::LatencyTerm;

/// The latency of an engine, as a sum of named terms.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EngineLatency {
    samples: Samples,
    ms: f64,
    terms: Vec<LatencyTerm>,
}

impl EngineLatency {
    /// What is reported to the host, in samples at its rate.
    pub fn samples(&self) -> Samples {
        self.samples
    }

    /// The same in milliseconds.
    pub fn ms(&self) -> f64 {
        self.ms
    }

    /// Its parts, longest first.
    pub fn terms(&self) -> &[LatencyTerm] {
        &self.terms
    }
}
