//! Voices of public networks: symbols in, latents, mel frames or audio out.

mod acoustic;
mod feeding;
mod front_end;
#[cfg(test)]
mod full_size;
mod ipa;
mod lexicon;
mod piper_config;
mod styles;
mod symbols;
mod tokens;
mod utterance;
mod word_gain;

pub(crate) use acoustic::{Acoustic, AcousticGraph, main_output};
pub(crate) use feeding::{Feeding, Role, Wish};
pub(crate) use front_end::{FrontEnd, Spelling};
pub use lexicon::TokenLexicon;
pub use piper_config::{PiperConfig, PiperPhonemes};
pub(crate) use styles::Styles;
pub(crate) use symbols::Framing;
pub use tokens::Tokens;
pub(crate) use utterance::NetworkUtterance;
pub(crate) use word_gain::WordGain;

use std::sync::Arc;

use syrinx_text::Segment;

use super::error::SpeechError;
use super::settings::SpeechSettings;
use super::spec::{SpeechVoiceSpec, Streaming};
use super::utterance::Utterance;
use super::vocoder::{Mel, Ready, Sounding, StreamedVocoder, Vocoder};
use super::voice::SpeechVoice;
use crate::error::RunError;
use crate::model::Tensor;

/// Symbols that a voice is tried with: as many as a short sentence has, blanks among them, so that the memory for its first
/// one is there already.
const TRIAL: usize = 64;

/// What becomes of an acoustic network's output.
pub(crate) enum Voicing {
    /// Latents, which the vocoder that was a part of the network turns into samples.
    Latents(Arc<StreamedVocoder>),
    /// Mel frames of this many bands, for a vocoder of its own.
    Mel(Box<Vocoder>, usize),
    /// Audio already; with the reason why it is made as a whole.
    Audio(String),
}

impl Voicing {
    fn streaming(&self) -> Streaming {
        match self {
            Voicing::Latents(vocoder) => vocoder.streaming(),
            Voicing::Mel(vocoder, _) => vocoder.streaming(),
            Voicing::Audio(reason) => Streaming::PerSegment {
                reason: reason.clone(),
            },
        }
    }

    fn hop(&self) -> Option<usize> {
        match self {
            Voicing::Latents(vocoder) => Some(vocoder.hop()),
            Voicing::Mel(vocoder, _) => vocoder.hop(),
            Voicing::Audio(_) => None,
        }
    }
}

/// A voice of a public network.
pub(crate) struct NetworkVoice {
    spec: SpeechVoiceSpec,
    front_end: FrontEnd,
    feeding: Feeding,
    acoustic: Acoustic,
    voicing: Voicing,
}

impl NetworkVoice {
    /// Puts the parts together, and speaks a few symbols, so that what does not fit shows now.
    ///
    /// # Errors
    /// If the parts do not fit each other.
    pub(crate) fn new(
        mut spec: SpeechVoiceSpec,
        front_end: FrontEnd,
        feeding: Feeding,
        acoustic: Acoustic,
        voicing: Voicing,
    ) -> Result<NetworkVoice, SpeechError> {
        spec.streaming = voicing.streaming();
        let mut voice = NetworkVoice {
            spec,
            front_end,
            feeding,
            acoustic,
            voicing,
        };
        let ids = voice
            .feeding
            .sample_ids(voice.feeding.most_symbols().min(TRIAL));
        let wish = Wish::default();
        voice.sound(&ids, &wish, 0)?.next_chunk(&mut Vec::new())?;
        Ok(voice)
    }

    /// What `ids` sound like; the durations are left where [`Acoustic`] keeps them.
    fn sound(
        &mut self,
        ids: &[i64],
        wish: &Wish,
        seed: u64,
    ) -> Result<Box<dyn Sounding>, SpeechError> {
        let inputs = self.feeding.tensors(ids, wish)?;
        let made = self.acoustic.run(inputs, ids.len(), seed)?;
        Ok(match &self.voicing {
            Voicing::Latents(vocoder) => Box::new(vocoder.begin(made)?),
            Voicing::Mel(vocoder, bands) => {
                let mel = made.first().map(|made| Mel::of("mel", made, *bands));
                let mel = mel.transpose()?.unwrap_or(Mel {
                    values: Vec::new(),
                    bands: *bands,
                });
                let f0 = made.get(1).and_then(Tensor::as_f32).unwrap_or_default();
                vocoder.begin_pitched(&mel, f0, seed)?
            }
            Voicing::Audio(_) => Box::new(Ready::new(audio(made.first())?)),
        })
    }
}

impl SpeechVoice for NetworkVoice {
    fn spec(&self) -> &SpeechVoiceSpec {
        &self.spec
    }

    /// Text encoders look at all symbols from each, and flows go over all frames.
    fn is_slow_to_prepare(&self) -> bool {
        true
    }

    fn prepare(
        &mut self,
        segment: &Segment,
        settings: &SpeechSettings,
        seed: u64,
    ) -> Result<Box<dyn Utterance>, SpeechError> {
        if segment.phone_count() == 0 {
            return Ok(Box::new(NetworkUtterance::silent()));
        }
        let symbols = self.front_end.symbols(segment)?;
        let wish = Wish {
            speaker: self.spec.speaker(settings.speaker.as_deref())?,
            rate: settings.rate * mean_rate(segment),
            variation: settings.variation,
        };
        let mut sounding = self.sound(symbols.ids(), &wish, seed)?;
        let durations = self.acoustic.durations();
        let words = match (durations, self.voicing.hop()) {
            (Some(durations), Some(hop)) => symbols.words(segment, durations, hop as f64),
            (Some(durations), None) => {
                // All of it is made at once anyway, and its length says what a frame is.
                let mut samples = Vec::new();
                while sounding.next_chunk(&mut samples)? {}
                let frames: f32 = durations.iter().sum();
                let hop = samples.len() as f64 / f64::from(frames.max(1.0));
                sounding = Box::new(Ready::new(samples));
                symbols.words(segment, durations, hop)
            }
            (None, _) => Vec::new(),
        };
        let gain = WordGain::new(segment, &words, self.spec.rate)?;
        Ok(Box::new(NetworkUtterance::new(sounding, words, gain)))
    }
}

/// The speed that the words ask for, weighted by their phones: such networks have one speed for all of a segment.
fn mean_rate(segment: &Segment) -> f32 {
    let slow = |word: &syrinx_text::Word| word.phones.len() as f32 / word.prosody.rate;
    let time: f32 = segment.words.iter().map(slow).sum();
    segment.phone_count() as f32 / time
}

/// The samples of an output of any rank.
fn audio(output: Option<&Tensor>) -> Result<Vec<f32>, RunError> {
    let samples = output.and_then(Tensor::as_f32).unwrap_or_default();
    crate::error::check_finite("audio", samples)?;
    Ok(samples.to_vec())
}
