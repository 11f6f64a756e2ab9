//! Turns latents or mel frames into samples: chunk by chunk where the network allows it, else a segment at once.

mod fed_run;
#[cfg(test)]
mod full_size;
mod istft;
mod kernels;
mod mel_layout;
mod pitch_layout;
mod pitched;
mod ramp;
mod spectral;
mod streamed;
mod streamed_run;
#[cfg(test)]
mod tests;
mod threads;
mod whole;

pub(crate) use fed_run::FedRun;
pub(crate) use istft::IstftConfig;
pub(crate) use kernels::load_fastest;
pub(crate) use mel_layout::MelLayout;
pub(crate) use pitch_layout::{F0, PitchLayout};
pub(crate) use pitched::PitchedVocoder;
pub(crate) use spectral::SpectralVocoder;
pub(crate) use streamed::StreamedVocoder;
pub(crate) use streamed_run::StreamedRun;
pub(crate) use threads::{Sharing, shared_out};
pub(crate) use whole::{Ready, WholeVocoder};

use std::sync::Arc;

use super::error::SpeechError;
use super::spec::Streaming;
use crate::error::RunError;
use crate::graph::{Context, Cut, Graph, GraphError, fold_weights, plain_layers};
use crate::model::Tensor;
use crate::runtime::{Device, Runtime};

/// Samples that are being made from one segment's latents or mel frames.
pub(crate) trait Sounding: Send {
    /// Appends the next samples; true while more follow.
    fn next_chunk(&mut self, samples: &mut Vec<f32>) -> Result<bool, RunError>;
}

/// What turns mel frames into samples.
pub(crate) enum Vocoder {
    /// Chunk by chunk.
    Streamed(Arc<StreamedVocoder>),
    /// All of a segment at once.
    Whole(WholeVocoder),
    /// Spectra, which become samples here.
    Spectral(SpectralVocoder),
    /// From F0 as well.
    Pitched(Box<PitchedVocoder>),
}

impl Vocoder {
    /// Loads a vocoder graph with mel frames of `mels` bands as its input, and F0 where it is called so, and one output,
    /// the audio.
    ///
    /// # Errors
    /// If the graph takes or gives anything else, or a backend refuses it.
    pub(crate) fn load(
        name: &str,
        onnx: &[u8],
        mels: usize,
        device: (&Runtime, Device),
    ) -> Result<Vocoder, SpeechError> {
        Vocoder::load_for(name, onnx, mels, device, Sharing::Parts)
    }

    /// The same for frames that become known one after the other, see [`Vocoder::feed`].
    ///
    /// # Errors
    /// As those of [`Vocoder::load`].
    pub(crate) fn load_fed(
        name: &str,
        onnx: &[u8],
        mels: usize,
        device: (&Runtime, Device),
    ) -> Result<Vocoder, SpeechError> {
        Vocoder::load_for(name, onnx, mels, device, Sharing::Layers)
    }

    fn load_for(
        name: &str,
        onnx: &[u8],
        mels: usize,
        (runtime, device): (&Runtime, Device),
        sharing: Sharing,
    ) -> Result<Vocoder, SpeechError> {
        let runtime = &shared_out(runtime);
        let mut graph = Graph::decode(name, onnx)?;
        let (inputs, _) = graph.specs()?;
        if let Some((mel, pitch)) = PitchLayout::of(&inputs) {
            let layouts = (MelLayout::of(name, std::slice::from_ref(mel), mels)?, pitch);
            let vocoder = PitchedVocoder::load(graph, layouts, runtime, device)?;
            return Ok(Vocoder::Pitched(Box::new(vocoder)));
        }
        let layout = MelLayout::of(name, &inputs, mels)?;
        let streamed = (|| -> Result<Arc<StreamedVocoder>, GraphError> {
            fold_weights(&mut graph, runtime)?;
            plain_layers(&mut graph, runtime)?;
            let feeds = |frames: usize| vec![layout.silence(frames)];
            let cut = Cut::of_speech(&graph, &[], &feeds, runtime)?;
            StreamedVocoder::load(&cut, Some(layout.clone()), (runtime, device), sharing)
        })();
        match streamed {
            Ok(vocoder) => Ok(Vocoder::Streamed(vocoder)),
            Err(why @ (GraphError::Structure { .. } | GraphError::Run(_))) => {
                let session = runtime.load_any(name, onnx, device)?;
                let whole = WholeVocoder::new(session, layout, why.to_string())?;
                Ok(Vocoder::Whole(whole))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Begins to turn mel frames, `frames` rows of `bands` values, into samples.
    pub(crate) fn begin(&self, mel: &Mel) -> Result<Box<dyn Sounding>, RunError> {
        Ok(match self {
            Vocoder::Streamed(vocoder) => Box::new(vocoder.begin_mel(mel, None)?),
            Vocoder::Whole(vocoder) => Box::new(Ready::new(vocoder.run(mel)?)),
            Vocoder::Spectral(vocoder) => Box::new(Ready::new(vocoder.run(mel)?)),
            Vocoder::Pitched(_) => {
                return Err(RunError::Input {
                    name: F0.to_owned(),
                    expected: "F0 of every frame".to_owned(),
                    found: "mel frames alone".to_owned(),
                });
            }
        })
    }

    /// Begins to turn mel frames, and F0 in Hz of each of them, 0 where unvoiced, into samples; a vocoder that does not
    /// hear F0 leaves it aside. `seed` decides what is drawn at random.
    pub(crate) fn begin_pitched(
        &self,
        mel: &Mel,
        f0: &[f32],
        seed: u64,
    ) -> Result<Box<dyn Sounding>, RunError> {
        match self {
            Vocoder::Pitched(vocoder) => vocoder.begin(mel, f0, seed),
            _ => self.begin(mel),
        }
    }

    /// Whether it hears F0.
    pub(crate) fn hears_pitch(&self) -> bool {
        matches!(self, Vocoder::Pitched(_))
    }

    /// Begins to turn mel frames into samples that are not known yet; `None` where the vocoder wants to know all of them.
    pub(crate) fn feed(&self) -> Option<FedRun> {
        match self {
            Vocoder::Streamed(vocoder) => vocoder.feed(),
            Vocoder::Whole(_) | Vocoder::Spectral(_) | Vocoder::Pitched(_) => None,
        }
    }

    /// How its samples come.
    pub(crate) fn streaming(&self) -> Streaming {
        match self {
            Vocoder::Streamed(vocoder) => vocoder.streaming(),
            Vocoder::Whole(vocoder) => vocoder.streaming(),
            Vocoder::Spectral(vocoder) => vocoder.streaming(),
            Vocoder::Pitched(vocoder) => vocoder.streaming(),
        }
    }

    /// Samples per mel frame, where it is known before the first run.
    pub(crate) fn hop(&self) -> Option<usize> {
        match self {
            Vocoder::Streamed(vocoder) => Some(vocoder.hop()),
            Vocoder::Whole(_) => None,
            Vocoder::Spectral(vocoder) => Some(vocoder.hop()),
            Vocoder::Pitched(vocoder) => vocoder.hop(),
        }
    }
}

/// Mel frames, one row after the other.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mel {
    /// The values.
    pub(crate) values: Vec<f32>,
    /// How many values a row has.
    pub(crate) bands: usize,
}

impl Mel {
    /// The mel frames of an acoustic network's output, `[1, bands, frames]` or `[1, frames, bands]`, with or without the
    /// first axis.
    pub(crate) fn of(name: &str, tensor: &Tensor, bands: usize) -> Result<Mel, RunError> {
        let wrong = || RunError::Output {
            name: name.to_owned(),
            expected: format!("f32[1, {bands}, frames] or f32[1, frames, {bands}]"),
            found: format!("{}{:?}", tensor.element(), tensor.shape()),
        };
        let data = tensor.as_f32().ok_or_else(wrong)?;
        crate::error::check_finite(name, data)?;
        let axes = match tensor.shape() {
            [1, axes @ ..] if axes.len() == 2 => axes,
            axes if axes.len() == 2 => axes,
            _ => return Err(wrong()),
        };
        let values = match *axes {
            [first, frames] if first == bands => transposed(data, bands, frames),
            [_, last] if last == bands => data.to_vec(),
            _ => return Err(wrong()),
        };
        Ok(Mel { values, bands })
    }

    /// How many frames there are.
    pub(crate) fn frames(&self) -> usize {
        self.values.len() / self.bands.max(1)
    }
}

/// `rows` rows of `columns` values, columns first.
pub(crate) fn transposed(data: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    let mut turned = Vec::with_capacity(data.len());
    for column in 0..columns {
        turned.extend((0..rows).map(|row| data[row * columns + column]));
    }
    turned
}

/// The exact streaming of a cut, for cards, and the frames of past in it.
fn exact(cut: &Cut) -> Result<(Streaming, usize), GraphError> {
    let context = Context::of(cut)?;
    let streaming = Streaming::Exact {
        hop: cut.hop,
        left: context.left,
        right: context.right,
    };
    Ok((streaming, context.left))
}
