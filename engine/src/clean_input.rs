//! Cleans the input before anything listens to it: gate, F0 and voice.

use syrinx_dsp::{HighPass, HighPassConfig, HighPassSlope, SampleRate, Samples};

use crate::Denoiser;
use crate::command::ModelSettings;
use crate::model_worker::STEP;

/// The high-pass and the denoiser, in this order: rumble that is gone cannot be taken for a voice.
///
/// Whether there is a denoiser is decided when this is made, because it delays; its share may change at any time. Without
/// one, and with the high-pass off, the input passes bit-exact and at once.
pub struct CleanInput {
    high_pass: HighPass,
    denoiser: Option<Denoiser>,
}

impl CleanInput {
    /// For an input at `rate`; with a denoiser where the settings want one.
    ///
    /// # Errors
    /// In words, if the rate is too low for a high-pass or cannot be resampled.
    pub fn new(rate: SampleRate, settings: &ModelSettings) -> Result<CleanInput, String> {
        let config = HighPassConfig {
            // Mains hum lies less than an octave below a low voice: the gentle slope would leave too much of it.
            slope: HighPassSlope::Steep,
            cutoff_hz: None,
        };
        let high_pass = HighPass::new(&config, rate).map_err(|error| error.to_string())?;
        let denoiser = match settings.denoise > 0.0 {
            true => {
                let mix = settings.denoise.min(1.0);
                Some(Denoiser::new(rate, STEP, mix).map_err(|error| error.to_string())?)
            }
            false => None,
        };
        let mut clean = CleanInput {
            high_pass,
            denoiser,
        };
        clean.set(settings);
        // What is on at the start is on from the first sample.
        clean.high_pass.reset();
        Ok(clean)
    }

    /// The delay that it adds, in samples at the input's rate; constant.
    pub fn latency(&self) -> Samples {
        self.denoiser.as_ref().map_or(Samples(0), Denoiser::latency)
    }

    /// Takes new settings up. A denoiser that was not there from the start does not come with them.
    pub fn set(&mut self, settings: &ModelSettings) {
        self.high_pass.set_cutoff(settings.high_pass);
        if let Some(denoiser) = &mut self.denoiser {
            denoiser.set_mix(settings.denoise);
        }
    }

    /// Cleans a block in place.
    pub fn process(&mut self, block: &mut [f32]) {
        self.high_pass.process(block);
        if let Some(denoiser) = &mut self.denoiser {
            denoiser.process(block);
        }
    }

    /// Forgets the past.
    pub fn reset(&mut self) {
        self.high_pass.reset();
        if let Some(denoiser) = &mut self.denoiser {
            denoiser.reset();
        }
    }
}
