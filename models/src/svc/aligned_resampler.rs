//! Resamples a recording that arrives in parts, without its delay.

use syrinx_dsp::{ResampleError, ResamplerConfig, SampleRate, Samples, StreamResampler};

/// Input samples per step; bounds the scratch memory.
const BLOCK: usize = 4_096;

/// A resampler for recordings: output sample 0 is at the time of input sample 0.
pub(super) struct AlignedResampler {
    inner: StreamResampler,
    scratch: Vec<f32>,
    skip: usize,
    taken: usize,
    given: usize,
}

impl AlignedResampler {
    /// A resampler at the start of a recording.
    ///
    /// # Errors
    /// If a rate is out of the resampler's range.
    pub(super) fn new(from: SampleRate, to: SampleRate) -> Result<AlignedResampler, ResampleError> {
        let inner = StreamResampler::new(ResamplerConfig {
            from,
            to,
            max_block: BLOCK,
        })?;
        let scratch = vec![0.0; inner.max_output()];
        let skip = inner.latency().0;
        Ok(AlignedResampler {
            inner,
            scratch,
            skip,
            taken: 0,
            given: 0,
        })
    }

    /// Takes the next samples and appends what is ready.
    pub(super) fn push(&mut self, input: &[f32], output: &mut Vec<f32>) {
        self.taken += input.len();
        self.process(input, usize::MAX, output);
    }

    /// Ends the recording: appends the rest, so that there are `length` samples in all.
    pub(super) fn finish_at(&mut self, length: usize, output: &mut Vec<f32>) {
        let silence = [0.0; BLOCK];
        while self.given < length {
            self.process(&silence, length, output);
        }
    }

    /// Ends the recording at the length that it has: the input's, rounded.
    pub(super) fn finish(&mut self, output: &mut Vec<f32>) {
        let config = self.inner.config();
        let length = Samples(self.taken).convert(config.from, config.to).0;
        self.finish_at(length, output);
    }

    /// Begins another recording.
    pub(super) fn restart(&mut self) {
        self.inner.reset();
        (self.skip, self.taken, self.given) = (self.inner.latency().0, 0, 0);
    }

    /// Resamples a whole recording; what was pushed before is forgotten.
    pub(super) fn whole(&mut self, input: &[f32]) -> Vec<f32> {
        self.restart();
        let mut output = Vec::new();
        self.push(input, &mut output);
        self.finish(&mut output);
        output
    }

    fn process(&mut self, input: &[f32], length: usize, output: &mut Vec<f32>) {
        for block in input.chunks(BLOCK) {
            let written = self.inner.process(block, &mut self.scratch);
            let start = self.skip.min(written);
            self.skip -= start;
            let end = written.min(start.saturating_add(length - self.given));
            output.extend_from_slice(&self.scratch[start..end]);
            self.given += end - start;
        }
    }
}

#[cfg(test)]
mod tests {
    use syrinx_dsp::resample_all;

    use super::*;

    #[test]
    fn parts_give_what_the_whole_gives() {
        let input: Vec<f32> = (0..9_137).map(|n| (n as f32 * 0.05).sin()).collect();
        for (from, to) in [
            (44_100, 16_000),
            (8_000, 44_100),
            (44_100, 44_100),
            (96_000, 44_100),
        ] {
            let (from, to) = (SampleRate::of(from), SampleRate::of(to));
            let expected = resample_all(&input, from, to).unwrap();
            let mut resampler = AlignedResampler::new(from, to).unwrap();
            assert_eq!(resampler.whole(&input), expected);
            assert_eq!(resampler.whole(&input), expected);
            let (mut resampler, mut output) =
                (AlignedResampler::new(from, to).unwrap(), Vec::new());
            for part in input.chunks(1_001) {
                resampler.push(part, &mut output);
            }
            resampler.finish(&mut output);
            assert_eq!(output, expected);
        }
    }
}
