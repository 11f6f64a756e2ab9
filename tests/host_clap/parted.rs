//! A parted voice out of the folder of installed voices, played through the CLAP bundle.

use std::path::Path;
use std::process::Command;

use syrinx_engine::{Activation, Engine, Pace, Quality, Settings, VoiceIdentity};
use syrinx_models::{StreamLatency, Voice, VoiceBundle, voices};
use syrinx_tests::parted;
use syrinx_tests::signals::vowel;

use crate::rig::{self, Rig, open};

const RATE: syrinx_dsp::SampleRate = syrinx_dsp::SampleRate::of(48_000);
const MAX_BLOCK: usize = 512;

/// How many seconds are bounced; only the process that has the voice installed gets it.
const SECONDS: &str = "SYRINX_PARTED_SECONDS";

/// What an engine of our own says of the latency.
fn expected_latency(path: &Path) -> usize {
    let mut engine = Engine::new();
    let voice = engine.voices().add(path).expect("a voice");
    let settings = Settings {
        voice,
        ..Settings::default()
    };
    let path = engine.activate(&Activation {
        pace: Pace::Offline,
        quality: Quality::LowestLatency,
        settings,
        ..Activation::new(f64::from(RATE.hz()), MAX_BLOCK)
    });
    path.latency().samples().0
}

fn check(path: &Path, seconds: f64) {
    let entry = open().expect("the bundle that was there before");
    let bundle = VoiceBundle::open(path).expect("a voice");
    let voices = [VoiceIdentity::of(&bundle)];
    let mut rig = Rig::with_voices(&entry, &voices);
    rig.set_offline(true);
    rig.activate(f64::from(RATE.hz()), MAX_BLOCK as u32);
    let late = rig.latency();
    assert_eq!(late, expected_latency(path));
    let spec = Voice::spec_of(&bundle, Quality::LowestLatency).expect("a spec");
    let stream = StreamLatency::of(&spec, RATE).expect("usual rates");
    assert!(late >= stream.total.0 + MAX_BLOCK, "{late}, {stream:?}");

    let speech = vowel(RATE, seconds, 110.0, 170.0);
    let expected = rig.run(&speech, &[MAX_BLOCK]);
    assert!(expected.iter().all(|x| x.is_finite()));
    // The stream begins once block and deadline have passed; on silence, random weights hum.
    assert!(expected[..late - stream.total.0].iter().all(|&x| x == 0.0));
    let peak = |signal: &[f32]| signal.iter().map(|x| x.abs()).fold(0.0, f32::max);
    // The last tenth of a second as well: nothing was lost on the way.
    for part in [&expected[..], &expected[expected.len() - 4_800..]] {
        assert!(peak(part) > 1e-3, "something is heard: {}", peak(part));
    }
    let difference: Vec<f32> = expected[late..]
        .iter()
        .zip(&speech)
        .map(|(a, b)| a - b)
        .collect();
    // Without the voice, the dry signal comes out exactly so late.
    assert!(peak(&difference) > 0.01, "the dry signal is heard");

    for blocks in [&[MAX_BLOCK][..], &[64], &[1, 7, 480]] {
        rig.reset();
        assert!(rig.run(&speech, blocks) == expected, "{blocks:?}");
    }
    let mut other = Rig::with_voices(&entry, &voices);
    other.set_offline(true);
    other.activate(f64::from(RATE.hz()), MAX_BLOCK as u32);
    assert!(other.run(&speech, &[511, 100]) == expected, "two instances");
}

/// The folder of installed voices is said by the environment, so that a process of its own looks.
#[test]
fn a_parted_voice_bounces_as_reported_and_repeats() {
    if let Ok(seconds) = std::env::var(SECONDS) {
        let installed = voices::installed();
        let path = installed.first().expect("an installed voice");
        return check(path, seconds.parse().expect("a number"));
    }
    if rig::bundles().is_none() {
        return;
    }
    let home = tempfile::tempdir().expect("a folder");
    parted::install(home.path());
    let status = Command::new(std::env::current_exe().expect("this program"))
        .args([
            "--exact",
            "parted::a_parted_voice_bounces_as_reported_and_repeats",
        ])
        .env("SYRINX_HOME", home.path())
        .env(SECONDS, "1.5")
        .status()
        .expect("it starts");
    assert!(status.success());
}
