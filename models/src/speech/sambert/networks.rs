//! The networks of a Sambert voice before its vocoder, one run of each at a time.
//!
//! `tests/golden/sambert/sambert_split.py` says what each takes and gives, and makes them.

use super::manifest::Manifest;
use crate::error::{RunError, check_finite};
use crate::model::{Model, Tensor, TensorSpec};
use crate::runtime::{Device, OnnxSession, Runtime};
use crate::speech::contract::SpeechFile;
use crate::speech::error::SpeechError;

/// The networks of a voice.
pub(super) struct Networks {
    encoder: Part,
    prosody: Part,
    duration: Part,
    memory: Part,
    decoder: Part,
    postnet: Part,
}

/// A network, and what it has to give.
struct Part {
    session: OnnxSession,
    outputs: Vec<TensorSpec>,
}

/// What the decoder hears in a step.
pub(super) struct DecoderInputs<'a> {
    /// The frame before, f32[1, 1, mels].
    pub(super) frame: &'a Tensor,
    /// The row of memory, f32[1, 1, memory].
    pub(super) memory: &'a Tensor,
    /// Keys and values of the steps before, f32[1, P, keys], the last one last.
    pub(super) past: &'a Tensor,
    /// 0 for rows of the past that count and -1e9 for others, and 0 for the step itself: f32[1, P + 1].
    pub(super) past_mask: &'a Tensor,
    /// Keys and values of the memory from this step on, f32[1, W, keys].
    pub(super) ahead: &'a Tensor,
    /// As `past_mask`, f32[1, W].
    pub(super) ahead_mask: &'a Tensor,
}

impl Networks {
    /// Loads all of them, and compares them with the manifest.
    ///
    /// # Errors
    /// If one is missing, differs from what the manifest says, or a backend refuses it.
    pub(super) fn load(
        manifest: &Manifest,
        files: &[SpeechFile],
        (runtime, device): (&Runtime, Device),
    ) -> Result<Networks, SpeechError> {
        let load = |role: &str, inputs: &[TensorSpec], outputs: &[TensorSpec]| {
            let file = manifest.file(role, files)?;
            let session = runtime.load(&file.name, &file.bytes, inputs, outputs, device)?;
            Ok::<Part, SpeechError>(Part {
                session,
                outputs: outputs.to_vec(),
            })
        };
        let f32 = |name: &str, shape: &[usize]| {
            // 0 is a free dimension.
            let shape: Vec<Option<usize>> = shape.iter().map(|&n| (n > 0).then_some(n)).collect();
            TensorSpec::f32(name, &shape)
        };
        let m = manifest;
        let state = |name: &str, size: usize| f32(name, &[size]);
        let tokens = TensorSpec::i64("tokens", &[Some(1), None, Some(4)]);
        let text = f32("text", &[1, 0, m.text_units]);
        let speaker = f32("speaker", &[1, 0, m.speaker_units]);
        let emotion = f32("emotion", &[1, 0, m.emotion_units]);
        let hidden = f32("hidden", &[1, 0, m.text_units]);
        let (frames, ahead) = (m.postnet_frames, m.postnet_frames + m.postnet_lookahead);
        Ok(Networks {
            encoder: load("encoder", &[tokens], std::slice::from_ref(&text))?,
            prosody: load(
                "prosody",
                &[text, speaker, emotion],
                &[hidden, f32("pitch", &[1, 0]), f32("energy", &[1, 0])],
            )?,
            duration: load(
                "duration",
                &[
                    f32("previous", &[1, 1, 1]),
                    f32("condition", &[1, 1, m.condition_units()]),
                    state("state", m.duration_state),
                ],
                &[
                    f32("log_frames", &[1, 1, 1]),
                    state("next_state", m.duration_state),
                ],
            )?,
            memory: load(
                "memory",
                &[f32("memory", &[1, m.memory_rows, m.memory_units()])],
                &[f32("keys", &[1, m.memory_rows, m.key_units])],
            )?,
            decoder: load(
                "decoder",
                &[
                    f32("frame", &[1, 1, m.mels]),
                    f32("memory", &[1, 1, m.memory_units()]),
                    f32("past", &[1, 0, m.key_units]),
                    f32("past_mask", &[1, 0]),
                    f32("ahead", &[1, 0, m.key_units]),
                    f32("ahead_mask", &[1, 0]),
                ],
                &[
                    f32("frames", &[1, m.frames_per_step, m.mels]),
                    f32("row", &[1, 1, m.key_units]),
                ],
            )?,
            postnet: load(
                "postnet",
                &[
                    f32("frames", &[1, frames, m.mels]),
                    f32("valid", &[1, ahead]),
                    state("state", m.postnet_state),
                ],
                &[
                    f32("mel", &[1, frames, m.mels]),
                    state("next_state", m.postnet_state),
                ],
            )?,
        })
    }

    /// What the encoder and the networks for pitch and energy make of tokens: f32[1, T, text].
    pub(super) fn hidden(
        &mut self,
        tokens: &Tensor,
        speaker: &Tensor,
        emotion: &Tensor,
    ) -> Result<Tensor, RunError> {
        let [text] = self.encoder.run(&[("tokens", tokens)])?;
        let inputs = [("text", &text), ("speaker", speaker), ("emotion", emotion)];
        let [hidden, _, _] = self.prosody.run(&inputs)?;
        match hidden.shape()[1] == tokens.shape()[1] {
            true => Ok(hidden),
            false => Err(RunError::Output {
                name: "hidden".to_owned(),
                expected: format!("a row for each of {} tokens", tokens.shape()[1]),
                found: format!("{:?}", hidden.shape()),
            }),
        }
    }

    /// log(frames + 1) of the next token, and the next state.
    pub(super) fn duration(
        &mut self,
        previous: &Tensor,
        condition: &Tensor,
        state: &Tensor,
    ) -> Result<[Tensor; 2], RunError> {
        let inputs = [
            ("previous", previous),
            ("condition", condition),
            ("state", state),
        ];
        self.duration.run(&inputs)
    }

    /// Keys and values of rows of memory.
    pub(super) fn keys(&mut self, memory: &Tensor) -> Result<Tensor, RunError> {
        let [keys] = self.memory.run(&[("memory", memory)])?;
        Ok(keys)
    }

    /// The next frames, and the keys and values of this step.
    pub(super) fn decode(&mut self, inputs: &DecoderInputs<'_>) -> Result<[Tensor; 2], RunError> {
        let inputs = [
            ("frame", inputs.frame),
            ("memory", inputs.memory),
            ("past", inputs.past),
            ("past_mask", inputs.past_mask),
            ("ahead", inputs.ahead),
            ("ahead_mask", inputs.ahead_mask),
        ];
        self.decoder.run(&inputs)
    }

    /// Mel frames, and the next state.
    pub(super) fn postnet(
        &mut self,
        frames: &Tensor,
        valid: &Tensor,
        state: &Tensor,
    ) -> Result<[Tensor; 2], RunError> {
        let inputs = [("frames", frames), ("valid", valid), ("state", state)];
        self.postnet.run(&inputs)
    }
}

impl Part {
    /// The outputs, which are these many; all of them are finite, and of the shapes that the manifest says.
    fn run<const COUNT: usize>(
        &mut self,
        inputs: &[(&str, &Tensor)],
    ) -> Result<[Tensor; COUNT], RunError> {
        let made = self.session.run(inputs)?;
        for (spec, tensor) in self.outputs.iter().zip(&made) {
            check_finite(&spec.name, tensor.as_f32().unwrap_or_default())?;
            let mut axes = spec.shape.iter().zip(tensor.shape());
            let is_rank = spec.shape.len() == tensor.shape().len();
            if !(is_rank && axes.all(|(known, size)| known.is_none_or(|known| known == *size))) {
                return Err(RunError::Output {
                    name: spec.name.clone(),
                    expected: spec.to_string(),
                    found: format!("{:?}", tensor.shape()),
                });
            }
        }
        made.try_into()
            .map_err(|made: Vec<Tensor>| RunError::Output {
                name: self.session.name().to_owned(),
                expected: format!("{COUNT} outputs"),
                found: made.len().to_string(),
            })
    }
}
