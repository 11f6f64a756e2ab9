//! Measures how far the audio of a rewritten graph is from that of the original.

use syrinx_dsp::{F0Config, F0Tracker, SampleRate, Stft, StftConfig, resample_all};

use super::GraphError;

/// The window of the spectra, 23 ms at 44.1 kHz: harmonics of a low voice are still apart.
const SPECTRA: StftConfig = StftConfig {
    fft: 1024,
    window: 1024,
    hop: 256,
};

/// What lies this far under the original's loudest bin counts as that: it is not heard, and near zero a logarithm
/// would tell of nothing else. As a share of power, -80 dB.
const FLOOR: f64 = 1e-8;

/// How far a variant of a network is from the original, measured on the audio of both from the same inputs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VariantError {
    /// The root of the mean squared difference of the levels of a frame's bins in dB, the mean over frames. Trained ears
    /// begin to hear differences of codecs at about 1 dB.
    pub log_spectral_distance_db: f64,
    /// Power of the original over power of the difference, in dB; infinite where there is none.
    pub snr_db: f64,
    /// The median distance of the fundamentals in cents, over frames that are voiced in both; `None` where there is no
    /// such frame.
    pub f0_error_cents: Option<f64>,
}

impl VariantError {
    /// Compares two recordings of the same length at `rate`.
    ///
    /// # Errors
    /// If they are of different lengths or empty, hold values that are not finite, or the rate cannot be resampled.
    pub fn of(
        original: &[f32],
        variant: &[f32],
        rate: SampleRate,
    ) -> Result<VariantError, GraphError> {
        let refuse = |expected: String, found: String| GraphError::Structure {
            graph: "variant".to_owned(),
            expected,
            found,
        };
        if original.is_empty() || original.len() != variant.len() {
            return Err(refuse(
                format!("{} samples, at least 1", original.len()),
                format!("{}", variant.len()),
            ));
        }
        let mut samples = original.iter().chain(variant);
        if let Some(value) = samples.find(|sample| !sample.is_finite()) {
            return Err(refuse("finite samples".to_owned(), value.to_string()));
        }
        let fundamentals = |audio: &[f32]| {
            let tracked = contour(audio, rate);
            tracked.map_err(|reason| refuse(format!("audio at {rate}"), reason))
        };
        Ok(VariantError {
            log_spectral_distance_db: log_spectral_distance(original, variant),
            snr_db: snr_db(original, variant),
            f0_error_cents: median_cents(&fundamentals(original)?, &fundamentals(variant)?),
        })
    }
}

impl std::fmt::Display for VariantError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "SNR {:.1} dB, spectra {:.2} dB apart",
            self.snr_db, self.log_spectral_distance_db
        )?;
        match self.f0_error_cents {
            Some(cents) => write!(f, ", F0 {cents:.1} cents"),
            None => f.write_str(", no F0"),
        }
    }
}

/// Power of `original` over power of the difference, in dB.
pub(super) fn snr_db(original: &[f32], variant: &[f32]) -> f64 {
    let square = |x: f64| x * x;
    let signal: f64 = original.iter().map(|&x| square(f64::from(x))).sum();
    let pairs = original.iter().zip(variant);
    let noise: f64 = pairs
        .map(|(&a, &b)| square(f64::from(a) - f64::from(b)))
        .sum();
    if noise == 0.0 {
        return f64::INFINITY;
    }
    10.0 * (signal / noise).log10()
}

fn log_spectral_distance(original: &[f32], variant: &[f32]) -> f64 {
    let (original, variant) = (powers(original), powers(variant));
    let loudest = original.iter().flatten().fold(0.0f64, |a, &b| a.max(b));
    // Nothing to compare with: a variant of silence is measured by its own level.
    let floor = FLOOR * if loudest > 0.0 { loudest } else { 1.0 };
    let distances = original.iter().zip(&variant).map(|(a, b)| {
        let squares = a.iter().zip(b).map(|(a, b)| {
            let decibels = 10.0 * (a.max(floor) / b.max(floor)).log10();
            decibels * decibels
        });
        (squares.sum::<f64>() / a.len() as f64).sqrt()
    });
    distances.sum::<f64>() / original.len() as f64
}

/// The power of each bin of each frame.
fn powers(audio: &[f32]) -> Vec<Vec<f64>> {
    let mut frames: Vec<Vec<f64>> = Vec::new();
    if let Ok(mut stft) = Stft::new(&SPECTRA) {
        // The frames that are centred within the audio reach half a window beyond it.
        let mut padded = audio.to_vec();
        padded.resize(audio.len() + SPECTRA.window / 2, 0.0);
        stft.push(&padded, |spectrum| {
            frames.push(
                spectrum
                    .iter()
                    .map(|bin| f64::from(bin.norm_sqr()))
                    .collect(),
            );
        });
    }
    frames
}

/// The fundamental per 10 ms; 0 where unvoiced.
fn contour(audio: &[f32], rate: SampleRate) -> Result<Vec<f32>, String> {
    let config = F0Config::SPEECH_16K;
    let resampled = resample_all(audio, rate, config.rate).map_err(|error| error.to_string())?;
    let mut tracker = F0Tracker::new(&config).map_err(|error| error.to_string())?;
    let frames = tracker.track(&resampled).into_iter();
    Ok(frames
        .map(|frame| if frame.voiced { frame.hz } else { 0.0 })
        .collect())
}

fn median_cents(original: &[f32], variant: &[f32]) -> Option<f64> {
    let pairs = original.iter().zip(variant);
    let mut cents: Vec<f64> = pairs
        .filter(|&(&a, &b)| a > 0.0 && b > 0.0)
        .map(|(&a, &b)| (1200.0 * (f64::from(b) / f64::from(a)).log2()).abs())
        .collect();
    cents.sort_by(f64::total_cmp);
    cents.get(cents.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: SampleRate = SampleRate::of(44_100);

    /// A sawtooth of a few harmonics in a little noise, so that no bin is empty.
    fn voice(hz: f32, gain: f32) -> Vec<f32> {
        let harmonic = |t: f32, k: f32| (std::f32::consts::TAU * hz * k * t).sin() / k;
        let mut state = 1u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32 - 0.5
        };
        (0..44_100)
            .map(|n| n as f32 / 44_100.0)
            .map(|t| (1..=8).map(|k| harmonic(t, k as f32)).sum::<f32>())
            .map(|tone| gain * (tone + 0.1 * noise()))
            .collect()
    }

    #[test]
    fn the_same_audio_has_no_error() {
        let audio = voice(220.0, 0.2);
        let error = VariantError::of(&audio, &audio, RATE).unwrap();
        assert_eq!(error.snr_db, f64::INFINITY);
        assert_eq!(error.log_spectral_distance_db, 0.0);
        assert_eq!(error.f0_error_cents, Some(0.0));
    }

    #[test]
    fn each_number_is_what_it_says() {
        let audio = voice(220.0, 0.2);
        // A tenth less: the difference is 20 dB under the original, and each bin 0.915 dB.
        let quieter = VariantError::of(&audio, &voice(220.0, 0.18), RATE).unwrap();
        assert!((quieter.snr_db - 20.0).abs() < 0.01, "{quieter}");
        let distance = quieter.log_spectral_distance_db;
        assert!((distance - 0.915).abs() < 0.01, "{distance}");
        // Half a semitone.
        let higher = VariantError::of(&audio, &voice(220.0 * 1.029_302_2, 0.2), RATE).unwrap();
        let cents = higher.f0_error_cents.unwrap();
        assert!((cents - 50.0).abs() < 2.0, "{cents}");
        assert!(higher.snr_db < 3.0);
    }

    #[test]
    fn what_cannot_be_compared_is_refused() {
        let audio = voice(220.0, 0.2);
        assert!(VariantError::of(&audio, &audio[1..], RATE).is_err());
        assert!(VariantError::of(&[], &[], RATE).is_err());
        let error = VariantError::of(&[0.0, f32::NAN], &[0.0, 0.0], RATE).unwrap_err();
        assert!(error.to_string().contains("finite"), "{error}");
    }
}
