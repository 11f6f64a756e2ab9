//! Every kind of voice against `tests/golden/speech/make_voices.py`. ONNX Runtime alone runs these networks: the number of
//! their frames depends on what they compute, which tract does not do.

mod refusals;
mod scripts;

use serde::Deserialize;
use syrinx_text::{Alphabet, Boundary, Ending, Pause, Phone, Prosody, Segment, Word};

use super::*;
use crate::runtime::{Backend, Device, Runtime};
use crate::speech::fixtures::{bytes, difference, runtime};
use crate::speech::vocoder::{Mel, Vocoder};
use crate::speech::{SpeechSettings, SpeechVoice, Streaming, TtsPipeline, WordTiming};

/// Samples may differ from torch's by this share of the peak: 3e-7 to 9e-7 were seen, the order of sums.
const TORCH: f32 = 2e-5;

#[derive(Deserialize)]
struct Golden {
    step: usize,
    rate: u32,
    words: Vec<String>,
    piper: PiperCase,
    vits: VitsCase,
    matcha: MatchaCase,
    fastspeech: FastSpeechCase,
    fastspeech_f0: PitchedCase,
    kokoro: KokoroCase,
}

#[derive(Deserialize)]
struct Kept {
    count: usize,
    samples: Vec<f32>,
}

#[derive(Deserialize)]
struct PiperCase {
    frames: Vec<u64>,
    plain: Kept,
    slower: Kept,
    other: Kept,
}

#[derive(Deserialize)]
struct VitsCase {
    plain: Kept,
}

#[derive(Deserialize)]
struct MatchaCase {
    mel: Vec<f32>,
    vocos: Kept,
}

#[derive(Deserialize)]
struct FastSpeechCase {
    mel: Vec<f32>,
    frames: Vec<u64>,
}

#[derive(Deserialize)]
struct PitchedCase {
    mel: Vec<f32>,
    f0: Vec<f32>,
}

#[derive(Deserialize)]
struct KokoroCase {
    plain: Kept,
    other: Kept,
    faster: Kept,
}

fn golden() -> Golden {
    serde_json::from_slice(&bytes("voices.json")).unwrap()
}

fn ort() -> Option<Runtime> {
    runtime(Backend::OnnxRuntime)
}

/// Files of the tests' folder under other names, so that names cannot tell what they are.
fn files(names: &[&str]) -> Vec<SpeechFile> {
    let file = |(index, name): (usize, &&str)| SpeechFile {
        name: format!("file {index}"),
        bytes: bytes(name).into(),
    };
    names.iter().enumerate().map(file).collect()
}

fn voice(names: &[&str], runtime: &Runtime) -> (SpeechKind, Box<dyn SpeechVoice>) {
    let contract = recognise_speech(&files(names)).unwrap();
    let kind = contract.kind;
    (kind, load_speech(&contract, runtime, Device::Cpu).unwrap())
}

fn word(text: &str, ipa: &str, boundary: Boundary) -> Word {
    let phone = |symbol: char| Phone {
        alphabet: Alphabet::Ipa,
        symbol: symbol.to_string().into(),
        stress_or_tone: 0,
        starts_syllable: false,
    };
    Word {
        text: text.to_owned(),
        span: 0..text.len(),
        phones: ipa.chars().map(phone).collect(),
        ipa: Some(ipa.to_owned()),
        boundary,
        prosody: Prosody::default(),
    }
}

/// The script's two words.
fn segment(golden: &Golden) -> Segment {
    let question = Boundary::Sentence(Ending::Question);
    Segment {
        words: vec![
            word("Hello", &golden.words[0], Boundary::Phrase),
            word("world", &golden.words[1], question),
        ],
        pause_after: Pause::Natural,
    }
}

/// Settings without noise.
fn even() -> SpeechSettings {
    SpeechSettings {
        variation: 0.0,
        ..SpeechSettings::default()
    }
}

fn say(
    voice: &mut dyn SpeechVoice,
    segment: &Segment,
    settings: &SpeechSettings,
    seed: u64,
) -> (Vec<f32>, Vec<WordTiming>, usize) {
    let mut utterance = voice.prepare(segment, settings, seed).unwrap();
    let (mut samples, mut chunks) = (Vec::new(), 1);
    while utterance.next_chunk(&mut samples).unwrap() {
        chunks += 1;
    }
    (samples, utterance.words().to_vec(), chunks)
}

#[track_caller]
fn assert_kept(samples: &[f32], kept: &Kept, step: usize) {
    assert_eq!(samples.len(), kept.count);
    let ours: Vec<f32> = samples.iter().step_by(step).copied().collect();
    let off = difference(&ours, &kept.samples);
    eprintln!("within {off:.1e} of torch's peak");
    assert!(off <= TORCH, "{off:e}");
}

#[test]
fn a_piper_voice_streams_and_says_when_it_speaks_what() {
    let Some(runtime) = ort() else { return };
    let golden = golden();
    let (kind, mut voice) = voice(&["piper.json", "piper.onnx"], &runtime);
    assert_eq!(kind, SpeechKind::Piper);
    assert_eq!(voice.spec().speakers, ["anna", "ben", "cleo"]);
    assert_eq!(voice.spec().rate.hz(), golden.rate);
    let exact = Streaming::Exact {
        hop: 256,
        left: 11,
        right: 11,
    };
    assert_eq!(voice.spec().streaming, exact);
    let segment = segment(&golden);
    let settings = |speaker: &str, rate| SpeechSettings {
        speaker: Some(speaker.to_owned()),
        rate,
        ..even()
    };
    let (samples, words, chunks) = say(voice.as_mut(), &segment, &settings("ben", 1.0), 1);
    assert_kept(&samples, &golden.piper.plain, golden.step);
    assert!(chunks > 2, "{chunks}");
    let (samples, ..) = say(voice.as_mut(), &segment, &settings("1", 0.5), 1);
    assert_kept(&samples, &golden.piper.slower, golden.step);
    let (samples, ..) = say(voice.as_mut(), &segment, &settings("cleo", 1.0), 1);
    assert_kept(&samples, &golden.piper.other, golden.step);

    // ^ _, and then each of six characters with the blank behind it.
    let frames = &golden.piper.frames;
    let until = |count: usize| 256 * frames[..count].iter().sum::<u64>();
    assert_eq!(words[0].samples, until(2)..until(2 + 12));
    assert_eq!(words[0].phones.len(), 6);
    assert_eq!(words[0].phones[1].samples, until(4)..until(6));
    assert_eq!(words[0].phones[1].symbol, "ɛ");
    // A comma and a space, with their blanks.
    assert_eq!(words[1].samples, until(18)..until(18 + 12));
    assert_eq!(words[1].text, "world");
}

#[test]
fn a_seed_decides_what_a_voice_draws() {
    let Some(runtime) = ort() else { return };
    let golden = golden();
    let segment = segment(&golden);
    for names in [
        &["piper.onnx", "piper.json"][..],
        &["tokens.txt", "lexicon.txt", "vits.onnx"],
        &["tokens.txt", "matcha.onnx", "hifigan_v3.onnx"],
    ] {
        let (_, mut voice) = voice(names, &runtime);
        let noisy = SpeechSettings::default();
        let (first, ..) = say(voice.as_mut(), &segment, &noisy, 1);
        say(voice.as_mut(), &segment, &noisy, 2);
        assert_eq!(first, say(voice.as_mut(), &segment, &noisy, 1).0);
        assert_ne!(
            first,
            say(voice.as_mut(), &segment, &noisy, 2).0,
            "{names:?}"
        );
        assert_ne!(
            first,
            say(voice.as_mut(), &segment, &even(), 1).0,
            "{names:?}"
        );
    }
}

#[test]
fn vits_of_sherpa_speaks_by_its_lexicon() {
    let Some(runtime) = ort() else { return };
    let golden = golden();
    let (kind, mut voice) = voice(&["lexicon.txt", "vits.onnx", "tokens.txt"], &runtime);
    assert_eq!(kind, SpeechKind::Vits);
    let (samples, words, chunks) = say(voice.as_mut(), &segment(&golden), &even(), 1);
    assert_kept(&samples, &golden.vits.plain, golden.step);
    assert_eq!((words.len(), words[1].phones.len()), (2, 4));
    assert!(chunks > 2);
}

#[test]
fn matcha_speaks_through_both_kinds_of_vocoder() {
    let Some(runtime) = ort() else { return };
    let golden = golden();
    let segment = segment(&golden);
    let (kind, mut through_vocos) = voice(
        &["matcha.onnx", "matcha_vocos.onnx", "tokens.txt"],
        &runtime,
    );
    assert_eq!(kind, SpeechKind::Matcha);
    let streaming = through_vocos.spec().streaming.clone();
    assert!(matches!(streaming, Streaming::PerSegment { .. }));
    assert!(through_vocos.spec().notice().unwrap().contains("spectra"));
    let (samples, words, chunks) = say(through_vocos.as_mut(), &segment, &even(), 1);
    assert_kept(&samples, &golden.matcha.vocos, golden.step);
    assert_eq!((words.len(), chunks), (2, 1));

    let (_, mut through_hifigan) =
        voice(&["tokens.txt", "hifigan_v3.onnx", "matcha.onnx"], &runtime);
    let (samples, _, chunks) = say(through_hifigan.as_mut(), &segment, &even(), 1);
    let expected = vocoded(&golden.matcha.mel, &runtime);
    assert!(difference(&samples, &expected) <= TORCH);
    assert!(chunks > 2);
}

#[test]
fn fast_speech_speaks_through_a_vocoder() {
    let Some(runtime) = ort() else { return };
    let golden = golden();
    let (kind, mut voice) = voice(
        &["hifigan_v3.onnx", "fastspeech.onnx", "tokens.txt"],
        &runtime,
    );
    assert_eq!(kind, SpeechKind::FastSpeech2);
    let (samples, words, _) = say(voice.as_mut(), &segment(&golden), &even(), 1);
    let expected = vocoded(&golden.fastspeech.mel, &runtime);
    assert!(difference(&samples, &expected) <= TORCH);
    let frames: u64 = golden.fastspeech.frames[..6].iter().sum();
    assert_eq!(words[0].samples, 0..256 * frames);
}

/// F0 goes from the acoustic network to the vocoder, with the noise of the seed.
#[test]
fn fast_speech_with_f0_speaks_through_a_vocoder_that_hears_it() {
    let Some(runtime) = ort() else { return };
    let golden = golden();
    let (kind, mut voice) = voice(
        &["nsf_hifigan.onnx", "fastspeech_f0.onnx", "tokens.txt"],
        &runtime,
    );
    assert_eq!(kind, SpeechKind::FastSpeech2);
    let streaming = voice.spec().streaming.clone();
    assert!(matches!(streaming, Streaming::Exact { hop: 512, .. }));
    let (samples, words, chunks) = say(voice.as_mut(), &segment(&golden), &even(), 3);
    assert!(words.len() == 2 && chunks > 2);

    let device = (&runtime, Device::Cpu);
    let vocoder = Vocoder::load("nsf", &bytes("nsf_hifigan.onnx"), 8, device).unwrap();
    let case = &golden.fastspeech_f0;
    let mel = Mel {
        values: case.mel.clone(),
        bands: 8,
    };
    let mut sounding = vocoder.begin_pitched(&mel, &case.f0, 3).unwrap();
    let mut expected = Vec::new();
    while sounding.next_chunk(&mut expected).unwrap() {}
    // F0 is rounded to a ten-thousandth of a Hz in the reference, and its phase is a sum.
    let off = difference(&samples, &expected);
    assert!(off <= 1e-3, "{off:e}");

    // Without F0 in the acoustic network the two do not fit.
    let contract = recognise_speech(&files(&[
        "nsf_hifigan.onnx",
        "fastspeech.onnx",
        "tokens.txt",
    ]));
    let refused = load_speech(&contract.unwrap(), &runtime, Device::Cpu);
    let refused = refused.err().unwrap().to_string();
    assert!(refused.contains("the output f0"), "{refused}");
}

/// What the vocoder gives for mel frames, run as a whole.
fn vocoded(mel: &[f32], runtime: &Runtime) -> Vec<f32> {
    use crate::model::{Model, Tensor};
    let onnx = bytes("hifigan_v3.onnx");
    let mut session = runtime.load_any("vocoder", &onnx, Device::Cpu).unwrap();
    let frames = mel.len() / 8;
    let turned = (0..8).flat_map(|band| (0..frames).map(move |frame| mel[frame * 8 + band]));
    let tensor = Tensor::f32(&[1, 8, frames], turned.collect());
    let outputs = session.run(&[("mel", &tensor)]).unwrap();
    outputs[0].as_f32().unwrap().to_vec()
}

#[test]
fn kokoro_speaks_with_the_style_of_speaker_and_length() {
    let Some(runtime) = ort() else { return };
    let golden = golden();
    let segment = segment(&golden);
    let (kind, mut voice) = voice(&["kokoro.bin", "kokoro.onnx", "tokens.txt"], &runtime);
    assert_eq!(kind, SpeechKind::Kokoro);
    assert_eq!(voice.spec().speakers, ["ada", "bob"]);
    assert!(matches!(
        voice.spec().streaming,
        Streaming::PerSegment { .. }
    ));
    let settings = |speaker: &str, rate| SpeechSettings {
        speaker: Some(speaker.to_owned()),
        rate,
        ..even()
    };
    let (samples, words, _) = say(voice.as_mut(), &segment, &settings("ada", 1.0), 1);
    assert_kept(&samples, &golden.kokoro.plain, golden.step);
    assert_eq!(words.len(), 2);
    let (samples, ..) = say(voice.as_mut(), &segment, &settings("bob", 1.0), 1);
    assert_kept(&samples, &golden.kokoro.other, golden.step);
    let (samples, ..) = say(voice.as_mut(), &segment, &settings("ada", 1.5), 1);
    assert_kept(&samples, &golden.kokoro.faster, golden.step);

    let mut long = segment.clone();
    long.words = long.words.iter().cycle().take(8).cloned().collect();
    let error = voice.prepare(&long, &even(), 1).err().unwrap();
    let error = error.to_string();
    assert!(
        error.starts_with("sentence: expected at most 29 symbols"),
        "{error}"
    );
}
