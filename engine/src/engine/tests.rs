//! Voices that are let go and come back, on real threads and with the default voice.

use std::f32::consts::TAU;
use std::sync::Weak;
use std::time::{Duration, Instant};

use syrinx_models::Voice;

use super::*;
use crate::{Settings, VoiceState};

const RATE: f64 = 48_000.0;
const BLOCK: usize = 480;

/// How long something may take that will happen, if it does.
const PATIENCE: Duration = Duration::from_secs(60);

/// Harmonics of 120 Hz.
fn vowel(length: usize) -> Vec<f32> {
    let sample = |n: usize| {
        let phase = TAU * 120.0 * n as f32 / RATE as f32;
        (1..12)
            .map(|k| (phase * k as f32).sin() / k as f32)
            .sum::<f32>()
            * 0.2
    };
    (0..length).map(sample).collect()
}

fn bypassed(bypass: bool) -> Settings {
    Settings {
        bypass,
        ..Settings::default()
    }
}

/// The voice of `library`, if somebody holds it.
fn held(library: &VoiceLibrary) -> Weak<Voice> {
    let bundle = library.default_voice().unwrap();
    Arc::downgrade(&library.load(&bundle).unwrap())
}

/// Runs a vowel through until `done`; returns what went in and came out.
fn run_until(path: &mut AudioPath, settings: &Settings, done: impl Fn() -> bool) -> [Vec<f32>; 2] {
    let until = Instant::now() + PATIENCE;
    let speech = vowel(BLOCK * 100);
    let (mut input, mut output) = (Vec::new(), Vec::new());
    for block in speech.chunks(BLOCK).cycle() {
        input.extend_from_slice(block);
        let mut block = block.to_vec();
        path.process(&mut [&mut block], settings);
        output.extend(block);
        if done() {
            break;
        }
        assert!(Instant::now() < until, "it does not happen");
        std::thread::sleep(Duration::from_millis(10));
    }
    [input, output]
}

#[test]
fn a_voice_is_let_go_in_a_long_bypass_and_comes_back_at_the_same_latency() {
    let library = Arc::new(VoiceLibrary::default());
    let mut engine = Engine::with_library(Arc::clone(&library));
    let mut path = engine.activate(&Activation {
        pace: Pace::Realtime,
        rest_after: Duration::from_millis(1),
        ..Activation::new(RATE, BLOCK)
    });
    let status = Arc::clone(engine.status());
    let late = status.latency_samples();
    let voice = held(&library);
    assert!(voice.upgrade().is_some() && status.voice_state() == VoiceState::Ready);

    let [input, output] = run_until(&mut path, &bypassed(true), || voice.upgrade().is_none());
    assert_eq!(status.voice_state(), VoiceState::None);
    assert_eq!(status.notice(), None);
    // Bypass from the first sample on but for its own ramp, while the voice goes away.
    let (ramp, late) = (1_000, late as usize);
    assert!(
        output.len() <= late + ramp || output[late + ramp..] == input[ramp..input.len() - late]
    );

    let ready = || status.voice_state() == VoiceState::Ready;
    run_until(&mut path, &bypassed(false), ready);
    assert!(
        held(&library).upgrade().is_some(),
        "held by the engine alone"
    );
    assert_eq!(status.latency_samples() as usize, late);
}

#[test]
fn a_voice_stays_through_a_bypass_that_is_short_or_in_a_bounce() {
    for (pace, rest_after) in [(Pace::Realtime, PATIENCE), (Pace::Offline, Duration::ZERO)] {
        let library = Arc::new(VoiceLibrary::default());
        let mut engine = Engine::with_library(Arc::clone(&library));
        let mut path = engine.activate(&Activation {
            pace,
            rest_after,
            ..Activation::new(RATE, BLOCK)
        });
        let voice = held(&library);
        let mut speech = vowel(24_000);
        for block in speech.chunks_mut(BLOCK) {
            path.process(&mut [block], &bypassed(true));
        }
        engine.deactivate();
        // The model thread has ended: it has seen everything.
        assert_eq!(engine.status().voice_state(), VoiceState::Ready, "{pace:?}");
        drop(voice);
    }
}

/// What a worker gives that lets its voice go at once, on a thread that is waited for, so that it repeats. Bypass is on
/// from one sample to another. With it come the delays of the voice and of the thread.
fn wet(bypass: std::ops::Range<usize>, speech: &[f32]) -> ([usize; 2], Vec<f32>) {
    let library = Arc::new(VoiceLibrary::default());
    let status = Arc::new(Status::default());
    let voices = Arc::new(VoiceSlots::new(&library));
    let loader = VoiceLoader::start(&library, &status);
    let bundle = library.default_voice().unwrap();
    let rate = SampleRate::of(RATE as u32);
    let quality = Quality::LowestLatency;
    let plan = LatencyPlan::of(&bundle, rate, BLOCK, quality).unwrap();
    let request = Request {
        identity: voices.identity(0),
        rate,
        max_block: BLOCK,
        quality,
        latency: plan.stream,
        seconds: 0,
    };
    let orders = Arc::clone(loader.orders());
    let number = orders.place(request.clone());
    let desk = VoiceDesk::new(orders, voices, request, 0, 0, Some(number));
    let config = BridgeConfig {
        rate: RATE,
        max_block: BLOCK,
        lead: plan.lead,
        pace: Pace::Offline,
    };
    let (mut audio, model) = bridge(&config, &status);
    let worker = WorkerConfig {
        rate,
        latency: plan.stream,
        deadline: plan.deadline,
        hold_while_loading: true,
    };
    let worker = ModelWorker::new(worker, model, &status, ModelSettings::default(), None)
        .with_desk(desk)
        .resting_after(Duration::ZERO);
    let _thread = ModelThread::start(worker, &status);
    let mut output = vec![0.0; speech.len()];
    for (at, (input, output)) in speech
        .chunks(BLOCK)
        .zip(output.chunks_mut(BLOCK))
        .enumerate()
    {
        let settings = bypassed(bypass.contains(&(at * BLOCK)));
        audio.set(ModelSettings::from(&settings));
        audio.process(input, output);
    }
    assert_eq!(status.missing_samples(), 0);
    ([plan.stream.0, plan.lead], output)
}

#[test]
fn while_a_voice_rests_the_dry_signal_takes_its_place_without_a_click() {
    let speech = vowel(96_000);
    let ([stream, lead], stayed) = wet(0..0, &speech);
    let late = stream + lead;
    let rest = 30 * BLOCK..100 * BLOCK;
    let (_, rested) = wet(rest.clone(), &speech);
    assert!(rested == wet(rest.clone(), &speech).1, "it repeats");
    let gone = rest.start + lead;
    assert!(rested[..gone] == stayed[..gone]);
    // The seam takes 5 ms, and what comes back needs its latency and a fade of 30 ms.
    let dry = |range: std::ops::Range<usize>| &speech[range.start - late..range.end - late];
    let away = gone + 300..rest.end + late;
    assert!(rested[away.clone()] == *dry(away));
    let back = rest.end + 2 * late + 2_000..speech.len();
    let difference = |a: &[f32], b: &[f32]| {
        let pairs = a.iter().zip(b);
        pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    };
    assert!(difference(&rested[back.clone()], dry(back)) > 0.05);
    let step = |signal: &[f32]| difference(&signal[1..], &signal[..signal.len() - 1]);
    let usual = step(&stayed).max(step(&speech));
    assert!(step(&rested) <= 1.1 * usual, "{} {usual}", step(&rested));
}

#[test]
fn what_was_ordered_before_deactivation_is_not_kept() {
    let library = Arc::new(VoiceLibrary::default());
    let mut engine = Engine::with_library(Arc::clone(&library));
    let _path = engine.activate(&Activation {
        load_limit: Duration::ZERO,
        ..Activation::new(RATE, BLOCK)
    });
    engine.deactivate();
    let until = Instant::now() + PATIENCE;
    let has_loaded = || engine.status().voice_state() == VoiceState::Ready;
    let voice = library.load(&library.default_voice().unwrap()).unwrap();
    while !has_loaded() || Arc::strong_count(&voice) > 1 {
        assert!(Instant::now() < until, "it is kept for nobody");
        std::thread::sleep(Duration::from_millis(5));
    }
}
