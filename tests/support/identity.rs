//! A converter that changes nothing but the gain, so that a stream can be tested without networks.

use std::collections::VecDeque;

use syrinx_dsp::{SampleRate, Samples};
use syrinx_models::{Converter, ConverterSpec, Join, RunError};

/// Gives its input back, as late as its specification says.
pub struct Identity {
    spec: ConverterSpec,
    delay: VecDeque<f32>,
    gain: f32,
}

impl Identity {
    /// A converter at `rate` that remembers and joins exactly.
    pub fn exact(rate: SampleRate, chunk: usize, lookahead: usize) -> Identity {
        Identity::new(rate, chunk, 0, lookahead, Join::Exact)
    }

    /// A converter at `rate` that starts anew each time and is joined by SOLA.
    pub fn sola(rate: SampleRate, chunk: usize, context: usize, lookahead: usize) -> Identity {
        let (search, crossfade) = (rate.samples_in_ms(10.0), rate.samples_in_ms(20.0));
        Identity::new(
            rate,
            chunk,
            context,
            lookahead,
            Join::Sola { search, crossfade },
        )
    }

    fn new(
        rate: SampleRate,
        chunk: usize,
        context: usize,
        lookahead: usize,
        join: Join,
    ) -> Identity {
        let spec = ConverterSpec {
            input_rate: rate,
            output_rate: rate,
            chunk: Samples(chunk),
            context: Samples(context),
            lookahead: Samples(lookahead),
            join,
            terms: Vec::new(),
        };
        Identity {
            spec,
            delay: VecDeque::from(vec![0.0; lookahead]),
            gain: 1.0,
        }
    }

    /// The same, with a constant gain.
    pub fn with_gain(self, gain: f32) -> Identity {
        Identity { gain, ..self }
    }
}

impl Converter for Identity {
    fn spec(&self) -> &ConverterSpec {
        &self.spec
    }

    fn convert(&mut self, input: &[f32], output: &mut [f32]) -> Result<(), RunError> {
        assert_eq!(
            (input.len(), output.len()),
            (self.spec.input_len(), self.spec.output_len())
        );
        match self.spec.join {
            Join::Exact => {
                self.delay.extend(input);
                for (out, sample) in output.iter_mut().zip(self.delay.drain(..input.len())) {
                    *out = sample;
                }
            }
            Join::Sola { .. } => {
                let end = input.len() - self.spec.lookahead.0;
                output.copy_from_slice(&input[end - output.len()..end]);
            }
        }
        for sample in output {
            *sample *= self.gain;
        }
        Ok(())
    }

    fn reset(&mut self) {
        self.delay.clear();
        self.delay.extend(vec![0.0; self.spec.lookahead.0]);
    }
}
