//! Runs engines at the pace of a sound card.

use std::thread;
use std::time::{Duration, Instant};

use syrinx_dsp::SampleRate;
use syrinx_engine::{Activation, AudioPath, Engine, Pace, Priority, Settings};
use syrinx_tests::signals::vowel;

use crate::procfs::thread_seconds;
use crate::row::print;

pub const RATE: SampleRate = SampleRate::of(48_000);

/// An active engine with the default voice, for blocks of at most `max_block`.
pub fn start(max_block: usize) -> (Engine, AudioPath) {
    let mut engine = Engine::new();
    let path = engine.activate(&Activation {
        pace: Pace::Realtime,
        ..Activation::new(48_000.0, max_block)
    });
    (engine, path)
}

/// Speech without end.
pub fn speech() -> impl Iterator<Item = f32> {
    vowel(RATE, 3.0, 110.0, 170.0).into_iter().cycle()
}

/// Calls `callback` with a block when a sound card would, for so many seconds.
pub fn pace(
    block: usize,
    seconds: u64,
    source: impl Iterator<Item = f32>,
    mut callback: impl FnMut(&mut [f32]),
) {
    let mut source = source;
    let mut samples = vec![0.0; block];
    let start = Instant::now();
    for number in 0..seconds * 48_000 / block as u64 {
        let due = Duration::from_secs_f64((number + 1) as f64 * block as f64 / 48e3);
        if let Some(rest) = due.checked_sub(start.elapsed()) {
            thread::sleep(rest);
        }
        for (sample, next) in samples.iter_mut().zip(&mut source) {
            *sample = next;
        }
        callback(&mut samples);
    }
}

fn priority(engine: &Engine) -> &'static str {
    match engine.status().priority() {
        Priority::Granted => "real-time priority granted",
        Priority::Refused => "real-time priority refused",
        Priority::Unknown => "priority unknown",
    }
}

/// The reported latency, and each of its terms.
pub fn latency() {
    let (_engine, path) = start(128);
    let latency = path.latency();
    let samples = format!("{} samples, 48 kHz, 128 frames", latency.samples().0);
    print("reported latency, lowest", latency.ms(), "ms", &samples);
    for term in latency.terms() {
        print(&format!("  {}", term.name), term.ms, "ms", term.note);
    }
}

/// Underruns of one stream.
pub fn one_stream(seconds: u64) {
    let (engine, mut path) = start(128);
    let settings = Settings::default();
    pace(128, seconds, speech(), |block| {
        path.process(&mut [block], &settings);
    });
    let status = engine.status();
    let note = format!(
        "{seconds} s at 128 frames, {}, load {:.2}, highest {:.2}",
        priority(&engine),
        status.load(),
        status.peak_load()
    );
    print("underruns", status.underruns() as f64, "", &note);
    print("missing", status.missing_samples() as f64, "samples", "");
}

/// What the model thread costs while the host plays silence, and while it plays nothing.
pub fn idle(seconds: u64) {
    let (engine, mut path) = start(128);
    let settings = Settings::default();
    let mut run = |seconds| {
        pace(128, seconds, std::iter::repeat(0.0), |block| {
            path.process(&mut [block], &settings);
        });
    };
    run(2);
    let share = |work: &mut dyn FnMut()| {
        let before = thread_seconds("syrinx-model");
        let start = Instant::now();
        work();
        let took = start.elapsed().as_secs_f64();
        Some(100.0 * (thread_seconds("syrinx-model")? - before?) / took)
    };
    let silent = share(&mut || run(seconds));
    let stopped = share(&mut || thread::sleep(Duration::from_secs(seconds)));
    for (name, share) in [
        ("model thread, silence in", silent),
        ("model thread, host stopped", stopped),
    ] {
        match share {
            Some(percent) => print(name, percent, "%", "of a core"),
            None => eprintln!("{name}: no /proc on this system"),
        }
    }
    drop(engine);
}

/// How many of eight instances run at once without underruns.
pub fn many_streams(seconds: u64) {
    let runs: Vec<_> = (0..8)
        .map(|_| {
            thread::spawn(move || {
                let (engine, mut path) = start(128);
                let settings = Settings::default();
                // Until all are loaded.
                pace(128, 3, speech(), |block| {
                    path.process(&mut [block], &settings)
                });
                engine.status().reset_counts();
                pace(128, seconds, speech(), |block| {
                    path.process(&mut [block], &settings)
                });
                (engine.status().underruns(), engine.status().load())
            })
        })
        .collect();
    let results: Vec<(u64, f32)> = runs
        .into_iter()
        .map(|run| run.join().expect("it ran"))
        .collect();
    let clean = results
        .iter()
        .filter(|(underruns, _)| *underruns == 0)
        .count();
    let all: u64 = results.iter().map(|(underruns, _)| underruns).sum();
    let load = results.iter().map(|(_, load)| load).sum::<f32>() / 8.0;
    let note = format!("of 8 at once, {seconds} s; {all} underruns in all, mean load {load:.2}");
    print("instances without underruns", clean as f64, "", &note);
}
