//! What a user writes, understood as far as its markup goes.

use std::sync::Arc;

use crate::error::TextError;
use crate::phoneme::{Notation, phoneme_words};
use crate::piece::{Content, Piece, SayAs, Sounds, TextPiece};
use crate::position::{error_at, quoted};
use crate::prosody::Prosody;
use crate::ssml;

/// What a user writes, plain or SSML, with its markup checked. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Script {
    pub(crate) source: Arc<str>,
    pub(crate) pieces: Arc<[Piece]>,
}

impl Script {
    /// The most bytes of SSML. Markup is understood as a whole before the first sound, which plain text need not be.
    pub const MOST_SSML_BYTES: usize = 1 << 20;
    /// How deep elements of SSML may lie in each other.
    pub const MOST_DEPTH: usize = 64;

    /// SSML where the first thing in it is `<speak` or `<?xml`, otherwise plain text.
    ///
    /// # Errors
    /// As [`Script::plain`] and [`Script::ssml`].
    pub fn new(source: &str) -> Result<Script, TextError> {
        let start = source.trim_start_matches('\u{feff}').trim_start();
        if start.starts_with("<speak") || start.starts_with("<?xml") {
            Script::ssml(source)
        } else {
            Script::plain(source)
        }
    }

    /// Plain text of any length. Sounds may stand between double brackets: `[[hh ax l ow1]]` in ARPAbet, with `|`
    /// between words, or `[[həlˈoʊ]]` in IPA, with spaces between words; IPA that consists of plain letters is put
    /// between slashes, `[[/sun/]]`.
    ///
    /// # Errors
    /// For double brackets that do not end, and for sounds that are none.
    pub fn plain(source: &str) -> Result<Script, TextError> {
        let prosody = Arc::new(Prosody::default());
        let mut pieces = Vec::new();
        let mut at = 0;
        let text = |range| {
            Piece::Text(TextPiece {
                content: Content::Whole(range),
                say_as: SayAs::Plain,
                prosody: Arc::clone(&prosody),
            })
        };
        while let Some(open) = source[at..].find("[[").map(|offset| at + offset) {
            let inner = open + 2;
            let length = source[inner..].find("]]").ok_or_else(|| {
                error_at(
                    source,
                    open,
                    "\"]]\" behind the sounds that begin here",
                    "the end of the text",
                )
            })?;
            let sounds = bracketed(source, inner, length, &prosody)?;
            if open > at {
                pieces.push(text(at..open));
            }
            pieces.push(Piece::Sounds(sounds));
            at = inner + length + 2;
        }
        if at < source.len() {
            pieces.push(text(at..source.len()));
        }
        Ok(Script {
            source: source.into(),
            pieces: pieces.into(),
        })
    }

    /// SSML: `speak`, `p`, `s`, `break` (`time`, `strength`), `prosody` (`rate`, `pitch`, `volume`), `phoneme`
    /// (`alphabet` arpabet, ipa, x-kan or x-pinyin; `ph`), `sub` (`alias`), `say-as` (`interpret-as` characters, cardinal,
    /// ordinal, digits, telephone, time, date) and `emotion` (`category`, `intensity` 0 to 2).
    ///
    /// # Errors
    /// For XML that is not well-formed, elements, attributes and values other than these, more than
    /// [`Script::MOST_SSML_BYTES`] and more than [`Script::MOST_DEPTH`].
    pub fn ssml(source: &str) -> Result<Script, TextError> {
        Ok(Script {
            source: source.into(),
            pieces: ssml::read(source)?.into(),
        })
    }
}

/// The sounds between double brackets.
fn bracketed(
    source: &str,
    inner: usize,
    length: usize,
    prosody: &Arc<Prosody>,
) -> Result<Vec<Sounds>, TextError> {
    let written = &source[inner..inner + length];
    let words = phoneme_words(written, Notation::of(written))
        .map_err(|error| error_at(source, inner, error.expected, error.found))?;
    if words.is_empty() {
        return Err(error_at(
            source,
            inner,
            "sounds between the brackets",
            quoted(written),
        ));
    }
    let sounds = words.into_iter().map(|word| Sounds {
        text: word.text,
        span: inner - 2..inner + length + 2,
        phones: word.phones,
        ipa: word.ipa,
        prosody: Arc::clone(prosody),
    });
    Ok(sounds.collect())
}
