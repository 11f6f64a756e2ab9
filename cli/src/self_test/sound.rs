//! Measures a sound: how long, how loud and how high it is, and whether it is one.

use serde::Serialize;
use syrinx_dsp::{Decibels, F0Config, F0Frame, F0Tracker, SampleRate, Semitones};

use crate::error::CliError;

/// Below this RMS nobody hears speech, in dB of full scale.
const AUDIBLE: Decibels = Decibels(-50.0);

/// Voiced frames of 10 ms that a pitch is told by at least: half a second.
const FEWEST_FRAMES: usize = 50;

/// What a sound is like.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Sound {
    pub(super) seconds: f64,
    /// RMS in dB of full scale.
    pub(super) level_db: f32,
    /// The median of F0 where it is voiced.
    pub(super) f0_hz: f32,
    #[serde(skip)]
    frames: Vec<F0Frame>,
}

impl Sound {
    /// Measures samples of a voice.
    ///
    /// # Errors
    /// If one is no number, nothing is to be heard, or there is hardly a voice in it.
    pub(super) fn of(samples: &[f32], rate: SampleRate) -> Result<Sound, CliError> {
        let wrong = |message: String| CliError::other("the sound", message);
        if let Some(place) = samples.iter().position(|sample| !sample.is_finite()) {
            return Err(wrong(format!(
                "expected numbers, found {} at sample {place}",
                samples[place]
            )));
        }
        let power: f64 = samples.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
        let rms = (power / samples.len().max(1) as f64).sqrt() as f32;
        let level = Decibels::from_amplitude(rms);
        if rms < AUDIBLE.to_amplitude() {
            return Err(wrong(format!(
                "expected {:.0} dB at least, found {:.1} dB",
                AUDIBLE.0,
                level.0.max(-200.0)
            )));
        }
        let frames = frames(samples, rate)?;
        let mut voiced: Vec<f32> = frames
            .iter()
            .filter(|frame| frame.voiced)
            .map(|frame| frame.hz)
            .collect();
        if voiced.len() < FEWEST_FRAMES {
            return Err(wrong(format!(
                "expected a voice, found {} voiced frames of {}",
                voiced.len(),
                frames.len()
            )));
        }
        Ok(Sound {
            seconds: samples.len() as f64 / f64::from(rate.hz()),
            level_db: level.0,
            f0_hz: median(&mut voiced),
            frames,
        })
    }

    /// By how much this sound is higher than `other`, where both are voiced at the same time; `None` where they hardly are.
    pub(super) fn above(&self, other: &Sound) -> Option<Semitones> {
        let pairs = self.frames.iter().zip(&other.frames);
        let mut intervals: Vec<f32> = pairs
            .filter(|(a, b)| a.voiced && b.voiced)
            .map(|(a, b)| Semitones::from_ratio(a.hz / b.hz).0)
            .collect();
        (intervals.len() >= FEWEST_FRAMES).then(|| Semitones(median(&mut intervals)))
    }
}

fn frames(samples: &[f32], rate: SampleRate) -> Result<Vec<F0Frame>, CliError> {
    let usual = F0Config::SPEECH_16K;
    let config = F0Config {
        rate,
        hop: usual.hop.convert(usual.rate, rate),
        window_half: usual.window_half.convert(usual.rate, rate),
        ..usual
    };
    let tracker = F0Tracker::new(&config);
    let mut tracker = tracker.map_err(|error| CliError::other("the pitch", error))?;
    Ok(tracker.track(samples))
}

/// Of values that are there.
fn median(values: &mut [f32]) -> f32 {
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f32::total_cmp).1
}

#[cfg(test)]
mod tests {
    use std::f32::consts::TAU;

    use super::*;

    const RATE: SampleRate = SampleRate::of(32_000);

    fn voice(hz: f32, gain: f32) -> Vec<f32> {
        let sample = |n: usize| {
            let phase = hz * n as f32 / RATE.hz() as f32;
            let partial = |k: u16| (TAU * f32::from(k) * phase.fract()).sin() / f32::from(k);
            gain * (1..8).map(partial).sum::<f32>()
        };
        (0..RATE.hz() as usize).map(sample).collect()
    }

    #[test]
    fn a_voice_is_measured() {
        let low = Sound::of(&voice(120.0, 0.2), RATE).unwrap();
        assert!((low.f0_hz - 120.0).abs() < 1.0, "{}", low.f0_hz);
        assert!((low.seconds - 1.0).abs() < 1e-9);
        // Half the sum of the squares of 0.2 / k.
        assert!((low.level_db + 15.2).abs() < 0.3, "{}", low.level_db);
        let high = Sound::of(&voice(120.0 * Semitones(3.0).to_ratio(), 0.2), RATE).unwrap();
        let above = high.above(&low).unwrap().0;
        assert!((above - 3.0).abs() < 0.1, "{above}");
    }

    #[test]
    fn what_is_no_voice_is_refused_in_words() {
        let mut broken = voice(120.0, 0.2);
        broken[70] = f32::NAN;
        let mut seed = 1u32;
        let noise = (0..32_000).map(|_| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            seed as f32 / u32::MAX as f32 - 0.5
        });
        for (samples, says) in [
            (broken, "found NaN at sample 70"),
            (voice(120.0, 1e-4), "expected -50 dB at least"),
            (Vec::new(), "expected -50 dB at least"),
            (noise.collect(), "expected a voice"),
        ] {
            let error = Sound::of(&samples, RATE).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
