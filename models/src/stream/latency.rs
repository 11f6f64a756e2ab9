//! The latency of a stream, as a sum of named terms, computed from what its converter states.

use syrinx_dsp::{SampleRate, Samples, StreamResampler};

use super::resampler;
use crate::converter::{ConverterSpec, LatencyTerm};
use crate::error::ConvertError;

/// How far ahead the prefill is computed. The pattern of resamplers and chunks repeats after at most as many
/// seconds as the resamplers' groups have samples: 48 at 192 kHz, and 1 to 12 at usual rates.
const PATTERN_SECONDS: u64 = 60;

/// The latency of a stream, as a sum of named terms.
///
/// It follows from the converter's statement and the host's rate alone, so it is known before a network is loaded.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamLatency {
    /// What [`Stream::latency`](crate::Stream::latency) gives, in samples at the host's rate.
    pub total: Samples,
    /// The converter's own terms and those of the resamplers, longest first. They add up to `total` within a
    /// sample, since the sample that completes a chunk waits for no other.
    pub terms: Vec<LatencyTerm>,
}

impl StreamLatency {
    /// The latency that a stream at `host_rate` has around a converter of this statement, for blocks of any length.
    ///
    /// # Errors
    /// If a rate cannot be resampled.
    pub fn of(spec: &ConverterSpec, host_rate: SampleRate) -> Result<StreamLatency, ConvertError> {
        let into_model = resampler(host_rate, spec.input_rate, 1)?;
        let back = resampler(spec.output_rate, host_rate, 1)?;
        Ok(StreamLatency::with(
            spec,
            &into_model,
            &back,
            prefill(spec, &into_model, &back),
        ))
    }

    /// The latency with these resamplers and this prefill.
    pub(super) fn with(
        spec: &ConverterSpec,
        into_model: &StreamResampler,
        back: &StreamResampler,
        prefill: usize,
    ) -> StreamLatency {
        let total = total(spec, into_model, back, prefill);
        StreamLatency {
            total,
            terms: terms(spec, into_model, back, total),
        }
    }
}

/// Zeros that the output starts with, so that none is ever missing: the most, over all moments, that input is
/// ahead of output. Between two chunks no output is made, so it is furthest ahead just before the next one.
pub(super) fn prefill(
    spec: &ConverterSpec,
    into_model: &StreamResampler,
    back: &StreamResampler,
) -> usize {
    let chunk = spec.chunk.0 as u64;
    let chunks = PATTERN_SECONDS * u64::from(spec.input_rate.hz()) / chunk + 2;
    let ahead = |done: u64| {
        let before_next = into_model.input_count_for((done + 1) * chunk) - 1;
        before_next.saturating_sub(back.output_count_after(done * spec.chunk_out() as u64))
    };
    (0..chunks).map(ahead).max().unwrap_or(0) as usize
}

/// The whole delay in host samples, rounded to the nearest.
fn total(
    spec: &ConverterSpec,
    into_model: &StreamResampler,
    back: &StreamResampler,
    prefill: usize,
) -> Samples {
    let host = into_model.config().from;
    let overlap = spec.overlap().convert(spec.output_rate, spec.input_rate);
    let lag = into_model.latency() + spec.lookahead + overlap;
    lag.convert(spec.input_rate, host) + back.latency() + Samples(prefill)
}

/// The converter's terms, both filters, and what is left: the prefill is a chunk less the sample that completes it,
/// and what the resamplers hold back for their groups.
fn terms(
    spec: &ConverterSpec,
    into_model: &StreamResampler,
    back: &StreamResampler,
    total: Samples,
) -> Vec<LatencyTerm> {
    let host = into_model.config().from;
    let filter_in = into_model.latency().to_ms(spec.input_rate);
    let filter_out = back.latency().to_ms(host);
    let stated = (spec.chunk + spec.lookahead).to_ms(spec.input_rate)
        + spec.overlap().to_ms(spec.output_rate);
    let groups = total.to_ms(host) - stated - filter_in - filter_out;
    let resampling = [
        LatencyTerm {
            name: "resampling in",
            ms: filter_in,
            note: "half the filter; a shorter one dulls or mirrors what lies near the highest frequency",
        },
        LatencyTerm {
            name: "resampling out",
            ms: filter_out,
            note: "half the filter; none where the host runs at the voice's rate",
        },
        LatencyTerm {
            name: "resampling groups",
            ms: groups,
            note: "resamplers give samples in groups of a quarter millisecond; smaller groups cost compute",
        },
    ];
    // Up to a sample either way is rounding, and no term.
    let one = Samples(1).to_ms(host);
    let mut terms = spec.terms.clone();
    terms.extend(resampling.into_iter().filter(|term| term.ms.abs() > one));
    terms.sort_by(|a, b| b.ms.total_cmp(&a.ms));
    terms
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::converter::Join;

    fn parts(host: u32, chunk: usize) -> (ConverterSpec, StreamResampler, StreamResampler) {
        let (input_rate, output_rate) = (SampleRate::of(16_000), SampleRate::of(32_000));
        let spec = ConverterSpec {
            input_rate,
            output_rate,
            chunk: Samples(chunk),
            context: Samples(0),
            lookahead: Samples(0),
            join: Join::Exact,
            terms: Vec::new(),
        };
        let host = SampleRate::of(host);
        let into_model = resampler(host, input_rate, 64).expect("a usual rate");
        let back = resampler(output_rate, host, 2 * chunk).expect("a usual rate");
        (spec, into_model, back)
    }

    #[test]
    fn the_prefill_is_what_a_look_at_every_sample_of_15_seconds_finds() {
        for (host, chunk) in [
            (44_100, 160),
            (44_100, 4_000),
            (48_000, 160),
            (11_025, 320),
            (12_345, 160),
        ] {
            let (spec, into_model, back) = parts(host, chunk);
            let behind = |inputs: u64| {
                let chunks = into_model.output_count_after(inputs) / chunk as u64;
                inputs
                    - back
                        .output_count_after(chunks * 2 * chunk as u64)
                        .min(inputs)
            };
            let worst = (1..=15 * u64::from(host))
                .map(behind)
                .max()
                .expect("not empty");
            assert_eq!(
                prefill(&spec, &into_model, &back) as u64,
                worst,
                "{host} Hz, chunk {chunk}"
            );
        }
    }
}
