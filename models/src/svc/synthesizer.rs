//! Runs the synthesizer: content, F0, noise, speaker and loudness to audio.

use super::content::Content;
use super::noise::NOISE_CHANNELS;
use super::streamed::{PartedSynthesizer, RandomFeeds};
use crate::error::{LoadError, RunError, check_finite};
use crate::graph::RandomInput;
use crate::model::{ElementType, Model, Tensor, TensorSpec};

/// How a graph takes the speaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpeakerForm {
    /// One number, i64 `[1]`.
    Number,
    /// A mix of this many speakers for each frame, f32 `[frames, speakers]`; the exporter emits it whenever the
    /// configuration lists two speakers or more.
    Mix(usize),
}

/// Which export a graph is; recognised from its tensors, never from a file name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variant {
    /// The width of the content features, where declared: 256 (4.0), 768, 1024 or 1280.
    pub content_dim: Option<usize>,
    /// How it takes the speaker.
    pub speaker: SpeakerForm,
    /// Whether it takes the loudness (4.1 with volume embedding).
    pub volume: bool,
}

impl Variant {
    /// The inputs of the graph, laid out as it takes them.
    ///
    /// # Errors
    /// If the speaker does not fit the graph.
    pub(super) fn tensors(
        &self,
        features: Features<'_>,
        speaker: &Speaker,
    ) -> Result<Vec<(&'static str, Tensor)>, RunError> {
        let frames = features.f0.len();
        let row = [1, frames];
        let mut tensors = vec![
            ("sid", self.speaker_tensor(speaker, frames)?),
            ("c", features.content.tensor.clone()),
            ("f0", Tensor::f32(&row, features.f0)),
            ("mel2ph", Tensor::i64(&row, features.mel2ph)),
            ("uv", Tensor::f32(&row, features.uv)),
            (
                "noise",
                Tensor::f32(&[1, NOISE_CHANNELS, frames], features.noise),
            ),
        ];
        let volume = features.volume.map(|volume| Tensor::f32(&row, volume));
        tensors.extend(volume.map(|volume| ("vol", volume)));
        Ok(tensors)
    }

    fn speaker_tensor(&self, speaker: &Speaker, frames: usize) -> Result<Tensor, RunError> {
        let refuse = |expected: String| RunError::Input {
            name: "sid".to_owned(),
            expected,
            found: format!("{speaker:?}"),
        };
        match (self.speaker, speaker) {
            (SpeakerForm::Number, Speaker::One(number)) => {
                Ok(Tensor::i64(&[1], vec![*number as i64]))
            }
            (SpeakerForm::Number, Speaker::Mix(_)) => Err(refuse("one speaker".to_owned())),
            (SpeakerForm::Mix(count), Speaker::One(number)) if *number < count => {
                let mut shares = vec![0.0; count];
                shares[*number] = 1.0;
                Ok(Tensor::f32(&[frames, count], shares.repeat(frames)))
            }
            (SpeakerForm::Mix(count), Speaker::Mix(shares)) if shares.len() == count => {
                Ok(Tensor::f32(&[frames, count], shares.repeat(frames)))
            }
            (SpeakerForm::Mix(count), _) => Err(refuse(format!("{count} speakers"))),
        }
    }
}

/// Who speaks.
#[derive(Clone, Debug, PartialEq)]
pub enum Speaker {
    /// The speaker of this number.
    One(usize),
    /// A share for each speaker; should sum to 1. Only for graphs of [`SpeakerForm::Mix`].
    Mix(Vec<f32>),
}

/// What a segment of `frames` hops is synthesised from.
#[derive(Clone, Debug)]
pub struct Features<'a> {
    /// What is said.
    pub content: &'a Content,
    /// The content frame under each frame, from 1.
    pub mel2ph: Vec<i64>,
    /// Hz, without gaps, transposed.
    pub f0: Vec<f32>,
    /// 1 where voiced, else 0.
    pub uv: Vec<f32>,
    /// Noise, already scaled: rows of channels, `192 * frames` values.
    pub noise: Vec<f32>,
    /// RMS per frame, for graphs that take it.
    pub volume: Option<Vec<f32>>,
}

/// A synthesizer of the upstream 4.0 / 4.1 export:
/// `c, f0, mel2ph, uv, noise, sid[, vol] → audio` f32 `[1, 1, frames * hop]`, coarse pitch inside the graph.
///
/// | input | element | shape |
/// |---|---|---|
/// | `c` | f32 | `[1, content frames, 256 or 768 or ..]` |
/// | `f0`, `uv`, `vol` | f32 | `[1, frames]` |
/// | `mel2ph` | i64 | `[1, frames]`, from 1 |
/// | `noise` | f32 | `[1, 192, frames]` |
/// | `sid` | i64 `[1]` or f32 `[frames, speakers]` | |
///
/// Reference: `onnx_export.py` of So-VITS-SVC 4.1-Stable. Its graphs keep `RandomNormalLike` and
/// `RandomUniformLike` nodes, which no seed reaches: their output is not the same twice. ONNX Runtime runs
/// them; tract 0.23 those alone whose node name ends in `Like`, and refuses the graph otherwise. Other dialects
/// (w-okada's channel-major `c`, 4.0-V2's `t_window`, 2.0 and 3.0) are refused.
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
    Parted(PartedSynthesizer),
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
        let audio = TensorSpec::f32("audio", &[Some(1), Some(1), None]);
        if !model.outputs().iter().any(|found| audio.accepts(found)) {
            return Err(LoadError::Tensor {
                model: name.to_owned(),
                expected: audio.to_string(),
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
            networks: Networks::Parted(parts),
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
                let position = model.outputs().iter().position(|spec| spec.name == "audio");
                outputs.rotate_left(position.unwrap_or(0));
                Ok(outputs)
            }
            Networks::Parted(parts) => parts.run(&inputs, f0_hz, (place.first_frame, place.seed)),
        }
    }
}

/// Which export has these inputs.
pub(super) fn recognise(name: &str, found: &[TensorSpec]) -> Result<Variant, LoadError> {
    let find = |wanted: &str| found.iter().find(|spec| spec.name == wanted);
    let volume = find("vol").is_some();
    let mut expected = vec![
        TensorSpec::f32("c", &[Some(1), None, None]),
        TensorSpec::f32("f0", &[Some(1), None]),
        TensorSpec::i64("mel2ph", &[Some(1), None]),
        TensorSpec::f32("uv", &[Some(1), None]),
        TensorSpec::f32("noise", &[Some(1), Some(NOISE_CHANNELS), None]),
    ];
    expected.extend(volume.then(|| TensorSpec::f32("vol", &[Some(1), None])));
    let fits = expected
        .iter()
        .all(|spec| find(&spec.name).is_some_and(|real| spec.accepts(real)));
    let speaker = find("sid").and_then(|sid| match (sid.element, sid.shape.as_slice()) {
        (ElementType::I64, [None | Some(1)]) => Some(SpeakerForm::Number),
        (ElementType::F32, [_, Some(count)]) if *count > 0 => Some(SpeakerForm::Mix(*count)),
        _ => None,
    });
    match (
        fits && found.len() == expected.len() + 1,
        speaker,
        find("c"),
    ) {
        (true, Some(speaker), Some(c)) => Ok(Variant {
            content_dim: c.shape[2],
            speaker,
            volume,
        }),
        _ => Err(LoadError::Tensor {
            model: name.to_owned(),
            expected: format!(
                "{}, sid i64[1] or f32[?, speakers], vol f32[1, ?] or none",
                {
                    expected.truncate(5);
                    list(&expected)
                }
            ),
            found: list(found),
        }),
    }
}

/// Tensors, for messages.
pub(super) fn list(specs: &[TensorSpec]) -> String {
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
        let number = Variant {
            content_dim: Some(768),
            speaker: SpeakerForm::Number,
            volume: false,
        };
        assert_eq!(recognise("x", &specs).unwrap(), number);
        specs.push(TensorSpec::f32("vol", &[Some(1), None]));
        assert_eq!(
            recognise("x", &specs).unwrap(),
            Variant {
                volume: true,
                ..number
            }
        );
        specs[5] = TensorSpec::f32("sid", &[None, Some(3)]);
        specs.reverse();
        let mix = Variant {
            volume: true,
            speaker: SpeakerForm::Mix(3),
            ..number
        };
        assert_eq!(recognise("x", &specs).unwrap(), mix);
    }

    #[test]
    fn other_dialects_are_refused_with_what_they_have() {
        let mut wrong = Vec::new();
        // w-okada's 4.0: a speaker `g` and a scalar noise scale.
        wrong.push(vec![
            TensorSpec::f32("c", &[Some(1), Some(256), None]),
            TensorSpec::f32("f0", &[Some(1), None]),
            TensorSpec::f32("uv", &[Some(1), None]),
            TensorSpec::i64("g", &[Some(1), Some(1)]),
            TensorSpec::f32("noise_scale", &[Some(1)]),
        ]);
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
                    assert!(expected.contains("mel2ph i64[1, ?]") && expected.contains("sid"));
                    assert_eq!(found, list(&specs));
                }
                other => panic!("{other:?} for {}", list(&specs)),
            }
        }
    }
}
