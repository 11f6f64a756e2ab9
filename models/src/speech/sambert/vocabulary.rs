//! What KAN-TTS's tokens are made of: the symbols of each field, by number.

use serde::Deserialize;
use syrinx_text::Language;

/// What stands before the names of emotions.
const EMOTION: &str = "emotion_";

/// The emotion that others are mixed with.
const NEUTRAL: &str = "emotion_neutral";

/// The symbols of each field of a token; the place of a symbol is its number. The three that KAN-TTS reserves behind them
/// (padding, end, mask) are no part of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Vocabulary {
    /// Phones and breaks.
    pub(super) sy: Vec<String>,
    /// Tones and stresses.
    pub(super) tone: Vec<String>,
    /// The place of a phone in its syllable.
    pub(super) syllable_flag: Vec<String>,
    /// The place of a phone in its word.
    pub(super) word_segment: Vec<String>,
    /// Emotions, each with "emotion_" before it.
    pub(super) emotion: Vec<String>,
}

impl Vocabulary {
    /// Checks that every field has symbols, none twice, and that there is an emotion to mix others with.
    ///
    /// # Errors
    /// What was expected, and what was found.
    pub(super) fn check(&self) -> Result<(), (String, String)> {
        for (name, symbols) in [
            ("sy", &self.sy),
            ("tone", &self.tone),
            ("syllable_flag", &self.syllable_flag),
            ("word_segment", &self.word_segment),
            ("emotion", &self.emotion),
        ] {
            let mut sorted: Vec<&String> = symbols.iter().collect();
            sorted.sort();
            if sorted.is_empty() {
                return Err((format!("symbols of {name}"), "none".to_owned()));
            }
            if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
                return Err((
                    format!("each symbol of {name} once"),
                    format!("{} twice", pair[0]),
                ));
            }
        }
        if let Some(wrong) = self.emotion.iter().find(|name| !name.starts_with(EMOTION)) {
            return Err((format!("emotions that begin with {EMOTION}"), wrong.clone()));
        }
        if self.neutral().is_none() {
            return Err((
                format!("{NEUTRAL} among the emotions"),
                self.emotion.join(", "),
            ));
        }
        Ok(())
    }

    /// The codes of the languages that it has the phones of: Mandarin's end in "_c".
    pub(super) fn languages(&self) -> Vec<String> {
        let has = |phone: &str| find(&self.sy, phone).is_some();
        let mandarin = self.sy.iter().any(|phone| phone.ends_with("_c"));
        // One that no voice of English can do without, and that Mandarin lacks.
        let english = has("dh");
        let spoken = [(Language::Mandarin, mandarin), (Language::English, english)];
        let spoken = spoken.into_iter().filter(|(_, has)| *has);
        spoken
            .map(|(language, _)| language.code().to_owned())
            .collect()
    }

    /// The emotions by the names that users know.
    pub(super) fn emotions(&self) -> Vec<String> {
        let plain = |name: &String| name.trim_start_matches(EMOTION).to_owned();
        self.emotion.iter().map(plain).collect()
    }

    /// The number of an emotion by the name that users know.
    pub(super) fn emotion(&self, name: &str) -> Option<usize> {
        let of = |known: &String| known.strip_prefix(EMOTION) == Some(name);
        self.emotion.iter().position(of)
    }

    /// The number of the emotion that others are mixed with.
    pub(super) fn neutral(&self) -> Option<usize> {
        find(&self.emotion, NEUTRAL)
    }
}

/// The number of a symbol.
pub(super) fn find(symbols: &[String], symbol: &str) -> Option<usize> {
    symbols.iter().position(|known| known == symbol)
}

/// The symbols, as many as fit a line.
pub(super) fn some(symbols: &[String]) -> String {
    const MOST: usize = 40;
    let mut said = symbols[..symbols.len().min(MOST)].join(" ");
    if symbols.len() > MOST {
        said.push_str(" ..");
    }
    said
}
