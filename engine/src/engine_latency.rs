//! The latency of an engine, as a sum of named terms.

use std::time::Duration;

use syrinx_dsp::{SampleRate, Samples};
use syrinx_models::{LatencyTerm, Quality, StreamLatency, Voice, VoiceBundle};

/// The latency of an engine, as a sum of named terms.
///
/// `the denoiser's and the limiter's, if there are any + the voice's own stream + max_block + deadline - 1 + reserve`, in
/// samples at the host's rate.
/// The stream's part holds the resamplers, the chunk, lookahead and joins. The next three are what a thread of its own
/// costs: the output of a block is wanted as soon as its input is handed over, while the chunk that it completes takes up
/// to the deadline, and later by the reserve where the machine stands still. That it suffices for any sequence of blocks
/// is shown in `tests/bridge.rs`.
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

/// What follows from a latency for the parts of the engine.
#[derive(Clone, Debug, PartialEq)]
pub struct LatencyPlan {
    /// What is reported.
    pub latency: EngineLatency,
    /// The stream's share.
    pub stream: Samples,
    /// The thread's share.
    pub lead: usize,
    /// The longest permitted time for a chunk.
    pub deadline: Duration,
}

impl LatencyPlan {
    /// For the voice in `bundle`, which is not loaded.
    ///
    /// # Errors
    /// In words, if the bundle's numbers do not fit together or its rate cannot be resampled.
    pub fn of(
        bundle: &VoiceBundle,
        rate: SampleRate,
        max_block: usize,
        quality: Quality,
    ) -> Result<LatencyPlan, String> {
        let name = &bundle.manifest().name;
        let spec = Voice::spec_of(bundle, quality).map_err(|error| format!("{name}: {error}"))?;
        let stream = StreamLatency::of(&spec, rate).map_err(|error| format!("{name}: {error}"))?;
        let chunk = spec.chunk.convert(spec.input_rate, rate);
        let deadline = deadline(chunk, quality);
        Ok(LatencyPlan::sum(&stream, max_block, deadline, rate))
    }

    /// For a stream, blocks and a deadline in samples at `rate`.
    pub fn sum(
        stream: &StreamLatency,
        max_block: usize,
        deadline: Samples,
        rate: SampleRate,
    ) -> LatencyPlan {
        let lead = max_block + deadline.0 - 1;
        let samples = stream.total + Samples(lead);
        let mut terms = stream.terms.clone();
        terms.push(LatencyTerm {
            name: "block",
            ms: Samples(max_block - 1).to_ms(rate),
            note: "the host's longest block: a smaller buffer in the host shortens it",
        });
        terms.push(LatencyTerm {
            name: "deadline",
            ms: deadline.to_ms(rate),
            note: "the time for computing a chunk; a shorter one needs a faster machine",
        });
        terms.sort_by(|a, b| b.ms.total_cmp(&a.ms));
        LatencyPlan {
            latency: EngineLatency {
                samples,
                ms: samples.to_ms(rate),
                terms,
            },
            stream: stream.total,
            lead,
            deadline: Duration::from_secs_f64(deadline.to_ms(rate) / 1e3),
        }
    }

    /// The same with so much more time for the thread; 0 is none.
    #[must_use]
    pub fn with_reserve(mut self, reserve: Samples, rate: SampleRate) -> LatencyPlan {
        self.lead += reserve.0;
        self.add(
            LatencyTerm {
                name: "reserve",
                ms: reserve.to_ms(rate),
                note: "kept in hand for a machine that stands still now and then; it may be set to none",
            },
            reserve,
            rate,
        );
        self
    }

    /// The same behind a denoiser that delays by so much; 0 is none.
    #[must_use]
    pub fn behind_denoiser(mut self, delay: Samples, rate: SampleRate) -> LatencyPlan {
        self.add(
            LatencyTerm {
                name: "denoiser",
                ms: delay.to_ms(rate),
                note: "it listens to 20 ms at once; switched off, it costs nothing",
            },
            delay,
            rate,
        );
        self
    }

    /// The same before a limiter that delays by so much; 0 is none.
    #[must_use]
    pub fn before_limiter(mut self, delay: Samples, rate: SampleRate) -> LatencyPlan {
        self.add(
            LatencyTerm {
                name: "limiter",
                ms: delay.to_ms(rate),
                note: "it sees peaks before they are heard; switched off, it costs nothing",
            },
            delay,
            rate,
        );
        self
    }

    fn add(&mut self, term: LatencyTerm, delay: Samples, rate: SampleRate) {
        if delay == Samples(0) {
            return;
        }
        let latency = &mut self.latency;
        latency.samples = latency.samples + delay;
        latency.ms = latency.samples.to_ms(rate);
        latency.terms.push(term);
        latency.terms.sort_by(|a, b| b.ms.total_cmp(&a.ms));
    }
}

/// The deadline of a chunk, in samples.
fn deadline(chunk: Samples, quality: Quality) -> Samples {
    let share = (chunk.0 as f64 * quality.deadline_share()) as usize;
    Samples(share.max(1))
}
