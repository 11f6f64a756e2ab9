//! Mixes the channels of a host down to the one that is converted.

use syrinx_dsp::{LinearRamp, SampleRate};

use crate::audio_path::{CHANNELS, RAMP_MS};

/// How long a channel has to be digitally silent until it counts for nothing. Shorter, the silence between the phrases of
/// a gated stereo recording would make the other side louder; longer, a bounce that starts in the middle of a one-sided
/// stretch would differ from one that starts before it for as long.
const SILENT_MS: f64 = 1_000.0;

/// Mixes the channels of a host down to the one that is converted: the mean of those that carry something.
///
/// A voice on one side alone keeps its level: some hosts give a mono track to a stereo plugin in this way (Ardour does
/// to all that take notes), and so does an interface whose other socket is free. A channel counts from its first sample
/// other than 0 until it has been 0 for a second; what that changes is faded while something is heard.
pub struct MixDown {
    /// Samples of silence so far, per channel; no further than to `silent`.
    zeros: [usize; CHANNELS],
    silent: usize,
    /// How many channels count.
    count: LinearRamp,
}

impl MixDown {
    /// For a host at `rate`, in silence.
    pub fn new(rate: SampleRate) -> MixDown {
        let silent = rate.samples_in_ms(SILENT_MS).0;
        MixDown {
            zeros: [silent; CHANNELS],
            silent,
            count: LinearRamp::new(1.0, rate.samples_in_ms(RAMP_MS)),
        }
    }

    /// The next sample of the mix, of finite samples of at most two channels.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    #[inline]
    pub fn next(&mut self, samples: impl Iterator<Item = f32>) -> f32 {
        let (mut sum, mut counting, mut was_silent) = (0.0, 0_u8, true);
        for (sample, zeros) in samples.zip(&mut self.zeros) {
            was_silent &= *zeros >= self.silent;
            *zeros = match sample == 0.0 {
                true => self.silent.min(*zeros + 1),
                false => 0,
            };
            counting += u8::from(*zeros < self.silent);
            sum += sample;
        }
        if counting > 0 {
            self.count.set_target(f32::from(counting));
            if was_silent {
                // Nothing was heard that could jump.
                self.count.reset();
            }
        }
        sum / self.count.next_value()
    }

    /// Forgets the past.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn reset(&mut self) {
        self.zeros = [self.silent; CHANNELS];
        self.count.reset();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: SampleRate = SampleRate::of(48_000);

    fn tone(length: usize) -> Vec<f32> {
        (0..length)
            .map(|at| 0.3 * (at as f32 * 0.1).cos())
            .collect()
    }

    fn mixed(left: &[f32], right: &[f32]) -> Vec<f32> {
        let mut mix = MixDown::new(RATE);
        let pairs = left.iter().zip(right);
        pairs.map(|(&l, &r)| mix.next([l, r].into_iter())).collect()
    }

    #[test]
    fn both_channels_give_their_mean_from_the_first_sample() {
        let left = tone(4_800);
        let right: Vec<f32> = left.iter().map(|x| -0.5 * x).collect();
        let expected: Vec<f32> = left.iter().map(|x| (x - 0.5 * x) / 2.0).collect();
        assert_eq!(mixed(&left, &right), expected);
        assert_eq!(mixed(&left, &left), left);
        let mut mix = MixDown::new(RATE);
        let mono: Vec<f32> = left.iter().map(|&x| mix.next([x].into_iter())).collect();
        assert_eq!(mono, left);
    }

    #[test]
    fn one_side_alone_keeps_its_level() {
        let (voice, silence) = (tone(96_000), vec![0.0; 96_000]);
        assert_eq!(mixed(&voice, &silence), voice);
        assert_eq!(mixed(&silence, &voice), voice);
    }

    #[test]
    fn a_side_that_comes_or_goes_is_faded() {
        // A constant, so that only the share moves: 1 alone, and the mean of 1 and tiny numbers beside it.
        let left = vec![1.0; 144_000];
        let right: Vec<f32> = (0..144_000)
            .map(|at| {
                if (24_000..72_000).contains(&at) {
                    1e-9
                } else {
                    0.0
                }
            })
            .collect();
        let found = mixed(&left, &right);
        assert!(found[..24_000].iter().all(|&x| x == 1.0));
        assert!(
            found[24_960..119_999]
                .iter()
                .all(|&x| (x - 0.5).abs() < 1e-6)
        );
        assert!(found[120_960..].iter().all(|&x| x == 1.0));
        // 20 ms are 960 samples; the share moves by at most 1 in all of them, and 1 / count is steepest at 1.
        let step = found.windows(2).map(|pair| (pair[1] - pair[0]).abs());
        assert!(step.fold(0.0, f32::max) < 1.1 / 960.0);
    }

    #[test]
    fn after_a_pause_of_both_nothing_is_remembered() {
        let voice = tone(4_800);
        let mut mix = MixDown::new(RATE);
        voice.iter().for_each(|&x| {
            mix.next([x, 0.0].into_iter());
        });
        (0..48_000).for_each(|_| {
            mix.next([0.0, 0.0].into_iter());
        });
        let both: Vec<f32> = voice
            .iter()
            .map(|&x| mix.next([x, x].into_iter()))
            .collect();
        assert_eq!(both, voice);
    }
}
