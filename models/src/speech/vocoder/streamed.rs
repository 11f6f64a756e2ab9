//! Runs a vocoder whose convolutions carry their past as state, so that no sample is computed twice.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::ramp::ChunkRamp;
use super::{Mel, MelLayout, Sounding, exact, shared_out};
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
    latents: Vec<CutTensor>,
    shape: StreamedShape,
    hop: usize,
    streaming: Streaming,
}

struct Networks {
    /// Mel frames → latents, where the vocoder does anything to them before its convolutions.
    head: Option<OnnxSession>,
    ahead: OnnxSession,
    /// The one without lookahead; `None` where `ahead` needs none either.
    end: Option<OnnxSession>,
}

impl StreamedVocoder {
    /// Loads the vocoder that `cut` parted off, with its head if `mel` says how that is fed.
    ///
    /// # Errors
    /// If it cannot be streamed exactly, or a backend refuses it.
    pub(crate) fn load(
        cut: &Cut,
        mel: Option<MelLayout>,
        runtime: &Runtime,
        device: Device,
    ) -> Result<Arc<StreamedVocoder>, GraphError> {
        let streaming = exact(cut)?;
        let ahead = StreamedGenerator::new(cut, usize::MAX)?;
        let end = match ahead.shape.lookahead {
            0 => None,
            _ => Some(StreamedGenerator::new(cut, 0)?),
        };
        let same = |end: &StreamedGenerator| end.shape.states == ahead.shape.states;
        if !end.as_ref().is_none_or(same) {
            return Err(GraphError::Structure {
                graph: cut.generator.name().to_owned(),
                expected: "the same states with and without lookahead".to_owned(),
                found: "others".to_owned(),
            });
        }
        let runtime = &shared_out(runtime);
        let head = match &mel {
            Some(_) if !cut.head.nodes().is_empty() => Some(cut.head.load(runtime, device)?),
            _ => None,
        };
        let load = |streamed: &StreamedGenerator| streamed.graph.load(runtime, device);
        let networks = Networks {
            head,
            ahead: load(&ahead)?,
            end: end.as_ref().map(load).transpose()?,
        };
        let vocoder = Arc::new(StreamedVocoder {
            networks: Mutex::new(networks),
            mel,
            latents: cut.latents.clone(),
            shape: ahead.shape,
            hop: cut.hop,
            streaming,
        });
        vocoder.prewarm()?;
        Ok(vocoder)
    }

    /// Speaks two chunks of nothing, so that the first chunk of audio does not pay for what backends put off.
    fn prewarm(self: &Arc<StreamedVocoder>) -> Result<(), RunError> {
        let frames = 8 + self.shape.lookahead + 1;
        let zeros = |tensor: &CutTensor| {
            let shape: Vec<usize> = tensor.shape.iter().map(|size| size.at(frames)).collect();
            Tensor::zeros(&shape)
        };
        let mut run = self.begin(self.latents.iter().map(zeros).collect())?;
        let mut samples = Vec::new();
        while run.next_chunk(&mut samples)? {}
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
        Ok(StreamedRun {
            states: self.shape.start(),
            vocoder: Arc::clone(self),
            latents,
            frames: frames.unwrap_or(0),
            given: 0,
            ramp: ChunkRamp::new(),
        })
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
        let mut ramp = ChunkRamp::new();
        Some(FedRun {
            states: self.shape.start(),
            chunk: ramp.next(),
            ramp,
            known: Vec::new(),
            bands: layout.bands(),
            vocoder: Arc::clone(self),
            layout,
        })
    }

    /// Speaks `count` frames of `parts`, which hold their future as well unless they are the last ones.
    fn speak(
        &self,
        parts: &[(&str, Tensor)],
        states: &mut Vec<Tensor>,
        (count, is_end): (usize, bool),
        samples: &mut Vec<f32>,
    ) -> Result<(), RunError> {
        let given = self.shape.states.iter().zip(states.iter());
        let given = given.map(|(state, value)| (state.input.as_str(), value));
        let inputs: Vec<(&str, &Tensor)> = parts
            .iter()
            .map(|(name, tensor)| (*name, tensor))
            .chain(given)
            .collect();
        let mut networks = self.lock();
        let networks = &mut *networks;
        let session = match &mut networks.end {
            Some(end) if is_end => end,
            _ => &mut networks.ahead,
        };
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
        samples.extend_from_slice(audio);
        *states = outputs.collect();
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Networks> {
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

/// One segment on its way through a vocoder.
pub(crate) struct StreamedRun {
    vocoder: Arc<StreamedVocoder>,
    latents: Vec<Tensor>,
    states: Vec<Tensor>,
    frames: usize,
    /// Frames that have been spoken.
    given: usize,
    ramp: ChunkRamp,
}

impl Sounding for StreamedRun {
    fn next_chunk(&mut self, samples: &mut Vec<f32>) -> Result<bool, RunError> {
        let left = self.frames - self.given;
        if left == 0 {
            return Ok(false);
        }
        let ahead = self.vocoder.shape.lookahead;
        let chunk = self.ramp.next();
        let is_end = left <= chunk + ahead;
        let (count, known) = match is_end {
            true => (left, left),
            false => (chunk, chunk + ahead),
        };
        self.speak(count, known, is_end, samples)?;
        self.given += count;
        Ok(!is_end)
    }
}

impl StreamedRun {
    /// Speaks `count` frames, of which and of whose future `known` frames are known.
    fn speak(
        &mut self,
        count: usize,
        known: usize,
        is_end: bool,
        samples: &mut Vec<f32>,
    ) -> Result<(), RunError> {
        let vocoder = Arc::clone(&self.vocoder);
        let parts: Vec<(&str, Tensor)> = vocoder
            .latents
            .iter()
            .zip(&self.latents)
            .map(|(tensor, value)| {
                let rate = tensor.rate();
                let span = self.given * rate..(self.given + known) * rate;
                let part = match rate {
                    0 => value.clone(),
                    _ => section(value, span),
                };
                (tensor.name.as_str(), part)
            })
            .collect();
        vocoder.speak(&parts, &mut self.states, (count, is_end), samples)
    }
}

/// One segment whose mel frames become known little by little.
pub(crate) struct FedRun {
    vocoder: Arc<StreamedVocoder>,
    layout: MelLayout,
    states: Vec<Tensor>,
    ramp: ChunkRamp,
    /// How many frames the next chunk has.
    chunk: usize,
    /// Frames that have not been spoken, one row after the other.
    known: Vec<f32>,
    bands: usize,
}

impl FedRun {
    /// Whether enough frames are known for the next chunk, its future and one more, which tells that it is not the last.
    pub(crate) fn is_due(&self) -> bool {
        self.frames() > self.chunk + self.vocoder.shape.lookahead
    }

    /// Takes the next frames.
    pub(crate) fn push(&mut self, rows: &[f32]) {
        self.known.extend_from_slice(rows);
    }

    fn frames(&self) -> usize {
        self.known.len() / self.bands
    }

    /// Appends the next samples; `is_closed` says that no more frames come. True while more samples follow.
    pub(crate) fn next_chunk(
        &mut self,
        is_closed: bool,
        samples: &mut Vec<f32>,
    ) -> Result<bool, RunError> {
        let left = self.frames();
        if left == 0 || !is_closed && !self.is_due() {
            return Ok(!is_closed);
        }
        let ahead = self.vocoder.shape.lookahead;
        let is_end = is_closed && left <= self.chunk + ahead;
        let (count, known) = match is_end {
            true => (left, left),
            false => (self.chunk, self.chunk + ahead),
        };
        let mel = Mel {
            values: self.known[..known * self.bands].to_vec(),
            bands: self.bands,
        };
        let (_, tensor) = self.layout.tensor(&mel);
        let vocoder = Arc::clone(&self.vocoder);
        let name = vocoder.latents.first().map_or("", |latent| &latent.name);
        let parts = [(name, tensor)];
        vocoder.speak(&parts, &mut self.states, (count, is_end), samples)?;
        self.known.drain(..count * self.bands);
        self.chunk = self.ramp.next();
        Ok(!is_end)
    }
}

/// Samples along time of `[1, channels, time]`.
fn section(tensor: &Tensor, span: std::ops::Range<usize>) -> Tensor {
    let data = tensor.as_f32().unwrap_or_default();
    let (channels, time) = (tensor.shape()[1], tensor.shape()[2]);
    let length = span.len();
    let mut part = Vec::with_capacity(channels * length);
    for row in data.chunks_exact(time) {
        part.extend_from_slice(&row[span.clone()]);
    }
    Tensor::f32(&[1, channels, length], part)
}
