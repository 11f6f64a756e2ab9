//! Mandarin: golden sentences, foreign words, breaks, lexicon, and texts of any kind.

use syrinx_text::{
    Boundary, Ending, FrontEnd, Language, Lexicon, MAX_PHONES, Notice, Script, Segment, spell,
};

fn segments(text: &str) -> Vec<Segment> {
    FrontEnd::new(Language::Mandarin)
        .segments(&Script::new(text).unwrap())
        .unwrap()
        .collect()
}

/// Initials and finals joined to syllables with their tones, words parted by spaces.
fn said(text: &str) -> String {
    let words = segments(text).into_iter().flat_map(|segment| segment.words);
    let one = |phones: &[syrinx_text::Phone]| {
        let symbols = phones
            .iter()
            .map(|phone| phone.symbol.trim_end_matches("_c").to_string());
        symbols
            .zip(phones)
            .map(|(symbol, phone)| {
                if phone.starts_syllable {
                    symbol
                } else {
                    format!("{symbol}{}", phone.stress_or_tone)
                }
            })
            .collect::<String>()
    };
    words
        .map(|word| one(&word.phones))
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn golden_sentences() {
    for (text, expected) in [
        ("你好。", "ni2hao3"),
        ("我们去银行。", "wo3men5 qv4 yin2hang2"),
        ("他长大了。", "ta1 zhang3da4le5"),
        ("一个苹果", "yi2ge4 ping2guo3"),
        ("不是我的", "bu2shih4 wo3de5"),
        ("重新开始", "chong2xxin1 kai1shih3"),
        ("音乐老师很快乐", "yin1yve4 lao3shih1 hen3 kuai4le4"),
        ("这是什么？", "zhe4 shih4 shen2me5"),
        ("百分之五十", "bai3fen1zhih1wu3shih2"),
        ("花儿", "huar1"),
        ("女儿", "nv3geer2"),
    ] {
        assert_eq!(
            said(text).replace(' ', ""),
            expected.replace(' ', ""),
            "{text}"
        );
    }
}

#[test]
fn numbers_are_said_in_characters() {
    for (digits, characters) in [
        ("50%", "百分之五十"),
        ("2026年11月21日", "二零二六年十一月二十一日"),
        ("10:30", "十点三十分"),
        ("3.5公里", "三点五公里"),
        ("2个人", "两个人"),
        ("1500", "一千五百"),
    ] {
        let text = |written: &str| {
            segments(written)[0]
                .words
                .iter()
                .map(|word| word.text.as_str())
                .collect::<String>()
        };
        assert_eq!(text(digits), characters, "{digits}");
    }
}

#[test]
fn punctuation_and_length_make_boundaries() {
    let found = segments("今天天气很好，我们一起去公园散步吧。你去吗？");
    assert_eq!(found.len(), 2);
    let behind: Vec<Boundary> = found[0].words.iter().map(|word| word.boundary).collect();
    assert!(
        behind.contains(&Boundary::Phrase)
            && behind.contains(&Boundary::Group)
            && behind.contains(&Boundary::Word),
        "{behind:?}"
    );
    assert_eq!(behind.last(), Some(&Boundary::Sentence(Ending::Statement)));
    assert_eq!(
        found[1].words.last().unwrap().boundary,
        Boundary::Sentence(Ending::Question)
    );
}

#[test]
fn spans_are_those_of_the_characters() {
    let text = "我有50%的iPhone。";
    let found = segments(text);
    let spans: Vec<&str> = found[0]
        .words
        .iter()
        .map(|word| &text[word.span.clone()])
        .collect();
    assert_eq!(spans.first(), Some(&"我"));
    assert!(
        spans.iter().any(|span| span.starts_with("50%")) && spans.contains(&"iPhone"),
        "{spans:?}"
    );
}

#[test]
fn a_lexicon_and_raw_pinyin_come_first() {
    let lexicon = Lexicon::parse("单田芳\tshan4 tian2 fang1\n").unwrap();
    let script = Script::new("听单田芳说书").unwrap();
    let found: Vec<Segment> = FrontEnd::new(Language::Mandarin)
        .with_lexicon(lexicon)
        .segments(&script)
        .unwrap()
        .collect();
    let word = found[0]
        .words
        .iter()
        .find(|word| word.text == "单田芳")
        .unwrap();
    assert_eq!(spell(&word.phones), "sh_c4 an_c4 t_c2 ian_c2 f_c1 ang_c1");
    let ssml = "<speak><phoneme alphabet=\"x-pinyin\" ph=\"shan4\">单</phoneme>先生</speak>";
    assert_eq!(spell(&segments(ssml)[0].words[0].phones), "sh_c4 an_c4");
    let digits = "<speak><say-as interpret-as=\"digits\">110</say-as></speak>";
    assert_eq!(
        segments(digits)[0]
            .words
            .iter()
            .map(|word| word.text.as_str())
            .collect::<String>(),
        "一一零"
    );
}

#[test]
fn what_cannot_be_spoken_is_told() {
    let script = Script::new("你好😀世界привет").unwrap();
    let mut reading = FrontEnd::new(Language::Mandarin).segments(&script).unwrap();
    assert_eq!(reading.by_ref().count(), 1);
    let notices = reading.take_notices();
    assert!(
        matches!(&notices[0], Notice::Skipped { sample, .. } if sample == "😀"),
        "{notices:?}"
    );
    assert!(
        FrontEnd::new(Language::Mandarin)
            .segments(&Script::new("。，！").unwrap())
            .is_err()
    );
}

#[test]
fn long_texts_stay_within_the_bound() {
    for text in [
        "好".repeat(20_000),
        "天地玄黄宇宙洪荒，".repeat(2_000),
        "1".repeat(5_000),
    ] {
        let found = segments(&text);
        assert!(found.len() > 1 && found.iter().all(|segment| segment.phone_count() <= MAX_PHONES && !segment.words.is_empty()));
    }
}
