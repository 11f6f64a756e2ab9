//! Delays a signal by a whole number of samples.

use crate::Samples;

/// A first-in, first-out line of samples that starts full of silence.
///
/// Adds exactly the latency that it was made with, at the signal's own rate.
#[derive(Clone, Debug)]
pub struct DelayLine {
    ring: Vec<f32>,
    position: usize,
}

impl DelayLine {
    /// A line of `delay` samples; 0 passes the signal through.
    pub fn new(delay: Samples) -> DelayLine {
        DelayLine {
            ring: vec![0.0; delay.0],
            position: 0,
        }
    }

    /// Takes the next sample in and gives the one that entered `latency()` samples ago.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    #[inline]
    pub fn step(&mut self, input: f32) -> f32 {
        let Some(slot) = self.ring.get_mut(self.position) else {
            return input;
        };
        let output = std::mem::replace(slot, input);
        self.position += 1;
        if self.position == self.ring.len() {
            self.position = 0;
        }
        output
    }

    /// Delays a block of any size in place.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn process(&mut self, block: &mut [f32]) {
        for sample in block {
            *sample = self.step(*sample);
        }
    }

    /// Forgets what it holds: silence comes out first again.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn reset(&mut self) {
        self.ring.fill(0.0);
        self.position = 0;
    }

    /// The delay in samples.
    pub fn latency(&self) -> Samples {
        Samples(self.ring.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_input_comes_out_bit_exact_after_the_latency() {
        for delay in [0, 1, 5, 64] {
            let input: Vec<f32> = (0..200).map(|n| (n as f32 * 0.7).sin()).collect();
            let mut line = DelayLine::new(Samples(delay));
            let mut output = input.clone();
            // Odd blocks: the ring wraps inside, at and between them.
            for block in output.chunks_mut(13) {
                line.process(block);
            }
            assert_eq!(line.latency(), Samples(delay));
            assert!(output[..delay].iter().all(|&x| x == 0.0));
            assert_eq!(output[delay..], input[..200 - delay]);
            line.reset();
            assert_eq!(line.step(0.25), if delay == 0 { 0.25 } else { 0.0 });
        }
    }
}
