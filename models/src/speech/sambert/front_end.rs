//! Turns the words of a segment into KAN-TTS's tokens.
//!
//! The flags are those that KAN-TTS's own script converter sets, its exceptions for words of one syllable included.

use syrinx_text::{Alphabet, Boundary, Phone, Segment, Word};

use super::manifest::Manifest;
use super::tokens::Token;
use super::vocabulary::{find, some};
use crate::speech::error::SpeechError;
use crate::speech::settings::SpeechSettings;

/// The tokens of a segment: the phones of each word, and behind it its break.
///
/// # Errors
/// With the first sound that the voice has no symbol for, or an emotion or speaker that it lacks.
pub(super) fn tokens(
    segment: &Segment,
    settings: &SpeechSettings,
    speaker: usize,
    manifest: &Manifest,
) -> Result<Vec<Token>, SpeechError> {
    let spoken = segment.words.iter().enumerate();
    let mut tokens = Vec::new();
    for (number, word) in spoken.filter(|(_, word)| !word.phones.is_empty()) {
        let (emotion, intensity) = emotion(word, settings, manifest)?;
        let manner = Token {
            ids: [0; 4],
            emotion,
            intensity,
            speaker,
            rate: settings.rate * word.prosody.rate,
            word: Some(number),
        };
        spell(word, &manner, manifest, &mut tokens)?;
        let mark = [mark(word.boundary), "tone_none", "s_none", "word_none"];
        tokens.push(Token {
            ids: ids(mark, word, manifest)?,
            word: None,
            ..manner
        });
    }
    if tokens.len() > manifest.most_tokens {
        return Err(SpeechError::Setting {
            name: "segment",
            expected: format!("at most {} phones and breaks", manifest.most_tokens),
            found: tokens.len().to_string(),
        });
    }
    Ok(tokens)
}

/// The emotion of a word, by number, and how much of it: the script's own, or what the settings say.
fn emotion(
    word: &Word,
    settings: &SpeechSettings,
    manifest: &Manifest,
) -> Result<(usize, f32), SpeechError> {
    let words = &manifest.vocabulary;
    let (name, intensity) = match (&word.prosody.emotion, &settings.emotion) {
        (Some(emotion), _) => (&*emotion.name, emotion.intensity),
        (None, Some(name)) => (name.as_str(), settings.intensity),
        (None, None) => ("neutral", 1.0),
    };
    match words.emotion(name) {
        Some(number) => Ok((number, intensity)),
        None => Err(SpeechError::Setting {
            name: "emotion",
            expected: words.emotions().join(", "),
            found: name.to_owned(),
        }),
    }
}

/// The break behind a word.
fn mark(boundary: Boundary) -> &'static str {
    match boundary {
        Boundary::Word => "#1",
        Boundary::Group => "#2",
        Boundary::Phrase => "#3",
        Boundary::Sentence(_) => "#4",
    }
}

fn spell(
    word: &Word,
    manner: &Token,
    manifest: &Manifest,
    tokens: &mut Vec<Token>,
) -> Result<(), SpeechError> {
    let starts = word.phones.iter().enumerate();
    let starts = starts.filter(|(place, phone)| *place == 0 || phone.starts_syllable);
    let mut bounds: Vec<usize> = starts.map(|(place, _)| place).collect();
    bounds.push(word.phones.len());
    let count = bounds.len() - 1;
    for (number, bound) in bounds.windows(2).enumerate() {
        let syllable = &word.phones[bound[0]..bound[1]];
        let in_word = match (word.phones.len(), number) {
            (1, _) => "word_both",
            (_, 0) => "word_begin",
            (_, last) if last + 1 == count => "word_end",
            _ => "word_middle",
        };
        let tone = tone(syllable);
        for (place, phone) in syllable.iter().enumerate() {
            let in_syllable = match (syllable.len(), place) {
                (1, _) => "s_both",
                (_, 0) => "s_begin",
                (length, last) if last + 1 == length => "s_end",
                _ => "s_middle",
            };
            let in_word = match (in_word, in_syllable) {
                ("word_begin", "s_end") if count == 1 => "word_end",
                ("word_begin", "s_end" | "s_middle") | ("word_end", "s_begin" | "s_middle") => {
                    "word_middle"
                }
                _ => in_word,
            };
            let name = symbol(phone, word, manifest)?;
            tokens.push(Token {
                ids: ids([name, &tone, in_syllable, in_word], word, manifest)?,
                ..manner.clone()
            });
        }
    }
    Ok(())
}

/// What the voice calls a phone.
fn symbol<'a>(phone: &'a Phone, word: &Word, manifest: &Manifest) -> Result<&'a str, SpeechError> {
    match (phone.alphabet, &*phone.symbol) {
        // KAN-TTS has no schwa; its English writes it as CMUdict does.
        (Alphabet::Arpabet, "ax") => Ok("ah"),
        (Alphabet::Arpabet | Alphabet::KanTts, symbol) => Ok(symbol),
        (Alphabet::Ipa, symbol) => Err(unknown(symbol, word, &manifest.vocabulary.sy)),
    }
}

/// The tone of a syllable of Mandarin; of English, whether its vowel bears the first stress, since KAN-TTS drops the second.
fn tone(syllable: &[Phone]) -> String {
    let bears = |phone: &&Phone| phone.alphabet == Alphabet::KanTts || phone.is_vowel();
    match syllable.iter().rev().find(bears) {
        Some(phone) if phone.alphabet == Alphabet::KanTts => {
            format!("tone{}", phone.stress_or_tone)
        }
        Some(phone) if phone.stress_or_tone == 1 => "tone1".to_owned(),
        _ => "tone0".to_owned(),
    }
}

/// The numbers of a token's four symbols.
fn ids(symbols: [&str; 4], word: &Word, manifest: &Manifest) -> Result<[i64; 4], SpeechError> {
    let words = &manifest.vocabulary;
    let fields = [
        &words.sy,
        &words.tone,
        &words.syllable_flag,
        &words.word_segment,
    ];
    let mut ids = [0; 4];
    for ((id, symbol), known) in ids.iter_mut().zip(symbols).zip(fields) {
        let number = find(known, symbol).ok_or_else(|| unknown(symbol, word, known))?;
        *id = number as i64;
    }
    Ok(ids)
}

fn unknown(symbol: &str, word: &Word, known: &[String]) -> SpeechError {
    SpeechError::Symbol {
        symbol: symbol.to_owned(),
        word: word.text.clone(),
        known: some(known),
    }
}
