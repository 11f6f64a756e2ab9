//! Finds the transpose that brings a recording to a voice's own F0.

use syrinx_dsp::Semitones;
use syrinx_dsp::f0::tracker::{F0Config, F0Tracker};

use super::aligned_resampler::AlignedResampler;
use super::content::CONTENT_RATE;
use crate::error::ConvertError;
use crate::sample_io::SampleSource;

/// How much voiced speech is heard at most. The median of a minute of speech is within half a semitone of that
/// of an hour; more would only cost time.
const VOICED_SECONDS: usize = 60;

/// Voiced frames per second of voiced speech.
const FRAMES_PER_SECOND: usize = 100;

/// The farthest transpose, as [`crate::Transpose::Fixed`].
const FARTHEST: f32 = 24.0;

/// The whole number of semitones, -24 to 24, that brings the median F0 of a recording nearest to `target_f0` in
/// Hz; 0 if nothing in it is voiced.
///
/// Hears at most the first minute of voiced speech; reads on until it has that much, or to the end.
///
/// # Errors
/// If the source fails, or `target_f0` is not a frequency.
pub fn auto_transpose(
    source: &mut dyn SampleSource,
    target_f0: f32,
) -> Result<Semitones, ConvertError> {
    if !(target_f0.is_finite() && target_f0 > 0.0) {
        return Err(ConvertError::Setting {
            name: "target_f0",
            expected: "a frequency in Hz".to_owned(),
            found: target_f0.to_string(),
        });
    }
    let rate = source.rate();
    let resample = |error: &dyn std::fmt::Display| ConvertError::Resample {
        from: rate,
        to: CONTENT_RATE,
        reason: error.to_string(),
    };
    let mut resampler =
        AlignedResampler::new(rate, CONTENT_RATE).map_err(|error| resample(&error))?;
    let mut tracker = F0Tracker::new(&F0Config::SPEECH_16K).map_err(|error| resample(&error))?;
    let (mut block, mut speech, mut voiced) = ([0.0; 4_096], Vec::new(), Vec::new());
    let wanted = VOICED_SECONDS * FRAMES_PER_SECOND;
    while voiced.len() < wanted {
        let count = source.read(&mut block)?;
        if count == 0 {
            resampler.finish(&mut speech);
            // What the last frames wait for.
            speech.resize(speech.len() + tracker.latency().0, 0.0);
        } else {
            resampler.push(&block[..count], &mut speech);
        }
        tracker.push(&speech, |frame| {
            voiced.extend(frame.voiced.then_some(frame.hz))
        });
        speech.clear();
        if count == 0 {
            break;
        }
    }
    voiced.truncate(wanted);
    Ok(median(&mut voiced).map_or(Semitones(0.0), |median| {
        let interval = Semitones::from_ratio(target_f0 / median).0;
        Semitones(interval.round().clamp(-FARTHEST, FARTHEST))
    }))
}

fn median(values: &mut [f32]) -> Option<f32> {
    if values.is_empty() {
        return None;
    }
    let middle = values.len() / 2;
    Some(*values.select_nth_unstable_by(middle, f32::total_cmp).1)
}

#[cfg(test)]
mod tests {
    use syrinx_dsp::SampleRate;

    use super::*;
    use crate::error::ReadError;
    use crate::sample_io::SliceSource;

    fn voice(hz: f32, rate: u32, seconds: f32) -> Vec<f32> {
        let step = hz / rate as f32 * std::f32::consts::TAU;
        let sample = |n: usize| {
            (1..6)
                .map(|k| (k as f32 * step * n as f32).sin() / k as f32)
                .sum::<f32>()
        };
        (0..(seconds * rate as f32) as usize)
            .map(|n| 0.2 * sample(n))
            .collect()
    }

    fn found(samples: &[f32], rate: u32, target: f32) -> f32 {
        let mut source = SliceSource::new(samples, SampleRate::of(rate));
        auto_transpose(&mut source, target).unwrap().0
    }

    #[test]
    fn the_median_is_brought_to_the_target() {
        assert_eq!(found(&voice(110.0, 48_000, 2.0), 48_000, 220.0), 12.0);
        assert_eq!(found(&voice(200.0, 8_000, 2.0), 8_000, 150.0), -5.0);
        assert_eq!(found(&voice(150.0, 16_000, 1.0), 16_000, 153.0), 0.0);
        assert_eq!(found(&voice(100.0, 16_000, 1.0), 16_000, 1_000.0), 24.0);
        let mixed = [voice(100.0, 16_000, 2.0), voice(200.0, 16_000, 1.0)].concat();
        assert_eq!(found(&mixed, 16_000, 100.0), 0.0);
    }

    #[test]
    fn nothing_voiced_is_no_transpose() {
        assert_eq!(found(&[0.0; 40_000], 44_100, 200.0), 0.0);
        assert_eq!(found(&[], 44_100, 200.0), 0.0);
        let mut source = SliceSource::new(&[], SampleRate::of(16_000));
        assert!(matches!(
            auto_transpose(&mut source, f32::NAN),
            Err(ConvertError::Setting { .. })
        ));
    }

    #[test]
    fn a_minute_of_voice_is_enough() {
        struct Endless(usize);
        impl SampleSource for Endless {
            fn rate(&self) -> SampleRate {
                SampleRate::of(16_000)
            }

            fn read(&mut self, samples: &mut [f32]) -> Result<usize, ReadError> {
                for sample in samples.iter_mut() {
                    *sample = 0.3 * (self.0 as f32 % 160.0 / 160.0 - 0.5);
                    self.0 += 1;
                }
                Ok(samples.len())
            }
        }
        let mut source = Endless(0);
        assert_eq!(auto_transpose(&mut source, 200.0).unwrap().0, 12.0);
        assert!(source.0 < 62 * 16_000, "{} samples", source.0);
    }
}
