//! The settings that a So-VITS-SVC bundle states.

use serde::Deserialize;
use syrinx_dsp::SampleRate;

use super::slicer_config::SlicerConfig;
use super::streamed::StreamParameters;
use crate::bundle::VoiceBundle;
use crate::error::{ConvertError, ManifestError};
use crate::graph::RandomInput;

/// How content frames are stretched to generator frames (`unit_interpolate_mode`). Both come to the same
/// frames, up to the reference's rounding ([`super::mel2ph`]); the mode is kept because the configuration of every
/// voice has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UnitInterpolate {
    /// The nearest content frame, rounded down: the template's value.
    #[default]
    Nearest,
    /// The content frame that began last: what an absent value means there.
    Left,
}

/// The settings that a So-VITS-SVC bundle states in its manifest, all of them optional. Whether the voice takes the
/// loudness is not among them: the graph says so itself.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SvcParameters {
    /// What the noise is multiplied by, 0 to 1. The reference's command-line default is 0.4; higher is livelier
    /// and hoarser.
    pub noise_scale: f32,
    /// How content frames are stretched.
    pub unit_interpolate: UnitInterpolate,
    /// Where recordings are cut.
    pub slicer: SlicerConfig,
    /// The random inputs that an import gave to the synthesizer.
    pub random: Vec<RandomInput>,
    /// What an import found when it parted the synthesizer; there is no file for the role `synthesizer` then.
    pub stream: Option<StreamParameters>,
}

impl Default for SvcParameters {
    fn default() -> Self {
        SvcParameters {
            noise_scale: 0.4,
            unit_interpolate: UnitInterpolate::default(),
            slicer: SlicerConfig::default(),
            random: Vec::new(),
            stream: None,
        }
    }
}

impl SvcParameters {
    /// Checks the ranges; `bundle` is for messages.
    ///
    /// # Errors
    /// If a value is out of its range.
    pub(super) fn check(&self, bundle: &VoiceBundle) -> Result<(), ManifestError> {
        if !(0.0..=1.0).contains(&self.noise_scale) {
            let reason = format!("expected 0 to 1, found {}", self.noise_scale);
            return Err(bundle.malformed("parameters: noise_scale", &reason));
        }
        let rate = SampleRate::of(bundle.manifest().rate.max(1));
        match self.slicer.frames(rate) {
            Err(ConvertError::Setting {
                name,
                expected,
                found,
            }) => {
                let reason = format!("expected {expected}, found {found}");
                Err(bundle.malformed(&format!("parameters: slicer: {name}"), &reason))
            }
            _ => Ok(()),
        }
    }
}
