//! The voice against `tests/golden/sambert/make_sambert.py`, on both backends.

mod refusals;

use std::path::Path;

use serde::Deserialize;
use syrinx_text::{Emotion, FrontEnd, Language, Script, TextError};

use super::*;
use crate::model::Model;
use crate::speech::fixtures::{bytes, difference, runtimes};
use crate::speech::vocoder::{Mel, transposed};

/// Values may differ from torch's by this share of the peak: 1e-6 were seen, the order of sums. A decoder that sees one
/// step too few changes them by more than 0.1.
const TORCH: f32 = 3e-5;

#[derive(Deserialize)]
struct Case {
    name: String,
    tokens: String,
    counts: Vec<usize>,
    band: usize,
    mel: Vec<f32>,
}

/// Bands of the tiny voice.
const BANDS: usize = 8;

const TEXT: &str = "你好，世界。";

fn file(name: &str) -> SpeechFile {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/sambert");
    SpeechFile {
        name: name.to_owned(),
        bytes: std::fs::read(golden.join(name)).unwrap().into(),
    }
}

fn files() -> Vec<SpeechFile> {
    let own = [
        "encoder.onnx",
        "prosody.onnx",
        "duration.onnx",
        "memory.onnx",
        "decoder.onnx",
        "postnet.onnx",
        "emotions.f32",
        "speaker_vectors.f32",
    ];
    let mut files: Vec<SpeechFile> = own.into_iter().map(file).collect();
    files.push(SpeechFile {
        name: "kan_16k.onnx".to_owned(),
        bytes: bytes("kan_16k.onnx").into(),
    });
    files
}

fn golden() -> Vec<Case> {
    serde_json::from_slice(&file("golden.json").bytes).unwrap()
}

fn manifest() -> Manifest {
    Manifest::parse(&file("sambert.json")).unwrap()
}

fn voice(runtime: &Runtime) -> SambertVoice {
    SambertVoice::load(&file("sambert.json"), &files(), runtime, Device::Cpu).unwrap()
}

/// The settings of a case.
fn settings(name: &str) -> SpeechSettings {
    let plain = SpeechSettings::default();
    match name {
        "plain" => plain,
        "happier" => SpeechSettings {
            speaker: Some("M3".to_owned()),
            emotion: Some("happy".to_owned()),
            intensity: 1.5,
            ..plain
        },
        "slower" => SpeechSettings {
            rate: 0.55,
            ..plain
        },
        other => panic!("{other}"),
    }
}

/// The samples that the vocoder makes of all mel frames of a case at once.
fn whole(case: &Case, runtime: &Runtime) -> Vec<f32> {
    let mut session = runtime
        .load_any("kan_16k", &bytes("kan_16k.onnx"), Device::Cpu)
        .unwrap();
    let frames = case.mel.len() / BANDS;
    let mel = transposed(&case.mel, frames, BANDS);
    let mel = Tensor::f32(&[1, BANDS, frames], mel);
    let audio = session.run(&[("mel", &mel)]).unwrap();
    audio[0].as_f32().unwrap().to_vec()
}

fn all(mut next: impl FnMut(&mut Vec<f32>) -> bool) -> Vec<f32> {
    let mut values = Vec::new();
    while next(&mut values) {}
    values
}

/// The words of the golden tokens, as the front-end reads them.
fn segment() -> Segment {
    let script = Script::new(TEXT).unwrap();
    let segments = FrontEnd::new(Language::Mandarin).segments(&script).unwrap();
    let segments: Vec<Segment> = segments.collect();
    let mut parts = segments.into_iter();
    let mut first = parts.next().unwrap();
    for more in parts {
        first.words.extend(more.words);
        first.pause_after = more.pause_after;
    }
    first
}

#[test]
fn mel_frames_and_samples_are_those_of_the_whole_network() {
    let golden = golden();
    for runtime in runtimes() {
        let mut voice = voice(&runtime);
        for case in &golden {
            let settings = settings(&case.name);
            let lines = voice.read_tokens(&case.tokens).unwrap();
            let mut tokens = lines[0].0.clone();
            for token in &mut tokens {
                (token.rate, token.intensity) = (settings.rate, settings.intensity);
            }
            let layout = voice.lay_out(&tokens).unwrap();
            assert_eq!((&layout.counts, layout.band), (&case.counts, case.band));
            let mut stream = voice.stream(layout);
            let mel = all(|rows| stream.next_frames(rows).unwrap());
            let off = difference(&mel, &case.mel);
            assert!(
                off <= TORCH,
                "{} on {}: {off:e}",
                case.name,
                runtime.backend()
            );

            let mut utterance = voice.prepare_tokens(&lines[0], &settings).unwrap();
            let samples = all(|samples| utterance.next_chunk(samples).unwrap());
            let off = difference(&samples, &whole(case, &runtime));
            assert!(
                off <= TORCH,
                "{} on {}: {off:e}",
                case.name,
                runtime.backend()
            );
        }
    }
}

#[test]
fn words_are_spoken_as_the_tokens_that_they_are() {
    let golden = golden();
    for runtime in runtimes() {
        let mut voice = voice(&runtime);
        for case in &golden {
            let settings = settings(&case.name);
            let mut utterance = voice.prepare(&segment(), &settings, 5).unwrap();
            let samples = all(|samples| utterance.next_chunk(samples).unwrap());
            let off = difference(&samples, &whole(case, &runtime));
            assert!(
                off <= TORCH,
                "{} on {}: {off:e}",
                case.name,
                runtime.backend()
            );

            let words = utterance.words();
            let said: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
            assert_eq!(said, ["你好", "世界"]);
            let before: usize = case.counts[..5].iter().sum();
            let second: usize = case.counts[5..9].iter().sum();
            let span = before as u64 * 200..(before + second) as u64 * 200;
            assert_eq!(words[1].samples, span);
            assert_eq!(words[1].phones[3].symbol, "ie_c");
            assert_eq!(words[1].phones[3].samples.end, span.end);
        }
    }
}

#[test]
fn the_first_sound_does_not_wait_for_the_last_frame() {
    for runtime in runtimes() {
        let mut voice = voice(&runtime);
        let case = &golden()[2];
        let tokens = voice.read_tokens(&case.tokens).unwrap();
        let slower = settings("slower");
        let mut slow = tokens[0].0.clone();
        slow.iter_mut().for_each(|token| token.rate = slower.rate);
        let mut stream = voice.stream(voice.lay_out(&slow).unwrap());
        let steps = stream.layout.steps();
        assert!(steps > 20, "{steps}");

        // The postnet is 12 frames late, and 12 are 4 steps.
        let mut rows = Vec::new();
        assert!(stream.next_frames(&mut rows).unwrap());
        assert_eq!((rows.len(), stream.step), (0, 4));
        assert!(stream.next_frames(&mut rows).unwrap());
        assert_eq!((rows.len() / BANDS, stream.step), (12, 8));

        let mut utterance = voice.prepare_tokens(&tokens[0], &slower).unwrap();
        let mut samples = Vec::new();
        assert!(utterance.next_chunk(&mut samples).unwrap());
        assert_eq!(samples.len(), 8 * 200);
    }
}

#[test]
fn fed_little_by_little_the_vocoder_gives_the_samples_of_all_frames() {
    for runtime in runtimes() {
        let voice = voice(&runtime);
        for case in &golden() {
            let mel = Mel {
                values: case.mel.clone(),
                bands: BANDS,
            };
            let mut whole = voice.vocoder.begin(&mel).unwrap();
            let whole = all(|samples| whole.next_chunk(samples).unwrap());
            let mut run = voice.vocoder.feed().unwrap();
            let mut frames = case.mel.chunks(BANDS * 5);
            let fed = all(|samples| {
                while !run.is_due() {
                    match frames.next() {
                        Some(rows) => run.push(rows),
                        None => return run.next_chunk(true, samples).unwrap(),
                    }
                }
                run.next_chunk(false, samples).unwrap()
            });
            // The same runs on the same frames.
            assert!(fed == whole, "{}", case.name);
        }
    }
}

#[test]
fn utterances_of_one_voice_do_not_disturb_each_other() {
    for runtime in runtimes() {
        let mut voice = voice(&runtime);
        let plain = SpeechSettings::default();
        let mut alone = voice.prepare(&segment(), &plain, 1).unwrap();
        let expected = all(|samples| alone.next_chunk(samples).unwrap());
        let mut one = voice.prepare(&segment(), &plain, 1).unwrap();
        let mut other = voice.prepare(&segment(), &settings("happier"), 2).unwrap();
        let found = all(|samples| {
            other.next_chunk(&mut Vec::new()).unwrap();
            one.next_chunk(samples).unwrap()
        });
        assert!(found == expected, "on {}", runtime.backend());
    }
}

#[test]
fn a_script_may_name_the_emotion_of_each_word() {
    let manifest = manifest();
    let mut segment = segment();
    segment.words[1].prosody.emotion = Some(Emotion {
        name: "sad".into(),
        intensity: 0.5,
    });
    let tokens = front_end::tokens(&segment, &settings("happier"), 1, &manifest).unwrap();
    let emotions: Vec<(usize, f32)> = tokens
        .iter()
        .map(|token| (token.emotion, token.intensity))
        .collect();
    // neutral is 1, happy 5, sad 6.
    assert_eq!(emotions[..5], [(5, 1.5); 5]);
    assert_eq!(emotions[5..], [(6, 0.5); 5]);

    segment.words[0].prosody.emotion = Some(Emotion {
        name: "bored".into(),
        intensity: 1.0,
    });
    let error = front_end::tokens(&segment, &settings("plain"), 0, &manifest).unwrap_err();
    assert!(error.to_string().contains("found bored"), "{error}");
}

#[test]
fn foreign_words_get_stress_for_tone_and_no_schwa() {
    let script = Script::new("about a").unwrap();
    let segments = FrontEnd::new(Language::English).segments(&script).unwrap();
    let segment = segments.collect::<Vec<_>>().remove(0);
    let manifest = manifest();
    let tokens = front_end::tokens(&segment, &settings("plain"), 0, &manifest).unwrap();
    let words = &manifest.vocabulary;
    let said: Vec<String> = tokens
        .iter()
        .map(|token| {
            let [sy, tone, flag, place] = token.ids.map(|id| id as usize);
            let fields = [
                &words.sy[sy],
                &words.tone[tone],
                &words.syllable_flag[flag],
                &words.word_segment[place],
            ];
            fields.map(String::as_str).join("$")
        })
        .collect();
    let expected = [
        "ah$tone0$s_both$word_begin",
        "b$tone1$s_begin$word_middle",
        "aw$tone1$s_middle$word_middle",
        "t$tone1$s_end$word_end",
        "#1$tone_none$s_none$word_none",
        "ah$tone0$s_both$word_both",
        "#4$tone_none$s_none$word_none",
    ];
    assert_eq!(said, expected);
}

#[test]
fn a_mixture_begins_at_neutral_and_reaches_the_emotion() {
    let rows: Vec<u8> = [1.0f32, 2.0, 3.0, -0.1]
        .into_iter()
        .flat_map(f32::to_le_bytes)
        .collect();
    let file = SpeechFile {
        name: "emotions.f32".to_owned(),
        bytes: rows.into(),
    };
    let table = Vectors::parse(&file, 2, 2).unwrap();
    assert_eq!(table.mixed(0, 1, 0.0), [1.0, 2.0]);
    assert_eq!(table.mixed(0, 1, 1.0), [3.0, -0.1]);
    assert_eq!(table.mixed(0, 1, 2.0), [5.0, -2.2]);
    let error = Vectors::parse(&file, 3, 2).unwrap_err().to_string();
    assert!(
        error.contains("3 rows of 2 values, 24 bytes, found 16 bytes"),
        "{error}"
    );
}
