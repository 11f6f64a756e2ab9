//! Turns a stream into log-mel frames, as librosa and the training recipes compute them.

use crate::{ConfigError, MelConfig, MelFilterbank, Samples, Stft, StftConfig};

/// What a mel band sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spectrum {
    /// Squared magnitudes (librosa's `power=2.0`).
    Power,
    /// Magnitudes (librosa's `power=1.0`).
    Magnitude,
}

/// How a [`LogMel`] analyses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogMelConfig {
    /// The bands, the rate and the transform length.
    pub mel: MelConfig,
    /// Length of the periodic Hann window in samples, at most the transform length.
    pub window: usize,
    /// Distance between frames in samples.
    pub hop: usize,
    /// What the bands sum.
    pub spectrum: Spectrum,
    /// The least band value, above 0: smaller ones are raised to it before the logarithm.
    pub floor: f32,
}

/// Streaming natural-log mel spectrogram.
///
/// Frame `i` is centred at sample `i * hop`, with silence before the stream, and equals column `i` of
/// `np.log(np.maximum(librosa.feature.melspectrogram(y=y, sr=rate, n_fft=fft, win_length=window,
/// hop_length=hop, center=True, pad_mode="constant", power=.., n_mels=mels, ..), floor))`.
/// It is there as soon as `latency` (half a window) samples from its centre on have been pushed.
pub struct LogMel {
    config: LogMelConfig,
    stft: Stft,
    bank: MelFilterbank,
    bins: Vec<f32>,
    frame: Vec<f32>,
}

impl LogMel {
    /// Plans the transform and starts with silence.
    ///
    /// # Errors
    /// [`ConfigError`] as [`Stft::new`] and [`MelFilterbank::new`], or if the floor is not above 0.
    pub fn new(config: &LogMelConfig) -> Result<LogMel, ConfigError> {
        let LogMelConfig {
            mel,
            window,
            hop,
            floor,
            ..
        } = *config;
        let floor_holds = floor.is_finite() && floor > 0.0;
        ConfigError::check(floor_holds, "floor", "above 0", f64::from(floor))?;
        let stft = Stft::new(&StftConfig {
            fft: mel.fft,
            window,
            hop,
        })?;
        Ok(LogMel {
            config: *config,
            bank: MelFilterbank::new(&mel)?,
            bins: vec![0.0; stft.bins()],
            frame: vec![0.0; mel.mels],
            stft,
        })
    }

    /// Take samples, any number, and hand each frame that they complete to `on_frame`: one value per band,
    /// lowest first.
    ///
    /// # Real-time safety
    /// Does not allocate, lock, log or panic (as long as `on_frame` does not).
    pub fn push(&mut self, input: &[f32], mut on_frame: impl FnMut(&[f32])) {
        let LogMel {
            config,
            stft,
            bank,
            bins,
            frame,
        } = self;
        stft.push(input, |spectrum| {
            for (bin, x) in bins.iter_mut().zip(spectrum) {
                *bin = match config.spectrum {
                    Spectrum::Power => x.norm_sqr(),
                    Spectrum::Magnitude => x.norm_sqr().sqrt(),
                };
            }
            bank.apply(bins, frame);
            for mel in frame.iter_mut() {
                *mel = mel.max(config.floor).ln();
            }
            on_frame(frame);
        });
    }

    /// Push the silence after the end of the stream, so that the frames that are centred within it come out:
    /// in all `1 + n / hop` for `n` samples.
    ///
    /// # Real-time safety
    /// As [`push`](Self::push).
    pub fn finish(&mut self, mut on_frame: impl FnMut(&[f32])) {
        const SILENCE: [f32; 64] = [0.0; 64];
        let mut left = self.latency().0;
        while left > 0 {
            let count = left.min(SILENCE.len());
            self.push(&SILENCE[..count], &mut on_frame);
            left -= count;
        }
    }

    /// Samples from a frame's centre to its last one: half a window.
    pub fn latency(&self) -> Samples {
        self.stft.latency()
    }

    /// How it analyses.
    pub fn config(&self) -> &LogMelConfig {
        &self.config
    }

    /// Back to the silence before a stream.
    ///
    /// # Real-time safety
    /// Does not allocate, lock, log or panic.
    pub fn reset(&mut self) {
        self.stft.reset();
    }
}
