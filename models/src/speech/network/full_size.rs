//! Voices of full size, streamed, against what torch gives as a whole.
//!
//! `tests/peers/speech_voices.py` makes them; then run with `SYRINX_FULL_SIZE_VOICES=FOLDER`. `cargo xtask parity speech`
//! does both, and reads the lines that are printed.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use syrinx_text::{Alphabet, Boundary, Ending, Pause, Phone, Prosody, Word};

use super::*;
use crate::runtime::{Backend, Device, Runtime};
use crate::speech::contract::{SpeechFile, load_speech, recognise_speech};
use crate::speech::fixtures::{difference, found, runtime};
use crate::speech::sambert::SambertVoice;

/// Samples may differ from torch's by this share of the peak, the order of sums through text encoder, flow and vocoder:
/// 1.4e-6 were seen. A frame too little of context, or a symbol that lasts a frame longer, is more than 1e-2.
const TORCH: f32 = 1e-5;

/// The same of Sambert, whose decoder hears what it said, and so what is rounded: 3.2e-6 were seen.
const FED_BACK: f32 = 3e-5;

const NAMES: [&str; 6] = ["piper", "vits", "matcha", "fastspeech", "kokoro", "sambert"];

/// The voice whose decoder normalises over a whole utterance, and so speaks a segment at once.
const AT_ONCE: &str = "kokoro";

/// What torch was given.
#[derive(Deserialize)]
struct Said {
    /// Words in IPA.
    words: Vec<String>,
    /// Or tokens of KAN-TTS.
    #[serde(default)]
    tokens: Option<String>,
}

fn files(folder: &Path) -> Vec<SpeechFile> {
    let entries = std::fs::read_dir(folder).unwrap();
    let file = |entry: std::fs::DirEntry| SpeechFile {
        name: entry.file_name().into_string().unwrap(),
        bytes: std::fs::read(entry.path()).unwrap().into(),
    };
    entries.map(|entry| file(entry.unwrap())).collect()
}

fn word((index, ipa): (usize, &String), count: usize) -> Word {
    let phone = |symbol: char| Phone {
        alphabet: Alphabet::Ipa,
        symbol: symbol.to_string().into(),
        stress_or_tone: 0,
        starts_syllable: false,
    };
    Word {
        text: ipa.clone(),
        span: index..index + 1,
        phones: ipa.chars().map(phone).collect(),
        ipa: Some(ipa.clone()),
        boundary: match index + 1 == count {
            true => Boundary::Sentence(Ending::Question),
            false => Boundary::Phrase,
        },
        prosody: Prosody::default(),
    }
}

/// The samples chunk by chunk, how many chunks there were, and how they come.
fn spoken(folder: &Path, said: &Said, runtime: &Runtime) -> (Vec<f32>, usize, Streaming) {
    let files = files(folder);
    let settings = SpeechSettings {
        variation: 0.0,
        ..SpeechSettings::default()
    };
    let device = Device::Cpu;
    let (mut utterance, streaming) = match &said.tokens {
        Some(tokens) => {
            let manifest = files.iter().find(|file| SambertVoice::is_manifest(file));
            let mut voice = SambertVoice::load(manifest.unwrap(), &files, runtime, device).unwrap();
            let tokens = voice.read_tokens(tokens).unwrap();
            let utterance = voice.prepare_tokens(&tokens[0], &settings).unwrap();
            (utterance, voice.spec().streaming.clone())
        }
        None => {
            let contract = recognise_speech(&files).unwrap();
            let mut voice = load_speech(&contract, runtime, device).unwrap();
            let words = said.words.iter().enumerate();
            let segment = Segment {
                words: words.map(|entry| word(entry, said.words.len())).collect(),
                pause_after: Pause::Natural,
            };
            let utterance = voice.prepare(&segment, &settings, 0).unwrap();
            (utterance, voice.spec().streaming.clone())
        }
    };
    let (mut samples, mut chunks) = (Vec::new(), 1);
    while utterance.next_chunk(&mut samples).unwrap() {
        chunks += 1;
    }
    (samples, chunks, streaming)
}

#[test]
#[ignore = "needs full-size voices: see the head of this file"]
fn full_size_voices() {
    let folder = std::env::var_os("SYRINX_FULL_SIZE_VOICES").map(PathBuf::from);
    let folder = folder.expect("SYRINX_FULL_SIZE_VOICES names the folder");
    let runtime = runtime(Backend::OnnxRuntime).expect("a library");
    let mut beyond = Vec::new();
    for name in NAMES {
        let place = folder.join("said").join(name);
        let said = std::fs::read(place.with_extension("json")).unwrap();
        let said: Said = serde_json::from_slice(&said).unwrap();
        let raw = std::fs::read(place.with_extension("f32")).unwrap();
        let (values, _) = raw.as_chunks::<4>();
        let expected: Vec<f32> = values.iter().map(|x| f32::from_le_bytes(*x)).collect();
        let (samples, chunks, streaming) = spoken(&folder.join(name), &said, &runtime);
        let exact = matches!(streaming, Streaming::Exact { .. });
        assert_eq!(exact, name != AT_ONCE, "{name}: {streaming}");
        assert!(chunks > 2 || !exact, "{name}: {chunks}");
        let limit = if said.tokens.is_some() {
            FED_BACK
        } else {
            TORCH
        };
        let off = difference(&samples, &expected);
        let note = format!("{chunks} chunks; {streaming}");
        found(name, "torch", samples.len(), off, limit, &note);
        if off > limit {
            beyond.push(format!("{name}: {off:e}"));
        }
    }
    assert!(beyond.is_empty(), "{beyond:?}");
}
