//! How far apart two arrays are.

use anyhow::{Result, ensure};
use realfft::RealFftPlanner;

/// Window of the log-spectral distance in seconds: about two periods of the lowest voice.
const WINDOW_SECONDS: f64 = 0.046;
/// Levels below this, in dB of full scale per bin, count as this: nobody hears differences there.
const FLOOR_DB: f64 = -100.0;

/// How far apart two arrays are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// How many values were compared.
    pub values: usize,
    /// The greatest difference.
    pub greatest: f64,
    /// Power of the reference over power of the difference, in dB; infinite if there is none.
    pub snr_db: f64,
    /// How many values are not the same.
    pub differing: usize,
}

impl Difference {
    /// Compares `ours` with `reference`.
    ///
    /// # Errors
    /// If they differ in length, or there is nothing.
    pub fn of(ours: &[f64], reference: &[f64]) -> Result<Difference> {
        let (found, expected) = (ours.len(), reference.len());
        ensure!(
            found == expected,
            "expected {expected} values, found {found}"
        );
        ensure!(expected > 0, "nothing to compare");
        let errors = || ours.iter().zip(reference).map(|(a, b)| a - b);
        let power: f64 = reference.iter().map(|x| x * x).sum();
        let error: f64 = errors().map(|x| x * x).sum();
        Ok(Difference {
            values: expected,
            // NaN must not vanish in a maximum.
            greatest: errors().fold(0.0, |most: f64, x| {
                if x.is_nan() {
                    f64::NAN
                } else {
                    most.max(x.abs())
                }
            }),
            snr_db: if error == 0.0 {
                f64::INFINITY
            } else {
                10.0 * (power / error).log10()
            },
            differing: errors().filter(|x| *x != 0.0).count(),
        })
    }
}

/// The log-spectral distance in dB: the root mean square over frequency of the levels' differences, averaged over time.
///
/// # Errors
/// If there is no whole window.
pub fn log_spectral_distance(ours: &[f64], reference: &[f64], rate: f64) -> Result<f64> {
    let window = ((WINDOW_SECONDS * rate) as usize).next_multiple_of(2);
    let frames = |signal: &[f64]| -> Result<Vec<Vec<f64>>> {
        let fft = RealFftPlanner::<f64>::new().plan_fft_forward(window);
        let step = std::f64::consts::TAU / window as f64;
        let hann: Vec<f64> = (0..window)
            .map(|n| 0.5 - 0.5 * (step * n as f64).cos())
            .collect();
        let mut levels = Vec::new();
        for start in (0..=signal.len().saturating_sub(window)).step_by(window / 4) {
            let Some(part) = signal.get(start..start + window) else {
                break;
            };
            let mut input: Vec<f64> = part.iter().zip(&hann).map(|(x, w)| x * w).collect();
            let mut spectrum = fft.make_output_vec();
            fft.process(&mut input, &mut spectrum)?;
            let level = |power: f64| (10.0 * power.log10()).max(FLOOR_DB);
            let scale = (4.0 / window as f64).powi(2);
            levels.push(
                spectrum
                    .iter()
                    .map(|x| level(x.norm_sqr() * scale))
                    .collect(),
            );
        }
        Ok(levels)
    };
    let (ours, reference) = (frames(ours)?, frames(reference)?);
    ensure!(!reference.is_empty(), "too short for a spectrum");
    let distance = |(a, b): (&Vec<f64>, &Vec<f64>)| {
        let squares: f64 = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum();
        (squares / b.len() as f64).sqrt()
    };
    let sum: f64 = ours.iter().zip(&reference).map(distance).sum();
    Ok(sum / reference.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_of_the_amplitude_is_twenty_decibels() {
        let reference = [1.0, -1.0, 1.0, -1.0];
        let ours = [1.1, -0.9, 1.1, -0.9];
        let found = Difference::of(&ours, &reference).unwrap();
        assert!((found.snr_db - 20.0).abs() < 1e-9 && (found.greatest - 0.1).abs() < 1e-9);
        assert_eq!(found.differing, 4);
        let same = Difference::of(&reference, &reference).unwrap();
        assert_eq!((same.snr_db, same.differing), (f64::INFINITY, 0));
    }

    #[test]
    fn lengths_and_nan_are_seen() {
        assert!(Difference::of(&[1.0], &[1.0, 2.0]).is_err());
        assert!(Difference::of(&[], &[]).is_err());
        let found = Difference::of(&[f64::NAN, 0.0], &[1.0, 0.0]).unwrap();
        assert!(found.snr_db.is_nan() && found.differing == 1);
    }

    #[test]
    fn half_the_amplitude_is_six_decibels_of_spectrum() {
        // Noise by a linear congruence: every bin has some.
        let mut state = 1u32;
        let signal: Vec<f64> = (0..8000)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                f64::from(state >> 8) / 16_777_216.0 - 0.5
            })
            .collect();
        let half: Vec<f64> = signal.iter().map(|x| x / 2.0).collect();
        let distance = log_spectral_distance(&half, &signal, 16_000.0).unwrap();
        assert!((distance - 6.02).abs() < 0.01, "{distance}");
        assert_eq!(
            log_spectral_distance(&signal, &signal, 16_000.0).unwrap(),
            0.0
        );
        assert!(log_spectral_distance(&[0.0; 9], &[0.0; 9], 16_000.0).is_err());
    }
}
