//! Walks through an SSML document and collects its pieces.

use std::ops::Range;
use std::sync::Arc;

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::attributes::Attributes;
use super::elements::{Open, Role, open_emotion, open_prosody, open_say_as};
use super::prosody;
use crate::error::TextError;
use crate::phoneme::{Notation, phoneme_words};
use crate::piece::{Content, Part, Piece, SayAs, Sounds, TextPiece};
use crate::position::{error_at, quoted};
use crate::script::Script;

const ELEMENTS: &str = "one of <p>, <s>, <break>, <prosody>, <phoneme>, <sub>, <say-as>, <emotion>";
const NOTATIONS: &str = "arpabet, ipa, x-kan or x-pinyin";

/// Reads a document.
pub(crate) fn read(script: &str) -> Result<Vec<Piece>, TextError> {
    if script.len() > Script::MOST_SSML_BYTES {
        return Err(TextError::TooLarge {
            what: "bytes of SSML",
            most: Script::MOST_SSML_BYTES,
            found: script.len(),
        });
    }
    let mut walk = Walk::new(script);
    let document = script.trim_start_matches('\u{feff}');
    let mark = script.len() - document.len();
    let mut reader = Reader::from_str(document);
    let place = |position: u64| {
        usize::try_from(position).map_or(script.len(), |at| (mark + at).min(script.len()))
    };
    loop {
        let start = place(reader.buffer_position());
        let event = reader.read_event().map_err(|error| {
            error_at(
                script,
                place(reader.error_position()),
                "well-formed XML",
                error.to_string(),
            )
        })?;
        let span = start..place(reader.buffer_position());
        if matches!(event, Event::Eof) {
            return walk.finish();
        }
        walk.event(&event, span)?;
    }
}

struct Walk<'a> {
    script: &'a str,
    open: Vec<Open>,
    pieces: Vec<Piece>,
    /// Text since the last tag.
    text: String,
    parts: Vec<Part>,
    has_spoken: bool,
}

impl<'a> Walk<'a> {
    fn new(script: &'a str) -> Walk<'a> {
        Walk {
            script,
            open: Vec::new(),
            pieces: Vec::new(),
            text: String::new(),
            parts: Vec::new(),
            has_spoken: false,
        }
    }

    fn event(&mut self, event: &Event, span: Range<usize>) -> Result<(), TextError> {
        match event {
            Event::Start(tag) => self.start(tag, span),
            Event::Empty(tag) => {
                self.start(tag, span.clone())?;
                self.end(span)
            }
            Event::End(_) => self.end(span),
            Event::Text(_) => self.same(span),
            Event::CData(_) => self.same(span.start + "<![CDATA[".len()..span.end - "]]>".len()),
            Event::GeneralRef(entity) => self.entity(entity, span),
            Event::DocType(_) => Err(self.error(span.start, "no document type", "<!DOCTYPE")),
            _ => Ok(()),
        }
    }

    fn error(&self, at: usize, expected: impl Into<String>, found: impl Into<String>) -> TextError {
        error_at(self.script, at, expected, found)
    }

    /// Text that stands in the script as it is spoken.
    fn same(&mut self, span: Range<usize>) -> Result<(), TextError> {
        let text = &self.script[span.clone()];
        if self.open.is_empty() {
            let blank = text
                .trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
                .is_empty();
            return if blank {
                Ok(())
            } else {
                Err(self.error(span.start, "<speak> around all text", quoted(text.trim())))
            };
        }
        self.add(text.to_string(), span, true)
    }

    fn entity(&mut self, entity: &BytesRef, span: Range<usize>) -> Result<(), TextError> {
        let found = || format!("&{};", &**entity);
        let known = "an entity (&amp; &lt; &gt; &quot; &apos;) or the number of a character";
        let text = match &**entity {
            "amp" => "&".to_string(),
            "lt" => "<".to_string(),
            "gt" => ">".to_string(),
            "quot" => "\"".to_string(),
            "apos" => "'".to_string(),
            _ => match entity.resolve_char_ref() {
                Ok(Some(c)) => c.to_string(),
                _ => return Err(self.error(span.start, known, found())),
            },
        };
        if self.open.is_empty() {
            return Err(self.error(span.start, "<speak> around all text", found()));
        }
        self.add(text, span, false)
    }

    fn add(&mut self, text: String, span: Range<usize>, same: bool) -> Result<(), TextError> {
        if matches!(
            self.open.last(),
            Some(Open {
                role: Role::Empty,
                ..
            })
        ) && !text.trim().is_empty()
        {
            return Err(self.error(span.start, "nothing inside of <break>", quoted(text.trim())));
        }
        let at = self.text.len();
        self.parts.push(Part { at, span, same });
        self.text.push_str(&text);
        Ok(())
    }

    /// Makes a piece of the text since the last tag.
    fn flush(&mut self) {
        let text = std::mem::take(&mut self.text);
        let parts = std::mem::take(&mut self.parts);
        let Some(open) = self.open.last() else { return };
        if text.trim().is_empty() || !matches!(open.role, Role::Speech) {
            // Blanks alone still part words.
            return;
        }
        let content = match parts.as_slice() {
            [only] if only.same => Content::Whole(only.span.clone()),
            _ => Content::Copied { text, parts },
        };
        self.pieces.push(Piece::Text(TextPiece {
            content,
            say_as: open.say_as,
            prosody: Arc::clone(&open.prosody),
        }));
    }

    fn start(&mut self, tag: &BytesStart, span: Range<usize>) -> Result<(), TextError> {
        self.flush();
        let name = tag.name().as_ref().to_string();
        self.check_place(&name, span.start)?;
        let mut attributes = Attributes::read(self.script, span.start, tag)?;
        let mut open = Open {
            span: span.clone(),
            prosody: self
                .open
                .last()
                .map_or_else(Arc::default, |open| Arc::clone(&open.prosody)),
            say_as: SayAs::Plain,
            role: Role::Speech,
            name,
        };
        let known = match open.name.as_str() {
            "speak" => {
                attributes.ignore_document();
                ""
            }
            "p" | "s" => {
                attributes.ignore_document();
                self.pieces.push(Piece::Stop);
                ""
            }
            "break" => self.open_break(&mut open, &mut attributes)?,
            "prosody" => open_prosody(&mut open, &mut attributes)?,
            "emotion" => open_emotion(&mut open, &mut attributes)?,
            "say-as" => open_say_as(&mut open, &mut attributes)?,
            "sub" => {
                open.role = Role::Sub(attributes.require("alias")?);
                "alias"
            }
            "phoneme" => self.open_phoneme(&mut open, &mut attributes)?,
            _ => return Err(self.error(span.start, ELEMENTS, format!("<{}>", open.name))),
        };
        attributes.finish(known)?;
        self.open.push(open);
        Ok(())
    }

    /// Whether an element may stand here.
    fn check_place(&self, name: &str, at: usize) -> Result<(), TextError> {
        let found = || format!("<{name}>");
        if self.open.len() >= Script::MOST_DEPTH {
            return Err(self.error(
                at,
                format!("elements at most {} deep in each other", Script::MOST_DEPTH),
                found(),
            ));
        }
        match self.open.last() {
            None if self.has_spoken || name != "speak" => {
                let expected = if self.has_spoken {
                    "the end behind </speak>"
                } else {
                    "<speak> around everything"
                };
                Err(self.error(at, expected, found()))
            }
            Some(_) if name == "speak" => Err(self.error(at, ELEMENTS, found())),
            Some(open) if !matches!(open.role, Role::Speech) || open.name == "say-as" => {
                Err(self.error(at, format!("no element inside of <{}>", open.name), found()))
            }
            _ => Ok(()),
        }
    }

    fn open_break(
        &mut self,
        open: &mut Open,
        attributes: &mut Attributes,
    ) -> Result<&'static str, TextError> {
        let time = attributes.take("time");
        let strength = attributes.take("strength");
        let length = match (time, strength) {
            (Some(time), _) => prosody::time(&time)
                .ok_or_else(|| attributes.wrong("time", prosody::TIMES, &time))?,
            (None, strength) => {
                let strength = strength.as_deref().unwrap_or("medium");
                prosody::strength(strength)
                    .ok_or_else(|| attributes.wrong("strength", prosody::STRENGTHS, strength))?
            }
        };
        self.pieces.push(Piece::Break(length));
        open.role = Role::Empty;
        Ok("time or strength")
    }

    fn open_phoneme(
        &mut self,
        open: &mut Open,
        attributes: &mut Attributes,
    ) -> Result<&'static str, TextError> {
        let alphabet = attributes
            .take("alphabet")
            .unwrap_or_else(|| "ipa".to_string());
        let notation = match alphabet.as_str() {
            "arpabet" | "x-arpabet" => Notation::Arpabet,
            "ipa" => Notation::Ipa,
            "x-kan" => Notation::Kan,
            "x-pinyin" => Notation::Pinyin,
            _ => return Err(attributes.wrong("alphabet", NOTATIONS, &alphabet)),
        };
        let written = attributes.require("ph")?;
        let words = phoneme_words(&written, notation).map_err(|error| {
            attributes.wrong("ph", &error.expected, error.found.trim_matches('"'))
        })?;
        if words.is_empty() {
            return Err(attributes.wrong("ph", "sounds", &written));
        }
        let sounds = words.into_iter().map(|word| Sounds {
            text: word.text,
            span: open.span.clone(),
            phones: word.phones,
            ipa: word.ipa,
            prosody: Arc::clone(&open.prosody),
        });
        open.role = Role::Phoneme(sounds.collect());
        Ok("alphabet or ph")
    }

    fn end(&mut self, span: Range<usize>) -> Result<(), TextError> {
        let written = self.text.trim().to_string();
        self.flush();
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let whole = open.span.start..span.end;
        match open.role {
            Role::Sub(alias) => self.pieces.push(Piece::Text(TextPiece {
                content: Content::Instead {
                    text: alias,
                    span: whole,
                },
                say_as: SayAs::Plain,
                prosody: open.prosody,
            })),
            Role::Phoneme(mut sounds) => {
                let only = sounds.len() == 1;
                for word in &mut sounds {
                    word.span = whole.clone();
                    if only && !written.is_empty() {
                        word.text.clone_from(&written);
                    }
                }
                self.pieces.push(Piece::Sounds(sounds));
            }
            Role::Speech if matches!(open.name.as_str(), "p" | "s") => {
                self.pieces.push(Piece::Stop)
            }
            Role::Speech if open.name == "speak" => self.has_spoken = true,
            Role::Speech | Role::Empty => {}
        }
        Ok(())
    }

    fn finish(self) -> Result<Vec<Piece>, TextError> {
        match self.open.last() {
            Some(open) => {
                let expected = format!("</{}> for the <{}> that begins here", open.name, open.name);
                Err(self.error(open.span.start, expected, "the end of the script"))
            }
            None if !self.has_spoken => {
                Err(self.error(0, "<speak> around everything", "no element"))
            }
            None => Ok(self.pieces),
        }
    }
}
