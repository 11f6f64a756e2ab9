//! Lays out what a synthesizer takes, in the layout of its dialect.

use super::{Features, Speaker, SpeakerForm, Variant};
use crate::dialect::SynthesizerDialect;
use crate::error::RunError;
use crate::model::Tensor;
use crate::svc::content::Content;
use crate::svc::noise::NOISE_CHANNELS;
use syrinx_dsp::f0::contour::coarse_bin;

/// The named inputs of a synthesizer.
pub(crate) type Inputs = Vec<(&'static str, Tensor)>;

impl Variant {
    /// The inputs of the graph, laid out as it takes them.
    ///
    /// # Errors
    /// If the speaker does not fit the graph.
    pub(crate) fn tensors(
        &self,
        features: Features<'_>,
        speaker: &Speaker,
    ) -> Result<Inputs, RunError> {
        match self.dialect {
            SynthesizerDialect::SoVits => self.so_vits(features, speaker),
            SynthesizerDialect::SoVitsVcClient => self.so_vits_vc_client(features, speaker),
            _ => self.rvc(features, speaker),
        }
    }

    /// Whether content is stretched as RVC does: every frame twice, from 50 to 100 per second.
    pub(crate) fn doubles_content(&self) -> bool {
        !matches!(
            self.dialect,
            SynthesizerDialect::SoVits | SynthesizerDialect::SoVitsVcClient
        )
    }

    /// Reference: `onnx_export.py` of So-VITS-SVC 4.1-Stable. The graph stretches the content and finds coarse pitch.
    fn so_vits(&self, features: Features<'_>, speaker: &Speaker) -> Result<Inputs, RunError> {
        let frames = features.f0.len();
        let row = [1, frames];
        let mut tensors = vec![
            ("sid", self.speaker_tensor("sid", speaker, frames)?),
            ("c", features.content.tensor.clone()),
            ("f0", Tensor::f32(&row, features.f0)),
            ("mel2ph", Tensor::i64(&row, features.mel2ph)),
            ("uv", Tensor::f32(&row, features.uv)),
            ("noise", noise(features.noise, frames)),
        ];
        let volume = features.volume.map(|volume| Tensor::f32(&row, volume));
        tensors.extend(volume.map(|volume| ("vol", volume)));
        Ok(tensors)
    }

    /// Reference: the So-VITS-SVC 4.0 voices of VCClient. The host stretches the content, channels come first, and the
    /// noise is drawn inside.
    fn so_vits_vc_client(
        &self,
        features: Features<'_>,
        speaker: &Speaker,
    ) -> Result<Inputs, RunError> {
        let frames = features.f0.len();
        let row = [1, frames];
        let Speaker::One(number) = speaker else {
            return Err(one_speaker("g", speaker));
        };
        let (rows, dim) = stretched(features.content, &features.mel2ph);
        let mut content = vec![0.0; rows.len()];
        for (frame, row) in rows.chunks_exact(dim).enumerate() {
            for (channel, &value) in row.iter().enumerate() {
                content[channel * frames + frame] = value;
            }
        }
        Ok(vec![
            ("c", Tensor::f32(&[1, dim, frames], content)),
            ("f0", Tensor::f32(&row, features.f0)),
            ("uv", Tensor::f32(&row, features.uv)),
            ("g", Tensor::i64(&[1, 1], vec![*number as i64])),
            ("noise_scale", Tensor::f32(&[1], vec![features.noise_scale])),
        ])
    }

    /// Reference: `models_onnx.py` of RVC's WebUI, and the exporters of VCClient and its descendants. The host
    /// stretches the content and finds coarse pitch.
    fn rvc(&self, features: Features<'_>, speaker: &Speaker) -> Result<Inputs, RunError> {
        let frames = features.f0.len();
        let history = self.dialect.history();
        let given = history + frames;
        let (rows, dim) = stretched(features.content, &features.mel2ph);
        let content = Tensor::f32(&[1, given, dim], led(rows, dim, history));
        let count = Tensor::i64(&[1], vec![given as i64]);
        let mut tensors: Inputs = Vec::new();
        if self.pitched {
            let f0 = led(features.f0, 1, history);
            let coarse = f0.iter().map(|&hz| i64::from(coarse_bin(hz)));
            tensors.push(("pitch", Tensor::i64(&[1, given], coarse.collect())));
            tensors.push(("pitchf", Tensor::f32(&[1, given], f0)));
        }
        match self.dialect {
            SynthesizerDialect::RvcWebUi => {
                tensors.push(("phone", content));
                tensors.push(("phone_lengths", count));
                tensors.push(("ds", self.speaker_tensor("ds", speaker, frames)?));
                tensors.push(("rnd", noise(features.noise, frames)));
            }
            SynthesizerDialect::RvcPlain => tensors.push(("phone", content)),
            _ => {
                tensors.push(("feats", content));
                tensors.push(("p_len", count));
                tensors.push(("sid", self.speaker_tensor("sid", speaker, frames)?));
            }
        }
        if self.dialect == SynthesizerDialect::RvcTrimmed {
            // The segment without its history, spoken as long as it is.
            let shape = vec![1; self.scalar_rank];
            let scalar = |value: usize| Tensor::i64(&shape, vec![value as i64]);
            tensors.push(("skip_head", scalar(history)));
            tensors.push(("return_length", scalar(frames)));
            tensors.push(("formant_length", scalar(frames)));
        }
        Ok(tensors)
    }

    fn speaker_tensor(
        &self,
        name: &str,
        speaker: &Speaker,
        frames: usize,
    ) -> Result<Tensor, RunError> {
        let refuse = |expected: String| RunError::Input {
            name: name.to_owned(),
            expected,
            found: format!("{speaker:?}"),
        };
        match (self.speaker, speaker) {
            (SpeakerForm::Number | SpeakerForm::None, Speaker::One(number)) => {
                Ok(Tensor::i64(&[1], vec![*number as i64]))
            }
            (SpeakerForm::Number | SpeakerForm::None, _) => Err(one_speaker(name, speaker)),
            (SpeakerForm::Mix(count), Speaker::One(number)) if *number < count => {
                let mut shares = vec![0.0; count];
                shares[*number] = 1.0;
                Ok(Tensor::f32(&[frames, count], shares.repeat(frames)))
            }
            (SpeakerForm::Mix(count), Speaker::Mix(shares)) if shares.len() == count => {
                Ok(Tensor::f32(&[frames, count], shares.repeat(frames)))
            }
            (SpeakerForm::Mix(count), Speaker::Along(shares)) if shares.len() == count * frames => {
                Ok(Tensor::f32(&[frames, count], shares.clone()))
            }
            (SpeakerForm::Mix(count), _) => Err(refuse(format!("{count} speakers"))),
        }
    }
}

fn one_speaker(name: &str, speaker: &Speaker) -> RunError {
    RunError::Input {
        name: name.to_owned(),
        expected: "one speaker".to_owned(),
        found: format!("{speaker:?}"),
    }
}

fn noise(values: Vec<f32>, frames: usize) -> Tensor {
    Tensor::f32(&[1, NOISE_CHANNELS, frames], values)
}

/// `rows` of `width` values with the first one `count` times more before it.
fn led(mut rows: Vec<f32>, width: usize, count: usize) -> Vec<f32> {
    let first = rows.get(..width).unwrap_or_default().repeat(count);
    rows.splice(..0, first);
    rows
}

/// The content row under each frame, and the width of a row.
fn stretched(content: &Content, mel2ph: &[i64]) -> (Vec<f32>, usize) {
    let dim = content.tensor.shape().last().copied().unwrap_or(0);
    let values = content.tensor.as_f32().unwrap_or_default();
    let mut rows = Vec::with_capacity(mel2ph.len() * dim);
    for &number in mel2ph {
        // Counted from 1; 0 is a row of zeros.
        match usize::try_from(number - 1) {
            Ok(row) => rows.extend_from_slice(&values[row * dim..][..dim]),
            Err(_) => rows.extend(std::iter::repeat_n(0.0, dim)),
        }
    }
    (rows, dim)
}
