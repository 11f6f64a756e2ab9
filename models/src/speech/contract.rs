//! Recognises the public speech networks by names, types and ranks of their tensors and by their metadata, and loads them.
//!
//! | kind | files | what tells it |
//! |---|---|---|
//! | piper | network, configuration | a JSON with `phoneme_id_map` |
//! | VITS of sherpa-onnx | network, symbols, maybe a lexicon | inputs for lengths and noise, audio out |
//! | Matcha | acoustic network, vocoder, symbols, maybe a lexicon | inputs for noise, and a vocoder beside it |
//! | Kokoro | network, symbols, styles, maybe a lexicon | an input for styles |
//! | FastSpeech 2 | acoustic network, vocoder, symbols, maybe a lexicon | no noise, and a vocoder beside it |
//!
//! File names tell nothing.

mod files;
mod load;
mod metadata;
#[cfg(test)]
mod tests;

pub use files::SpeechFile;
pub use load::load_speech;

use std::fmt;

use files::Sorted;

use super::error::SpeechError;
use super::network::{Feeding, PiperConfig, Role, TokenLexicon, Tokens};
use crate::graph::Graph;

/// What a set of files is.
#[derive(Debug)]
pub struct SpeechContract {
    /// What kind of voice it is.
    pub kind: SpeechKind,
    /// The acoustic network, or the only one.
    pub(crate) network: Network,
    /// The vocoder, where it is a network of its own.
    pub(crate) vocoder: Option<Network>,
    pub(crate) symbols: SymbolFiles,
    /// The bytes of a table of styles, with its name.
    pub(crate) styles: Option<SpeechFile>,
}

/// The kinds of public speech networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SpeechKind {
    /// A piper voice with its configuration.
    Piper,
    /// VITS as sherpa-onnx has it.
    Vits,
    /// Matcha-TTS and a vocoder.
    Matcha,
    /// Kokoro.
    Kokoro,
    /// An acoustic model without noise, such as FastSpeech 2, and a vocoder.
    FastSpeech2,
}

impl SpeechKind {
    /// The name, for cards and messages.
    pub fn name(self) -> &'static str {
        match self {
            SpeechKind::Piper => "piper",
            SpeechKind::Vits => "VITS",
            SpeechKind::Matcha => "Matcha",
            SpeechKind::Kokoro => "Kokoro",
            SpeechKind::FastSpeech2 => "FastSpeech 2",
        }
    }
}

impl fmt::Display for SpeechKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A graph with its file.
#[derive(Debug)]
pub(crate) struct Network {
    pub(crate) file: SpeechFile,
    pub(crate) graph: Graph,
}

/// Where a voice's symbols come from.
#[derive(Debug)]
pub(crate) enum SymbolFiles {
    /// Piper's configuration.
    Piper(PiperConfig),
    /// A table, with a lexicon where there is one.
    Table(Tokens, Option<TokenLexicon>),
}

/// Says what kind of voice `files` are, whatever they are called.
///
/// # Errors
/// If they are none of the kinds, a file is missing, or there is one too many: with what was expected and what was found.
pub fn recognise_speech(files: &[SpeechFile]) -> Result<SpeechContract, SpeechError> {
    let sorted = Sorted::of(files)?;
    let found = sorted.describe();
    let refuse = |expected: &str| SpeechError::File {
        file: "the voice".to_owned(),
        expected: expected.to_owned(),
        found: found.clone(),
    };
    let Sorted {
        mut acoustics,
        mut vocoders,
        mut configs,
        mut tokens,
        lexicons,
        mut styles,
    } = sorted;
    let network = match (acoustics.pop(), acoustics.is_empty()) {
        (Some(network), true) => network,
        _ => return Err(refuse("one network that takes symbols")),
    };
    let feeding = Feeding::of(&network.file.name, &network.graph.specs()?.0)?;
    let vocoder = vocoders.pop();
    if !vocoders.is_empty() || configs.len() > 1 || tokens.len() > 1 || styles.len() > 1 {
        return Err(refuse("each file once"));
    }
    let has_scales = feeding.has(Role::Scales(3));
    let kind = match (&vocoder, configs.is_empty()) {
        (None, false) if has_scales => SpeechKind::Piper,
        (_, false) => {
            return Err(refuse(
                "with a piper configuration a network with scales f32[3] and no vocoder",
            ));
        }
        (_, true) if feeding.has(Role::Style) => SpeechKind::Kokoro,
        (Some(_), true) if feeding.has_noise() => SpeechKind::Matcha,
        (Some(_), true) => SpeechKind::FastSpeech2,
        (None, true) => SpeechKind::Vits,
    };
    let symbols = match (configs.pop(), tokens.pop()) {
        (Some(config), None) if lexicons.is_empty() => SymbolFiles::Piper(config),
        (Some(_), _) => return Err(refuse("no symbols beside a piper configuration")),
        (None, None) => return Err(refuse("a table of symbols (tokens.txt)")),
        (None, Some(tokens)) => {
            SymbolFiles::Table(tokens.clone(), files::lexicon(&lexicons, &tokens)?)
        }
    };
    let styles = styles.pop();
    if styles.is_some() != (kind == SpeechKind::Kokoro) {
        return Err(refuse(match kind {
            SpeechKind::Kokoro => {
                "a table of styles (voices.bin) beside a network with an input for one"
            }
            _ => "no other file than networks, symbols and lexicon",
        }));
    }
    if kind == SpeechKind::Kokoro && vocoder.is_some() {
        return Err(refuse("no vocoder beside a network that gives audio"));
    }
    Ok(SpeechContract {
        kind,
        network,
        vocoder,
        symbols,
        styles,
    })
}
