//! Runs a vocoder whose layers carry their past as state, so that no sample is computed twice.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::kernels::{load_fastest, wants_planar};
use super::{FedRun, Mel, MelLayout, Sharing, StreamedRun, exact, shared_out};
use crate::error::{RunError, check_finite};
use crate::graph::{Cut, CutTensor, GraphError, StreamedGenerator, StreamedShape};
use crate::model::{Model, Tensor};
use crate::runtime::{Device, OnnxSession, Runtime};
use crate::speech::spec::Streaming;

/// A vocoder with its past as state.
///
/// Two graphs share the states. One knows as many frames of future as make a difference, and gives the chunk before them.
/// The other speaks the end: behind its last frame it takes zeros, as the vocoder itself does when it is run as a whole.
/// So the samples are those of the whole, but for the order of sums.
pub(crate) struct StreamedVocoder {
    networks: Mutex<Networks>,
    /// How it takes mel frames, where it is a vocoder of its own.
    mel: Option<MelLayout>,
    pub(super) latents: Vec<CutTensor>,
    pub(super) shape: StreamedShape,
    pub(super) hop: usize,
    /// Frames of past that make a difference.
    pub(super) left: usize,
    /// In how many parts an utterance is computed at the same time.
    pub(super) parts: usize,
    streaming: Streaming,
}

/// The graphs of a vocoder.
pub(super) struct Networks {
    /// Mel frames → latents, where the vocoder does anything to them before its convolutions.
    head: Option<OnnxSession>,
    /// The graph with lookahead, once for each part of an utterance that is computed at the same time.
    pub(super) ahead: Vec<OnnxSession>,
    /// The one without lookahead; `None` where `ahead` needs none either.
    pub(super) end: Option<OnnxSession>,
}

impl StreamedVocoder {
    /// Loads the vocoder that `cut` parted off, with its head if `mel` says how that is fed.
    ///
    /// # Errors
    /// If it cannot be streamed exactly, or a backend refuses it.
    pub(crate) fn load(
        cut: &Cut,
        mel: Option<MelLayout>,
        (runtime, device): (&Runtime, Device),
        sharing: Sharing,
    ) -> Result<Arc<StreamedVocoder>, GraphError> {
        let (streaming, left) = exact(cut)?;
        let runtime = &shared_out(runtime);
        let (parts, threads) = sharing.parts(runtime, device);
        let narrow = &runtime.with_threads(threads);
        let streamed = |lookahead| match wants_planar(runtime, device) {
            true => StreamedGenerator::staged(cut, lookahead, threads),
            false => StreamedGenerator::new(cut, lookahead),
        };
        let ahead = streamed(usize::MAX)?;
        let end = match ahead.shape.lookahead {
            0 => None,
            _ => Some(streamed(0)?),
        };
        let same = |end: &StreamedGenerator| end.shape.states == ahead.shape.states;
        if !end.as_ref().is_none_or(same) {
            return Err(GraphError::Structure {
                graph: cut.generator.name().to_owned(),
                expected: "the same states with and without lookahead".to_owned(),
                found: "others".to_owned(),
            });
        }
        let head = match &mel {
            Some(_) if !cut.head.nodes().is_empty() => {
                Some(load_fastest(&cut.head, runtime, device)?)
            }
            _ => None,
        };
        let load = |streamed: &StreamedGenerator| load_fastest(&streamed.graph, narrow, device);
        let networks = Networks {
            head,
            ahead: (0..parts).map(|_| load(&ahead)).collect::<Result<_, _>>()?,
            end: end.as_ref().map(load).transpose()?,
        };
        let vocoder = Arc::new(StreamedVocoder {
            networks: Mutex::new(networks),
            mel,
            latents: cut.latents.clone(),
            shape: ahead.shape,
            hop: cut.hop,
            left,
            parts,
            streaming,
        });
        vocoder.prewarm()?;
        Ok(vocoder)
    }

    /// Speaks a chunk of nothing with each graph, so that the first chunk of audio does not pay for what backends put off.
    fn prewarm(&self) -> Result<(), RunError> {
        let mut networks = self.lock();
        let Networks { ahead, end, .. } = &mut *networks;
        let frames = 8;
        let given = ahead.iter_mut().map(|ahead| (ahead, self.shape.lookahead));
        for (session, more) in given.chain(end.iter_mut().map(|end| (end, 0))) {
            let zeros = |tensor: &CutTensor| {
                let sizes = tensor.shape.iter().map(|size| size.at(frames + more));
                (
                    tensor.name.clone(),
                    Tensor::zeros(&sizes.collect::<Vec<_>>()),
                )
            };
            let zeros: Vec<(String, Tensor)> = self.latents.iter().map(zeros).collect();
            let parts: Vec<(&str, Tensor)> = zeros
                .iter()
                .map(|(name, tensor)| (name.as_str(), tensor.clone()))
                .collect();
            let mut states = self.shape.start();
            self.speak(session, &parts, &mut states, frames)?;
        }
        Ok(())
    }

    /// Begins with these latents, in the order of the cut.
    pub(crate) fn begin(
        self: &Arc<StreamedVocoder>,
        latents: Vec<Tensor>,
    ) -> Result<StreamedRun, RunError> {
        let mut frames = None;
        for (tensor, value) in self.latents.iter().zip(&latents) {
            let count = (tensor.rate() > 0).then(|| value.shape().last().copied().unwrap_or(0));
            let expected: Vec<usize> = tensor
                .shape
                .iter()
                .map(|size| size.at(frames.or(count).unwrap_or(0)))
                .collect();
            if value.shape() != expected || value.as_f32().is_none() {
                return Err(RunError::Output {
                    name: tensor.name.clone(),
                    expected: format!("f32{expected:?}"),
                    found: format!("{}{:?}", value.element(), value.shape()),
                });
            }
            check_finite(&tensor.name, value.as_f32().unwrap_or_default())?;
            frames = frames.or(count);
        }
        Ok(StreamedRun::new(
            Arc::clone(self),
            latents,
            frames.unwrap_or(0),
        ))
    }

    /// Begins with these mel frames, and the excitation where that is the last latent.
    pub(super) fn begin_mel(
        self: &Arc<StreamedVocoder>,
        mel: &Mel,
        excitation: Option<Tensor>,
    ) -> Result<StreamedRun, RunError> {
        let layout = self.mel.as_ref().ok_or_else(|| RunError::Input {
            name: "mel".to_owned(),
            expected: "latents: this vocoder is a part of its voice".to_owned(),
            found: "mel frames".to_owned(),
        })?;
        let (name, tensor) = layout.tensor(mel);
        let mut latents = match &mut self.lock().head {
            Some(head) => head.run(&[(&name, &tensor)])?,
            None => vec![tensor],
        };
        latents.extend(excitation);
        self.begin(latents)
    }

    /// Begins with mel frames that are not known yet; `None` where something comes before the convolutions, which might
    /// look at all frames.
    pub(super) fn feed(self: &Arc<StreamedVocoder>) -> Option<FedRun> {
        let layout = self.mel.clone()?;
        if self.lock().head.is_some() {
            return None;
        }
        Some(FedRun::new(Arc::clone(self), layout))
    }

    /// The samples of `count` frames of `parts`, which hold the future as well if `session` looks ahead.
    pub(super) fn speak(
        &self,
        session: &mut OnnxSession,
        parts: &[(&str, Tensor)],
        states: &mut Vec<Tensor>,
        count: usize,
    ) -> Result<Vec<f32>, RunError> {
        let given = self.shape.states.iter().zip(states.iter());
        let given = given.map(|(state, value)| (state.input.as_str(), value));
        let inputs: Vec<(&str, &Tensor)> = parts
            .iter()
            .map(|(name, tensor)| (*name, tensor))
            .chain(given)
            .collect();
        let mut outputs = session.run(&inputs)?.into_iter();
        let audio = outputs.next();
        let audio = audio.as_ref().and_then(Tensor::as_f32).unwrap_or_default();
        if audio.len() != count * self.hop {
            return Err(RunError::Output {
                name: self.shape.audio.clone(),
                expected: format!("f32[1, 1, {}]", count * self.hop),
                found: format!("{} samples", audio.len()),
            });
        }
        check_finite(&self.shape.audio, audio)?;
        *states = outputs.collect();
        Ok(audio.to_vec())
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Networks> {
        // Networks keep nothing between runs, so one that was given up half-way harms no other.
        self.networks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Samples per frame.
    pub(crate) fn hop(&self) -> usize {
        self.hop
    }

    /// How its samples come.
    pub(crate) fn streaming(&self) -> Streaming {
        self.streaming.clone()
    }
}
