//! Streams a vocoder that hears F0 beside mel frames: NSF-HiFiGAN, whose stages hear sines at the multiples of F0.

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};

use super::{Mel, MelLayout, PitchLayout, Ready, Sharing, Sounding, StreamedVocoder};
use crate::error::RunError;
use crate::graph::{
    Cut, Graph, GraphError, RandomInput, expose_randomness, fold_weights, plain_layers,
};
use crate::model::{Model, Tensor};
use crate::runtime::{Device, OnnxSession, Runtime};
use crate::speech::error::SpeechError;
use crate::speech::spec::Streaming;
use crate::svc::RandomFeeds;

/// A vocoder of mel frames and F0.
///
/// The excitation is made for a segment at once, because its phase runs through all of it; the convolutions, which cost
/// nearly everything, are streamed. What the graph draws at random becomes inputs, so that a seed decides it.
pub(crate) struct PitchedVocoder {
    mel: MelLayout,
    pitch: PitchLayout,
    random: Vec<RandomInput>,
    network: Network,
}

enum Network {
    Parted {
        /// F0 and random numbers → excitation.
        source: Mutex<OnnxSession>,
        /// Mel frames and excitation → samples.
        stream: Arc<StreamedVocoder>,
    },
    Whole {
        session: Mutex<OnnxSession>,
        reason: String,
    },
}

impl PitchedVocoder {
    /// Loads the vocoder `graph`, which takes mel frames as `mel` and F0 as `pitch`.
    ///
    /// # Errors
    /// If it draws random numbers in a way that is not known, or a backend refuses it.
    pub(super) fn load(
        mut graph: Graph,
        (mel, pitch): (MelLayout, PitchLayout),
        runtime: &Runtime,
        device: Device,
    ) -> Result<PitchedVocoder, SpeechError> {
        fold_weights(&mut graph, runtime)?;
        plain_layers(&mut graph, runtime)?;
        let silent = |frames: usize| vec![mel.silence(frames), pitch.tensor(&vec![0.0; frames])];
        let random = expose_randomness(&mut graph, &silent, runtime)?;
        let feeds = |frames: usize| {
            let mut fed = silent(frames);
            fed.extend(RandomFeeds::new(random.clone(), 0).frames(0, frames));
            fed
        };
        let parted = || -> Result<Network, GraphError> {
            let mut cut = Cut::find(&graph, &feeds, runtime)?;
            let refuse = |expected: &str| GraphError::Structure {
                graph: graph.name().to_owned(),
                expected: expected.to_owned(),
                found: "another".to_owned(),
            };
            let source = cut.source(&graph)?;
            let source = source
                .ok_or_else(|| refuse("a vocoder with an excitation at the rate of its audio"))?;
            let (heard, _) = cut.head.specs()?;
            if heard.iter().any(|input| input.name == pitch.name()) {
                return Err(refuse("a vocoder that hears F0 in its excitation alone"));
            }
            // To the convolutions it is one more input that changes in time.
            cut.latents.extend(cut.excitation.take());
            Ok(Network::Parted {
                source: Mutex::new(source.load(runtime, device)?),
                stream: StreamedVocoder::load(
                    &cut,
                    Some(mel.clone()),
                    (runtime, device),
                    Sharing::Parts,
                )?,
            })
        };
        let network = match parted() {
            Ok(network) => network,
            Err(why @ (GraphError::Structure { .. } | GraphError::Run(_))) => Network::Whole {
                session: Mutex::new(graph.load(runtime, device)?),
                reason: why.to_string(),
            },
            Err(error) => return Err(error.into()),
        };
        Ok(PitchedVocoder {
            mel,
            pitch,
            random,
            network,
        })
    }

    /// Begins to turn mel frames, and F0 in Hz of each of them, into samples.
    pub(super) fn begin(
        &self,
        mel: &Mel,
        f0: &[f32],
        seed: u64,
    ) -> Result<Box<dyn Sounding>, RunError> {
        self.pitch.check(f0, mel.frames())?;
        if f0.is_empty() {
            return Ok(Box::new(Ready::new(Vec::new())));
        }
        let mut inputs = RandomFeeds::new(self.random.clone(), seed).frames(0, f0.len());
        inputs.push(self.pitch.tensor(f0));
        Ok(match &self.network {
            Network::Parted { source, stream } => {
                let excitation = only_output(source, &inputs)?;
                Box::new(stream.begin_mel(mel, Some(excitation))?)
            }
            Network::Whole { session, .. } => {
                inputs.push(self.mel.tensor(mel));
                let audio = only_output(session, &inputs)?;
                let samples = audio.as_f32().unwrap_or_default();
                crate::error::check_finite("audio", samples)?;
                Box::new(Ready::new(samples.to_vec()))
            }
        })
    }

    /// How its samples come.
    pub(super) fn streaming(&self) -> Streaming {
        match &self.network {
            Network::Parted { stream, .. } => stream.streaming(),
            Network::Whole { reason, .. } => Streaming::PerSegment {
                reason: reason.clone(),
            },
        }
    }

    /// Samples per mel frame, where it is known before the first run.
    pub(super) fn hop(&self) -> Option<usize> {
        match &self.network {
            Network::Parted { stream, .. } => Some(stream.hop()),
            Network::Whole { .. } => None,
        }
    }
}

/// What `session`, which gives one tensor, gives for those of the inputs that it takes.
fn only_output(
    session: &Mutex<OnnxSession>,
    inputs: &[(String, Tensor)],
) -> Result<Tensor, RunError> {
    // Networks keep nothing between runs, so one that was given up half-way harms no other.
    let mut session = session.lock().unwrap_or_else(PoisonError::into_inner);
    let takes = |name: &str| session.inputs().iter().any(|spec| spec.name == name);
    let fed: Vec<(&str, &Tensor)> = inputs
        .iter()
        .map(|(name, tensor)| (name.as_str(), tensor))
        .filter(|(name, _)| takes(name))
        .collect();
    let made = session.run(&fed)?.into_iter().next();
    made.ok_or_else(|| RunError::Output {
        name: session.name().to_owned(),
        expected: "one output".to_owned(),
        found: "none".to_owned(),
    })
}
