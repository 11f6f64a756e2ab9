//! What a panel shows and nobody can change.

/// A part of the latency.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LatencyPart {
    /// What it is called.
    pub name: String,
    /// How long it is.
    pub ms: f64,
    /// Why it is there.
    pub note: String,
}

/// What a panel shows and nobody can change.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Readings {
    /// The highest input since the last readings, linear.
    pub input_peak: f32,
    /// The highest output since the last readings, linear.
    pub output_peak: f32,
    /// The level below which the input is silence, in dBFS; `None` without a gate.
    pub gate: Option<f32>,
    /// The latency in samples; `None` while nothing runs.
    pub latency_samples: Option<u32>,
    /// The same in milliseconds.
    pub latency_ms: f64,
    /// Its parts, longest first.
    pub latency_parts: Vec<LatencyPart>,
    /// The time that a chunk takes over the time that it may take.
    pub load: f32,
    /// The highest of those.
    pub peak_load: f32,
    /// How often converted sound was missing.
    pub underruns: u64,
    /// How many samples were missing.
    pub missing_samples: u64,
    /// How often input was lost.
    pub overruns: u64,
    /// What became of the voice, in words.
    pub voice: String,
    /// What runs the networks.
    pub backend: String,
    /// Which priority the model thread got, in words.
    pub priority: String,
    /// What a user should know.
    pub notices: Vec<String>,
}
