//! Says what each input of an acoustic network is for, and lays out what it gets.

use super::styles::Styles;
use crate::error::LoadError;
use crate::model::{ElementType, Tensor, TensorSpec};
use crate::speech::error::SpeechError;

/// What a segment asks for as a whole.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wish {
    /// The number of the speaker.
    pub(crate) speaker: usize,
    /// Speed as a factor.
    pub(crate) rate: f32,
    /// A factor on the noise.
    pub(crate) variation: f32,
}

impl Default for Wish {
    fn default() -> Wish {
        Wish {
            speaker: 0,
            rate: 1.0,
            variation: 1.0,
        }
    }
}

/// What an input is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Symbols, `[1, n]` or `[n]`.
    Symbols,
    /// How many symbols there are.
    Count,
    /// Noise, length and, where there are three, noise of the durations, in one tensor.
    Scales(usize),
    /// How much the noise counts.
    NoiseScale,
    /// How long symbols are.
    LengthScale,
    /// How much the noise of the durations counts.
    DurationNoiseScale,
    /// The number of the speaker.
    Speaker,
    /// The number of the language: always the first.
    Language,
    /// A vector that says how speaker and length sound.
    Style,
    /// Speed as a factor.
    Speed,
}

/// Names of inputs, with their element types and ranks. Sources: the exporters of piper, coqui, icefall, Matcha-TTS and
/// Kokoro as sherpa-onnx names them, of ESPnet and of PaddleSpeech.
const NAMES: &[(Role, &[&str], ElementType, &[usize])] = &[
    (
        Role::Symbols,
        &[
            "input",
            "x",
            "tokens",
            "text",
            "texts",
            "input_ids",
            "phonemes",
        ],
        ElementType::I64,
        &[1, 2],
    ),
    (
        Role::Count,
        &["input_lengths", "x_length", "x_lengths", "text_lengths"],
        ElementType::I64,
        &[1],
    ),
    (
        Role::NoiseScale,
        &["noise_scale"],
        ElementType::F32,
        &[0, 1],
    ),
    (
        Role::LengthScale,
        &["length_scale", "duration_control", "d_control", "alpha"],
        ElementType::F32,
        &[0, 1],
    ),
    (
        Role::DurationNoiseScale,
        &["noise_scale_w", "noise_w"],
        ElementType::F32,
        &[0, 1],
    ),
    (
        Role::Speaker,
        &["sid", "speaker", "speaker_id", "spk_id"],
        ElementType::I64,
        &[0, 1],
    ),
    (Role::Language, &["langid"], ElementType::I64, &[0, 1]),
    (Role::Style, &["style"], ElementType::F32, &[2]),
    (Role::Speed, &["speed"], ElementType::F32, &[0, 1]),
];

/// How an acoustic network is fed.
#[derive(Clone, Debug)]
pub(crate) struct Feeding {
    inputs: Vec<(Role, TensorSpec)>,
    /// Noise, length and noise of the durations, as the voice has them.
    pub(crate) scales: [f32; 3],
    /// The styles of a voice that has them.
    pub(crate) styles: Option<Styles>,
    /// Symbols that the voice has.
    pub(crate) sample: Vec<i64>,
}

impl Feeding {
    /// What the inputs of `model` are for; `None` of one is told.
    ///
    /// # Errors
    /// If there is an input that is not known, or none for symbols.
    pub(crate) fn of(model: &str, inputs: &[TensorSpec]) -> Result<Feeding, LoadError> {
        let refuse = |expected: &str| LoadError::Tensor {
            model: model.to_owned(),
            expected: expected.to_owned(),
            found: crate::svc::list(inputs),
        };
        let mut roles: Vec<(Role, TensorSpec)> = Vec::new();
        for input in inputs {
            let role = role(input).ok_or_else(|| LoadError::Tensor {
                model: model.to_owned(),
                expected: "an input of a known speech network".to_owned(),
                found: input.to_string(),
            })?;
            if roles.iter().any(|(known, _)| *known == role) {
                return Err(refuse("one input for each purpose"));
            }
            roles.push((role, input.clone()));
        }
        let feeding = Feeding {
            inputs: roles,
            // Those of VITS, and so of piper.
            scales: [0.667, 1.0, 0.8],
            styles: None,
            sample: vec![0],
        };
        match feeding.has(Role::Symbols) {
            true => Ok(feeding),
            false => Err(refuse("an input for symbols, such as x i64[1, ?]")),
        }
    }

    /// The name of the input for symbols.
    pub(crate) fn symbols_input(&self) -> &str {
        let symbols = self.inputs.iter().find(|(role, _)| *role == Role::Symbols);
        symbols.map_or("", |(_, spec)| spec.name.as_str())
    }

    /// Whether there is an input for it.
    pub(crate) fn has(&self, role: Role) -> bool {
        self.inputs.iter().any(|(known, _)| *known == role)
    }

    /// The width that the graph declares for styles.
    pub(crate) fn style_width(&self) -> Option<usize> {
        let style = self.inputs.iter().find(|(role, _)| *role == Role::Style);
        style.and_then(|(_, spec)| spec.shape[1])
    }

    /// How many symbols it may be fed at once.
    pub(crate) fn most_symbols(&self) -> usize {
        self.styles.as_ref().map_or(usize::MAX, Styles::lengths)
    }

    /// Whether all noise can be turned down by inputs.
    pub(crate) fn has_noise(&self) -> bool {
        self.has(Role::NoiseScale) || self.has(Role::Scales(3)) || self.has(Role::Scales(2))
    }

    /// Symbols to try the network with.
    pub(crate) fn sample_ids(&self, count: usize) -> Vec<i64> {
        self.sample.iter().cycle().take(count).copied().collect()
    }

    /// What the network is fed to try it with this many symbols.
    pub(crate) fn trial(&self, count: usize) -> Vec<(String, Tensor)> {
        let tensors = self.tensors(&self.sample_ids(count), &Wish::default());
        tensors.unwrap_or_default()
    }

    /// The inputs for these symbols.
    ///
    /// # Errors
    /// If there are more symbols than the voice has styles for.
    pub(crate) fn tensors(
        &self,
        ids: &[i64],
        wish: &Wish,
    ) -> Result<Vec<(String, Tensor)>, SpeechError> {
        let [noise, length, duration_noise] = self.scales;
        let (noise, duration_noise) = (noise * wish.variation, duration_noise * wish.variation);
        let length = length / wish.rate;
        let one = |spec: &TensorSpec, value: f32| {
            let shape: Vec<usize> = vec![1; spec.shape.len()];
            Tensor::f32(&shape, vec![value])
        };
        let whole = |spec: &TensorSpec, value: usize| {
            let shape: Vec<usize> = vec![1; spec.shape.len()];
            Tensor::i64(&shape, vec![value as i64])
        };
        let tensor = |(role, spec): &(Role, TensorSpec)| -> Result<(String, Tensor), SpeechError> {
            let tensor = match role {
                Role::Symbols if spec.shape.len() == 1 => Tensor::i64(&[ids.len()], ids.to_vec()),
                Role::Symbols => Tensor::i64(&[1, ids.len()], ids.to_vec()),
                Role::Count => Tensor::i64(&[1], vec![ids.len() as i64]),
                Role::Scales(2) => Tensor::f32(&[2], vec![noise, length]),
                Role::Scales(_) => Tensor::f32(&[3], vec![noise, length, duration_noise]),
                Role::NoiseScale => one(spec, noise),
                Role::LengthScale => one(spec, length),
                Role::DurationNoiseScale => one(spec, duration_noise),
                Role::Speaker => whole(spec, wish.speaker),
                Role::Language => whole(spec, 0),
                Role::Speed => one(spec, 1.0 / length),
                Role::Style => self.style(ids.len(), wish.speaker)?,
            };
            Ok((spec.name.clone(), tensor))
        };
        self.inputs.iter().map(tensor).collect()
    }

    /// The style for symbols that have one of those around them on each side.
    fn style(&self, count: usize, speaker: usize) -> Result<Tensor, SpeechError> {
        let width = self.style_width();
        match &self.styles {
            Some(styles) => {
                let row = styles.row(speaker, count.saturating_sub(2))?;
                Ok(Tensor::f32(&[1, styles.width()], row.to_vec()))
            }
            None => Ok(Tensor::zeros(&[1, width.unwrap_or(256)])),
        }
    }
}

/// What an input is for.
fn role(input: &TensorSpec) -> Option<Role> {
    if input.name == "scales" && input.element == ElementType::F32 {
        return match input.shape.as_slice() {
            [Some(2)] => Some(Role::Scales(2)),
            [None | Some(3)] => Some(Role::Scales(3)),
            _ => None,
        };
    }
    let fits = |entry: &&(Role, &[&str], ElementType, &[usize])| {
        let (_, names, element, ranks) = **entry;
        names.contains(&input.name.as_str())
            && element == input.element
            && ranks.contains(&input.shape.len())
    };
    NAMES.iter().find(fits).map(|entry| entry.0)
}
