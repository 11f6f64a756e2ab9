//! Runs the synthesizer: content, F0, noise, speaker and loudness to audio.

mod tensors;
mod variant;

#[cfg(test)]
mod recognition_tests;

pub(crate) use tensors::Inputs;
pub(crate) use variant::recognise;
pub use variant::{SpeakerForm, Variant};

use super::content::Content;
use super::streamed::{PartedSynthesizer, RandomFeeds};
use crate::error::{LoadError, RunError, check_finite};
use crate::graph::RandomInput;
use crate::model::{ElementType, Model, Tensor, TensorSpec};

/// Who speaks.
#[derive(Clone, Debug, PartialEq)]
pub enum Speaker {
    /// The speaker of this number.
    One(usize),
    /// A share for each speaker; should sum to 1. Only for graphs of [`SpeakerForm::Mix`].
    Mix(Vec<f32>),
    /// Such shares for each frame, `frames * speakers` values. Only for graphs of [`SpeakerForm::Mix`].
    Along(Vec<f32>),
}

impl Speaker {
    /// The number of the speaker, or of the one with the largest share of a mix: whose content is retrieved.
    pub(super) fn number(&self) -> usize {
        match self {
            Speaker::One(number) => *number,
            Speaker::Mix(shares) => {
                let mut best = 0;
                for (number, &share) in shares.iter().enumerate() {
                    if share > shares[best] {
                        best = number;
                    }
                }
                best
            }
            Speaker::Along(_) => 0,
        }
    }
}

/// What a segment of `frames` hops is synthesised from.
#[derive(Clone, Debug)]
pub struct Features<'a> {
    /// What is said.
    pub content: &'a Content,
    /// The content frame under each frame, from 1.
    pub mel2ph: Vec<i64>,
    /// Hz, transposed; without gaps or 0 where unvoiced, as the voice was trained.
    pub f0: Vec<f32>,
    /// 1 where voiced, else 0.
    pub uv: Vec<f32>,
    /// Noise, already scaled: rows of channels, `192 * frames` values.
    pub noise: Vec<f32>,
    /// What graphs that draw their noise themselves multiply it by.
    pub noise_scale: f32,
    /// RMS per frame, for graphs that take it.
    pub volume: Option<Vec<f32>>,
}

/// A synthesizer of one of the public contracts ([`crate::dialect::SynthesizerDialect`]), which it is recognised by.
///
/// Graphs as their exporters leave them keep nodes that draw random numbers, which no seed reaches: their output is not
/// the same twice. An import turns them into inputs ([`crate::graph::expose_randomness`]).
pub struct Synthesizer {
    networks: Networks,
    variant: Variant,
    hop: usize,
}

/// What runs the synthesizer.
enum Networks {
    /// The graph as a whole, with those random inputs that an import gave it.
    Whole(Box<dyn Model>, RandomFeeds),
    /// The graph in two parts.
    Parted(Box<PartedSynthesizer>),
}

/// Where a segment lies in a recording, and the seed: what its random numbers follow from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The segment's first frame.
    pub first_frame: i64,
    /// The seed.
    pub seed: u64,
}

impl Synthesizer {
    /// Recognises the network by its tensors. `name` (a file or role) is for messages; `hop` is how many samples
    /// it gives per frame.
    ///
    /// # Errors
    /// If it has other tensors than the contract's.
    pub fn new(name: &str, model: Box<dyn Model>, hop: usize) -> Result<Synthesizer, LoadError> {
        Synthesizer::with_random(name, model, hop, Vec::new())
    }

    /// One that has these random inputs besides those of its contract.
    ///
    /// # Errors
    /// As [`Synthesizer::new`].
    pub fn with_random(
        name: &str,
        model: Box<dyn Model>,
        hop: usize,
        random: Vec<RandomInput>,
    ) -> Result<Synthesizer, LoadError> {
        let is_random = |spec: &&TensorSpec| random.iter().any(|input| input.name == spec.name);
        let inputs = model.inputs().iter().filter(|spec| !is_random(spec));
        let variant = recognise(name, &inputs.cloned().collect::<Vec<_>>())?;
        if audio_output(model.outputs()).is_none() {
            return Err(LoadError::Tensor {
                model: name.to_owned(),
                expected: "audio f32[1, 1, ?], f32[1, ?] or f32[?]".to_owned(),
                found: list(model.outputs()),
            });
        }
        Ok(Synthesizer {
            networks: Networks::Whole(model, RandomFeeds::new(random, 0)),
            variant,
            hop,
        })
    }

    /// One in two parts, whose whole had these `inputs`.
    ///
    /// # Errors
    /// If the inputs are not the contract's.
    pub(crate) fn parted(
        name: &str,
        inputs: &[TensorSpec],
        parts: PartedSynthesizer,
        hop: usize,
    ) -> Result<Synthesizer, LoadError> {
        Ok(Synthesizer {
            networks: Networks::Parted(Box::new(parts)),
            variant: recognise(name, inputs)?,
            hop,
        })
    }

    /// Which export it is.
    pub fn variant(&self) -> Variant {
        self.variant
    }

    /// Synthesises one segment: `frames * hop` samples.
    ///
    /// # Errors
    /// If the speaker does not fit the graph, the network fails, or gives something else than the contract says.
    pub fn synthesize(
        &mut self,
        features: Features<'_>,
        speaker: &Speaker,
        place: Place,
    ) -> Result<Vec<f32>, RunError> {
        let frames = features.f0.len();
        let f0_hz = features.f0.clone();
        let tensors = self.variant.tensors(features, speaker)?;
        let inputs: Vec<(&str, &Tensor)> = tensors
            .iter()
            .map(|(name, tensor)| (*name, tensor))
            .collect();
        let outputs = self.run(inputs, &f0_hz, place)?;
        let audio = outputs.first();
        match audio.and_then(Tensor::as_f32) {
            Some(samples) if samples.len() == frames * self.hop => {
                check_finite("audio", samples)?;
                Ok(samples.to_vec())
            }
            _ => Err(RunError::Output {
                name: "audio".to_owned(),
                expected: format!("f32[1, 1, {}]", frames * self.hop),
                found: audio.map_or("nothing".to_owned(), |tensor| {
                    format!("{}{:?}", tensor.element(), tensor.shape())
                }),
            }),
        }
    }

    /// The outputs of the graph, the audio first.
    fn run(
        &mut self,
        inputs: Vec<(&str, &Tensor)>,
        f0_hz: &[f32],
        place: Place,
    ) -> Result<Vec<Tensor>, RunError> {
        match &mut self.networks {
            Networks::Whole(model, random) => {
                random.reseed(place.seed);
                let drawn = random.frames(place.first_frame, f0_hz.len());
                let drawn = drawn.iter().map(|(name, tensor)| (name.as_str(), tensor));
                let inputs: Vec<(&str, &Tensor)> = inputs.into_iter().chain(drawn).collect();
                let mut outputs = model.run(&inputs)?;
                outputs.rotate_left(audio_output(model.outputs()).unwrap_or(0));
                Ok(outputs)
            }
            Networks::Parted(parts) => parts.run(&inputs, f0_hz, (place.first_frame, place.seed)),
        }
    }
}

/// The output with the audio: the one of that name, or the only one.
fn audio_output(outputs: &[TensorSpec]) -> Option<usize> {
    let fits =
        |spec: &TensorSpec| spec.element == ElementType::F32 && (1..=3).contains(&spec.shape.len());
    match outputs {
        [only] if fits(only) => Some(0),
        _ => outputs
            .iter()
            .position(|spec| spec.name == "audio" && fits(spec)),
    }
}

/// Tensors, for messages.
pub(crate) fn list(specs: &[TensorSpec]) -> String {
    let all: Vec<String> = specs.iter().map(TensorSpec::to_string).collect();
    if all.is_empty() {
        "nothing".to_owned()
    } else {
        all.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::SynthesizerDialect;

    fn upstream() -> Vec<TensorSpec> {
        vec![
            TensorSpec::f32("c", &[None, None, Some(768)]),
            TensorSpec::f32("f0", &[Some(1), None]),
            TensorSpec::i64("mel2ph", &[Some(1), None]),
            TensorSpec::f32("uv", &[Some(1), None]),
            TensorSpec::f32("noise", &[Some(1), Some(192), None]),
            TensorSpec::i64("sid", &[Some(1)]),
        ]
    }

    #[test]
    fn the_exports_are_told_apart() {
        let mut specs = upstream();
        let number = recognise("x", &specs).unwrap();
        assert_eq!(number.dialect, SynthesizerDialect::SoVits);
        assert_eq!(number.content_dim, Some(768));
        assert_eq!(
            (number.speaker, number.volume),
            (SpeakerForm::Number, false)
        );
        specs.push(TensorSpec::f32("vol", &[Some(1), None]));
        let loud = recognise("x", &specs).unwrap();
        assert_eq!(
            loud,
            Variant {
                volume: true,
                ..number
            }
        );
        specs[5] = TensorSpec::f32("sid", &[None, Some(3)]);
        specs.reverse();
        let mix = recognise("x", &specs).unwrap();
        assert_eq!(
            mix,
            Variant {
                speaker: SpeakerForm::Mix(3),
                ..loud
            }
        );
    }

    #[test]
    fn the_dialects_are_told_apart() {
        use SynthesizerDialect as D;
        let row = [Some(1), None];
        let pitch = || {
            vec![
                TensorSpec::i64("pitch", &row),
                TensorSpec::f32("pitchf", &row),
            ]
        };
        let content = |name: &str| TensorSpec::f32(name, &[Some(1), None, Some(256)]);
        let web_ui = vec![
            content("phone"),
            TensorSpec::i64("phone_lengths", &[Some(1)]),
            TensorSpec::i64("ds", &[Some(1)]),
            TensorSpec::f32("rnd", &[Some(1), Some(192), None]),
        ];
        let client = vec![
            content("feats"),
            TensorSpec::i64("p_len", &[Some(1)]),
            TensorSpec::i64("sid", &[Some(1)]),
        ];
        let trimmed: Vec<TensorSpec> = ["skip_head", "return_length", "formant_length"]
            .map(|name| TensorSpec::i64(name, &[]))
            .into();
        let so_vits_client = vec![
            TensorSpec::f32("c", &[Some(1), Some(256), None]),
            TensorSpec::f32("f0", &row),
            TensorSpec::f32("uv", &row),
            TensorSpec::i64("g", &[Some(1), Some(1)]),
            TensorSpec::f32("noise_scale", &[Some(1)]),
        ];
        let table = [
            (so_vits_client, D::SoVitsVcClient, true),
            ([web_ui.clone(), pitch()].concat(), D::RvcWebUi, true),
            (web_ui, D::RvcWebUi, false),
            ([client.clone(), pitch()].concat(), D::RvcVcClient, true),
            (client.clone(), D::RvcVcClient, false),
            ([client, pitch(), trimmed].concat(), D::RvcTrimmed, true),
            (
                [vec![content("phone")], pitch()].concat(),
                D::RvcPlain,
                true,
            ),
        ];
        for (mut specs, dialect, pitched) in table {
            for _ in 0..specs.len() {
                specs.rotate_left(1);
                let found = recognise("x", &specs).unwrap();
                assert_eq!((found.dialect, found.pitched), (dialect, pitched));
                assert_eq!(found.content_dim, Some(256));
            }
            // One input more, or one of another type, is another contract.
            let more = [specs.clone(), vec![TensorSpec::f32("t_window", &row)]].concat();
            assert!(recognise("x", &more).is_err());
            specs[0].shape.push(Some(7));
            assert!(recognise("x", &specs).is_err());
        }
    }

    #[test]
    fn other_dialects_are_refused_with_what_they_have() {
        let mut wrong = Vec::new();
        // 4.0-V2 has one input more.
        wrong.push(
            [
                upstream(),
                vec![TensorSpec::f32("t_window", &[Some(1), Some(2048), None])],
            ]
            .concat(),
        );
        for index in 0..upstream().len() {
            let mut missing = upstream();
            missing.remove(index);
            wrong.push(missing);
            let mut rank = upstream();
            rank[index].shape.push(Some(1));
            wrong.push(rank);
            let mut element = upstream();
            let other = element[index].element == ElementType::F32;
            element[index].element = if other {
                ElementType::I64
            } else {
                ElementType::F32
            };
            wrong.push(element);
        }
        for specs in wrong {
            match recognise("the synthesizer", &specs) {
                Err(LoadError::Tensor {
                    model,
                    expected,
                    found,
                }) => {
                    assert_eq!(model, "the synthesizer");
                    assert!(expected.contains("mel2ph i64[1, ?]") && expected.contains("rnd"));
                    assert_eq!(found, list(&specs));
                }
                other => panic!("{other:?} for {}", list(&specs)),
            }
        }
    }
}
