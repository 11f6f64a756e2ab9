//! The numbers of a source-filter speaking voice, from its manifest.

use serde::Deserialize;

use crate::bundle::VoiceBundle;
use crate::error::LoadError;

/// Features of a phone beside its symbol: stress, place in word and phrase, kind of sentence.
pub(super) const PLACE_FEATURES: usize = 15;

/// The rate that the synthesis runs at.
const RATE: u32 = 32_000;

/// The numbers of a source-filter speaking voice: `parameters` in its `voice.json`.
#[derive(Clone, Debug, Deserialize)]
pub struct SpeechParameters {
    /// The phones that it knows, in the order of the networks; "pau", the silence, is the first.
    pub phones: Vec<String>,
    /// Words that carry grammar rather than meaning, in lower case.
    pub function_words: Vec<String>,
    /// Phones by which the first network's output lags behind its input.
    pub phones_ahead: usize,
    /// Frames by which the second network's output lags behind its input.
    pub frames_ahead: usize,
    /// Frames of silence before the first word.
    pub lead: usize,
    /// Frames of silence behind the last word.
    pub tail: usize,
    /// What the second network hears of a phone.
    pub hidden: usize,
    /// Content values per frame, as the decoder hears them.
    pub content: usize,
    /// Knots of the envelopes.
    pub knots: usize,
    /// Elements of the first network's state.
    pub phones_state: usize,
    /// Elements of the second network's state.
    pub frames_state: usize,
    /// Elements of the decoder's state.
    pub decoder_state: usize,
    /// Past frames that a frame's sound depends on.
    pub memory: usize,
    /// Mean of the natural log of F0 (Hz) of each speaker, in the order of their ids. The melody is that of the first.
    pub log_f0_means: Vec<f32>,
}

impl SpeechParameters {
    /// The numbers of `bundle`, checked.
    ///
    /// # Errors
    /// If a number is missing or out of its range, or they do not fit each other.
    pub fn of(bundle: &VoiceBundle) -> Result<SpeechParameters, LoadError> {
        let parameters: SpeechParameters = bundle.parameters()?;
        let manifest = bundle.manifest();
        let unsupported = |what: &str, expected: String, found: String| {
            LoadError::Unsupported(format!(
                "speaking voice: {what}: expected {expected}, found {found}"
            ))
        };
        if manifest.rate != RATE || manifest.hop * 100 != RATE {
            return Err(unsupported(
                "rate and hop",
                format!("{RATE} and {}", RATE / 100),
                format!("{} and {}", manifest.rate, manifest.hop),
            ));
        }
        let ids = manifest.speakers.iter().map(|speaker| speaker.id);
        if !ids.eq(0..parameters.log_f0_means.len() as u32) {
            return Err(unsupported(
                "speakers",
                "the ids 0, 1, 2, ... in this order, and a mean F0 for each".to_owned(),
                format!(
                    "{} speakers and {} means",
                    manifest.speakers.len(),
                    parameters.log_f0_means.len()
                ),
            ));
        }
        if parameters.phones.first().map(String::as_str) != Some("pau") {
            return Err(unsupported(
                "phones",
                "a list that begins with \"pau\"".to_owned(),
                format!("{:?}", parameters.phones.first()),
            ));
        }
        if !parameters.function_words.is_sorted() {
            return Err(unsupported(
                "function_words",
                "words in order".to_owned(),
                "words out of order".to_owned(),
            ));
        }
        parameters.check_sizes()?;
        Ok(parameters)
    }

    /// Bounds what a made-up manifest could ask for.
    fn check_sizes(&self) -> Result<(), LoadError> {
        let sizes = [
            ("phones", self.phones.len(), 1000),
            ("function_words", self.function_words.len(), 100_000),
            ("phones_ahead", self.phones_ahead, 100),
            ("frames_ahead", self.frames_ahead, 100),
            ("lead", self.lead, 100),
            ("tail", self.tail, 100),
            ("hidden", self.hidden, 4096),
            ("content", self.content, 4096),
            ("knots", self.knots, 512),
            ("phones_state", self.phones_state, 1 << 22),
            ("frames_state", self.frames_state, 1 << 22),
            ("decoder_state", self.decoder_state, 1 << 22),
            ("memory", self.memory, 10_000),
        ];
        for (name, found, most) in sizes {
            if !(1..=most).contains(&found) {
                return Err(LoadError::Unsupported(format!(
                    "speaking voice: {name}: expected 1 to {most}, found {found}"
                )));
            }
        }
        if self.knots < 2
            || self
                .log_f0_means
                .iter()
                .any(|mean| !(3.0..8.0).contains(mean))
        {
            return Err(LoadError::Unsupported(format!(
                "speaking voice: expected at least 2 knots and means of ln F0 of 3 to 8, found {} and {:?}",
                self.knots, self.log_f0_means
            )));
        }
        Ok(())
    }

    /// Features of a phone.
    pub(super) fn features(&self) -> usize {
        self.phones.len() + PLACE_FEATURES
    }

    /// The number of a phone.
    pub(super) fn phone(&self, symbol: &str) -> Option<usize> {
        self.phones.iter().position(|known| known == symbol)
    }
}
