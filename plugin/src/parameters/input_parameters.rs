//! What a host can turn about cleaning the input.

use std::sync::Arc;

use nice_plug::prelude::*;
use syrinx_dsp::HighPass;

use super::within;
use crate::formats;

/// What a host can turn about cleaning the input, before anything listens to it.
#[derive(Params)]
#[allow(missing_docs)] // Their names say what they are; units and ranges stand at their making.
pub struct InputParameters {
    #[id = "hipass"]
    pub high_pass: FloatParam,
    #[id = "denois"]
    pub denoise: FloatParam,
}

impl InputParameters {
    /// The corner of the high-pass, Hz; `None` is off.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn high_pass_hz(&self) -> Option<f32> {
        let (off, most) = (formats::HIGH_PASS_OFF, HighPass::MAX_HZ);
        let hz = within(self.high_pass.value(), off, most, off);
        (hz > off).then_some(hz.max(HighPass::MIN_HZ))
    }

    /// Share of the denoised input, 0 (off) to 1.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn denoise_share(&self) -> f32 {
        within(self.denoise.value(), 0.0, 100.0, 0.0) / 100.0
    }
}

impl Default for InputParameters {
    fn default() -> Self {
        let corners = FloatRange::Linear {
            min: formats::HIGH_PASS_OFF,
            max: HighPass::MAX_HZ,
        };
        let shares = FloatRange::Linear {
            min: 0.0,
            max: 100.0,
        };
        InputParameters {
            high_pass: FloatParam::new("High-pass", formats::HIGH_PASS_OFF, corners)
                .with_step_size(1.0)
                .with_value_to_string(Arc::new(formats::high_pass))
                .with_string_to_value(Arc::new(formats::parse_high_pass)),
            // Switching it on or off changes the latency, which hosts let no automation do.
            denoise: FloatParam::new("Denoise", 0.0, shares)
                .with_step_size(1.0)
                .with_value_to_string(Arc::new(formats::denoise))
                .with_string_to_value(Arc::new(formats::parse_denoise))
                .non_automatable(),
        }
    }
}
