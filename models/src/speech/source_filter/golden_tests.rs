//! The voice against `models/training/speech_reference.py`, which computes the same in Python.

use serde::Deserialize;
use syrinx_text::{Boundary, Ending, Phone, Segment};

use super::tests::{segment, settings, speak, voice, word};
use super::*;
use crate::runtime::Backend;

#[derive(Deserialize)]
struct Case {
    ending: String,
    speaker: usize,
    seed: u64,
    step: usize,
    len: usize,
    words: Vec<CaseWord>,
    names: Vec<String>,
    counts: Vec<usize>,
    peak: f32,
}

#[derive(Deserialize)]
struct CaseWord {
    text: String,
    phones: Vec<(String, u8)>,
    pause_after: bool,
}

const CASES: &str = include_str!("../../../tests/golden/speaking/golden.json");
const SAMPLES: [&[u8]; 2] = [
    include_bytes!("../../../tests/golden/speaking/0.f32"),
    include_bytes!("../../../tests/golden/speaking/1.f32"),
];

fn case_segment(case: &Case) -> Segment {
    let ending = match case.ending.as_str() {
        "question" => Ending::Question,
        "exclamation" => Ending::Exclamation,
        _ => Ending::Statement,
    };
    let mut words: Vec<_> = case
        .words
        .iter()
        .map(|given| {
            let boundary = match given.pause_after {
                true => Boundary::Phrase,
                false => Boundary::Word,
            };
            let mut spoken = word(&given.text, "ah", boundary);
            let phones = given.phones.iter();
            spoken.phones = phones
                .map(|(symbol, stress)| Phone::arpabet(symbol, *stress).unwrap())
                .collect();
            spoken
        })
        .collect();
    words.last_mut().unwrap().boundary = Boundary::Sentence(ending);
    segment(words)
}

/// Root of the mean square.
fn rms(values: impl Iterator<Item = f32>) -> f32 {
    let (sum, count) = values.fold((0.0f64, 0usize), |(sum, count), value| {
        (sum + f64::from(value * value), count + 1)
    });
    (sum / count.max(1) as f64).sqrt() as f32
}

#[test]
fn the_voice_says_what_the_reference_says() {
    let cases: Vec<Case> = serde_json::from_str(CASES).unwrap();
    assert_eq!(cases.len(), SAMPLES.len());
    // tract, and what serves here.
    for backend in [Some(Backend::Tract), None] {
        let mut voice = voice(backend);
        for (case, samples) in cases.iter().zip(SAMPLES) {
            let segment = case_segment(case);
            let wish = SpeechSettings {
                speaker: Some(case.speaker.to_string()),
                ..settings()
            };
            let plan = Plan::of(&segment, &wish, &voice.networks, &voice.parameters).unwrap();
            assert_eq!(plan.counts, case.counts, "{:?}", case.names);
            let spoken = speak(&mut voice, &segment, &wish, case.seed);
            assert_eq!(spoken.len(), case.len);
            let expected: Vec<f32> = samples
                .chunks_exact(4)
                .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
                .collect();
            let found: Vec<f32> = spoken.iter().copied().step_by(case.step).collect();
            assert_eq!(found.len(), expected.len());
            let apart = rms(found.iter().zip(&expected).map(|(a, b)| a - b));
            let level = rms(expected.iter().copied());
            let peak = spoken.iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
            // TOLERANCE
            assert!(apart < 3e-3 * level, "{} of {level}", apart / level);
            assert!((peak - case.peak).abs() < 0.02 * case.peak, "{peak}");
        }
    }
}
