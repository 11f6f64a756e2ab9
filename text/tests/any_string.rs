//! No string whatever makes the front-end panic, stand still or break its promises.

use syrinx_text::{
    Alphabet, FrontEnd, IpaStyle, Language, Lexicon, MAX_PHONES, Script, phone::ARPABET, spell_ipa,
};

/// A generator that gives the same numbers everywhere (SplitMix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % bound as u64).unwrap()
    }
}

const PARTS: &[&str] = &[
    "a",
    "the",
    "Dr",
    "St",
    "U.S",
    "p.m",
    "etc",
    "No",
    "IV",
    "Henry",
    "NASA",
    "TVs",
    "don't",
    "'",
    "’",
    "\"",
    "-",
    "--",
    "—",
    "–",
    ".",
    "..",
    "…",
    ",",
    ";",
    ":",
    "!",
    "?",
    "?!",
    "(",
    ")",
    "[",
    "]",
    "$",
    "€",
    "£5",
    "%",
    "°C",
    "#",
    "@",
    "&",
    "/",
    "://",
    "www.",
    "\\",
    "+",
    "=",
    "0",
    "1",
    "7",
    "12",
    "1999",
    "2,000",
    "3.14",
    "10:30",
    "1/2",
    "12/25/2003",
    "555-1234",
    "999999999999999999999",
    "st",
    "th",
    "million",
    "km",
    "am",
    "Jan",
    "May",
    " ",
    " ",
    " ",
    " ",
    "\n",
    "\n\n",
    "\t",
    "é",
    "ß",
    "ﬁ",
    "你好",
    "привет",
    "😀",
    "👨‍👩‍👧",
    "\u{301}",
    "\u{200d}",
    "\u{0}",
    "\u{feff}",
    "ａ",
    "½",
    "Ⅳ",
    "٣",
    "İ",
    "ŉ",
    "ǅ",
    "[[",
    "]]",
    "[[ax]]",
    "[[ə]]",
    "<",
    ">",
    "</",
    "<speak>",
    "</speak>",
    "<p>",
    "</p>",
    "<break time=\"1s\"/>",
    "<prosody rate=\"",
    "\">",
    "<phoneme ph=\"ə\">",
    "<sub alias=\"x\">",
    "<say-as interpret-as=\"date\">",
    "&amp;",
    "&#x",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "xyz",
    "read",
    "record",
    "the end",
    "hh ax l ow1",
    "zh_c",
    "\u{10ffff}",
];

fn any_text(chance: &mut Chance) -> String {
    (0..chance.below(40))
        .map(|_| PARTS[chance.below(PARTS.len())])
        .collect()
}

fn check(language: Language, script: &Script, source: &str) {
    let Ok(mut reading) = FrontEnd::new(language).segments(script) else {
        return;
    };
    let mut words = 0;
    for segment in reading.by_ref() {
        assert!(segment.phone_count() <= MAX_PHONES, "{source:?}");
        for word in &segment.words {
            words += 1;
            assert!(!word.phones.is_empty(), "{source:?}: {word:?}");
            assert!(
                source
                    .get(word.span.clone())
                    .is_some_and(|text| !text.is_empty()),
                "{source:?}: {word:?}"
            );
            let known = |phone: &syrinx_text::Phone| {
                phone.alphabet != Alphabet::Arpabet || ARPABET.contains(&&*phone.symbol)
            };
            assert!(word.phones.iter().all(known), "{source:?}: {word:?}");
            assert!(
                word.phones[0].starts_syllable || word.phones[0].alphabet == Alphabet::Ipa,
                "{source:?}: {word:?}"
            );
            spell_ipa(word, IpaStyle::Espeak);
        }
    }
    assert!(words > 0, "{source:?}: nothing is spoken, and no error");
    for notice in reading.take_notices() {
        assert!(!notice.to_string().is_empty());
    }
}

#[test]
fn any_plain_text_is_read() {
    let mut chance = Chance(1);
    for _ in 0..20_000 {
        let text = any_text(&mut chance);
        if let Ok(script) = Script::plain(&text) {
            check(Language::English, &script, &text);
            check(Language::Mandarin, &script, &text);
        }
    }
}

#[test]
fn any_markup_is_read_or_refused() {
    let mut chance = Chance(2);
    let mut read = 0;
    for _ in 0..20_000 {
        let text = format!("<speak>{}</speak>", any_text(&mut chance));
        if let Ok(script) = Script::new(&text) {
            read += 1;
            check(Language::English, &script, &text);
            check(Language::Mandarin, &script, &text);
        }
    }
    assert!(read > 100, "{read}");
}

#[test]
fn any_characters_are_read() {
    let mut chance = Chance(3);
    for _ in 0..5_000 {
        let any =
            |chance: &mut Chance| char::from_u32(u32::try_from(chance.below(0x11_0000)).unwrap());
        let common =
            |chance: &mut Chance| char::from_u32(u32::try_from(chance.below(0x250)).unwrap());
        let one = |chance: &mut Chance| {
            if chance.below(4) == 0 {
                any(chance)
            } else {
                common(chance)
            }
        };
        let text: String = (0..chance.below(60))
            .filter_map(|_| one(&mut chance))
            .collect();
        if let Ok(script) = Script::plain(&text) {
            check(Language::English, &script, &text);
            check(Language::Mandarin, &script, &text);
        }
        let _ = Lexicon::parse(&text);
        let _ = Script::ssml(&text);
    }
}
