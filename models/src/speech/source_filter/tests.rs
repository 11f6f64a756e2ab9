use syrinx_text::{Boundary, Ending, Pause, Phone, Prosody, Segment, Word};

use super::*;
use crate::runtime::{Backend, RuntimeConfig};

/// The voice on tract, or on what serves here.
pub(super) fn voice(backend: Option<Backend>) -> SourceFilterSpeech {
    let config = RuntimeConfig {
        backend,
        ..RuntimeConfig::default()
    };
    let runtime = Runtime::new(config).unwrap();
    let bundle = VoiceBundle::default_speech().unwrap();
    SourceFilterSpeech::load(&runtime, &bundle, Device::Cpu).unwrap()
}

/// A word from phones like "hh ah l ow1".
pub(super) fn word(text: &str, phones: &str, boundary: Boundary) -> Word {
    let phone = |symbol: &str| {
        let plain = symbol.trim_end_matches(char::is_numeric);
        let stress = symbol[plain.len()..].parse().unwrap_or(0);
        Phone::arpabet(plain, stress).unwrap()
    };
    Word {
        text: text.to_owned(),
        span: 0..text.len(),
        phones: phones.split_whitespace().map(phone).collect(),
        ipa: None,
        boundary,
        prosody: Prosody::default(),
    }
}

pub(super) fn segment(words: Vec<Word>) -> Segment {
    Segment {
        words,
        pause_after: Pause::Natural,
    }
}

/// "Hello, where are you?"
fn question() -> Segment {
    segment(vec![
        word("Hello", "hh ax l ow1", Boundary::Phrase),
        word("where", "w eh1 r", Boundary::Word),
        word("are", "aa1 r", Boundary::Word),
        word("you", "y uw1", Boundary::Sentence(Ending::Question)),
    ])
}

fn said(voice: &mut SourceFilterSpeech, segment: &Segment, settings: &SpeechSettings) -> Vec<f32> {
    speak(voice, segment, settings, 7)
}

pub(super) fn speak(
    voice: &mut SourceFilterSpeech,
    segment: &Segment,
    settings: &SpeechSettings,
    seed: u64,
) -> Vec<f32> {
    let mut utterance = voice.prepare(segment, settings, seed).unwrap();
    let mut samples = Vec::new();
    while utterance.next_chunk(&mut samples).unwrap() {}
    let whole = samples.len();
    // Behind the end there is nothing more.
    assert!(!utterance.next_chunk(&mut samples).unwrap());
    assert_eq!(samples.len(), whole);
    samples
}

pub(super) fn settings() -> SpeechSettings {
    SpeechSettings::default()
}

/// The period with the highest autocorrelation around `centre`, as Hz.
fn f0_at(samples: &[f32], centre: usize) -> f32 {
    let window = &samples[centre - 1600..centre + 1600];
    let score = |lag: usize| -> f32 {
        let pairs = window.iter().zip(&window[lag..]);
        let (mut product, mut power) = (0.0, 1e-9);
        for (a, b) in pairs {
            product += a * b;
            power += a * a + b * b;
        }
        product / power
    };
    let best = (64..320).max_by(|&a, &b| score(a).total_cmp(&score(b)));
    RATE.hz() as f32 / best.unwrap() as f32
}

#[test]
fn chunks_begin_short_and_their_borders_change_nothing() {
    let mut voice = voice(Some(Backend::Tract));
    let whole = said(&mut voice, &question(), &settings());
    // Two at once, turn by turn: they share the networks but no state.
    let mut one = voice.prepare(&question(), &settings(), 7).unwrap();
    let mut other = voice.prepare(&question(), &settings(), 8).unwrap();
    let (mut first, mut second, mut sizes) = (Vec::new(), Vec::new(), Vec::new());
    loop {
        let before = first.len();
        let more = one.next_chunk(&mut first).unwrap();
        sizes.push((first.len() - before) / HOP);
        other.next_chunk(&mut second).unwrap();
        if !more {
            break;
        }
    }
    assert_eq!(sizes[..4], [4, 8, 16, 32]);
    assert!(first == whole, "the same samples");
    assert_ne!(second, whole[..second.len()], "another seed, another noise");
}

#[test]
fn words_are_timed_without_gaps_but_the_pause() {
    let mut voice = voice(Some(Backend::Tract));
    let samples = said(&mut voice, &question(), &settings());
    let utterance = voice.prepare(&question(), &settings(), 7).unwrap();
    let words = utterance.words();
    assert_eq!(words.len(), 4);
    assert_eq!(words[0].text, "Hello");
    assert!(
        words[0].samples.end < words[1].samples.start,
        "a comma rests"
    );
    for pair in words[1..].windows(2) {
        assert_eq!(pair[0].samples.end, pair[1].samples.start);
    }
    for word in words {
        assert_eq!(word.phones[0].samples.start, word.samples.start);
        assert_eq!(word.phones.last().unwrap().samples.end, word.samples.end);
    }
    let symbols: Vec<&str> = words[1].phones.iter().map(|p| p.symbol.as_str()).collect();
    assert_eq!(symbols, ["w", "eh", "r"]);
    assert!(words[3].samples.end <= samples.len() as u64);
    // The vowel is loud, what lies before the first word is not.
    let power = |range: std::ops::Range<u64>| {
        let part = &samples[range.start as usize..range.end as usize];
        part.iter().map(|x| x * x).sum::<f32>() / part.len() as f32
    };
    let vowel = words[0].phones[3].samples.clone();
    assert!(power(vowel) > 100.0 * power(0..words[0].samples.start / 2));
}

#[test]
fn rate_pitch_and_intonation_do_what_they_say() {
    let mut voice = voice(Some(Backend::Tract));
    let plain = said(&mut voice, &question(), &settings()).len() as f32;
    for rate in [0.5, 2.0] {
        let wish = SpeechSettings { rate, ..settings() };
        let len = said(&mut voice, &question(), &wish).len() as f32;
        // The silence at the ends stays, 140 ms of about 1.2 s, and frames are whole.
        let (moving, still) = (plain - 4480.0, 4480.0);
        assert!(
            (len - still - moving / rate).abs() < 0.06 * plain,
            "{rate}: {len} of {plain}"
        );
    }
    let prepared = voice.prepare(&question(), &settings(), 7).unwrap();
    let vowel = prepared.words()[0].phones[3].samples.clone();
    let centre = (vowel.start + vowel.end) as usize / 2;
    let mut hz = |wish: SpeechSettings| f0_at(&said(&mut voice, &question(), &wish), centre);
    let own = hz(settings());
    let up = hz(SpeechSettings {
        pitch: 5.0,
        ..settings()
    });
    // A fifth of a semitone: the grid of the autocorrelation's lags.
    let moved = 12.0 * (up / own).log2();
    assert!(
        (moved - 5.0).abs() < 0.3,
        "{own} to {up}: {moved} semitones"
    );
    let flat = hz(SpeechSettings {
        intonation: 0.0,
        ..settings()
    });
    let mean = voice.parameters.log_f0_means[0].exp();
    assert!(
        (12.0 * (flat / mean).log2()).abs() < 0.3,
        "{flat}, mean {mean}"
    );
}

#[test]
fn prosody_of_a_word_is_that_words_alone() {
    let mut voice = voice(Some(Backend::Tract));
    let plain = voice.prepare(&question(), &settings(), 7).unwrap();
    let mut marked = question();
    marked.words[1].prosody.rate = 0.5;
    marked.words[1].prosody.volume = -20.0;
    let slow = voice.prepare(&marked, &settings(), 7).unwrap();
    let len = |utterance: &dyn Utterance, word: usize| {
        let samples = &utterance.words()[word].samples;
        (samples.end - samples.start) as i64
    };
    for word in [0, 2, 3] {
        let apart = len(plain.as_ref(), word) - len(slow.as_ref(), word);
        // A frame may go from one word to the next by rounding.
        assert!(apart.abs() <= HOP as i64, "{word}");
    }
    let (before, after) = (len(plain.as_ref(), 1), len(slow.as_ref(), 1));
    assert!(
        (after - 2 * before).abs() <= HOP as i64,
        "{before} to {after}"
    );
    let range = slow.words()[1].phones[1].samples.clone();
    let peak = |segment: &Segment, voice: &mut SourceFilterSpeech| {
        let samples = said(voice, segment, &settings());
        let part = &samples[range.start as usize + 1600..range.end as usize - 1600];
        (part.iter().map(|x| x * x).sum::<f32>() / part.len() as f32).sqrt()
    };
    let mut loud = marked.clone();
    loud.words[1].prosody.volume = 0.0;
    let fall = 20.0 * (peak(&marked, &mut voice) / peak(&loud, &mut voice)).log10();
    // 1 dB: pulses fall into the window at other places.
    assert!((fall + 20.0).abs() < 1.0, "{fall} dB");
}

#[test]
fn speakers_differ_by_pitch_and_timbre() {
    let mut voice = voice(Some(Backend::Tract));
    let male = SpeechSettings {
        speaker: Some("rms".to_owned()),
        ..settings()
    };
    let prepared = voice.prepare(&question(), &settings(), 7).unwrap();
    let vowel = prepared.words()[0].phones[3].samples.clone();
    let centre = (vowel.start + vowel.end) as usize / 2;
    let means = voice.parameters.log_f0_means.clone();
    let (slt, rms) = (
        f0_at(&said(&mut voice, &question(), &settings()), centre),
        f0_at(&said(&mut voice, &question(), &male), centre),
    );
    let apart = (rms / slt).ln() - (means[1] - means[0]);
    assert!(apart.abs() < 0.03, "{slt} and {rms}");
}

#[test]
fn nothing_to_say_gives_no_samples() {
    let mut voice = voice(Some(Backend::Tract));
    let silent = Word {
        phones: Vec::new(),
        ..word("-", "ah", Boundary::Word)
    };
    for words in [Vec::new(), vec![silent.clone()]] {
        assert!(said(&mut voice, &segment(words), &settings()).is_empty());
    }
    let mut with = question();
    with.words.insert(1, silent);
    let plain = said(&mut voice, &question(), &settings());
    assert!(said(&mut voice, &with, &settings()) == plain);
}

#[test]
fn an_unknown_phone_is_named_with_its_word() {
    let mut voice = voice(Some(Backend::Tract));
    let mut bad = question();
    // "b" is a phone of both alphabets, and a word may not bring its own silence.
    for (alphabet, symbol) in [
        (syrinx_text::Alphabet::Ipa, "b"),
        (syrinx_text::Alphabet::KanTts, "zh_c"),
        (syrinx_text::Alphabet::Arpabet, "pau"),
    ] {
        bad.words[1].phones[0].alphabet = alphabet;
        bad.words[1].phones[0].symbol = symbol.into();
        let error = voice.prepare(&bad, &settings(), 7).err().unwrap();
        let text = error.to_string();
        assert!(
            text.contains(&format!("{symbol:?}")) && text.contains("\"where\""),
            "{text}"
        );
        assert!(text.contains("aa ae ah"), "{text}");
    }
}

#[test]
fn all_that_the_settings_permit_stays_finite_and_short() {
    let mut voice = voice(Some(Backend::Tract));
    for rate in [0.25, 4.0] {
        for pitch in [-24.0, 24.0] {
            let wish = SpeechSettings {
                rate,
                pitch,
                intonation: 2.0,
                pause: 0.0,
                ..settings()
            };
            let mut marked = question();
            for word in &mut marked.words {
                word.prosody.rate = if rate < 1.0 { 0.2 } else { 5.0 };
                word.prosody.pitch = pitch;
                word.prosody.volume = f32::NEG_INFINITY;
            }
            let samples = said(&mut voice, &marked, &wish);
            assert!(samples.iter().all(|x| x.abs() < 1e-6), "silenced");
            // 20 times slower than 1.2 s, and some rest.
            assert!(samples.len() < 30 * 32_000, "{}", samples.len());
        }
    }
}

#[test]
fn other_kinds_are_refused_by_name() {
    let runtime = Runtime::new(RuntimeConfig {
        backend: Some(Backend::Tract),
        ..RuntimeConfig::default()
    })
    .unwrap();
    let conversion = VoiceBundle::default_voice().unwrap();
    let error = SourceFilterSpeech::load(&runtime, &conversion, Device::Cpu).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("expected source-filter-speech, found source-filter"),
        "{text}"
    );
    let speech = Arc::new(VoiceBundle::default_speech().unwrap());
    let error = crate::Voice::load(&runtime, speech, Device::Cpu)
        .err()
        .unwrap();
    assert!(
        error.to_string().contains("source-filter-speech"),
        "{error}"
    );
}
