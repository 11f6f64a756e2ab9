//! Segments: where sentences end, what is left out, what is given raw, and how large texts behave.

use syrinx_text::{
    Boundary, Ending, FrontEnd, Language, Lexicon, MAX_PHONES, Notice, PhoneSet, Script, Segment,
    TextError, phone::ARPABET, spell,
};

fn english() -> FrontEnd {
    FrontEnd::new(Language::English)
}

fn segments(text: &str) -> Vec<Segment> {
    english()
        .segments(&Script::new(text).unwrap())
        .unwrap()
        .collect()
}

fn words(segment: &Segment) -> String {
    segment
        .words
        .iter()
        .map(|word| word.text.as_str())
        .collect::<Vec<_>>()
        .join(" ")
}

fn all_words(text: &str) -> String {
    segments(text)
        .iter()
        .map(words)
        .collect::<Vec<_>>()
        .join(" | ")
}

#[test]
fn sentences_end_where_they_should() {
    for (text, expected) in [
        (
            "Hello there. How are you? Fine!",
            "hello there | how are you | fine",
        ),
        (
            "Dr. Smith lives on Main St. He is old.",
            "doctor smith lives on main street | he is old",
        ),
        (
            "At 5 p.m. we left. At 6 p.m. They came.",
            "at five p m we left | at six p m | they came",
        ),
        (
            "I saw J. R. Smith, e.g. there.",
            "i saw j r smith for example there",
        ),
        ("Wait... what? No… yes", "wait what | no yes"),
        ("One\ntwo\n\nthree", "one two | three"),
        ("He said: go; now", "he said | go | now"),
        (
            "It cost $3.50. Really",
            "it cost three dollars and fifty cents | really",
        ),
        (
            "It is 3.5 million dollars, or 5%.",
            "it is three point five million dollars or five percent",
        ),
    ] {
        assert_eq!(all_words(text), expected, "{text}");
    }
}

#[test]
fn boundaries_say_what_stands_behind_a_word() {
    let found = segments("Yes, it is (I think) so! Or?");
    let behind: Vec<Boundary> = found[0].words.iter().map(|word| word.boundary).collect();
    let (word, phrase) = (Boundary::Word, Boundary::Phrase);
    assert_eq!(
        behind,
        [
            phrase,
            word,
            phrase,
            word,
            phrase,
            Boundary::Sentence(Ending::Exclamation)
        ]
    );
    assert_eq!(
        found[1].words[0].boundary,
        Boundary::Sentence(Ending::Question)
    );
}

#[test]
fn spans_lie_where_the_words_were_written() {
    let text = "In 1984, Dr. Who’s well-known TV show cost $5 million.";
    let found = segments(text);
    let spans: Vec<(&str, &str)> = found[0]
        .words
        .iter()
        .map(|word| (word.text.as_str(), &text[word.span.clone()]))
        .collect();
    assert_eq!(
        spans,
        [
            ("in", "In"),
            ("nineteen", "1984"),
            ("eighty", "1984"),
            ("four", "1984"),
            ("doctor", "Dr"),
            ("who's", "Who’s"),
            ("well", "well-known"),
            ("known", "well-known"),
            ("t", "TV"),
            ("v", "TV"),
            ("show", "show"),
            ("cost", "cost"),
            ("five", "$5 million"),
            ("million", "$5 million"),
            ("dollars", "$5 million"),
        ]
    );
}

#[test]
fn the_speaks_of_vowels_before_vowels() {
    let found = segments("The end of the day.");
    assert_eq!(spell(&found[0].words[0].phones), "dh iy0");
    assert_eq!(spell(&found[0].words[3].phones), "dh ax0");
}

#[test]
fn raw_sounds_are_spoken_as_they_are_given() {
    let found = segments("Say [[t ah1 m | ey1]] and [[təˈmɑːtoʊ]].");
    assert_eq!(spell(&found[0].words[1].phones), "t ah1 m");
    assert_eq!(spell(&found[0].words[2].phones), "ey1");
    assert_eq!(spell(&found[0].words[4].phones), "t ax0 m aa1 t ow0");
    assert_eq!(found[0].words.len(), 5);
}

#[test]
fn raw_sounds_that_are_wrong_are_errors_with_their_place() {
    for (text, line, column, found) in [
        ("one\ntwo [[t ah1", 2, 5, "the end of the text"),
        ("[[zz]]", 1, 3, "\"zz\""),
        ("a [[]]", 1, 5, "\"\""),
        ("a [[ə你]]", 1, 5, "\"你\""),
    ] {
        match Script::new(text).unwrap_err() {
            TextError::Script {
                line: at,
                column: behind,
                found: got,
                ..
            } => {
                assert_eq!((at, behind, got.as_str()), (line, column, found), "{text}");
            }
            other => panic!("{other}"),
        }
    }
}

#[test]
fn a_lexicon_comes_first() {
    let lexicon = Lexicon::parse("syrinx\tz eh1 b r ax\nhello\t/ɡʊdbˈaɪ/\nMP3\tm iy1 p\n").unwrap();
    let script = Script::new("Hello Syrinx, MP3 player").unwrap();
    let found: Vec<Segment> = english()
        .with_lexicon(lexicon)
        .segments(&script)
        .unwrap()
        .collect();
    let phones: Vec<String> = found[0]
        .words
        .iter()
        .map(|word| spell(&word.phones))
        .collect();
    assert_eq!(phones[..3], ["g uh0 d b ay1", "z eh1 b r ax0", "m iy1 p"]);
    assert_eq!(found[0].words[0].ipa.as_deref(), Some("ɡʊdbˈaɪ"));
}

#[test]
fn what_cannot_be_spoken_is_left_out_and_told() {
    let script = Script::new("Hello 😀🎉 world привет, 你好 end").unwrap();
    let mut reading = english().segments(&script).unwrap();
    let found: Vec<Segment> = reading.by_ref().collect();
    assert_eq!(found.len(), 1);
    assert_eq!(words(&found[0]), "hello world end");
    let notices = reading.take_notices();
    assert_eq!(notices.len(), 2, "{notices:?}");
    assert!(
        matches!(&notices[0], Notice::Skipped { span, sample } if *span == (6..14) && sample == "😀"),
        "{notices:?}"
    );
    assert!(notices[1].to_string().contains("привет"), "{notices:?}");
}

#[test]
fn nothing_to_speak_is_an_error_that_says_what_there_is() {
    for (text, found) in [
        ("", "an empty text"),
        (" \n ", "an empty text"),
        ("?!...", "punctuation"),
        ("你好", "你好"),
        ("😀", "😀"),
    ] {
        let error = english().segments(&Script::new(text).unwrap()).unwrap_err();
        assert!(error.to_string().contains(found), "{text:?}: {error}");
    }
}

#[test]
fn a_script_in_other_letters_is_shown_with_the_language_that_lacks_them() {
    for (language, text, says) in [
        (
            Language::English,
            "  Привет, мир!",
            "\"Привет, мир\" at byte 2, for which English has no sounds",
        ),
        (
            Language::Mandarin,
            "Привет, мир!",
            "\"Привет, мир\" at byte 0, for which Mandarin has no sounds",
        ),
        (
            Language::English,
            "<speak>\n你好</speak>",
            "\"你好\" at byte 8, for which English has no sounds",
        ),
    ] {
        let error = FrontEnd::new(language)
            .segments(&Script::new(text).unwrap())
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("there is nothing to speak: expected words, found {says}")
        );
    }
}

#[test]
fn no_segment_is_longer_than_the_bound() {
    for text in [
        "internationalisation ".repeat(500),
        "one, ".repeat(2000),
        "supercalifragilistic".repeat(500),
        "9".repeat(3000),
        "a-".repeat(2000),
    ] {
        let found = segments(&text);
        assert!(found.len() > 1);
        assert!(
            found
                .iter()
                .all(|segment| segment.phone_count() <= MAX_PHONES && !segment.words.is_empty())
        );
    }
}

#[test]
fn a_word_of_ten_thousand_letters_is_spoken_in_pieces_and_told() {
    let script = Script::new(&"w".repeat(10_000)).unwrap();
    assert!(english().segments(&script).is_ok());
    let script = Script::new(&"blick".repeat(2_000)).unwrap();
    let mut reading = english().segments(&script).unwrap();
    let letters: usize = reading
        .by_ref()
        .flat_map(|segment| segment.words)
        .map(|word| word.text.len())
        .sum();
    assert_eq!(letters, 10_000);
    assert_eq!(
        reading.take_notices(),
        [Notice::CutWord {
            span: 0..10_000,
            most: 50
        }]
    );
}

#[test]
fn ten_megabytes_are_read_a_segment_at_a_time() {
    // One sentence without an end, and many of them: what is held is the same.
    for sentence in [
        "the quick brown fox jumps over it and ",
        "The quick brown fox. ",
    ] {
        let text = sentence.repeat(10_000_000 / sentence.len());
        let mut reading = english().segments(&Script::plain(&text).unwrap()).unwrap();
        let mut last = 0;
        for segment in reading.by_ref().take(1000) {
            assert!(segment.phone_count() <= MAX_PHONES);
            let span = segment.span().unwrap();
            assert!(
                span.start >= last && span.end - span.start < 1000,
                "{span:?} behind {last}"
            );
            last = span.end;
        }
        // A thousand segments come from the first tenth of the text: nothing has run ahead.
        assert!(last < text.len() / 10, "{last}");
    }
}

#[test]
fn phones_are_those_of_the_set_or_the_first_other_one_is_named() {
    let all = PhoneSet::new(ARPABET);
    let found = segments(
        "The quick brown fox jumps over the lazy dog, measure by measure; oh boy, how they judge, hush!",
    );
    assert!(found.iter().all(|segment| all.check(segment).is_ok()));
    let error = PhoneSet::new(["h"]).check(&segments("hi")[0]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the voice has no phone \"hh\", which \"hi\" at byte 0 needs"
    );
}
