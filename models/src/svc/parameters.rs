//! The settings that a So-VITS-SVC bundle states.

use serde::{Deserialize, Serialize};
use syrinx_dsp::SampleRate;

use super::halved::Fp16Parameters;
use super::quantised::Int8Parameters;
use super::slicer_config::SlicerConfig;
use super::streamed::StreamParameters;
use super::whole_file::PieceConfig;
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

/// What a voice is given for F0 where a recording has none. The public programs changed it over time, and no file
/// says which one a voice was trained with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unvoiced {
    /// A line between the voiced frames around: So-VITS-SVC always, RVC since 2026.
    Interpolate,
    /// 0, so that the source is noise alone: RVC of 2023 and 2024.
    Zero,
}

/// The settings that a So-VITS-SVC bundle states in its manifest, all of them optional. Whether the voice takes the
/// loudness is not among them: the graph says so itself.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SvcParameters {
    /// What the noise is multiplied by, 0 to 1; higher is livelier and hoarser. Without it the reference's default: 0.4
    /// for So-VITS-SVC, 0.66666 for RVC.
    pub noise_scale: Option<f32>,
    /// What F0 is where there is none; without it as the kind of voice has it: `interpolate` for So-VITS-SVC, `zero` for
    /// RVC.
    pub unvoiced: Option<Unvoiced>,
    /// How content frames are stretched.
    pub unit_interpolate: UnitInterpolate,
    /// The output of the encoder that is taken, where it has several of the voice's width.
    pub content_output: Option<String>,
    /// The share of the content that is retrieved, 0 to 1, for voices with an `index` or `centres`. 0.5 is what
    /// So-VITS-SVC's and RVC's guides recommend.
    pub retrieval_rate: f32,
    /// How much retrieval changes unvoiced frames of RVC voices, 0 (nothing) to 0.5 (as all others); RVC's default.
    pub protect: f32,
    /// The threshold of the `f0` model; without it that of the model's own program.
    pub f0_threshold: Option<f32>,
    /// Where recordings are cut for So-VITS-SVC.
    pub slicer: SlicerConfig,
    /// Where recordings are cut for RVC.
    pub pieces: PieceConfig,
    /// How far the loudness of a whole file follows the recording, 0 (the voice's own) to 1: 1 less So-VITS-SVC's
    /// `loudness_envelope_adjustment` or RVC's `rms_mix_rate`. Without it as the programs begin: 0 for So-VITS-SVC, 0.75
    /// for RVC. Streams have a setting of their own.
    pub loudness: Option<f32>,
    /// The random inputs that an import gave to the synthesizer.
    pub random: Vec<RandomInput>,
    /// What an import found when it parted the synthesizer; there is no file for the role `synthesizer` then.
    pub stream: Option<StreamParameters>,
    /// How it computes with eight bits, where that was planned; elsewhere than in ONNX Runtime on the CPU it runs in
    /// fp32 all the same.
    pub int8: Option<Int8Parameters>,
    /// How it computes with sixteen bits on a GPU, where that was planned; elsewhere it does not.
    pub fp16: Option<Fp16Parameters>,
}

impl Default for SvcParameters {
    fn default() -> Self {
        SvcParameters {
            noise_scale: None,
            unvoiced: None,
            content_output: None,
            retrieval_rate: 0.5,
            protect: 0.33,
            f0_threshold: None,
            unit_interpolate: UnitInterpolate::default(),
            slicer: SlicerConfig::default(),
            pieces: PieceConfig::default(),
            loudness: None,
            random: Vec::new(),
            stream: None,
            int8: None,
            fp16: None,
        }
    }
}

impl SvcParameters {
    /// Checks the ranges; `bundle` is for messages.
    ///
    /// # Errors
    /// If a value is out of its range.
    pub(super) fn check(&self, bundle: &VoiceBundle) -> Result<(), ManifestError> {
        if let Some(scale) = self
            .noise_scale
            .filter(|scale| !(0.0..=1.0).contains(scale))
        {
            let reason = format!("expected 0 to 1, found {scale}");
            return Err(bundle.malformed("parameters: noise_scale", &reason));
        }
        for (name, value, most) in [
            ("retrieval_rate", self.retrieval_rate, 1.0),
            ("protect", self.protect, 0.5),
            ("loudness", self.loudness.unwrap_or(0.0), 1.0),
        ] {
            if !(0.0..=most).contains(&value) {
                let reason = format!("expected 0 to {most}, found {value}");
                return Err(bundle.malformed(&format!("parameters: {name}"), &reason));
            }
        }
        let rate = SampleRate::of(bundle.manifest().rate.max(1));
        let slicer = self.slicer.frames(rate).map(drop);
        let pieces = self.pieces.check();
        for (part, checked) in [("slicer", slicer), ("pieces", pieces)] {
            if let Err(ConvertError::Setting {
                name,
                expected,
                found,
            }) = checked
            {
                let reason = format!("expected {expected}, found {found}");
                return Err(bundle.malformed(&format!("parameters: {part}: {name}"), &reason));
            }
        }
        Ok(())
    }
}
