//! Sings second voices through the default voice: their pitch, their level, and what becomes of the rest.

use std::f32::consts::TAU;
use std::sync::Arc;

use syrinx_dsp::f0::tracker::{F0Config, F0Tracker};
use syrinx_dsp::{Decibels, Note, SampleRate, Scale, ScaleKind, resample_all};
use syrinx_engine::{
    Activation, Engine, Harmony, HarmonyVoice, Pace, PitchFrame, Settings, VoiceLibrary,
};

const RATE: f64 = 48_000.0;
const BLOCK: usize = 480;

/// A vowel on C3 for so many seconds: harmonics below two formants.
fn vowel(seconds: f32) -> Vec<f32> {
    let f0_hz = Note(48.0).to_hz();
    (0..(seconds * RATE as f32) as usize)
        .map(|n| {
            let phase = TAU * ((n as f64 * f64::from(f0_hz) / RATE).fract() as f32);
            (1..=25)
                .map(|k| {
                    let hz = k as f32 * f0_hz;
                    let formant = |at: f32| 1.0 / (1.0 + ((hz - at) / 150.0).powi(2));
                    0.1 * (formant(600.0) + 0.5 * formant(1_500.0) + 0.02)
                        * (phase * k as f32).sin()
                })
                .sum()
        })
        .collect()
}

/// What an engine makes of `input` in a bounce; `settings` may change with each block.
fn bounced(
    input: &[f32],
    first: &Settings,
    settings: impl Fn(usize) -> Settings,
) -> (Engine, Vec<f32>) {
    let mut engine = Engine::with_library(Arc::new(VoiceLibrary::default()));
    let mut path = engine.activate(&Activation {
        channels: 1,
        pace: Pace::Offline,
        settings: *first,
        ..Activation::new(RATE, BLOCK)
    });
    let latency = path.latency().samples().0;
    let mut output: Vec<f32> = input.iter().copied().chain(vec![0.0; latency]).collect();
    for (number, block) in output.chunks_mut(BLOCK).enumerate() {
        path.process(&mut [block], &settings(number));
    }
    (engine, output.split_off(latency))
}

fn c_major(voices: &[(i8, f32)]) -> Harmony {
    let mut harmony = Harmony {
        scale: Scale::of(0, ScaleKind::Major).unwrap(),
        ..Harmony::default()
    };
    for (place, &(degrees, level)) in voices.iter().enumerate() {
        let level = Decibels(level);
        harmony.voices[place] = HarmonyVoice { degrees, level };
    }
    harmony
}

fn with(harmony: Harmony) -> Settings {
    Settings {
        harmony,
        ..Settings::default()
    }
}

/// The median pitch of a part, as MIDI counts notes.
fn pitch(signal: &[f32]) -> f32 {
    let speech = resample_all(signal, SampleRate::of(48_000), SampleRate::of(16_000)).unwrap();
    let frames = F0Tracker::new(&F0Config::SPEECH_16K)
        .unwrap()
        .track(&speech);
    let mut found: Vec<f32> = frames
        .iter()
        .filter(|frame| frame.voiced)
        .map(|frame| Note::from_hz(frame.hz).0)
        .collect();
    assert!(found.len() > frames.len() / 2, "it sings");
    found.sort_by(f32::total_cmp);
    found[found.len() / 2]
}

fn difference(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

fn rms(signal: &[f32]) -> f32 {
    (signal.iter().map(|x| x * x).sum::<f32>() / signal.len() as f32).sqrt()
}

#[test]
fn each_second_voice_sings_its_interval_at_its_level() {
    let input = vowel(1.5);
    let off = Settings::default();
    let (_, alone) = bounced(&input, &off, |_| off);
    let steady = 36_000..66_000;
    let mut levels = Vec::new();
    for (degrees, level, expected) in [(2_i8, 0.0, 52.0), (4, -12.0, 55.0), (-3, 0.0, 43.0)] {
        // In any of the three places, with the others off.
        let place = usize::from(degrees.unsigned_abs()) % 3;
        let mut harmony = c_major(&[]);
        harmony.voices[place] = HarmonyVoice {
            degrees,
            level: Decibels(level),
        };
        let on = with(harmony);
        let (_, both) = bounced(&input, &on, |_| on);
        let second = difference(&both, &alone);
        let found = pitch(&second[steady.clone()]);
        // Ten cents: the tracker on a voice with noise.
        assert!(
            (found - expected).abs() < 0.1,
            "{degrees}: {found} for {expected}"
        );
        levels.push(Decibels::from_amplitude(rms(&second[steady.clone()])).0);
    }
    // The fifth is 12 dB lower; what the voice makes of another pitch is a few.
    assert!((levels[0] - levels[1] - 12.0).abs() < 5.0, "{levels:?}");
}

#[test]
fn a_choir_repeats_and_is_turned_on_and_off_while_it_runs() {
    let input = vowel(3.0);
    let off = Settings::default();
    let choir = with(c_major(&[(2, -3.0), (4, -3.0), (-3, -3.0)]));
    let change = |number: usize| {
        if (100..200).contains(&number) {
            choir
        } else {
            off
        }
    };
    let (engine, changed) = bounced(&input, &off, change);
    assert_eq!(engine.status().missing_samples(), 0);
    assert!(changed == bounced(&input, &off, change).1, "it repeats");
    let (_, alone) = bounced(&input, &off, |_| off);
    let second = difference(&changed, &alone);
    // Before it is asked for there is none. Behind it the voice has begun anew, so its level is what can be compared.
    assert!(second[..100 * BLOCK - 4_800].iter().all(|&x| x == 0.0));
    let level = |range: std::ops::Range<usize>| rms(&changed[range.clone()]) / rms(&alone[range]);
    let (during, after) = (level(72_000..90_000), level(120_000..140_000));
    // Three voices at -3 dB are 4 dB more than one.
    assert!(during > 1.2, "{during}");
    assert!((after - 1.0).abs() < 0.05, "{after}");
}

#[test]
fn the_pitch_of_what_is_sung_and_heard_can_be_read() {
    let input = vowel(1.0);
    let higher = |_| {
        let mut settings = Settings::default();
        settings.controls.transpose = syrinx_dsp::Semitones(7.0);
        settings
    };
    let (engine, _) = bounced(&input, &higher(0), higher);
    let mut frames: Vec<PitchFrame> = Vec::new();
    let next = engine.status().pitch().frames(0, &mut frames);
    // One for each 10 ms, of the latency's silence too.
    assert_eq!(next as usize, frames.len());
    assert!((100..120).contains(&frames.len()), "{}", frames.len());
    let sung = &frames[30..90];
    for frame in sung {
        // The tracker on a steady vowel: a few cents.
        assert!(
            (Note::from_hz(frame.input_hz).0 - 48.0).abs() < 0.05,
            "{frame:?}"
        );
        assert!(
            (Note::from_hz(frame.output_hz).0 - 55.0).abs() < 0.05,
            "{frame:?}"
        );
    }
}
