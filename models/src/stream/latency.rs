//! The arithmetic of a stream's latency: how many zeros come first, and what everything adds up to.

use syrinx_dsp::{Samples, StreamResampler};

use crate::converter::ConverterSpec;

/// How far ahead the prefill is computed. The pattern of resamplers and chunks repeats after at most as many
/// seconds as the resamplers' groups have samples: 48 at 192 kHz, and 1 to 12 at usual rates.
const PATTERN_SECONDS: u64 = 60;

/// Zeros that the output starts with, so that none is ever missing: the most, over all moments, that input is
/// ahead of output. Between two chunks no output is made, so it is furthest ahead just before the next one.
pub fn prefill(
    spec: &ConverterSpec,
    into_model: &StreamResampler,
    back: &StreamResampler,
) -> usize {
    let chunk = spec.chunk.0 as u64;
    let chunks = PATTERN_SECONDS * u64::from(spec.input_rate.hz()) / chunk + 2;
    let (mut completes, mut most) = (0, 0);
    for done in 0..chunks {
        completes = first_input(into_model, completes, (done + 1) * chunk);
        let made = back.output_count_after(done * spec.chunk_out() as u64);
        most = most.max((completes - 1).saturating_sub(made));
    }
    most as usize
}

/// The number of inputs, above `from`, after which a resampler has made `outputs` for the first time.
fn first_input(resampler: &StreamResampler, from: u64, outputs: u64) -> u64 {
    let made = |inputs: u64| resampler.output_count_after(inputs) >= outputs;
    let mut step = 1;
    while !made(from + step) {
        step *= 2;
    }
    let (mut low, mut high) = (from + step / 2, from + step);
    while low + 1 < high {
        let middle = low + (high - low) / 2;
        if made(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}

/// The whole delay in host samples, rounded to the nearest.
pub fn latency(
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::converter::Join;
    use syrinx_dsp::{ResamplerConfig, SampleRate};

    fn resampler(from: SampleRate, to: SampleRate, max_block: usize) -> StreamResampler {
        StreamResampler::new(ResamplerConfig {
            from,
            to,
            max_block,
        })
        .expect("a usual rate")
    }

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
        let into_model = resampler(host, input_rate, 64);
        let back = resampler(output_rate, host, 2 * chunk);
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
