//! A session and its callback's side, block by block.

use assert_no_alloc::assert_no_alloc;
use syrinx_engine::{Engine, VoiceLibrary};

use super::*;

#[global_allocator]
static GUARD: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;

fn session(max_block: usize, settings: Settings) -> (Session, AudioSide) {
    let engine = Engine::with_library(Arc::new(VoiceLibrary::default()));
    let config = SessionConfig {
        rate: SampleRate::of(48_000),
        max_block,
        quality: Quality::default(),
        reserve: Duration::ZERO,
        settings,
    };
    Session::new(engine, config)
}

fn dry() -> Settings {
    Settings {
        voice: VoiceSlots::COUNT as u32 - 1,
        ..Settings::default()
    }
}

/// A count that never repeats within the latency, so that a sample's age can be told.
fn ramp(at: usize) -> f32 {
    (at % 8191) as f32 / 8192.0 + 1.0 / 16384.0
}

#[test]
fn bypassed_the_input_comes_out_after_the_latency() {
    let settings = Settings {
        bypass: true,
        ..dry()
    };
    let (session, mut side) = session(128, settings);
    let latency = session.latency().samples().0;
    assert!(latency > 128, "{latency}");
    let mut at = 0;
    for length in [128, 1, 77].into_iter().cycle().take(300) {
        let mut block: Vec<f32> = (at..at + length).map(ramp).collect();
        assert_no_alloc(|| side.process(&mut block));
        for (offset, sample) in block.iter().enumerate() {
            let expected = (at + offset).checked_sub(latency).map_or(0.0, ramp);
            assert_eq!(*sample, expected, "sample {}", at + offset);
        }
        at += length;
    }
    assert_eq!(session.counts().blocks(), 300);
}

#[test]
fn a_longer_block_restarts_the_engine_off_the_callback() {
    for (on_underrun, heard) in [
        (syrinx_engine::OnUnderrun::Dry, 0.5),
        (syrinx_engine::OnUnderrun::Gap, 0.0),
    ] {
        let settings = Settings {
            on_underrun,
            ..dry()
        };
        let (mut session, mut side) = session(64, settings);
        let before = session.latency().samples().0;
        assert!(!session.tend());
        let mut block = [0.5; 256];
        assert_no_alloc(|| side.process(&mut block));
        assert_eq!(block, [heard; 256]);
        assert_eq!(session.counts().waiting_blocks(), 1);
        assert!(session.tend());
        assert_eq!(session.config().max_block, 256);
        // A block that is 192 longer is noticed 192 samples later.
        assert_eq!(session.latency().samples().0, before + 192);
        assert_no_alloc(|| side.process(&mut [0.0; 256]));
        assert_eq!(session.counts().waiting_blocks(), 1);
        assert!(!session.tend());
        assert_eq!(session.restarts(), 1);
    }
}

#[test]
fn settings_and_mute_reach_the_callback() {
    let (mut session, mut side) = session(480, dry());
    let mut last = 1.0;
    session.set(Settings {
        bypass: true,
        ..session.settings()
    });
    for _ in 0..20 {
        let mut block = [0.5; 480];
        side.process(&mut block);
        last = block[479];
    }
    assert_eq!(last, 0.5);
    session.counts().set_muted(true);
    let mut block = [0.5; 480];
    side.process(&mut block);
    // Ten milliseconds are these 480 samples: a straight line down to 0.
    assert!(
        block[0] > 0.49 && (block[239] - 0.25).abs() < 0.01,
        "{}",
        block[239]
    );
    assert_eq!(block[479], 0.0);
    side.process(&mut block);
    assert_eq!(block, [0.0; 480]);
}

#[test]
fn a_denoiser_that_is_turned_on_restarts_the_engine_once() {
    let (mut session, mut side) = session(128, dry());
    let before = session.latency().samples().0;
    session.set(Settings {
        denoise: 0.5,
        ..session.settings()
    });
    assert!(session.tend());
    // What RNNoise takes at 48 kHz: two of its frames less one sample.
    assert_eq!(session.latency().samples().0, before + 959);
    assert_no_alloc(|| side.process(&mut [0.0; 128]));
    session.set(Settings {
        denoise: 0.0,
        ..session.settings()
    });
    assert!(!session.tend());
    assert_eq!(session.restarts(), 1);
}

#[test]
fn panic_gives_the_input_of_this_very_block() {
    let (session, mut side) = session(480, dry());
    let mut at = 0;
    let mut play = |side: &mut AudioSide| {
        let block: Vec<f32> = (at..at + 480).map(ramp).collect();
        let mut heard = block.clone();
        at += 480;
        assert_no_alloc(|| side.process(&mut heard));
        (block, heard)
    };
    let (block, heard) = play(&mut side);
    assert_ne!(block, heard);
    session.counts().set_panic(true);
    // Ten milliseconds of fading, then nothing but the input, to the bit.
    let (block, heard) = play(&mut side);
    // At the end of the fade one rounding of f32 is left; the delayed voice is another number altogether.
    assert!((block[479] - heard[479]).abs() < 1e-6);
    let (block, heard) = play(&mut side);
    assert_eq!(block, heard);
    session.counts().set_muted(true);
    play(&mut side);
    let (_, heard) = play(&mut side);
    assert_eq!(heard, [0.0; 480]);
    session.counts().set_muted(false);
    session.counts().set_panic(false);
    play(&mut side);
    let (block, heard) = play(&mut side);
    assert_ne!(block, heard);
}

#[test]
fn push_to_talk_lets_out_what_was_said_while_the_key_was_down() {
    let (session, mut side) = session(
        96,
        Settings {
            bypass: true,
            ..dry()
        },
    );
    let latency = session.latency().samples().0;
    let counts = session.counts();
    let mut at = 0;
    let mut play = |blocks: usize| {
        let mut heard = Vec::new();
        for _ in 0..blocks {
            let mut block: Vec<f32> = (at..at + 96).map(ramp).collect();
            at += 96;
            assert_no_alloc(|| side.process(&mut block));
            heard.extend(block);
        }
        heard
    };
    play(100);
    counts.set_push_to_talk(true);
    play(latency / 96 + 10);
    assert!(play(10).iter().all(|sample| *sample == 0.0));
    counts.set_talking(true);
    let heard = play(50);
    assert_eq!(heard[4_799], ramp(at_of(160 + latency / 96, latency)));
    counts.set_talking(false);
    // What went in until now is heard to its end, and then faded out.
    let heard = play(latency / 96);
    assert!(heard.iter().all(|sample| *sample != 0.0));
    play(10);
    assert!(play(10).iter().all(|sample| *sample == 0.0));
}

/// Which input is heard as the last sample of `blocks` blocks of 96 and the 10 that were heard before.
fn at_of(blocks: usize, latency: usize) -> usize {
    (blocks + 10) * 96 - 1 - latency
}

#[test]
fn a_recording_hears_both_sides_and_nothing_allocates() {
    let settings = Settings {
        bypass: true,
        ..dry()
    };
    let (mut session, mut side) = session(128, settings);
    let latency = session.latency().samples().0;
    let (tap, mut end) = crate::tap::tap(48_000);
    assert!(session.record(Some(tap)));
    for start in 0..100 {
        let mut block: Vec<f32> = (start * 128..(start + 1) * 128).map(ramp).collect();
        assert_no_alloc(|| side.process(&mut block));
    }
    assert_eq!(end.latency(), latency);
    for at in 0..12_800 {
        let pair = end.next().unwrap();
        assert_eq!(pair.dry, ramp(at));
        assert_eq!(pair.wet, at.checked_sub(latency).map_or(0.0, ramp));
    }
    assert!(session.record(None));
    assert_no_alloc(|| side.process(&mut [0.5; 128]));
    session.tend();
    assert!(end.is_abandoned() && end.next().is_none());
}
