//! The symbols of a segment as a network takes them, and what each belongs to.

use syrinx_text::Segment;

use crate::speech::timing::{PhoneTiming, WordTiming};

/// What stands around the symbols of a segment.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Framing {
    /// Before all.
    pub(crate) begin: Vec<i64>,
    /// Before the first symbol and behind every symbol.
    pub(crate) blank: Vec<i64>,
    /// Behind all.
    pub(crate) end: Vec<i64>,
}

/// The symbols of a segment.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Symbols {
    ids: Vec<i64>,
    /// For each of `ids` the place in `phones`; none for pauses and what stands around.
    owners: Vec<Option<usize>>,
    /// The word that each phone belongs to, and its symbol.
    phones: Vec<(usize, String)>,
}

impl Symbols {
    /// A phone of a word.
    pub(crate) fn phone(&mut self, word: usize, symbol: &str, ids: &[i64]) {
        self.phones.push((word, symbol.to_owned()));
        let owner = Some(self.phones.len() - 1);
        self.push(ids, owner);
    }

    /// Something between words.
    pub(crate) fn between(&mut self, ids: &[i64]) {
        self.push(ids, None);
    }

    fn push(&mut self, ids: &[i64], owner: Option<usize>) {
        self.ids.extend_from_slice(ids);
        self.owners.extend(ids.iter().map(|_| owner));
    }

    /// As the network takes them.
    pub(crate) fn ids(&self) -> &[i64] {
        &self.ids
    }

    /// With what stands around; a blank belongs to the symbol before it.
    pub(crate) fn framed(self, framing: &Framing) -> Symbols {
        let mut framed = Symbols {
            phones: self.phones,
            ..Symbols::default()
        };
        framed.push(&framing.begin, None);
        framed.push(&framing.blank, None);
        for (&id, &owner) in self.ids.iter().zip(&self.owners) {
            framed.push(&[id], owner);
            framed.push(&framing.blank, owner);
        }
        framed.push(&framing.end, None);
        framed
    }

    /// When the words are spoken, if each symbol takes as many frames as `durations` says. Without words if they are not of
    /// these symbols.
    pub(crate) fn words(&self, segment: &Segment, durations: &[f32], hop: f64) -> Vec<WordTiming> {
        if durations.len() != self.ids.len() {
            return Vec::new();
        }
        let mut spans: Vec<Option<(f64, f64)>> = vec![None; self.phones.len()];
        let mut now = 0.0;
        for (&duration, owner) in durations.iter().zip(&self.owners) {
            let begin = now;
            now += f64::from(duration.max(0.0));
            if let Some(place) = *owner {
                let (first, _) = spans[place].unwrap_or((begin, now));
                spans[place] = Some((first, now));
            }
        }
        let sample = |frames: f64| (frames * hop).round() as u64;
        let mut words: Vec<WordTiming> = Vec::new();
        let mut last = None;
        for ((number, symbol), span) in self.phones.iter().zip(&spans) {
            let Some((begin, end)) = *span else { continue };
            let phone = PhoneTiming {
                symbol: symbol.clone(),
                samples: sample(begin)..sample(end),
            };
            match words.last_mut().filter(|_| last == Some(*number)) {
                Some(word) => {
                    word.samples.end = phone.samples.end;
                    word.phones.push(phone);
                }
                None => {
                    let word = &segment.words[*number];
                    words.push(WordTiming {
                        text: word.text.clone(),
                        span: word.span.clone(),
                        samples: phone.samples.clone(),
                        phones: vec![phone],
                    });
                    last = Some(*number);
                }
            }
        }
        words
    }
}
