//! The source-filter speaking voice: phones to durations, F0 and envelopes, then pulses and noise.
//!
//! ```text
//! segment ─ phones, places ─ network 1 ─ durations ─ rate ─ frames ─ network 2 ─┬─ phone thirds ──────────┐
//!                                                                               ├─ F0 ─ pitch, intonation ─┼─ decoder ─ pulses + noise
//!                                                                               └─ level ─ volume ─────────┘
//! ```
//!
//! The decoder is that of the default conversion voice ([`crate::source_filter`]), byte for byte. The first network runs
//! over a segment's phones before the first sound (a step per phone, ten ahead); all else runs frame by frame with its
//! state, so the samples do not depend on the chunks. `models/training/speech_reference.py` is the same in Python.

#[cfg(test)]
mod golden_tests;
mod networks;
mod parameters;
mod plan;
mod render;
mod sentence;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use syrinx_dsp::SampleRate;
use syrinx_text::{Language, Segment};

pub use parameters::SpeechParameters;

use self::networks::SpeechNetworks;
use self::plan::Plan;
use self::render::{RenderSettings, Rendering};
use super::error::SpeechError;
use super::settings::SpeechSettings;
use super::spec::{SpeechVoiceSpec, Streaming};
use super::utterance::Utterance;
use super::voice::SpeechVoice;
use crate::bundle::{VoiceBundle, VoiceKindName};
use crate::error::LoadError;
use crate::runtime::{Device, Runtime};

/// The rate of the synthesis, that of the voice it learnt from.
const RATE: SampleRate = SampleRate::of(32_000);

/// Samples of a frame: 10 ms.
const HOP: usize = 320;

/// A loaded source-filter speaking voice.
pub struct SourceFilterSpeech {
    spec: SpeechVoiceSpec,
    parameters: Arc<SpeechParameters>,
    networks: SpeechNetworks,
}

impl std::fmt::Debug for SourceFilterSpeech {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SourceFilterSpeech")
            .field("spec", &self.spec)
            .finish_non_exhaustive()
    }
}

impl SourceFilterSpeech {
    /// Loads and prewarms the three networks of `bundle` on `device`.
    ///
    /// # Errors
    /// If it is a voice of another kind, its numbers or networks do not fit, or the device cannot serve.
    pub fn load(
        runtime: &Runtime,
        bundle: &VoiceBundle,
        device: Device,
    ) -> Result<SourceFilterSpeech, LoadError> {
        let kind = bundle.manifest().kind;
        if kind != VoiceKindName::SourceFilterSpeech {
            return Err(LoadError::Unsupported(format!(
                "speaking voice: kind: expected {}, found {kind}",
                VoiceKindName::SourceFilterSpeech
            )));
        }
        let parameters = SpeechParameters::of(bundle)?;
        let networks = SpeechNetworks::load(runtime, bundle, device, &parameters)?;
        let speakers = bundle.manifest().speakers.iter();
        Ok(SourceFilterSpeech {
            spec: SpeechVoiceSpec {
                kind: "source-filter",
                rate: RATE,
                languages: vec![Language::English.code().to_owned()],
                speakers: speakers.map(|speaker| speaker.name.clone()).collect(),
                emotions: Vec::new(),
                has_pitch: true,
                streaming: Streaming::Exact {
                    hop: HOP,
                    left: parameters.memory,
                    right: parameters.frames_ahead,
                },
            },
            parameters: Arc::new(parameters),
            networks,
        })
    }
}

impl SpeechVoice for SourceFilterSpeech {
    fn spec(&self) -> &SpeechVoiceSpec {
        &self.spec
    }

    fn prepare(
        &mut self,
        segment: &Segment,
        settings: &SpeechSettings,
        seed: u64,
    ) -> Result<Box<dyn Utterance>, SpeechError> {
        let speaker = self.spec.speaker(settings.speaker.as_deref())?;
        let plan = Plan::of(segment, settings, &self.networks, &self.parameters)?;
        let settings = RenderSettings {
            speaker,
            intonation: settings.intonation,
            seed,
        };
        Ok(Box::new(Rendering::new(
            self.networks.clone(),
            Arc::clone(&self.parameters),
            settings,
            plan,
        )))
    }
}
