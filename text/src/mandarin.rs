//! The front-end of Mandarin: from text to words with initials, finals and tones, and to the breaks between them.

mod numbers;
mod phrases;
mod sandhi;
pub(crate) mod syllable;

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use jieba_rs::Jieba;
use pinyin::ToPinyin;

use crate::boundary::Ending;
use crate::english;
use crate::item::{Item, Sound, Spoken};
use crate::lexicon::Lexicon;
use crate::mandarin::sandhi::Syllable;
use crate::notices::Notices;
use crate::phone::Phone;
use crate::piece::{SayAs, TextPiece};

/// The most characters of a clause that are looked at together. Sentences of Chinese have 20 to 40; it bounds what a text
/// without punctuation costs.
const MOST_CHARACTERS: usize = 100;
/// After so many syllables a slight break is due, if as many as [`FEWEST_BEHIND`] follow: a phrase of speech has 5 to 9.
const SYLLABLES_OF_GROUP: usize = 6;
/// A break is not worth it for less.
const FEWEST_BEHIND: usize = 3;
/// These lean on the word before them.
const PARTICLES: &str = "的地得了着过吗呢吧啊呀嘛们么";
/// Signs that are spoken.
const SYMBOLS: &[(char, &str)] = &[
    ('&', "和"),
    ('+', "加"),
    ('=', "等于"),
    ('×', "乘"),
    ('÷', "除以"),
    ('%', "百分号"),
    ('°', "度"),
];

static WORDS: &[u8] = include_bytes!("../data/mandarin.words");

/// Whether a character is a Chinese one.
pub(crate) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}' | '〇')
}

fn jieba() -> &'static Jieba {
    static JIEBA: OnceLock<Jieba> = OnceLock::new();
    JIEBA.get_or_init(|| {
        Jieba::with_dict(&mut &*WORDS).expect("the words that this crate carries are whole")
    })
}

/// Reads one piece of text, clause by clause.
#[derive(Clone, Debug, Default)]
pub(crate) struct MandarinReader {
    at: usize,
}

/// A character to be spoken, and the bytes of the text that it stands for.
type Character = (char, Range<usize>);

impl MandarinReader {
    /// Reads the next clause, foreign word or sign of the piece into `items`; `false` at its end.
    pub fn read(
        &mut self,
        piece: &TextPiece,
        script: &str,
        lexicon: &Lexicon,
        items: &mut VecDeque<Item>,
        notices: &mut Notices,
    ) -> bool {
        let text = piece.content.text(script);
        let Some(first) = text[self.at..].chars().next() else {
            return false;
        };
        let start = self.at;
        let characters = self.characters(text, piece.say_as);
        if !characters.is_empty() {
            clause(&characters, piece, lexicon, items, notices);
        } else if first.is_ascii_alphanumeric() {
            self.at = start
                + text[start..]
                    .find(|c: char| !c.is_ascii_alphanumeric() && c != '\'')
                    .unwrap_or(text.len() - start);
            english::foreign(&text[start..self.at], start..self.at, piece, items, notices);
        } else if let Some((item, length)) = english::mark(&text[start..]) {
            self.at = start + length;
            items.push_back(item);
        } else {
            self.at = start + first.len_utf8();
            if first == '\n'
                && text[self.at..]
                    .trim_start_matches([' ', '\t', '\r'])
                    .starts_with('\n')
            {
                items.push_back(Item::Stop(Ending::Statement));
            } else if !first.is_whitespace() && !english::is_silent(first) {
                notices.skip(piece.content.span(start..self.at), &first.to_string());
            }
        }
        true
    }

    /// The Chinese characters from here on, numbers and signs among them in characters as well.
    fn characters(&mut self, text: &str, say_as: SayAs) -> Vec<Character> {
        let mut found: Vec<Character> = Vec::new();
        while found.len() < MOST_CHARACTERS {
            let rest = &text[self.at..];
            let Some(c) = rest.chars().next() else { break };
            let symbol = SYMBOLS.iter().find(|(symbol, _)| *symbol == c);
            let (said, length) = if is_han(c) {
                (c.to_string(), c.len_utf8())
            } else if let Some((said, length)) = number(rest, say_as) {
                (said, length)
            } else if let Some((_, name)) = symbol {
                ((*name).to_string(), c.len_utf8())
            } else if matches!(c, ' ' | '\u{3000}') && !found.is_empty() {
                self.at += c.len_utf8();
                continue;
            } else {
                break;
            };
            found.extend(said.chars().map(|han| (han, self.at..self.at + length)));
            self.at += length;
        }
        found
    }
}

/// A number from here on in characters, if it is one by itself and no part of a foreign word.
fn number(rest: &str, say_as: SayAs) -> Option<(String, usize)> {
    let one_by_one = matches!(say_as, SayAs::Characters | SayAs::Digits | SayAs::Telephone);
    let run = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    if one_by_one && run > 0 {
        return Some((numbers::by_digits(&rest[..run]), run));
    }
    let (said, length) = numbers::number(rest)?;
    let foreign = rest[length..].starts_with(|c: char| c.is_ascii_alphabetic());
    (!foreign || rest[..length].ends_with(|c: char| c.is_ascii_alphabetic()))
        .then_some((said, length))
}

/// Makes words of the characters of a clause.
fn clause(
    characters: &[Character],
    piece: &TextPiece,
    lexicon: &Lexicon,
    items: &mut VecDeque<Item>,
    notices: &mut Notices,
) {
    let mut syllables = Vec::new();
    let mut at = 0;
    while at < characters.len() {
        if let Some(length) = in_lexicon(&characters[at..], lexicon) {
            syllables_to_items(std::mem::take(&mut syllables), piece, items);
            items.push_back(lexicon_word(&characters[at..at + length], piece));
            at += length;
            continue;
        }
        let run = (at + 1..characters.len())
            .find(|next| in_lexicon(&characters[*next..], lexicon).is_some());
        let run = run.unwrap_or(characters.len());
        read_words(&characters[at..run], &mut syllables, piece, notices);
        at = run;
    }
    syllables_to_items(syllables, piece, items);
}

/// How many characters a word of the lexicon takes that begins here; the longest counts.
fn in_lexicon(characters: &[Character], lexicon: &Lexicon) -> Option<usize> {
    let longest = lexicon.longest().min(characters.len());
    (1..=longest)
        .rev()
        .find(|length| lexicon.find(&text_of(&characters[..*length])).is_some())
}

fn text_of(characters: &[Character]) -> String {
    characters.iter().map(|(han, _)| han).collect()
}

fn lexicon_word(characters: &[Character], piece: &TextPiece) -> Item {
    let text = text_of(characters);
    let range = characters[0].1.start..characters[characters.len() - 1].1.end;
    Item::Word(Spoken {
        span: piece.content.span(range),
        sound: Sound::Written(text.clone()),
        prosody: Arc::clone(&piece.prosody),
        text,
    })
}

/// Cuts characters into words, and finds the syllables of each.
fn read_words(
    characters: &[Character],
    syllables: &mut Vec<Syllable>,
    piece: &TextPiece,
    notices: &mut Notices,
) {
    let text = text_of(characters);
    let mut at = 0;
    for token in jieba().cut(&text, true) {
        let length = token.word.chars().count();
        let here = &characters[at..at + length];
        at += length;
        for (index, (pinyin, (han, range))) in
            word_syllables(token.word).into_iter().zip(here).enumerate()
        {
            let Some(pinyin) = pinyin else {
                notices.skip(piece.content.span(range.clone()), &han.to_string());
                continue;
            };
            let letters = pinyin.trim_end_matches(|c: char| c.is_ascii_digit());
            syllables.push(Syllable {
                han: *han,
                range: range.clone(),
                tone: pinyin[letters.len()..].parse().unwrap_or(5),
                letters: letters.to_string(),
                begins_word: index == 0,
                fixed: false,
            });
        }
    }
}

/// The pinyin of each character of a word: of the word, of a known word within it, or of the character alone.
fn word_syllables(word: &str) -> Vec<Option<String>> {
    let characters: Vec<char> = word.chars().collect();
    let mut found = Vec::new();
    while found.len() < characters.len() {
        let at = found.len();
        let known = (at + 2..=characters.len())
            .rev()
            .find_map(|end| phrases::word(&characters[at..end].iter().collect::<String>()));
        match known {
            Some(syllables) => found.extend(syllables.into_iter().map(|one| Some(one.to_string()))),
            None => found.push(single(characters[at], &characters, at)),
        }
    }
    found
}

/// The pinyin of one character of a word.
fn single(han: char, word: &[char], at: usize) -> Option<String> {
    // A suffix at the end of a word, and the second half of a doubled word, lose their tone.
    if han == '子' && at > 0 && at + 1 == word.len() {
        return Some("zi5".to_string());
    }
    let own = phrases::character(han.encode_utf8(&mut [0; 4]));
    own.map(ToString::to_string)
        .or_else(|| Some(plain(han.to_pinyin()?.with_tone_num_end())))
}

/// The crate's pinyin with "v" and a tone in every case.
fn plain(pinyin: &str) -> String {
    let letters = pinyin.replace('ü', "v");
    if letters.ends_with(|c: char| c.is_ascii_digit()) {
        letters
    } else {
        format!("{letters}5")
    }
}

/// Words of the syllables, with their tones as they are spoken, and slight breaks between groups of them.
fn syllables_to_items(mut syllables: Vec<Syllable>, piece: &TextPiece, items: &mut VecDeque<Item>) {
    syllables = sandhi::erhua(syllables, |letters| syllable::syllable(letters).is_some());
    sandhi::apply(&mut syllables);
    let total = syllables.len();
    let (mut said, mut of_group) = (0, 0);
    let mut words: Vec<(Vec<Syllable>, bool)> = Vec::new();
    for one in syllables {
        let particle = PARTICLES.contains(one.han) && one.tone == 5 && !words.is_empty();
        if one.begins_word && !particle || words.is_empty() {
            let due = of_group >= SYLLABLES_OF_GROUP && total - said >= FEWEST_BEHIND;
            if due {
                of_group = 0;
            }
            words.push((Vec::new(), due));
        }
        said += 1;
        of_group += 1;
        if let Some((word, _)) = words.last_mut() {
            word.push(one);
        }
    }
    for (word, behind_group) in words {
        if behind_group {
            items.push_back(Item::Group);
        }
        items.extend(spoken(&word, piece).map(Item::Word));
    }
}

fn spoken(word: &[Syllable], piece: &TextPiece) -> Option<Spoken> {
    let range = word.first()?.range.start..word.last()?.range.end;
    let phones: Vec<Phone> = word
        .iter()
        .filter_map(|one| syllable::syllable(&format!("{}{}", one.letters, one.tone)))
        .flatten()
        .collect();
    Some(Spoken {
        text: word.iter().map(|one| one.han).collect(),
        span: piece.content.span(range),
        sound: Sound::Known { phones, ipa: None },
        prosody: Arc::clone(&piece.prosody),
    })
}
