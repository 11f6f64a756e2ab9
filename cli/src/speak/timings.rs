//! Writes when words and phones are spoken, as JSON.

use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use syrinx_dsp::SampleRate;
use syrinx_models::speech::WordTiming;

use crate::audio::PartialFile;
use crate::error::CliError;

/// When words are spoken, kept until the speech is whole.
pub(super) struct Timings {
    path: Option<PathBuf>,
    words: Vec<WordTiming>,
}

#[derive(Serialize)]
struct File {
    rate: u32,
    words: Vec<Word>,
}

#[derive(Serialize)]
struct Word {
    text: String,
    /// Bytes of the script, from and to.
    span: [usize; 2],
    /// Samples, from and to.
    samples: [u64; 2],
    phones: Vec<Phone>,
}

#[derive(Serialize)]
struct Phone {
    symbol: String,
    samples: [u64; 2],
}

impl Timings {
    /// Of a speech whose timings go to `path`, if anywhere.
    pub(super) fn new(path: Option<&Path>) -> Timings {
        Timings {
            path: path.map(Path::to_owned),
            words: Vec::new(),
        }
    }

    /// The words of a segment.
    pub(super) fn add(&mut self, words: &[WordTiming]) {
        if self.path.is_some() {
            self.words.extend_from_slice(words);
        }
    }

    /// Writes the file in one step.
    ///
    /// # Errors
    /// If it cannot be written, or the voice does not say when it speaks what.
    pub(super) fn keep(&mut self, rate: SampleRate) -> Result<(), CliError> {
        let Some(path) = &self.path else {
            return Ok(());
        };
        if self.words.is_empty() {
            return Err(CliError::other(
                path.display(),
                "this voice does not say when it speaks what (expected a voice that knows its durations)",
            ));
        }
        let file = File {
            rate: rate.hz(),
            words: self.words.drain(..).map(Word::from).collect(),
        };
        let write = || {
            let partial = PartialFile::create(path)?;
            let mut handle = partial.handle()?;
            handle.seek(SeekFrom::Start(0))?;
            let text = serde_json::to_string_pretty(&file).map_err(std::io::Error::from)?;
            handle.write_all(text.as_bytes())?;
            handle.write_all(b"\n")?;
            partial.keep()
        };
        write().map_err(CliError::encode(path))
    }
}

impl From<WordTiming> for Word {
    fn from(word: WordTiming) -> Word {
        let phones = word.phones.into_iter().map(|phone| Phone {
            symbol: phone.symbol,
            samples: [phone.samples.start, phone.samples.end],
        });
        Word {
            text: word.text,
            span: [word.span.start, word.span.end],
            samples: [word.samples.start, word.samples.end],
            phones: phones.collect(),
        }
    }
}
