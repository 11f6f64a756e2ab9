//! The audio end without a thread on the other side.

use super::*;
use crate::ModelEnd;
use crate::bridge::{COMMANDS, bridge};

fn ends(pace: Pace) -> (AudioEnd, ModelEnd) {
    let config = BridgeConfig {
        rate: 48_000.0,
        max_block: 8,
        lead: 7,
        pace,
    };
    bridge(&config, &Arc::default())
}

/// Takes what is there, and gives it back.
fn pass(model: &mut ModelEnd, count: usize) {
    let mut block = vec![0.0; count];
    model.take(&mut block);
    model.give(&block);
}

#[test]
fn an_offline_host_waits_again_once_something_has_come() {
    let (mut audio, mut model) = ends(Pace::Offline);
    let mut output = [0.0; 7];
    audio.process(&[1.0; 7], &mut output);
    audio.gave_up = Some(audio.come());
    assert!(audio.has_given_up());
    // Does not wait: the test would take 30 s.
    assert_eq!(audio.process(&[1.0; 7], &mut output).missing, 7);
    assert!(audio.has_given_up(), "nothing has come");
    pass(&mut model, 14);
    assert!(!audio.has_given_up());
    audio.process(&[1.0; 7], &mut output[..0]);
    assert!(!audio.has_given_up(), "what was taken has come, too");
}

#[test]
fn a_reset_that_found_no_room_happens_once() {
    let (mut audio, mut model) = ends(Pace::Realtime);
    let mut output = [0.0; 8];
    let mut settings = ModelSettings::default();
    for number in 0..COMMANDS + 10 {
        settings.voice = number as u32;
        audio.set(settings);
    }
    audio.reset();
    assert!(audio.reset_wanted, "the ring is full");
    // Until input is lost.
    while !audio.stopped {
        audio.process(&[1.0; 8], &mut output);
    }
    while model.due().is_some() {}
    while model.available() > 0 {
        let count = model.available();
        pass(&mut model, count);
    }
    // The restart is the reset.
    audio.process(&[1.0; 8], &mut output);
    assert!(!audio.stopped && !audio.reset_wanted);
    let resets = std::iter::from_fn(|| model.due())
        .filter(|stamped| stamped.command == Command::Reset)
        .count();
    assert_eq!(resets, 1);
}

#[test]
fn an_offline_host_loses_no_settings() {
    let (mut audio, mut model) = ends(Pace::Offline);
    let most = 4 * COMMANDS as u32;
    let reader = std::thread::spawn(move || {
        let mut voices = Vec::new();
        while voices.last() != Some(&most) {
            match model.due().map(|stamped| stamped.command) {
                Some(Command::Set(settings)) => voices.push(settings.voice),
                _ => std::thread::yield_now(),
            }
        }
        voices
    });
    for voice in 1..=most {
        audio.set(ModelSettings {
            voice,
            ..ModelSettings::default()
        });
    }
    let voices = reader.join().expect("it does not panic");
    assert!(voices.into_iter().eq(1..=most));
}
