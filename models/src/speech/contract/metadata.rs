//! Reads what exporters write beside a graph.

use syrinx_dsp::SampleRate;

use crate::graph::Graph;
use crate::speech::error::SpeechError;

/// What an exporter wrote beside a graph. Keys and defaults: sherpa-onnx.
pub(super) struct Metadata<'a>(pub(super) &'a Graph);

impl Metadata<'_> {
    /// A text, where it is there. Of a key that is there twice, as in piper's own exports, the last counts.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        let found = self.0.metadata().filter(|entry| entry.0 == key);
        found.last().map(|entry| entry.1)
    }

    /// A whole number, or `default`.
    ///
    /// # Errors
    /// If there is something else.
    pub(super) fn number(&self, key: &str, default: i64) -> Result<i64, SpeechError> {
        match self.text(key) {
            None => Ok(default),
            Some(text) => text.trim().parse().map_err(|_| SpeechError::File {
                file: format!("{}, metadata {key}", self.0.name()),
                expected: "a whole number".to_owned(),
                found: format!("{text:?}"),
            }),
        }
    }

    /// The rate of the samples, which must be there.
    ///
    /// # Errors
    /// If it is not.
    pub(super) fn rate(&self) -> Result<SampleRate, SpeechError> {
        let rate = u32::try_from(self.number("sample_rate", 0)?).ok();
        rate.and_then(SampleRate::new)
            .ok_or_else(|| SpeechError::File {
                file: format!("{}, metadata sample_rate", self.0.name()),
                expected: "a sample rate".to_owned(),
                found: self.text("sample_rate").unwrap_or("nothing").to_owned(),
            })
    }

    /// The speakers, by name where there are names.
    ///
    /// # Errors
    /// If there are names for another number of speakers.
    pub(super) fn speakers(&self) -> Result<Vec<String>, SpeechError> {
        let count = self.number("n_speakers", 1)?.clamp(1, 100_000) as usize;
        let Some(names) = self.text("speaker_names") else {
            return Ok((0..count).map(|number| number.to_string()).collect());
        };
        let names: Vec<String> = names
            .split(',')
            .map(|name| name.trim().to_owned())
            .collect();
        match names.len() == count {
            true => Ok(names),
            false => Err(SpeechError::File {
                file: format!("{}, metadata speaker_names", self.0.name()),
                expected: format!("{count} names"),
                found: names.len().to_string(),
            }),
        }
    }
}
