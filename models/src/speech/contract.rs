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
mod folder;
mod load;
mod metadata;
#[cfg(test)]
mod tests;

pub use files::SpeechFile;
pub(crate) use folder::can_be_part;
pub use folder::{SpeechFolder, read_speech_folder};
pub use load::load_speech;

use std::fmt;

use files::Sorted;
use metadata::Metadata;
use syrinx_text::Language;

use super::error::SpeechError;
use super::network::{Feeding, PiperConfig, Role, TokenLexicon, Tokens};
use crate::graph::Graph;
use crate::import::rows_picked_by;
use crate::model::TensorSpec;

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

impl SpeechContract {
    /// The codes of the languages that the voice states, "en" and "zh" for those that scripts are read in; English where it
    /// states none.
    pub fn languages(&self) -> Vec<String> {
        let stated = match &self.symbols {
            SymbolFiles::Piper(config) => config.language.clone(),
            SymbolFiles::Table(..) => {
                let metadata = Metadata(&self.network.graph);
                let stated = metadata.text("language").or_else(|| metadata.text("voice"));
                stated.map(str::to_owned)
            }
        };
        let Some(stated) = stated.filter(|stated| !stated.trim().is_empty()) else {
            return vec![Language::English.code().to_owned()];
        };
        let known = Language::of_tag(&stated).map(|language| language.code().to_owned());
        vec![known.unwrap_or(stated)]
    }
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
        (Some(_), _) if !lexicons.is_empty() => {
            return Err(refuse("no lexicon beside a piper configuration"));
        }
        (Some(config), table) => SymbolFiles::Piper(agreeing(config, table.as_ref())?),
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
    check_size(&network, &feeding, &symbols)?;
    Ok(SpeechContract {
        kind,
        network,
        vocoder,
        symbols,
        styles,
    })
}

/// Whether a graph with these inputs takes symbols, as those of speaking voices do.
pub(crate) fn network_takes_symbols(inputs: &[TensorSpec]) -> bool {
    Feeding::of("the network", inputs).is_ok()
}

/// A piper configuration, where a table of symbols beside it, as sherpa-onnx packs them, says the same.
fn agreeing(config: PiperConfig, table: Option<&Tokens>) -> Result<PiperConfig, SpeechError> {
    let differing = table.and_then(|table| table.differs_from(&config.tokens));
    match differing {
        None => Ok(config),
        Some(symbol) => Err(SpeechError::File {
            file: "the table of symbols".to_owned(),
            expected: "the same numbers as in the piper configuration".to_owned(),
            found: format!("another one for {symbol:?}"),
        }),
    }
}

/// Refuses symbols with numbers that the network does not know: they are another voice's.
fn check_size(
    network: &Network,
    feeding: &Feeding,
    symbols: &SymbolFiles,
) -> Result<(), SpeechError> {
    let table = match symbols {
        SymbolFiles::Piper(config) => &config.tokens,
        SymbolFiles::Table(tokens, _) => tokens,
    };
    let largest = table.largest();
    let rows = rows_picked_by(network.graph.proto(), &[feeding.symbols_input()]);
    match rows.filter(|&rows| i64::try_from(rows).is_ok_and(|rows| largest >= rows)) {
        None => Ok(()),
        Some(rows) => Err(SpeechError::File {
            file: "the table of symbols".to_owned(),
            expected: format!("numbers below {rows}, which {} knows", network.file.name),
            found: format!("{largest}; it is another voice's"),
        }),
    }
}
