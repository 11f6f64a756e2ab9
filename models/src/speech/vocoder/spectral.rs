//! Runs a vocoder that gives spectra, and adds them up.

use std::sync::{Mutex, PoisonError};

use syrinx_dsp::Istft;

use super::{IstftConfig, Mel, MelLayout, shared_out, transposed};
use crate::error::{LoadError, RunError, check_finite};
use crate::graph::Graph;
use crate::model::{Model, Tensor};
use crate::runtime::{Device, OnnxSession, Runtime};
use crate::speech::error::SpeechError;
use crate::speech::spec::Streaming;

/// A vocoder with the outputs magnitude, cosine and sine of the phase, each `[1, bins, frames]`: Vocos as sherpa-onnx
/// exports it.
pub(crate) struct SpectralVocoder {
    session: Mutex<OnnxSession>,
    layout: MelLayout,
    istft: Istft,
    hop: usize,
}

impl SpectralVocoder {
    /// Loads it.
    ///
    /// # Errors
    /// If the graph takes or gives anything else, or its metadata ask for a transform that is not known.
    pub(crate) fn load(
        name: &str,
        onnx: &[u8],
        mels: usize,
        (runtime, device): (&Runtime, Device),
    ) -> Result<SpectralVocoder, SpeechError> {
        let graph = Graph::decode(name, onnx)?;
        let (inputs, outputs) = graph.specs()?;
        let layout = MelLayout::of(name, &inputs, mels)?;
        let config = IstftConfig::of(&graph)?.0;
        let istft = Istft::new(&config).map_err(|error| SpeechError::File {
            file: format!("{name}, metadata"),
            expected: "lengths of a transform".to_owned(),
            found: error.to_string(),
        })?;
        if outputs.len() != 3 || outputs.iter().any(|output| output.shape.len() != 3) {
            return Err(SpeechError::Load(LoadError::Tensor {
                model: name.to_owned(),
                expected: format!("three outputs, f32[1, {}, ?]", istft.bins()),
                found: crate::svc::list(&outputs),
            }));
        }
        let mut session = shared_out(runtime).load_any(name, onnx, device)?;
        let (input, silence) = layout.silence(8);
        session.prewarm(&[(&input, &silence)])?;
        Ok(SpectralVocoder {
            session: Mutex::new(session),
            layout,
            istft,
            hop: config.hop,
        })
    }

    /// The samples of these mel frames.
    pub(super) fn run(&self, mel: &Mel) -> Result<Vec<f32>, RunError> {
        let (name, tensor) = self.layout.tensor(mel);
        let outputs = {
            let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
            session.run(&[(&name, &tensor)])?
        };
        let [magnitude, cosine, sine] = self.parts(&outputs, mel.frames())?;
        let times = |phase: &[f32]| -> Vec<f32> {
            let pairs = magnitude.iter().zip(phase);
            pairs.map(|(size, phase)| size * phase).collect()
        };
        Ok(self.istft.run(&times(&cosine), &times(&sine)))
    }

    /// The three outputs, frame after frame.
    fn parts(&self, outputs: &[Tensor], frames: usize) -> Result<[Vec<f32>; 3], RunError> {
        let bins = self.istft.bins();
        let part = |index: usize| {
            let output = outputs.get(index);
            let data = output.filter(|output| output.shape() == [1, bins, frames]);
            let data = data
                .and_then(Tensor::as_f32)
                .ok_or_else(|| RunError::Output {
                    name: "spectra".to_owned(),
                    expected: format!("f32[1, {bins}, {frames}]"),
                    found: format!("{:?}", output.map(Tensor::shape)),
                })?;
            check_finite("spectra", data)?;
            Ok(transposed(data, bins, frames))
        };
        Ok([part(0)?, part(1)?, part(2)?])
    }

    /// Samples per mel frame.
    pub(super) fn hop(&self) -> usize {
        self.hop
    }

    /// How its samples come.
    pub(super) fn streaming(&self) -> Streaming {
        Streaming::PerSegment {
            reason: "its spectra are made for all of a segment at once".to_owned(),
        }
    }
}
