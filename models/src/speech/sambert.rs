//! KAN-TTS's Sambert with its HiFi-GAN, in parts that stream.
//!
//! ```text
//! segment ─ tokens ─ encoder ─ pitch, energy ─ durations ─ layout ─┐
//!         vocoder ─ postnet (12 frames late) ─ decoder (3 frames a step) ─┘
//! ```
//!
//! What comes before the decoder is done for a segment as a whole; decoder, postnet and vocoder then take turns, a few
//! frames each, so the first sound does not wait for the last frame. Nothing is drawn at random. The parts are made by
//! `tests/golden/sambert/sambert_split.py`.

mod front_end;
#[cfg(test)]
mod full_size;
mod layout;
mod manifest;
mod mel_stream;
mod networks;
mod sounding;
#[cfg(test)]
mod tests;
mod timings;
mod tokens;
mod vectors;
mod vocabulary;

pub use tokens::KanTokens;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use syrinx_text::Segment;

use super::contract::SpeechFile;
use super::error::SpeechError;
use super::network::{NetworkUtterance, WordGain};
use super::settings::SpeechSettings;
use super::spec::SpeechVoiceSpec;
use super::utterance::Utterance;
use super::vocoder::Vocoder;
use super::voice::SpeechVoice;
use crate::error::RunError;
use crate::model::Tensor;
use crate::runtime::{Device, Runtime};
use layout::Layout;
use manifest::Manifest;
use mel_stream::MelStream;
use networks::Networks;
use tokens::Token;
use vectors::Vectors;

/// Tokens that a voice is tried with when it is loaded, and frames of each: enough for every network to run.
const TRIAL: (usize, f32) = (4, 6.0);

/// A voice of KAN-TTS.
pub struct SambertVoice {
    spec: SpeechVoiceSpec,
    manifest: Arc<Manifest>,
    emotions: Vectors,
    speakers: Vectors,
    /// The number of the emotion that others are mixed with.
    neutral: usize,
    networks: Arc<Mutex<Networks>>,
    vocoder: Vocoder,
}

impl std::fmt::Debug for SambertVoice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SambertVoice")
            .field("spec", &self.spec)
            .finish_non_exhaustive()
    }
}

/// What the networks hear of tokens, a row for each.
struct Heard {
    hidden: Tensor,
    speaker: Tensor,
    emotion: Tensor,
}

impl SambertVoice {
    /// What such voices are called.
    pub const KIND: &str = "Sambert";

    /// Whether `file` is the manifest of such a voice.
    pub fn is_manifest(file: &SpeechFile) -> bool {
        Manifest::is_one(file)
    }

    /// What a manifest says of its voice, before its networks are loaded.
    ///
    /// # Errors
    /// If it is wrong.
    pub(crate) fn languages(manifest: &SpeechFile) -> Result<Vec<String>, SpeechError> {
        Ok(Manifest::parse(manifest)?.vocabulary.languages())
    }

    /// The files of a voice with this manifest: role and name.
    ///
    /// # Errors
    /// If the manifest is wrong.
    pub(crate) fn files(manifest: &SpeechFile) -> Result<BTreeMap<String, String>, SpeechError> {
        Ok(Manifest::parse(manifest)?.files)
    }

    /// Loads the voice whose manifest is `manifest`; its other files are found among `files` by their names. A few tokens
    /// are spoken, so that what does not fit shows now.
    ///
    /// # Errors
    /// If the manifest is wrong, a file is missing or does not fit it, or a backend refuses a network.
    pub fn load(
        manifest: &SpeechFile,
        files: &[SpeechFile],
        runtime: &Runtime,
        device: Device,
    ) -> Result<SambertVoice, SpeechError> {
        let manifest = Manifest::parse(manifest)?;
        let words = &manifest.vocabulary;
        let table = |role: &str, rows: usize, units: usize| {
            Vectors::parse(manifest.file(role, files)?, rows, units)
        };
        let emotions = table("emotions", words.emotion.len(), manifest.emotion_units)?;
        let speakers = table(
            "speaker_vectors",
            manifest.speakers.len(),
            manifest.speaker_units,
        )?;
        let networks = Networks::load(&manifest, files, (runtime, device))?;
        let file = manifest.file("vocoder", files)?;
        let vocoder = Vocoder::load_fed(&file.name, &file.bytes, manifest.mels, (runtime, device))?;
        if let Some(hop) = vocoder.hop().filter(|&hop| hop != manifest.hop) {
            return Err(SpeechError::File {
                file: file.name.clone(),
                expected: format!("{} samples per frame, as the manifest says", manifest.hop),
                found: hop.to_string(),
            });
        }
        let spec = SpeechVoiceSpec {
            kind: SambertVoice::KIND,
            rate: manifest.rate(),
            languages: words.languages(),
            speakers: manifest.speakers.clone(),
            emotions: words.emotions(),
            has_pitch: false,
            streaming: vocoder.streaming(),
        };
        let voice = SambertVoice {
            neutral: words.neutral().unwrap_or_default(),
            spec,
            manifest: Arc::new(manifest),
            emotions,
            speakers,
            networks: Arc::new(Mutex::new(networks)),
            vocoder,
        };
        voice.prewarm()?;
        Ok(voice)
    }

    /// Runs every network once.
    fn prewarm(&self) -> Result<(), SpeechError> {
        let token = Token {
            ids: [0; 4],
            emotion: self.neutral,
            intensity: 1.0,
            speaker: 0,
            rate: 1.0,
            word: None,
        };
        let (count, frames) = TRIAL;
        let tokens = vec![token; count];
        let heard = self.hear(&tokens)?;
        self.logs(&heard, count)?;
        // Whatever the durations are: zeros are no error of a network that is shown what nobody says.
        let layout = self.layout(&heard, &vec![frames; count])?;
        let mut sounding = sounding::begin(&self.vocoder, self.stream(layout), self.manifest.mels)?;
        sounding.next_chunk(&mut Vec::new())?;
        Ok(())
    }

    /// Reads KAN-TTS's own tokens, such as `{n_c$tone3$s_begin$word_begin$emotion_neutral$F7}`: an utterance a line, with
    /// spaces between them.
    ///
    /// # Errors
    /// With line and column of the first character that cannot stand there; symbols that this voice lacks are such.
    pub fn read_tokens(&self, text: &str) -> Result<Vec<KanTokens>, SpeechError> {
        Ok(tokens::read(text, &self.manifest)?)
    }

    /// As [`SpeechVoice::prepare`], for one line of tokens. They say speaker and emotion themselves; of the settings rate
    /// and intensity hold. When its words are spoken is not told.
    ///
    /// # Errors
    /// If a setting is out of its range, or a network fails.
    pub fn prepare_tokens(
        &mut self,
        tokens: &KanTokens,
        settings: &SpeechSettings,
    ) -> Result<Box<dyn Utterance>, SpeechError> {
        settings.check(&self.spec)?;
        let mut tokens = tokens.0.clone();
        for token in &mut tokens {
            (token.rate, token.intensity) = (settings.rate, settings.intensity);
        }
        let layout = self.lay_out(&tokens)?;
        let sounding = sounding::begin(&self.vocoder, self.stream(layout), self.manifest.mels)?;
        let utterance = NetworkUtterance::new(sounding, Vec::new(), WordGain::none());
        Ok(Box::new(utterance))
    }

    fn lock(&self) -> MutexGuard<'_, Networks> {
        // Networks keep nothing between runs, so one that was given up half-way harms no other.
        self.networks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All that comes before the decoder.
    fn lay_out(&self, tokens: &[Token]) -> Result<Layout, RunError> {
        let heard = self.hear(tokens)?;
        let logs = self.logs(&heard, tokens.len())?;
        let rates: Vec<f32> = tokens.iter().map(|token| token.rate).collect();
        self.layout(&heard, &layout::lengths(&logs, &rates)?)
    }

    fn hear(&self, tokens: &[Token]) -> Result<Heard, RunError> {
        let count = tokens.len();
        let ids = tokens.iter().flat_map(|token| token.ids).collect();
        let ids = Tensor::i64(&[1, count, 4], ids);
        let rows = tokens.iter().map(|token| self.speakers.row(token.speaker));
        let speaker = Tensor::f32(
            &[1, count, self.manifest.speaker_units],
            rows.flatten().copied().collect(),
        );
        let rows = tokens.iter().flat_map(|token| {
            self.emotions
                .mixed(self.neutral, token.emotion, token.intensity)
        });
        let emotion = Tensor::f32(&[1, count, self.manifest.emotion_units], rows.collect());
        Ok(Heard {
            hidden: self.lock().hidden(&ids, &speaker, &emotion)?,
            speaker,
            emotion,
        })
    }

    /// log(frames + 1) of each token; each hears those before it.
    fn logs(&self, heard: &Heard, count: usize) -> Result<Vec<f32>, RunError> {
        let manifest = &*self.manifest;
        let mut networks = self.lock();
        let mut previous = Tensor::zeros(&[1, 1, 1]);
        let mut state = Tensor::zeros(&[manifest.duration_state]);
        let mut logs = Vec::with_capacity(count);
        for token in 0..count {
            let mut condition = Vec::with_capacity(manifest.condition_units());
            for (tensor, units) in [
                (&heard.hidden, manifest.text_units),
                (&heard.speaker, manifest.speaker_units),
                (&heard.emotion, manifest.emotion_units),
            ] {
                let values = tensor.as_f32().unwrap_or_default();
                condition.extend_from_slice(&values[token * units..(token + 1) * units]);
            }
            let condition = Tensor::f32(&[1, 1, manifest.condition_units()], condition);
            [previous, state] = networks.duration(&previous, &condition, &state)?;
            logs.extend_from_slice(previous.as_f32().unwrap_or_default());
        }
        Ok(logs)
    }

    fn layout(&self, heard: &Heard, lengths: &[f32]) -> Result<Layout, RunError> {
        let rows = |tensor: &'_ Tensor| tensor.as_f32().unwrap_or_default().to_vec();
        let (hidden, speaker, emotion) = (
            rows(&heard.hidden),
            rows(&heard.speaker),
            rows(&heard.emotion),
        );
        Layout::new(lengths, (&hidden, &speaker, &emotion), &self.manifest)
    }

    fn stream(&self, layout: Layout) -> MelStream {
        MelStream::new(
            Arc::clone(&self.networks),
            Arc::clone(&self.manifest),
            layout,
        )
    }
}

impl SpeechVoice for SambertVoice {
    fn spec(&self) -> &SpeechVoiceSpec {
        &self.spec
    }

    fn prepare(
        &mut self,
        segment: &Segment,
        settings: &SpeechSettings,
        _seed: u64,
    ) -> Result<Box<dyn Utterance>, SpeechError> {
        let speaker = self.spec.speaker(settings.speaker.as_deref())?;
        let tokens = front_end::tokens(segment, settings, speaker, &self.manifest)?;
        if tokens.is_empty() {
            return Ok(Box::new(NetworkUtterance::silent()));
        }
        let layout = self.lay_out(&tokens)?;
        let words = timings::words(segment, &tokens, &layout.counts, &self.manifest);
        let gain = WordGain::new(segment, &words, self.spec.rate)?;
        let sounding = sounding::begin(&self.vocoder, self.stream(layout), self.manifest.mels)?;
        Ok(Box::new(NetworkUtterance::new(sounding, words, gain)))
    }
}
