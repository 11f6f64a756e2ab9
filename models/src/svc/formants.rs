//! Moves the formants of a generator that has no input for them.

use syrinx_dsp::{ResampleError, SampleRate, Semitones};

use super::aligned_resampler::AlignedResampler;

/// Steps into which the factor is divided: 0.6 %, a tenth of a semitone. Ratios of small numbers keep the resampler's
/// groups short.
const STEPS: u32 = 160;

/// Moves the formants of a generator that has no input for them: it speaks slower by the factor, on a lower F0, and
/// what it says is played back faster. F0 and duration stay, everything else moves up by the factor.
///
/// Reference: the formant shift of the real-time RVC programs, which generate at another rate and resample back.
pub(super) struct Formants {
    formant: Semitones,
    steps: u32,
    back: AlignedResampler,
}

impl Formants {
    /// For a shift of -12 to 12 semitones.
    ///
    /// # Errors
    /// If the factor cannot be resampled, which within the range it can.
    pub(super) fn new(formant: Semitones) -> Result<Formants, ResampleError> {
        let steps = (formant.to_ratio() * STEPS as f32).round() as u32;
        // Only the ratio matters; these are rates that the resampler takes.
        let back = AlignedResampler::new(
            SampleRate::of(steps.max(1) * 100),
            SampleRate::of(STEPS * 100),
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

    /// The frames that the generator speaks in the place of `frames`.
    pub(super) fn stretched(&self, frames: usize) -> usize {
        ((frames as u64 * u64::from(self.steps) + u64::from(STEPS) / 2) / u64::from(STEPS)) as usize
    }

    /// The frame of the generator's time at which frame `first` of the recording lies.
    pub(super) fn stretched_start(&self, first: i64) -> i64 {
        (first * i64::from(self.steps)).div_euclid(i64::from(STEPS))
    }

    /// Plays back what the generator said, as `length` samples.
    pub(super) fn play_back(&mut self, spoken: &[f32], length: usize) -> Vec<f32> {
        let mut output = self.back.whole(spoken);
        output.resize(length, 0.0);
        output
    }
}
