//! SSML: what each element does, and what is said about documents that are not as they should be.

use std::time::Duration;

use syrinx_text::{Boundary, Ending, FrontEnd, Language, Pause, Script, Segment, TextError, spell};

fn segments(ssml: &str) -> Vec<Segment> {
    let script = Script::new(ssml).unwrap_or_else(|error| panic!("{ssml}: {error}"));
    FrontEnd::new(Language::English)
        .segments(&script)
        .unwrap()
        .collect()
}

fn speak(inner: &str) -> Vec<Segment> {
    segments(&format!("<speak>{inner}</speak>"))
}

fn words(segments: &[Segment]) -> String {
    let all = segments.iter().map(|segment| {
        segment
            .words
            .iter()
            .map(|word| word.text.as_str())
            .collect::<Vec<_>>()
            .join(" ")
    });
    all.collect::<Vec<_>>().join(" | ")
}

/// Line, column, expected and found.
fn error(ssml: &str) -> (usize, usize, String, String) {
    match Script::ssml(ssml).unwrap_err() {
        TextError::Script {
            line,
            column,
            expected,
            found,
        } => (line, column, expected, found),
        other => panic!("{other}"),
    }
}

#[test]
fn sentences_and_paragraphs_are_segments() {
    let found = segments(
        "<?xml version=\"1.0\"?>\n<speak version=\"1.1\" xml:lang=\"en-US\" xmlns=\"http://www.w3.org/2001/10/synthesis\">\
         <p>One</p><p><s>Two</s><s>three?</s></p> four <!-- a remark --> five</speak>",
    );
    assert_eq!(words(&found), "one | two | three | four five");
    assert_eq!(
        found[2].words[0].boundary,
        Boundary::Sentence(Ending::Question)
    );
}

#[test]
fn breaks_are_pauses_behind_segments() {
    let found = speak(
        "one <break time=\"300ms\"/> two. <break strength=\"strong\"/><break time=\"1s\"/> three",
    );
    assert_eq!(words(&found), "one | two | three");
    assert_eq!(
        found[0].pause_after,
        Pause::Exact(Duration::from_millis(300))
    );
    assert_eq!(found[0].words[0].boundary, Boundary::Phrase);
    assert_eq!(
        found[1].pause_after,
        Pause::Exact(Duration::from_millis(1700))
    );
    assert_eq!(found[2].pause_after, Pause::Natural);
    let first = speak("<break time=\"2s\"/>one");
    assert!(first[0].words.is_empty());
    assert_eq!(first[0].pause_after, Pause::Exact(Duration::from_secs(2)));
    assert_eq!(words(&first), " | one");
}

#[test]
fn prosody_multiplies_and_adds_inwards() {
    let found = speak(
        "a <prosody rate=\"50%\" pitch=\"+2st\">b <prosody rate=\"150%\" pitch=\"-1st\" volume=\"-6dB\">c</prosody> d</prosody> e",
    );
    let rates: Vec<f32> = found[0]
        .words
        .iter()
        .map(|word| word.prosody.rate)
        .collect();
    let pitches: Vec<f32> = found[0]
        .words
        .iter()
        .map(|word| word.prosody.pitch)
        .collect();
    assert_eq!(rates, [1.0, 0.5, 0.75, 0.5, 1.0]);
    assert_eq!(pitches, [0.0, 2.0, 1.0, 2.0, 0.0]);
    assert_eq!(found[0].words[2].prosody.volume, -6.0);
}

#[test]
fn emotions_hold_for_the_words_inside() {
    let found = speak("<emotion category=\"Happy\" intensity=\"1.5\">yes</emotion> no");
    let emotion = found[0].words[0].prosody.emotion.as_ref().unwrap();
    assert_eq!((&*emotion.name, emotion.intensity), ("happy", 1.5));
    assert_eq!(found[0].words[1].prosody.emotion, None);
}

#[test]
fn phonemes_and_substitutes_stand_for_their_elements() {
    let ssml = "<speak>x <phoneme alphabet=\"ipa\" ph=\"təmˈɑːtoʊ\">tomato</phoneme> <sub alias=\"World Wide Web\">W3</sub> \
                <phoneme alphabet=\"arpabet\" ph=\"k ae1 t\"/> <phoneme alphabet=\"x-kan\" ph=\"n_c i_c3\">你</phoneme></speak>";
    let found = segments(ssml);
    assert_eq!(words(&found), "x tomato world wide web k ae1 t 你");
    let tomato = &found[0].words[1];
    assert_eq!(spell(&tomato.phones), "t ax0 m aa1 t ow0");
    assert_eq!(tomato.ipa.as_deref(), Some("təmˈɑːtoʊ"));
    assert!(
        ssml[tomato.span.clone()].starts_with("<phoneme")
            && ssml[tomato.span.clone()].ends_with("</phoneme>")
    );
    assert_eq!(
        &ssml[found[0].words[3].span.clone()],
        "<sub alias=\"World Wide Web\">W3</sub>"
    );
    assert_eq!(spell(&found[0].words[6].phones), "n_c3 i_c3");
}

#[test]
fn say_as_tells_how_to_read() {
    for (meaning, text, expected) in [
        ("characters", "AB1", "a b one"),
        ("spell-out", "hi", "h i"),
        ("cardinal", "1984", "one thousand nine hundred eighty four"),
        ("ordinal", "3", "third"),
        ("digits", "1984", "one nine eight four"),
        ("telephone", "555 12", "five five five one two"),
        ("time", "10:30", "ten thirty"),
        (
            "date\" format=\"dmy",
            "3/4/2020",
            "april third twenty twenty",
        ),
    ] {
        assert_eq!(
            words(&speak(&format!(
                "<say-as interpret-as=\"{meaning}\">{text}</say-as>"
            ))),
            expected,
            "{meaning}"
        );
    }
}

#[test]
fn entities_and_cdata_are_letters_and_spans_are_those_of_the_script() {
    let ssml = "<speak>don&apos;t <![CDATA[stop]]> &#x41;pple</speak>";
    let found = segments(ssml);
    assert_eq!(words(&found), "don't stop apple");
    let spans: Vec<&str> = found[0]
        .words
        .iter()
        .map(|word| &ssml[word.span.clone()])
        .collect();
    assert_eq!(spans, ["don&apos;t", "stop", "&#x41;pple"]);
}

#[test]
fn errors_name_what_is_wrong_where_it_stands_and_what_could_stand_there() {
    for (ssml, line, column, expected, found) in [
        (
            "<speak>\n  <voice>x</voice></speak>",
            2,
            3,
            "<prosody>",
            "<voice>",
        ),
        (
            "<speak><p speed=\"2\">x</p></speak>",
            1,
            8,
            "no attributes of <p>",
            "\"speed\"",
        ),
        (
            "<speak><break time=\"5\"/></speak>",
            1,
            8,
            "0 to 60 seconds",
            "\"5\"",
        ),
        (
            "<speak><break strength=\"huge\"/></speak>",
            1,
            8,
            "x-strong",
            "\"huge\"",
        ),
        (
            "<speak><break>x</break></speak>",
            1,
            15,
            "nothing inside",
            "\"x\"",
        ),
        (
            "<speak><prosody rate=\"99\">x</prosody></speak>",
            1,
            8,
            "0.2 to 5",
            "\"99\"",
        ),
        (
            "<speak><prosody pitch=\"120Hz\">x</prosody></speak>",
            1,
            8,
            "semitones",
            "\"120Hz\"",
        ),
        (
            "<speak><prosody volume=\"50\">x</prosody></speak>",
            1,
            8,
            "decibels",
            "\"50\"",
        ),
        (
            "<speak><phoneme ph=\"qq7\" alphabet=\"arpabet\">x</phoneme></speak>",
            1,
            8,
            "ARPAbet",
            "\"qq7\"",
        ),
        (
            "<speak><phoneme ph=\"a\" alphabet=\"klingon\">x</phoneme></speak>",
            1,
            8,
            "x-pinyin",
            "\"klingon\"",
        ),
        (
            "<speak><phoneme>x</phoneme></speak>",
            1,
            8,
            "<phoneme ph=…>",
            "no such attribute",
        ),
        (
            "<speak><sub>x</sub></speak>",
            1,
            8,
            "<sub alias=…>",
            "no such attribute",
        ),
        (
            "<speak><sub alias=\"y\"><s>x</s></sub></speak>",
            1,
            23,
            "no element inside of <sub>",
            "<s>",
        ),
        (
            "<speak><say-as interpret-as=\"roman\">x</say-as></speak>",
            1,
            8,
            "telephone",
            "\"roman\"",
        ),
        (
            "<speak><emotion category=\"sad\" intensity=\"3\">x</emotion></speak>",
            1,
            8,
            "from 0 to 2",
            "\"3\"",
        ),
        ("<speak>&nbsp;</speak>", 1, 8, "&amp;", "&nbsp;"),
        (
            "<!DOCTYPE speak><speak>x</speak>",
            1,
            1,
            "no document type",
            "<!DOCTYPE",
        ),
        (
            "<speak>x</speak><speak>y</speak>",
            1,
            17,
            "the end behind </speak>",
            "<speak>",
        ),
        ("<speak>x</speak> y", 1, 17, "<speak> around", "\"y\""),
        ("<p>x</p>", 1, 1, "<speak> around", "<p>"),
        ("<speak>x\n<p>y", 2, 1, "</p>", "the end of the script"),
        ("<speak>x</p></speak>", 1, 9, "well-formed XML", "</p>"),
        ("<speak><p x=1>x</p></speak>", 1, 8, "attributes of <p>", ""),
        ("<speak", 1, 1, "well-formed XML", "tag not closed"),
        ("no markup", 1, 1, "<speak> around", "no markup"),
    ] {
        let (at_line, at_column, wanted, got) = error(ssml);
        assert_eq!(
            (at_line, at_column),
            (line, column),
            "{ssml}: {wanted}; {got}"
        );
        assert!(wanted.contains(expected), "{ssml}: {wanted}");
        assert!(got.contains(found), "{ssml}: {got}");
    }
}

#[test]
fn depth_and_size_are_limited() {
    let nested = |depth: usize| {
        format!(
            "<speak>{}x{}</speak>",
            "<p>".repeat(depth),
            "</p>".repeat(depth)
        )
    };
    assert!(Script::ssml(&nested(Script::MOST_DEPTH - 1)).is_ok());
    let (.., expected, _) = error(&nested(Script::MOST_DEPTH));
    assert!(expected.contains("64 deep"), "{expected}");
    assert!(Script::ssml(&nested(100_000)).is_err());
    let large = format!(
        "<speak>{}</speak>",
        "x ".repeat(Script::MOST_SSML_BYTES / 2)
    );
    let error = Script::ssml(&large).unwrap_err();
    assert_eq!(
        error,
        TextError::TooLarge {
            what: "bytes of SSML",
            most: 1 << 20,
            found: large.len()
        }
    );
}

#[test]
fn a_byte_order_mark_does_not_move_spans() {
    let ssml = "\u{feff}<speak>one two</speak>";
    let found = segments(ssml);
    assert_eq!(&ssml[found[0].words[1].span.clone()], "two");
}

#[test]
fn markup_without_words_is_nothing_to_speak() {
    for ssml in [
        "<speak/>",
        "<speak> . </speak>",
        "<speak><break time=\"1s\"/></speak>",
        "<speak><p></p></speak>",
    ] {
        let script = Script::new(ssml).unwrap();
        let error = FrontEnd::new(Language::English)
            .segments(&script)
            .unwrap_err();
        assert!(
            matches!(error, TextError::NothingToSpeak { .. }),
            "{ssml}: {error}"
        );
    }
}
