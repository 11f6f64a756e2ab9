//! Draws what a graph's random nodes drew, the same at the same place of a recording.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::sine_source::normal_pair;
use crate::graph::{Distribution, RandomInput};
use crate::model::Tensor;

/// The numbers for the random inputs of a graph; each is a function of seed, input, frame and place in the frame.
#[derive(Clone, Debug)]
pub(crate) struct RandomFeeds {
    inputs: Vec<RandomInput>,
    seed: u64,
}

impl RandomFeeds {
    /// The numbers of a seed.
    pub(crate) fn new(inputs: Vec<RandomInput>, seed: u64) -> RandomFeeds {
        RandomFeeds { inputs, seed }
    }

    /// Another seed.
    pub(crate) fn reseed(&mut self, seed: u64) {
        self.seed = seed;
    }

    /// The inputs for `count` frames from frame `first` on.
    pub(crate) fn frames(&self, first: i64, count: usize) -> Vec<(String, Tensor)> {
        let numbered = self.inputs.iter().enumerate();
        numbered
            .map(|(index, input)| (input.name.clone(), self.draw(index, input, first, count)))
            .collect()
    }

    fn draw(&self, index: usize, input: &RandomInput, first: i64, count: usize) -> Tensor {
        let shape: Vec<usize> = input.shape.iter().map(|extent| extent.at(count)).collect();
        let mut values = vec![0.0; shape.iter().product()];
        let mut generator = ChaCha8Rng::seed_from_u64(self.seed);
        // 0 is the latent noise, 1 the source's.
        generator.set_stream(2 + index as u64);
        let Some(axis) = input.shape.iter().position(|extent| extent.per_frame > 0) else {
            fill(&mut generator, input.distribution, values.iter_mut());
            return Tensor::f32(&shape, values);
        };
        let inner: usize = shape[axis + 1..].iter().product();
        let per_frame = input.shape[axis].per_frame * inner;
        let row = shape[axis] * inner;
        let outer: usize = shape[..axis].iter().product();
        // At most two words for each number of a frame; the same for any count of frames.
        let words = (2 * outer * per_frame) as u128;
        // What is there without a frame is history that the graph leaves away: it lies before the first frame.
        let lead = input.shape[axis].fixed / input.shape[axis].per_frame;
        let start = (first as u64).wrapping_sub(lead as u64);
        for frame in 0..lead + count {
            let number = start.wrapping_add(frame as u64);
            generator.set_word_pos(u128::from(number) * words);
            let places = values.chunks_mut(row);
            let places = places.flat_map(|row| &mut row[frame * per_frame..][..per_frame]);
            fill(&mut generator, input.distribution, places);
        }
        Tensor::f32(&shape, values)
    }
}

fn fill<'a>(
    generator: &mut ChaCha8Rng,
    distribution: Distribution,
    places: impl Iterator<Item = &'a mut f32>,
) {
    // Normal numbers come in pairs.
    let mut spare: Option<f64> = None;
    for place in places {
        *place = match distribution {
            Distribution::Normal { mean, deviation } => {
                let normal = spare.take().unwrap_or_else(|| {
                    let (one, other) = normal_pair(generator);
                    spare = Some(other);
                    one
                });
                mean + deviation * normal as f32
            }
            Distribution::Uniform { low, high } => {
                low + (high - low) * (generator.next_u32() >> 8) as f32 / (1 << 24) as f32
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Extent;

    /// Latents with 24 frames of history: windows draw the same where they overlap, and nothing is left at zero.
    #[test]
    fn history_is_drawn_before_the_first_frame() {
        let extent = |per_frame, fixed| Extent { per_frame, fixed };
        let input = RandomInput {
            name: "random_0".to_owned(),
            distribution: Distribution::Normal {
                mean: 0.0,
                deviation: 1.0,
            },
            shape: vec![extent(0, 1), extent(0, 2), extent(1, 24)],
        };
        let feeds = RandomFeeds::new(vec![input], 7);
        let drawn = |first, count| feeds.frames(first, count)[0].1.as_f32().unwrap().to_vec();
        let (whole, part) = (drawn(0, 40), drawn(10, 20));
        assert!(whole.iter().all(|&x| x != 0.0));
        let (row, short) = (64, 44);
        for channel in 0..2 {
            assert_eq!(
                part[channel * short..][..short],
                whole[channel * row + 10..][..short]
            );
        }
    }
}
