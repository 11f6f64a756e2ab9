//! Moves the formants of a generator that has no input for them.

use syrinx_dsp::{ResampleError, SampleRate, Semitones};

use super::aligned_resampler::AlignedResampler;
use super::synthesizer::Features;

/// Steps into which the factor is divided: 0.6 %, a tenth of a semitone. Ratios of small numbers keep frames
/// and samples in whole-number relation.
const STEPS: usize = 160;

/// Moves the formants of a generator that has no input for them: it speaks slower by the factor, on a lower F0, and
/// what it says is played back faster. F0 and duration stay, everything else moves up by the factor.
///
/// Reference: the formant shift of the real-time RVC programs, which generate at another rate and resample back.
pub(super) struct Formants {
    formant: Semitones,
    steps: usize,
    back: AlignedResampler,
}

impl Formants {
    /// For a shift of -12 to 12 semitones.
    ///
    /// # Errors
    /// If the factor cannot be resampled, which within the range it can.
    pub(super) fn new(formant: Semitones) -> Result<Formants, ResampleError> {
        let steps = ((formant.to_ratio() * STEPS as f32).round() as usize).max(1);
        // Only the ratio matters; these are rates that the resampler takes.
        let back = AlignedResampler::new(
            SampleRate::of(steps as u32 * 100),
            SampleRate::of(STEPS as u32 * 100),
        )?;
        Ok(Formants {
            formant,
            steps,
            back,
        })
    }

    /// The shift that it was made for.
    pub(super) fn formant(&self) -> Semitones {
        self.formant
    }

    /// The frames that the generator speaks in the place of `frames`: all that they need, and less than one more.
    pub(super) fn stretched(&self, frames: usize) -> usize {
        (frames * self.steps).div_ceil(STEPS)
    }

    /// What the generator takes for [`Formants::stretched`] frames, from what it takes for `frames`: each of its
    /// frames is the one that will be heard at its middle, and F0 is lower by the factor. The noise of `features` is
    /// of its own frames already.
    pub(super) fn slow_down(&self, features: &mut Features<'_>, frames: usize) {
        let under: Vec<usize> = (0..self.stretched(frames))
            .map(|frame| ((2 * frame + 1) * STEPS / (2 * self.steps)).min(frames - 1))
            .collect();
        let gather = |values: &[f32]| under.iter().map(|&frame| values[frame]).collect();
        let slower = STEPS as f32 / self.steps as f32;
        features.f0 = under
            .iter()
            .map(|&frame| features.f0[frame] * slower)
            .collect();
        features.uv = gather(&features.uv);
        features.volume = features.volume.as_deref().map(gather);
        features.mel2ph = under.iter().map(|&frame| features.mel2ph[frame]).collect();
    }

    /// The frame of the generator's time at which frame `first` of the recording lies.
    pub(super) fn stretched_start(&self, first: i64) -> i64 {
        (first * self.steps as i64).div_euclid(STEPS as i64)
    }

    /// Plays back what the generator said, its first `length` samples.
    pub(super) fn play_back(&mut self, spoken: &[f32], length: usize) -> Vec<f32> {
        let mut output = self.back.whole(spoken);
        output.truncate(length);
        output
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::super::content::Content;
    use super::*;
    use crate::model::Tensor;

    const HOP: usize = 512;
    const HZ: f64 = 44_100.0;

    /// What a generator with one formant at 1500 Hz says on an F0 of `f0_hz`.
    fn say(f0_hz: f64, samples: usize) -> Vec<f32> {
        let harmonics = (1..=(5000.0 / f0_hz) as usize).map(|k| k as f64 * f0_hz);
        let mut said = vec![0.0; samples];
        for hz in harmonics {
            let level = (-((hz - 1500.0) / 400.0).powi(2)).exp() + 0.01;
            for (n, sample) in said.iter_mut().enumerate() {
                *sample += (0.05 * level * (TAU * hz * n as f64 / HZ).sin()) as f32;
            }
        }
        said
    }

    /// Amplitude of `hz` under a Hann window.
    fn amplitude(signal: &[f32], hz: f64) -> f64 {
        let length = signal.len() as f64;
        let (mut re, mut im) = (0.0, 0.0);
        for (n, &x) in signal.iter().enumerate() {
            let window = 1.0 - (TAU * n as f64 / length).cos();
            let angle = TAU * hz * n as f64 / HZ;
            re += window * f64::from(x) * angle.cos();
            im += window * f64::from(x) * angle.sin();
        }
        re.hypot(im) / length
    }

    fn features(content: &Content, frames: usize) -> Features<'_> {
        Features {
            content,
            mel2ph: (1..=frames as i64).collect(),
            f0: vec![200.0; frames],
            uv: vec![1.0; frames],
            noise: Vec::new(),
            noise_scale: 0.0,
            volume: Some((0..frames).map(|frame| frame as f32).collect()),
        }
    }

    #[test]
    fn f0_and_length_stay_and_formants_move() {
        let content = Content {
            frame_ms: 20,
            start_ms: None,
            frames: 1,
            tensor: Tensor::zeros(&[1, 1, 1]),
        };
        for semitones in [-12.0, -5.3, 6.0, 12.0f32] {
            let mut formants = Formants::new(Semitones(semitones)).unwrap();
            // A number of frames that no factor divides.
            let frames = 157;
            let mut features = features(&content, frames);
            formants.slow_down(&mut features, frames);
            let count = formants.stretched(frames);
            assert_eq!((features.f0.len(), features.mel2ph.len()), (count, count));
            let spoken = say(f64::from(features.f0[0]), count * HOP);
            let output = formants.play_back(&spoken, frames * HOP);
            assert_eq!(output.len(), frames * HOP);
            // Up to the last 5 ms, where the resampler meets the end: streams take the end of a window.
            let last = &output[output.len() - 1_000..output.len() - 220];
            assert!(
                last.iter().any(|x| x.abs() > 0.01),
                "{semitones} st: the end is missing"
            );

            let middle = &output[8_000..60_000];
            let on = amplitude(middle, 1400.0);
            // 0.15 % is 2.6 cents: off by as much, the seventh harmonic would be gone from under the window's lobe,
            // 1.7 Hz wide.
            assert!(
                [0.9985, 1.0015]
                    .iter()
                    .all(|&beside| on > 5.0 * amplitude(middle, 1400.0 * beside)),
                "{semitones} st: F0 moved"
            );
            let loudest = (1..=30)
                .map(|k| f64::from(k) * 200.0)
                .max_by(|&a, &b| amplitude(middle, a).total_cmp(&amplitude(middle, b)))
                .unwrap();
            let expected = 1500.0 * 2f64.powf(f64::from(semitones) / 12.0);
            // Harmonics lie 200 Hz apart, so the nearest is within 100 Hz, and a step of the factor is 10 Hz.
            assert!(
                (loudest - expected).abs() <= 110.0,
                "{semitones} st: {loudest} for {expected} Hz"
            );
        }
    }

    #[test]
    fn every_frame_is_heard_at_its_time() {
        let content = Content {
            frame_ms: 20,
            start_ms: None,
            frames: 1,
            tensor: Tensor::zeros(&[1, 1, 1]),
        };
        for semitones in [-12.0, -7.7, 0.3, 12.0f32] {
            let formants = Formants::new(Semitones(semitones)).unwrap();
            let factor = formants.steps as f64 / STEPS as f64;
            for frames in [1, 2, 99, 157, 400] {
                let mut features = features(&content, frames);
                formants.slow_down(&mut features, frames);
                for (at, &phone) in features.mel2ph.iter().enumerate() {
                    let heard = ((at as f64 + 0.5) / factor).min(frames as f64 - 0.5);
                    // Inside the source's frame, so never further than half a frame from its middle.
                    assert!(
                        (heard - (phone as f64 - 0.5)).abs() < 0.5 + 1e-9,
                        "{semitones} st, frame {at}"
                    );
                }
                let volume = features.volume.unwrap();
                assert!(
                    volume
                        .iter()
                        .zip(&features.mel2ph)
                        .all(|(&v, &m)| v as i64 + 1 == m)
                );
            }
        }
    }
}
