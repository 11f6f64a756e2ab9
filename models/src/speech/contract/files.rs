//! Sorts the files of a voice by what is in them.

use std::sync::Arc;

use super::Network;
use crate::graph::Graph;
use crate::model::{ElementType, TensorSpec};
use crate::speech::error::SpeechError;
use crate::speech::network::{PiperConfig, TokenLexicon, Tokens};
use crate::speech::sambert::SambertVoice;
use crate::speech::vocoder::PitchLayout;

/// A file of a voice. Its name is for messages alone.
#[derive(Clone)]
pub struct SpeechFile {
    /// What it is called.
    pub name: String,
    /// What is in it.
    pub bytes: Arc<[u8]>,
}

impl std::fmt::Debug for SpeechFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {} bytes", self.name, self.bytes.len())
    }
}

impl SpeechFile {
    /// What a voice of a public network has this file for, as bundles call it.
    ///
    /// # Errors
    /// If it looks like a file of a certain kind, and is damaged.
    pub(crate) fn role(&self) -> Result<&'static str, SpeechError> {
        Ok(match content(self)? {
            Content::Acoustic(_) => "network",
            Content::Vocoder(_) => "vocoder",
            Content::Config(_) => "config",
            Content::Tokens(_) => "symbols",
            Content::Lexicon(..) => "lexicon",
            Content::Styles(_) => "styles",
        })
    }

    /// Whether it tells that the files around it speak: a manifest, a configuration or a table of symbols. Files of other
    /// programs are none of these, whatever they are called.
    pub(crate) fn tells_of_speech(&self) -> bool {
        let Ok(text) = std::str::from_utf8(&self.bytes) else {
            return false;
        };
        match text.trim_start().starts_with('{') {
            true => {
                // A damaged one of piper's is told as such.
                SambertVoice::is_manifest(self) || text.contains("\"phoneme_id_map\"")
            }
            false => is_table(text) && Tokens::parse(&self.name, text).is_ok(),
        }
    }
}

/// What is in a file.
#[derive(Debug)]
pub(super) enum Content {
    Acoustic(Network),
    Vocoder(Network),
    Config(PiperConfig),
    Tokens(Tokens),
    Lexicon(String, String),
    Styles(SpeechFile),
}

/// The files of a voice, sorted.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    pub(super) acoustics: Vec<Network>,
    pub(super) vocoders: Vec<Network>,
    pub(super) configs: Vec<PiperConfig>,
    pub(super) tokens: Vec<Tokens>,
    /// Names and texts.
    pub(super) lexicons: Vec<(String, String)>,
    pub(super) styles: Vec<SpeechFile>,
}

impl Sorted {
    /// Sorts `files`.
    ///
    /// # Errors
    /// If one that looks like a certain kind is damaged.
    pub(super) fn of(files: &[SpeechFile]) -> Result<Sorted, SpeechError> {
        let mut sorted = Sorted::default();
        for file in files {
            match content(file)? {
                Content::Acoustic(network) => sorted.acoustics.push(network),
                Content::Vocoder(network) => sorted.vocoders.push(network),
                Content::Config(config) => sorted.configs.push(config),
                Content::Tokens(tokens) => sorted.tokens.push(tokens),
                Content::Lexicon(name, text) => sorted.lexicons.push((name, text)),
                Content::Styles(file) => sorted.styles.push(file),
            }
        }
        Ok(sorted)
    }

    /// What there is, for messages.
    pub(super) fn describe(&self) -> String {
        let counts = [
            (self.acoustics.len(), "networks that take symbols"),
            (self.vocoders.len(), "vocoders"),
            (self.configs.len(), "piper configurations"),
            (self.tokens.len(), "tables of symbols"),
            (self.lexicons.len(), "lexicons"),
            (self.styles.len(), "other files"),
        ];
        let there = counts.iter().filter(|(count, _)| *count > 0);
        let told: Vec<String> = there
            .map(|(count, what)| format!("{what}: {count}"))
            .collect();
        match told.is_empty() {
            true => "no file".to_owned(),
            false => told.join(", "),
        }
    }
}

fn content(file: &SpeechFile) -> Result<Content, SpeechError> {
    let text = std::str::from_utf8(&file.bytes).ok();
    if let Some(text) = text.filter(|text| text.trim_start().starts_with('{')) {
        let config = PiperConfig::parse(&file.name, text.as_bytes())?;
        return Ok(Content::Config(config));
    }
    if let Some(text) = text.filter(|text| !text.contains('\0')) {
        return Ok(match is_table(text) {
            true => Content::Tokens(Tokens::parse(&file.name, text)?),
            false => Content::Lexicon(file.name.clone(), text.to_owned()),
        });
    }
    let Ok(graph) = Graph::decode(&file.name, &file.bytes) else {
        return Ok(Content::Styles(file.clone()));
    };
    let (inputs, _) = graph.specs()?;
    let network = Network {
        file: file.clone(),
        graph,
    };
    Ok(match takes_mel(&inputs) {
        true => Content::Vocoder(network),
        false => Content::Acoustic(network),
    })
}

/// A table of symbols has a number at the end of each line, and one symbol before it at most.
fn is_table(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    lines.next().is_some_and(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        fields.len() <= 2
            && fields
                .last()
                .is_some_and(|last| last.parse::<i64>().is_ok())
    })
}

/// A vocoder takes mel frames, alone or with F0.
fn takes_mel(inputs: &[TensorSpec]) -> bool {
    PitchLayout::of(inputs).is_some()
        || matches!(inputs, [only] if only.element == ElementType::F32 && only.shape.len() >= 2)
}

/// All lexicons as one; of a word in several the first counts.
pub(super) fn lexicon(
    lexicons: &[(String, String)],
    tokens: &Tokens,
) -> Result<Option<TokenLexicon>, SpeechError> {
    let mut all: Option<TokenLexicon> = None;
    for (name, text) in lexicons {
        let read = TokenLexicon::parse(name, text, tokens)?;
        match &mut all {
            Some(all) => all.add(read),
            None => all = Some(read),
        }
    }
    Ok(all)
}
