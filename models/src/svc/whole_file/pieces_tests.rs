//! Recordings with RVC voices through networks whose answer is known.

use syrinx_dsp::SampleRate;

use super::test_networks::{HOP, Heard, pipeline};
use super::*;
use crate::error::LoadError;
use crate::progress::Quiet;
use crate::sample_io::{SliceSource, VecSink};
use crate::svc::{NOISE_CHANNELS, SlicerConfig};

/// Pieces of about two seconds.
const SHORT: PieceConfig = PieceConfig {
    pad_ms: 500.0,
    search_ms: 200.0,
    spacing_ms: 2_000.0,
    longest_ms: 2_500.0,
};

fn settings(loudness: f32) -> FileSettings {
    FileSettings {
        controls: Controls::default(),
        method: FileMethod::Pieces(SHORT),
        loudness,
    }
}

fn converted(samples: &[f32], rate: u32, settings: &FileSettings) -> (Vec<f32>, Heard) {
    let (mut pipeline, heard) = pipeline(HOP);
    let mut source = SliceSource::new(samples, SampleRate::of(rate));
    let mut sink = VecSink::default();
    convert_file(&mut pipeline, &mut source, &mut sink, settings, &mut Quiet).unwrap();
    (sink.samples, heard)
}

/// A gliding tone that pauses, at 16 kHz: ten overtones, so that it is a voice to a tracker.
fn voice(samples: usize) -> Vec<f32> {
    let mut turns = 0.0f32;
    (0..samples)
        .map(|n| {
            let seconds = n as f32 / 16_000.0;
            turns += (180.0 + 60.0 * (seconds * 2.0).sin()) / 16_000.0;
            turns -= turns.floor();
            let wave = |k: u16| {
                let k = f32::from(k);
                (std::f32::consts::TAU * turns * k).sin() / k
            };
            let pauses = if n % 20_000 > 16_000 { 0.0 } else { 0.2 };
            pauses * (1..11).map(wave).sum::<f32>()
        })
        .collect()
}

#[test]
fn as_many_samples_come_out_as_went_in() {
    for rate in [8_000, 16_000, 40_000, 44_100, 48_000, 96_000] {
        let second = rate as usize;
        for length in [0, 1, 2, 18, 19, 5_000, 5_001, 5_002, 3 * second + 1] {
            let samples: Vec<f32> = (0..length).map(|n| (n as f32 * 0.03).sin() * 0.1).collect();
            for loudness in [0.0, 0.75] {
                let (output, _) = converted(&samples, rate, &settings(loudness));
                assert_eq!(output.len(), length, "{length} samples at {rate} Hz");
            }
        }
    }
}

/// The hum begins anew with every piece, but is there without a gap.
#[test]
fn there_is_no_gap_between_pieces_nor_at_the_end() {
    let samples = voice(16_000 * 9 + 123);
    let (output, heard) = converted(&samples, 16_000, &settings(0.0));
    assert!(heard.lock().unwrap().len() >= 4);
    for (at, window) in output.windows(60).enumerate() {
        // A period has 50 samples at 16 kHz.
        let most = window.iter().fold(0.0f32, |most, x| most.max(x.abs()));
        assert!(most > 0.15, "{most} at {at}");
    }
}

#[test]
fn pieces_share_the_noise_of_their_frames() {
    let samples = voice(16_000 * 7);
    let (_, heard) = converted(&samples, 16_000, &settings(0.0));
    let heard = heard.lock().unwrap();
    assert!(heard.len() >= 3);
    let frames = |index: usize| heard[index].0.len() / NOISE_CHANNELS;
    // The first piece begins with its padding, half a second before the recording.
    let expected = crate::svc::FrameNoise::new(0).frames(-50, 800);
    let mut found = 0;
    for index in 0..heard.len() {
        let row = |noise: &[f32], count: usize, channel: usize| {
            noise[channel * count..][..count].to_vec()
        };
        let all = row(&expected, 800, 5);
        let here = row(&heard[index].0, frames(index), 5);
        let place = all.windows(here.len()).position(|part| part == here);
        let place = place.expect("the noise of another place");
        assert_eq!(index == 0, place == 0);
        assert!(index == 0 || place > found);
        found = place;
        let (whole, part) = (
            row(&expected, 800, 190),
            row(&heard[index].0, frames(index), 190),
        );
        assert_eq!(whole[place..place + part.len()], part);
    }
}

/// F0 of the built-in tracker, which hears pieces with what is around them.
#[test]
fn f0_of_pieces_is_that_of_the_whole_recording() {
    let samples = voice(16_000 * 9);
    let (_, pieces) = converted(&samples, 16_000, &settings(0.0));
    let whole = FileSettings {
        method: FileMethod::Pieces(PieceConfig {
            longest_ms: 20_000.0,
            ..SHORT
        }),
        ..settings(0.0)
    };
    let (_, whole) = converted(&samples, 16_000, &whole);
    let whole = whole.lock().unwrap()[0].1.clone();
    assert!(whole.iter().filter(|&&hz| hz > 0.0).count() > 600);
    let mut place = 0;
    for (index, (noise, f0)) in pieces.lock().unwrap().iter().enumerate() {
        assert_eq!(noise.len(), f0.len() * NOISE_CHANNELS);
        // Each begins where the last one ended less two paddings and the odd frame that content has not.
        let from = place;
        let until = (from + 300).min(whole.len() - f0.len());
        let fits = (from..=until).find(|&at| {
            let pairs = whole[at..].iter().zip(f0);
            pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) < 1e-3
        });
        place = fits.unwrap_or_else(|| panic!("piece {index} hears another F0"));
    }
    assert!(place > 500);
}

#[test]
fn silence_stays_silent_where_loudness_follows_it() {
    let silence = vec![0.0; 16_000 * 4];
    let (output, _) = converted(&silence, 16_000, &settings(0.75));
    assert!(output.iter().all(|&x| x == 0.0));
    // RVC's networks speak on silence, too; nothing is cut out for them.
    let (output, _) = converted(&silence, 16_000, &settings(0.0));
    assert!(output.iter().any(|&x| x > 0.1));
}

#[test]
fn an_observer_stops_a_conversion_and_sees_all_of_it() {
    struct Until(u64, u64);
    impl Observer for Until {
        fn progress(&mut self, done: u64) {
            assert!(done > self.1);
            self.1 = done;
        }

        fn cancelled(&self) -> bool {
            self.1 >= self.0
        }
    }
    let samples = voice(16_000 * 12);
    let run = |observer: &mut Until| {
        let mut source = SliceSource::new(&samples, SampleRate::of(16_000));
        let mut sink = VecSink::default();
        let (mut pipeline, _) = pipeline(HOP);
        convert_file(
            &mut pipeline,
            &mut source,
            &mut sink,
            &settings(0.75),
            observer,
        )
    };
    let mut stopped = Until(16_000, 0);
    assert!(matches!(run(&mut stopped), Err(ConvertError::Cancelled)));
    assert!(stopped.1 < 16_000 * 5, "{}", stopped.1);
    let mut whole = Until(u64::MAX, 0);
    run(&mut whole).unwrap();
    assert_eq!(whole.1, 16_000 * 12);
}

#[test]
fn what_is_no_voice_of_rvc_and_what_is_out_of_range_is_refused() {
    let run = |hop: usize, settings: &FileSettings| {
        let mut source = SliceSource::new(&[0.0; 99], SampleRate::of(16_000));
        convert_file(
            &mut pipeline(hop).0,
            &mut source,
            &mut VecSink::default(),
            settings,
            &mut Quiet,
        )
    };
    match run(512, &settings(0.0)) {
        Err(ConvertError::Load(LoadError::Unsupported(reason))) => {
            assert!(reason.contains("400 samples per frame") && reason.contains("512"));
        }
        other => panic!("{other:?}"),
    }
    for wrong in [-0.1, 1.1, f32::NAN] {
        match run(HOP, &settings(wrong)) {
            Err(ConvertError::Setting { name, .. }) => assert_eq!(name, "loudness"),
            other => panic!("{other:?}"),
        }
    }
    let method = FileMethod::Pieces(PieceConfig {
        search_ms: 1_000.0,
        ..SHORT
    });
    let meeting = FileSettings {
        method,
        ..settings(0.0)
    };
    assert!(matches!(
        run(HOP, &meeting),
        Err(ConvertError::Setting {
            name: "search_ms",
            ..
        })
    ));
}

/// So-VITS-SVC's way follows loudness, too, where a voice asks for it.
#[test]
fn slices_follow_the_loudness_of_the_recording() {
    let samples: Vec<f32> = voice(16_000 * 3).iter().map(|x| x * 0.1).collect();
    let rms = |signal: &[f32]| {
        let power: f32 = signal[8_000..40_000].iter().map(|x| x * x).sum();
        (power / 32_000.0).sqrt()
    };
    let run = |loudness: f32| {
        let settings = FileSettings {
            method: FileMethod::Slices(SlicerConfig::default()),
            ..settings(loudness)
        };
        rms(&converted(&samples, 16_000, &settings).0)
    };
    // The hum is ten times as loud as the recording; half of that in dB is left by half.
    let (own, half, followed) = (run(0.0), run(0.5), run(1.0));
    assert!((own - 0.2 / 2f32.sqrt()).abs() < 1e-3, "{own}");
    let near = |found: f32, expected: f32| (found / expected - 1.0).abs() < 0.1;
    assert!(near(followed, rms(&samples)), "{followed}");
    assert!(near(half, (own * rms(&samples)).sqrt()), "{half}");
}

#[test]
fn what_is_not_stated_is_as_the_programs_have_it() {
    let of = |kind, parameters: &str| {
        let parameters: SvcParameters = serde_json::from_str(parameters).unwrap();
        let settings = FileSettings::of(kind, &parameters, Controls::default());
        (settings.method, settings.loudness)
    };
    let slices = FileMethod::Slices(SlicerConfig::default());
    let pieces = FileMethod::Pieces(PieceConfig::default());
    assert_eq!(of(VoiceKindName::SoVits, "{}"), (slices.clone(), 0.0));
    assert_eq!(of(VoiceKindName::Rvc, "{}"), (pieces, 0.75));
    let stated = "{\"loudness\": 0.5, \"pieces\": {\"pad_ms\": 500, \"search_ms\": 200, \
                  \"spacing_ms\": 2000, \"longest_ms\": 2500}}";
    assert_eq!(of(VoiceKindName::SoVits, stated), (slices, 0.5));
    let short = FileMethod::Pieces(SHORT);
    assert_eq!(of(VoiceKindName::Rvc, stated), (short, 0.5));
}
