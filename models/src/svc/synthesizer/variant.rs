//! Recognises a synthesizer by its tensors.

use crate::dialect::SynthesizerDialect;
use crate::error::LoadError;
use crate::model::{ElementType, TensorSpec};
use crate::svc::noise::NOISE_CHANNELS;

/// How a graph takes the speaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpeakerForm {
    /// Not at all: it has one voice.
    None,
    /// One number, i64 `[1]` or `[1, 1]`.
    Number,
    /// A mix of this many speakers for each frame, f32 `[frames, speakers]`; the exporter of So-VITS-SVC emits it
    /// whenever the configuration lists two speakers or more.
    Mix(usize),
}

/// Which export a graph is; recognised from its tensors, never from a file name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variant {
    /// Its contract.
    pub dialect: SynthesizerDialect,
    /// The width of the content features, where declared: 256, 768, 1024 or 1280.
    pub content_dim: Option<usize>,
    /// How it takes the speaker.
    pub speaker: SpeakerForm,
    /// Whether it takes the loudness (So-VITS-SVC 4.1 with volume embedding).
    pub volume: bool,
    /// Whether it takes F0; voices of RVC without it sing no melody.
    pub pitched: bool,
    /// The rank of single numbers: 0 or 1, as the exporter left it.
    pub(super) scalar_rank: usize,
}

/// The contracts in words, for messages.
const KNOWN: &str = "one of: So-VITS-SVC (c f32[1, ?, width], f0 f32[1, ?], mel2ph i64[1, ?], uv f32[1, ?], \
                     noise f32[1, 192, ?], sid i64[1] or f32[?, speakers], vol f32[1, ?] or none); \
                     VCClient's So-VITS-SVC (c f32[1, width, ?], f0, uv, g i64[1, 1], noise_scale f32[1]); \
                     RVC WebUI (phone f32[1, ?, width], phone_lengths i64[1], pitch i64[1, ?], pitchf f32[1, ?], \
                     ds i64[1] or f32[?, speakers], rnd f32[1, 192, ?]); VCClient's RVC (feats, p_len, pitch, \
                     pitchf, sid); the same with skip_head, return_length, formant_length; phone, pitch, pitchf alone";

/// Inputs that are being told apart.
struct Found<'a> {
    specs: &'a [TensorSpec],
    taken: Vec<&'a str>,
}

impl<'a> Found<'a> {
    fn new(specs: &'a [TensorSpec]) -> Found<'a> {
        Found {
            specs,
            taken: Vec::new(),
        }
    }

    fn named(&self, name: &str) -> Option<&'a TensorSpec> {
        self.specs.iter().find(|spec| spec.name == name)
    }

    fn take(&mut self, spec: &TensorSpec) -> Option<&'a TensorSpec> {
        let found = self.named(&spec.name).filter(|found| spec.accepts(found))?;
        self.taken.push(&found.name);
        Some(found)
    }

    fn f32(&mut self, name: &str, shape: &[Option<usize>]) -> Option<&'a TensorSpec> {
        self.take(&TensorSpec::f32(name, shape))
    }

    fn i64(&mut self, name: &str, shape: &[Option<usize>]) -> Option<&'a TensorSpec> {
        self.take(&TensorSpec::i64(name, shape))
    }

    /// A single whole number of rank 0 or 1; its rank.
    fn scalar(&mut self, name: &str) -> Option<usize> {
        self.i64(name, &[])
            .or_else(|| self.i64(name, &[Some(1)]))
            .map(|spec| spec.shape.len())
    }

    /// A speaker, as number or mix.
    fn speaker(&mut self, name: &str) -> Option<SpeakerForm> {
        let spec = self.named(name)?;
        let form = match (spec.element, spec.shape.as_slice()) {
            (ElementType::I64, [None | Some(1)]) => SpeakerForm::Number,
            (ElementType::F32, [_, Some(count)]) if *count > 0 => SpeakerForm::Mix(*count),
            _ => return None,
        };
        self.taken.push(&spec.name);
        Some(form)
    }

    /// Coarse and real pitch of RVC: both or none.
    fn pitch(&mut self) -> Option<bool> {
        match (self.named("pitch"), self.named("pitchf")) {
            (None, None) => Some(false),
            _ => {
                self.i64("pitch", &[Some(1), None])?;
                self.f32("pitchf", &[Some(1), None])?;
                Some(true)
            }
        }
    }

    fn all_taken(&self) -> bool {
        self.taken.len() == self.specs.len()
    }
}

/// Which export has these inputs.
///
/// # Errors
/// If none has; the message says what there is.
pub(crate) fn recognise(name: &str, specs: &[TensorSpec]) -> Result<Variant, LoadError> {
    let contracts = [
        so_vits,
        so_vits_vc_client,
        rvc_web_ui,
        rvc_vc_client,
        rvc_plain,
    ];
    contracts
        .iter()
        .find_map(|contract| {
            let mut found = Found::new(specs);
            contract(&mut found).filter(|_| found.all_taken())
        })
        .ok_or_else(|| LoadError::Tensor {
            model: name.to_owned(),
            expected: KNOWN.to_owned(),
            found: super::list(specs),
        })
}

fn variant(
    dialect: SynthesizerDialect,
    content_dim: Option<usize>,
    speaker: SpeakerForm,
) -> Variant {
    Variant {
        dialect,
        content_dim,
        speaker,
        volume: false,
        pitched: true,
        scalar_rank: 1,
    }
}

const ROW: [Option<usize>; 2] = [Some(1), None];
const NOISE: [Option<usize>; 3] = [Some(1), Some(NOISE_CHANNELS), None];
const FREE: [Option<usize>; 3] = [Some(1), None, None];

fn so_vits(found: &mut Found<'_>) -> Option<Variant> {
    let content = found.f32("c", &FREE)?;
    found.f32("f0", &ROW)?;
    found.i64("mel2ph", &ROW)?;
    found.f32("uv", &ROW)?;
    found.f32("noise", &NOISE)?;
    let speaker = found.speaker("sid")?;
    let volume = found.named("vol").is_some();
    if volume {
        found.f32("vol", &ROW)?;
    }
    Some(Variant {
        volume,
        ..variant(SynthesizerDialect::SoVits, content.shape[2], speaker)
    })
}

fn so_vits_vc_client(found: &mut Found<'_>) -> Option<Variant> {
    let content = found.f32("c", &FREE)?;
    found.f32("f0", &ROW)?;
    found.f32("uv", &ROW)?;
    found.i64("g", &[Some(1), Some(1)])?;
    found.f32("noise_scale", &[Some(1)])?;
    let dialect = SynthesizerDialect::SoVitsVcClient;
    Some(variant(dialect, content.shape[1], SpeakerForm::Number))
}

fn rvc_web_ui(found: &mut Found<'_>) -> Option<Variant> {
    let content = found.f32("phone", &FREE)?;
    found.i64("phone_lengths", &[Some(1)])?;
    let pitched = found.pitch()?;
    let speaker = found.speaker("ds")?;
    found.f32("rnd", &NOISE)?;
    Some(Variant {
        pitched,
        ..variant(SynthesizerDialect::RvcWebUi, content.shape[2], speaker)
    })
}

fn rvc_vc_client(found: &mut Found<'_>) -> Option<Variant> {
    let content = found.f32("feats", &FREE)?;
    found.i64("p_len", &[Some(1)])?;
    let pitched = found.pitch()?;
    let speaker = found.speaker("sid")?;
    let mut variant = variant(SynthesizerDialect::RvcVcClient, content.shape[2], speaker);
    variant.pitched = pitched;
    if found.named("skip_head").is_some() {
        variant.dialect = SynthesizerDialect::RvcTrimmed;
        variant.scalar_rank = found.scalar("skip_head")?;
        found.scalar("return_length")?;
        found.scalar("formant_length")?;
    }
    Some(variant)
}

fn rvc_plain(found: &mut Found<'_>) -> Option<Variant> {
    let content = found.f32("phone", &FREE)?;
    let pitched = found.pitch()?;
    Some(Variant {
        pitched,
        ..variant(
            SynthesizerDialect::RvcPlain,
            content.shape[2],
            SpeakerForm::None,
        )
    })
}
