//! Makes segments of a script one by one, so that the first is spoken before the last is looked at.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crate::boundary::{Boundary, Ending, Pause};
use crate::cut::{cut, last_comma};
use crate::english::{self, EnglishReader};
use crate::error::TextError;
use crate::front_end::{FrontEnd, Language};
use crate::item::{Item, Sound, Spoken};
use crate::mandarin::MandarinReader;
use crate::notice::Notice;
use crate::notices::Notices;
use crate::phone::Phone;
use crate::piece::Piece;
use crate::position::quoted;
use crate::script::Script;
use crate::segment::Segment;
use crate::word::Word;

/// The most words that are looked at together. Longer sentences are parted first: they would not fit a segment anyway, and
/// memory must not grow with a text that never ends a sentence.
const MOST_WORDS: usize = 300;

/// The segments of a script, in order. Memory does not grow with the script.
#[derive(Clone, Debug)]
pub struct Segments {
    front_end: FrontEnd,
    script: Script,
    /// The piece that is read, and the reader of its text.
    piece: usize,
    reader: Reader,
    items: VecDeque<Item>,
    /// The words since the last segment, with what stands behind each.
    words: Vec<(Spoken, Boundary)>,
    ready: VecDeque<Segment>,
    notices: Notices,
}

/// Where the reading of a text stands.
#[derive(Clone, Debug)]
enum Reader {
    English(EnglishReader),
    Mandarin(MandarinReader),
}

impl Reader {
    fn new(language: Language) -> Reader {
        match language {
            Language::English => Reader::English(EnglishReader::default()),
            Language::Mandarin => Reader::Mandarin(MandarinReader::default()),
        }
    }
}

impl Segments {
    pub(crate) fn new(front_end: FrontEnd, script: Script) -> Result<Segments, TextError> {
        let mut segments = Segments {
            reader: Reader::new(front_end.language),
            front_end,
            script,
            piece: 0,
            items: VecDeque::new(),
            words: Vec::new(),
            ready: VecDeque::new(),
            notices: Notices::default(),
        };
        // Breaks before the first word are no speech.
        let mut first = VecDeque::new();
        loop {
            match segments.make() {
                None => return Err(segments.nothing()),
                Some(segment) if segment.words.is_empty() => first.push_back(segment),
                Some(segment) => {
                    first.push_back(segment);
                    break;
                }
            }
        }
        while let Some(segment) = first.pop_back() {
            segments.ready.push_front(segment);
        }
        Ok(segments)
    }

    fn nothing(&mut self) -> TextError {
        let found = match self.notices.take().first() {
            Some(Notice::Skipped { span, sample }) => format!(
                "{} at byte {}, for which {} has no sounds",
                quoted(self.script.source.get(span.clone()).unwrap_or(sample)),
                span.start,
                self.front_end.language
            ),
            Some(notice) => notice.to_string(),
            None if self.script.source.trim().is_empty() => "an empty text".to_string(),
            None => "punctuation and markup alone".to_string(),
        };
        TextError::NothingToSpeak { found }
    }

    /// What was left out or changed in what has been read since this was last asked; reading is a segment ahead.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        self.notices.take()
    }

    /// The next segment that is complete, its pause included.
    fn make(&mut self) -> Option<Segment> {
        loop {
            if self.ready.len() > 1 {
                return self.ready.pop_front();
            }
            match self.next_item() {
                None => {
                    self.flush(self.words.len(), Boundary::Sentence(Ending::Statement));
                    return self.ready.pop_front();
                }
                Some(Item::Word(word)) => {
                    self.words.push((word, Boundary::Word));
                    if self.words.len() >= MOST_WORDS {
                        let count = last_comma(&self.words);
                        self.flush(count, Boundary::Phrase);
                    }
                }
                Some(Item::Comma) => self.raise(Boundary::Phrase),
                Some(Item::Group) => self.raise(Boundary::Group),
                Some(Item::Stop(ending)) => {
                    self.flush(self.words.len(), Boundary::Sentence(ending))
                }
                Some(Item::Break(length)) => {
                    self.flush(self.words.len(), Boundary::Phrase);
                    self.rest(length);
                }
            }
            if self.ready.len() == 1 && !self.words.is_empty() {
                return self.ready.pop_front();
            }
        }
    }

    /// A boundary behind the last word.
    fn raise(&mut self, boundary: Boundary) {
        if let Some((_, behind)) = self.words.last_mut() {
            *behind = (*behind).max(boundary);
        }
    }

    /// A break behind the last segment, or before the first.
    fn rest(&mut self, length: Duration) {
        match self.ready.back_mut() {
            Some(segment) => {
                let before = match segment.pause_after {
                    Pause::Natural => Duration::ZERO,
                    Pause::Exact(before) => before,
                };
                segment.pause_after = Pause::Exact(before + length);
            }
            None => self.ready.push_back(Segment {
                words: Vec::new(),
                pause_after: Pause::Exact(length),
            }),
        }
    }

    /// The next item of the script.
    fn next_item(&mut self) -> Option<Item> {
        while self.items.is_empty() {
            let pieces = Arc::clone(&self.script.pieces);
            match pieces.get(self.piece)? {
                Piece::Text(text) => {
                    let (source, lexicon) = (&self.script.source, &self.front_end.lexicon);
                    let more = match &mut self.reader {
                        Reader::English(reader) => {
                            reader.read(text, source, lexicon, &mut self.items, &mut self.notices)
                        }
                        Reader::Mandarin(reader) => {
                            reader.read(text, source, lexicon, &mut self.items, &mut self.notices)
                        }
                    };
                    if more {
                        continue;
                    }
                }
                Piece::Break(length) => self.items.push_back(Item::Break(*length)),
                Piece::Stop => self.items.push_back(Item::Stop(Ending::Statement)),
                Piece::Sounds(sounds) => self.items.extend(sounds.iter().map(|sound| {
                    Item::Word(Spoken {
                        text: sound.text.clone(),
                        span: sound.span.clone(),
                        sound: Sound::Known {
                            phones: sound.phones.clone(),
                            ipa: sound.ipa.clone(),
                        },
                        prosody: Arc::clone(&sound.prosody),
                    })
                })),
            }
            self.piece += 1;
            self.reader = Reader::new(self.front_end.language);
        }
        self.items.pop_front()
    }

    /// Makes segments of the first words, the last of which gets this boundary.
    fn flush(&mut self, count: usize, boundary: Boundary) {
        let rest = self.words.split_off(count.min(self.words.len()));
        let spoken = std::mem::replace(&mut self.words, rest);
        let mut words = self.pronounce(spoken);
        if let Some(last) = words.last_mut() {
            last.boundary = boundary;
        }
        self.ready
            .extend(cut(words).into_iter().map(|words| Segment {
                words,
                pause_after: Pause::Natural,
            }));
    }

    /// The words with their phones.
    fn pronounce(&mut self, spoken: Vec<(Spoken, Boundary)>) -> Vec<Word> {
        let all: Vec<&Spoken> = spoken.iter().map(|(word, _)| word).collect();
        let mut sounds: Vec<(Vec<Phone>, Option<String>)> =
            (0..all.len()).map(|at| self.sounds(&all, at)).collect();
        for (at, word) in all.iter().enumerate() {
            let (here, behind) = sounds.split_at_mut(at + 1);
            let next = behind.first().and_then(|(phones, _)| phones.first());
            if matches!(word.sound, Sound::Written(_)) {
                english::link(&word.text, &mut here[at].0, next);
            }
        }
        let mut words: Vec<Word> = Vec::new();
        for ((spoken, boundary), (phones, ipa)) in spoken.into_iter().zip(sounds) {
            if phones.is_empty() {
                self.notices.skip(spoken.span, &spoken.text);
                if let Some(last) = words.last_mut() {
                    last.boundary = last.boundary.max(boundary);
                }
                continue;
            }
            words.push(Word {
                text: spoken.text,
                span: spoken.span,
                phones,
                ipa,
                boundary,
                prosody: (*spoken.prosody).clone(),
            });
        }
        words
    }

    fn sounds(&self, words: &[&Spoken], at: usize) -> (Vec<Phone>, Option<String>) {
        match &words[at].sound {
            Sound::Known { phones, ipa } => (phones.clone(), ipa.clone()),
            Sound::Written(written) => match self.front_end.lexicon.find(written) {
                Some(entry) => (entry.phones.clone(), entry.ipa.clone()),
                None => (english::phones(words, at), None),
            },
            Sound::Letter(_) => (english::phones(words, at), None),
        }
    }
}

impl Iterator for Segments {
    type Item = Segment;

    fn next(&mut self) -> Option<Segment> {
        self.make()
    }
}
