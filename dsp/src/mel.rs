//! Gathers spectra into mel bands, as librosa does.

use crate::{ConfigError, SampleRate};

/// The mapping between Hz and mel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MelScale {
    /// Slaney's Auditory Toolbox: linear below 1 kHz, logarithmic above (librosa's default).
    Slaney,
    /// HTK: `2595 log10(1 + f / 700)`.
    Htk,
}

/// Knee of Slaney's scale, where it turns from linear to logarithmic.
const SLANEY_KNEE_HZ: f64 = 1_000.0;
/// Slope of Slaney's linear part.
const SLANEY_HZ_PER_MEL: f64 = 200.0 / 3.0;
/// Slaney's logarithmic part: 27 mel for a factor of 6.4.
const SLANEY_LOG_RATIO: f64 = 6.4;
const SLANEY_LOG_MELS: f64 = 27.0;

impl MelScale {
    /// The mel value of a frequency in Hz.
    pub fn to_mel(self, hz: f64) -> f64 {
        match self {
            MelScale::Slaney if hz < SLANEY_KNEE_HZ => hz / SLANEY_HZ_PER_MEL,
            MelScale::Slaney => {
                let knee = SLANEY_KNEE_HZ / SLANEY_HZ_PER_MEL;
                knee + (hz / SLANEY_KNEE_HZ).ln() / SLANEY_LOG_RATIO.ln() * SLANEY_LOG_MELS
            }
            MelScale::Htk => 2595.0 * (1.0 + hz / 700.0).log10(),
        }
    }

    /// The frequency in Hz of a mel value.
    pub fn to_hz(self, mel: f64) -> f64 {
        let knee = SLANEY_KNEE_HZ / SLANEY_HZ_PER_MEL;
        match self {
            MelScale::Slaney if mel < knee => mel * SLANEY_HZ_PER_MEL,
            MelScale::Slaney => {
                SLANEY_KNEE_HZ * SLANEY_LOG_RATIO.powf((mel - knee) / SLANEY_LOG_MELS)
            }
            MelScale::Htk => 700.0 * (10f64.powf(mel / 2595.0) - 1.0),
        }
    }
}

/// How the triangles of a filterbank are scaled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MelNorm {
    /// Constant area, 1 per Hz: each triangle is divided by half its width in Hz (librosa's default).
    Slaney,
    /// Each triangle peaks at 1.
    None,
}

/// What a [`MelFilterbank`] covers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MelConfig {
    /// Rate of the signal.
    pub rate: SampleRate,
    /// Transform length of the spectra.
    pub fft: usize,
    /// Number of bands.
    pub mels: usize,
    /// Lower edge of the lowest band, in Hz.
    pub fmin: f64,
    /// Upper edge of the highest band, in Hz; at most half the rate.
    pub fmax: f64,
    /// The scale on which the bands are equally wide.
    pub scale: MelScale,
    /// How the bands are weighted.
    pub norm: MelNorm,
}

/// Triangular filters, equally spaced in mel, each overlapping its neighbours by half.
///
/// Equal to `librosa.filters.mel(sr=rate, n_fft=fft, n_mels=mels, fmin=fmin, fmax=fmax, htk=.., norm=..)`.
/// A band that is narrower than the bins are apart can be empty: it then always gives 0, as in librosa.
#[derive(Clone, Debug)]
pub struct MelFilterbank {
    config: MelConfig,
    bands: Vec<Band>,
    weights: Vec<f32>,
}

/// The non-zero weights of one filter.
#[derive(Clone, Copy, Debug)]
struct Band {
    first_bin: usize,
    /// The slice of `weights` that belongs to it.
    start: usize,
    end: usize,
}

impl MelFilterbank {
    /// Computes the weights.
    ///
    /// # Errors
    /// [`ConfigError`] if there is no band, the transform is shorter than 2, or the edges are not
    /// `0 <= fmin < fmax <= rate / 2`.
    pub fn new(config: &MelConfig) -> Result<MelFilterbank, ConfigError> {
        let MelConfig {
            rate,
            fft,
            mels,
            fmin,
            fmax,
            scale,
            norm,
        } = *config;
        let nyquist = f64::from(rate.hz()) / 2.0;
        ConfigError::check(fft >= 2, "fft", "at least 2 samples", fft as f64)?;
        ConfigError::check(mels >= 1, "mels", "at least 1", mels as f64)?;
        ConfigError::check(
            fmin >= 0.0 && fmin < fmax,
            "fmin",
            "0 Hz to below fmax",
            fmin,
        )?;
        ConfigError::check(
            fmax <= nyquist,
            "fmax",
            "above fmin, at most half the rate",
            fmax,
        )?;

        let (low, high) = (scale.to_mel(fmin), scale.to_mel(fmax));
        let edge = |i: usize| scale.to_hz(low + (high - low) * i as f64 / (mels as f64 + 1.0));
        let bin_hz = f64::from(rate.hz()) / fft as f64;
        let mut bands = Vec::with_capacity(mels);
        let mut weights = Vec::new();
        for (lower, centre, upper) in (0..mels).map(|i| (edge(i), edge(i + 1), edge(i + 2))) {
            let gain = match norm {
                MelNorm::Slaney => 2.0 / (upper - lower),
                MelNorm::None => 1.0,
            };
            let start = weights.len();
            let mut first_bin = 0;
            for bin in 0..=fft / 2 {
                let hz = bin as f64 * bin_hz;
                let weight = ((hz - lower) / (centre - lower)).min((upper - hz) / (upper - centre));
                if weight > 0.0 {
                    if weights.len() == start {
                        first_bin = bin;
                    }
                    weights.push((weight * gain) as f32);
                }
            }
            bands.push(Band {
                first_bin,
                start,
                end: weights.len(),
            });
        }
        Ok(MelFilterbank {
            config: *config,
            bands,
            weights,
        })
    }

    /// Weighs the `fft / 2 + 1` bins of `power` (or of magnitudes: it is linear) into `mels`, one value per
    /// band, lowest first. Slices that are too short are read and written as far as they go.
    ///
    /// # Real-time safety
    /// Does not allocate, lock, log or panic.
    pub fn apply(&self, power: &[f32], mels: &mut [f32]) {
        for (mel, band) in mels.iter_mut().zip(&self.bands) {
            let bins = power.iter().skip(band.first_bin);
            *mel = self.weights[band.start..band.end]
                .iter()
                .zip(bins)
                .map(|(w, p)| w * p)
                .sum();
        }
    }

    /// What it covers.
    pub fn config(&self) -> &MelConfig {
        &self.config
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_round_trip_and_meet_their_anchors() {
        for scale in [MelScale::Slaney, MelScale::Htk] {
            for hz in [0.0, 50.0, 999.0, 1_000.0, 1_001.0, 7_600.0, 22_050.0] {
                assert!((scale.to_hz(scale.to_mel(hz)) - hz).abs() < 1e-8);
            }
        }
        assert!((MelScale::Slaney.to_mel(1_000.0) - 15.0).abs() < 1e-12);
        assert!((MelScale::Slaney.to_mel(6_400.0) - 42.0).abs() < 1e-12);
        assert!((MelScale::Htk.to_mel(1_000.0) - 999.985_5).abs() < 1e-4);
    }

    #[test]
    fn triangles_without_norm_add_up_to_one_between_the_outer_centres() {
        let config = MelConfig {
            rate: SampleRate::of(16_000),
            fft: 2_048,
            mels: 20,
            fmin: 50.0,
            fmax: 7_600.0,
            scale: MelScale::Htk,
            norm: MelNorm::None,
        };
        let bank = MelFilterbank::new(&config).unwrap();
        let mut sums = vec![0.0; 1_025];
        for band in &bank.bands {
            for (i, weight) in bank.weights[band.start..band.end].iter().enumerate() {
                sums[band.first_bin + i] += weight;
            }
        }
        for (bin, sum) in sums.iter().enumerate() {
            let hz = bin as f64 * 16_000.0 / 2_048.0;
            if (200.0..6_500.0).contains(&hz) {
                assert!((sum - 1.0).abs() < 1e-5, "{hz} Hz: {sum}");
            } else if !(50.0..=7_600.0).contains(&hz) {
                assert_eq!(*sum, 0.0);
            }
        }
    }

    #[test]
    fn impossible_configs_are_errors() {
        let good = MelConfig {
            rate: SampleRate::of(16_000),
            fft: 512,
            mels: 80,
            fmin: 50.0,
            fmax: 7_600.0,
            scale: MelScale::Slaney,
            norm: MelNorm::Slaney,
        };
        assert!(MelFilterbank::new(&good).is_ok());
        for bad in [
            MelConfig { fft: 1, ..good },
            MelConfig { mels: 0, ..good },
            MelConfig { fmin: -1.0, ..good },
            MelConfig {
                fmin: 7_600.0,
                ..good
            },
            MelConfig {
                fmin: f64::NAN,
                ..good
            },
            MelConfig {
                fmax: 8_000.1,
                ..good
            },
            MelConfig {
                fmax: f64::NAN,
                ..good
            },
        ] {
            assert!(MelFilterbank::new(&bad).is_err(), "{bad:?}");
        }
    }
}
