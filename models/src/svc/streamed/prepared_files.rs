//! What a bundle holds of a synthesizer that was prepared for streaming.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::graph_file::GraphFile;
use super::prepared::PreparedSynthesizer;
use crate::bundle::VoiceBundle;
use crate::error::LoadError;
use crate::graph::{CutTensor, EncoderShape, Extent, RandomInput, SourceMix};
use crate::model::TensorSpec;
use crate::svc::precision::Precisions;

/// Most elements that an input which a bundle declares may have per frame; the largest real one has 27 000.
const MAX_ELEMENTS: usize = 1 << 20;

/// What the manifest of a bundle says of its parted synthesizer, whose files have the roles `head` and `generator`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StreamParameters {
    /// The inputs that the whole synthesizer had: its dialect is recognised from them.
    pub inputs: Vec<TensorSpec>,
    /// What the head gives to the generator.
    pub latents: Vec<CutTensor>,
    /// The generator's input at the rate of the audio.
    pub excitation: Option<CutTensor>,
    /// How the source mixes its harmonics; `None` for a voice without F0, which has no source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mix: Option<SourceMix>,
    /// Whether the source has noise.
    pub noisy: bool,
    /// The random inputs of the head.
    pub random: Vec<RandomInput>,
    /// How the content encoder parts, so that streams hear each sample once; without it they encode whole windows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoder: Option<EncoderShape>,
}

impl StreamParameters {
    /// What is said of `prepared`, whose whole had these inputs.
    pub(crate) fn of(prepared: &PreparedSynthesizer, inputs: Vec<TensorSpec>) -> StreamParameters {
        StreamParameters {
            inputs,
            latents: prepared.latents.clone(),
            excitation: prepared.excitation.clone(),
            mix: prepared.mix.clone(),
            noisy: prepared.noisy,
            random: prepared.random.clone(),
            encoder: None,
        }
    }

    /// Puts the parts together again, which lie in `bundle`; they are read when they are loaded.
    ///
    /// # Errors
    /// If the sizes are none that a synthesizer has.
    pub(crate) fn assemble(
        &self,
        bundle: &Arc<VoiceBundle>,
        precisions: Precisions,
    ) -> Result<PreparedSynthesizer, LoadError> {
        let hop = bundle.manifest().hop as usize;
        self.check(hop)?;
        Ok(PreparedSynthesizer {
            head: GraphFile::Bundled(Arc::clone(bundle), "head"),
            generator: GraphFile::Bundled(Arc::clone(bundle), "generator"),
            latents: self.latents.clone(),
            excitation: self.excitation.clone(),
            hop,
            mix: self.mix.clone(),
            noisy: self.noisy,
            random: self.random.clone(),
            precisions,
        })
    }

    fn check(&self, hop: usize) -> Result<(), LoadError> {
        let refuse = |expected: &str, found: String| LoadError::Tensor {
            model: "voice.json: parameters: stream".to_owned(),
            expected: expected.to_owned(),
            found,
        };
        let sizes = |shape: &[Extent]| -> Option<usize> {
            shape.iter().try_fold(1usize, |product, extent| {
                product.checked_mul(extent.per_frame.checked_add(extent.fixed)?)
            })
        };
        let tensors = self.latents.iter().chain(&self.excitation);
        let shapes = tensors.map(|tensor| (&tensor.name, &tensor.shape));
        let random = self.random.iter().map(|input| (&input.name, &input.shape));
        for (name, shape) in shapes.chain(random) {
            if sizes(shape).is_none_or(|size| size > MAX_ELEMENTS) {
                let expected = format!("{name} with at most {MAX_ELEMENTS} elements per frame");
                return Err(refuse(&expected, format!("{shape:?}")));
            }
        }
        if let Some(other) = self.excitation.iter().find(|tensor| tensor.rate() != hop) {
            let found = format!("{} per frame", other.rate());
            return Err(refuse(
                &format!("an excitation of {hop} samples per frame"),
                found,
            ));
        }
        let harmonics = self.mix.as_ref().map(|mix| mix.weights.len());
        match (&self.excitation, harmonics) {
            (None, None) | (Some(_), Some(1..=64)) => Ok(()),
            (None, Some(_)) => Err(refuse(
                "no mix where there is no excitation",
                "one".to_owned(),
            )),
            (Some(_), None) => Err(refuse("a mix for the excitation", "none".to_owned())),
            (Some(_), Some(count)) => Err(refuse("1 to 64 harmonics", count.to_string())),
        }
    }
}

/// A synthesizer that was prepared for streaming, as a bundle holds it.
#[derive(Clone, Debug)]
pub struct PreparedFiles {
    /// The file for the role `head`.
    pub head: Vec<u8>,
    /// The file for the role `generator`.
    pub generator: Vec<u8>,
    /// What the manifest says of them.
    pub stream: StreamParameters,
}
