//! What can change while a voice runs: formants, intonation, transpose, speaker, strength, silence, reset.

use std::f64::consts::TAU;
use std::sync::Arc;

use syrinx_dsp::f0::F0Frame;
use syrinx_dsp::f0::tracker::{F0Config, F0Tracker};
use syrinx_dsp::{SampleRate, Semitones, SpectralEnvelope, resample_all};
use syrinx_models::{
    Backend, ConvertSettings, Device, LiveControls, Quality, Quiet, SliceSource, Stream,
    StreamConfig, Transpose, VecSink, Voice, VoiceBundle,
};
use syrinx_tests::signals::vowel;
use syrinx_tests::sovits::tiny_sovits_bundle;
use syrinx_tests::voices::{default_voice_on_tract, runtime};

const RATE: SampleRate = SampleRate::of(48_000);

/// The rate of the F0 tracker and of the envelopes that are compared.
const SPEECH: SampleRate = SampleRate::of(16_000);

fn controls() -> LiveControls {
    LiveControls {
        seed: 3,
        ..LiveControls::default()
    }
}

fn stream_at(voice: &Voice, controls: &LiveControls, rate: SampleRate) -> Stream {
    let converter = voice
        .live(controls, Quality::LowestLatency)
        .expect("it has its networks");
    Stream::new(converter, StreamConfig::new(rate, 1024)).expect("a usual rate")
}

fn stream(voice: &Voice, controls: &LiveControls) -> Stream {
    stream_at(voice, controls, RATE)
}

/// Runs `input` through in blocks of the given lengths, over and over; `controls` says what is set before the block
/// that begins at a sample.
fn run_with(
    stream: &mut Stream,
    input: &[f32],
    blocks: &[usize],
    controls: impl Fn(usize) -> Option<LiveControls>,
) -> Vec<f32> {
    let mut output = input.to_vec();
    let mut start = 0;
    for &length in blocks.iter().cycle() {
        if start == output.len() {
            break;
        }
        if let Some(controls) = controls(start) {
            stream.set_controls(&controls);
        }
        let end = output.len().min(start + length);
        stream
            .process(&mut output[start..end])
            .expect("it converts");
        start = end;
    }
    assert_eq!(stream.missing(), 0);
    output
}

/// Runs `input` through with no change.
fn run(stream: &mut Stream, input: &[f32]) -> Vec<f32> {
    run_with(stream, input, &[480], |_| None)
}

/// Something like a sung vowel whose F0 rises and falls by `semitones` around `centre_hz`, once a second.
fn melody(seconds: f64, centre_hz: f64, semitones: f64) -> Vec<f32> {
    let hz = f64::from(RATE.hz());
    let mut phase = 0.0;
    (0..(seconds * hz) as usize)
        .map(|n| {
            let octaves = semitones / 12.0 * (TAU * n as f64 / hz).sin();
            let f0 = centre_hz * octaves.exp2();
            phase += f0 / hz;
            let sum: f64 = (1..=20)
                .map(|k| {
                    let f = f64::from(k) * f0;
                    let formants = 1.0 / (1.0 + ((f - 600.0) / 150.0).powi(2))
                        + 0.5 / (1.0 + ((f - 1400.0) / 200.0).powi(2));
                    (TAU * phase * f64::from(k)).sin() * (formants + 0.01)
                })
                .sum();
            (0.2 * sum) as f32
        })
        .collect()
}

fn track(signal: &[f32]) -> Vec<F0Frame> {
    let mut tracker = F0Tracker::new(&F0Config::SPEECH_16K).expect("in range");
    tracker.track(&resample_all(signal, RATE, SPEECH).expect("usual rates"))
}

/// The median of how many cents the F0 of `after` is above that of `before`.
fn cents_between(before: &[f32], after: &[f32]) -> f32 {
    let mut cents: Vec<f32> = track(before)
        .iter()
        .zip(&track(after))
        .filter(|(a, b)| a.voiced && b.voiced)
        .map(|(a, b)| 1200.0 * (b.hz / a.hz).log2())
        .collect();
    assert!(cents.len() > 100, "{} voiced frames", cents.len());
    cents.sort_by(f32::total_cmp);
    cents[cents.len() / 2]
}

/// From the 5th to the 95th part of the F0, in cents: single frames may be wrong.
fn range_in_cents(signal: &[f32]) -> f32 {
    let mut hz: Vec<f32> = track(signal)
        .iter()
        .filter(|x| x.voiced)
        .map(|x| x.hz)
        .collect();
    assert!(hz.len() > 100, "{} voiced frames", hz.len());
    hz.sort_by(f32::total_cmp);
    1200.0 * (hz[hz.len() * 95 / 100] / hz[hz.len() * 5 / 100]).log2()
}

fn level_db(signal: &[f32]) -> f32 {
    10.0 * (signal.iter().map(|x| x * x).sum::<f32>() / signal.len() as f32).log10()
}

/// The mean envelope of the voiced frames, in log amplitude over the bins of 0 to 8 kHz.
fn envelope(signal: &[f32]) -> Vec<f32> {
    let speech = resample_all(signal, RATE, SPEECH).expect("usual rates");
    let mut estimator = SpectralEnvelope::new(SPEECH);
    let half = estimator.half_window().0;
    let mut power = vec![0.0; estimator.fft() / 2 + 1];
    let mut sum = vec![0.0; power.len()];
    for (index, frame) in track(signal).iter().enumerate() {
        let centre = index * 160 + 80;
        if !frame.voiced || centre < half || centre + half >= speech.len() {
            continue;
        }
        estimator.process(&speech[centre - half..=centre + half], frame.hz, &mut power);
        for (sum, power) in sum.iter_mut().zip(&power) {
            *sum += 0.5 * power.max(1e-12).ln();
        }
    }
    sum
}

/// By how many semitones `after` lies above `before`: where two log envelopes correlate best along log frequency.
fn semitones_between(before: &[f32], after: &[f32]) -> f32 {
    let at = |envelope: &[f32], hz: f32| {
        let position = hz * (envelope.len() - 1) as f32 / 8_000.0;
        let (low, part) = (position as usize, position.fract());
        envelope[low] + part * (envelope[low + 1] - envelope[low])
    };
    // From 400 Hz to 3.2 kHz: an octave to each side is still inside of what is analysed.
    let grid: Vec<f32> = (0..=36).map(|n| 400.0 * (n as f32 / 12.0).exp2()).collect();
    let correlation = |shift: f32| {
        let a: Vec<f32> = grid
            .iter()
            .map(|&hz| at(before, hz * (-shift / 24.0).exp2()))
            .collect();
        let b: Vec<f32> = grid
            .iter()
            .map(|&hz| at(after, hz * (shift / 24.0).exp2()))
            .collect();
        let mean = |x: &[f32]| x.iter().sum::<f32>() / x.len() as f32;
        let (mean_a, mean_b) = (mean(&a), mean(&b));
        let dot = |x: &[f32], y: &[f32], mx: f32, my: f32| -> f32 {
            x.iter().zip(y).map(|(x, y)| (x - mx) * (y - my)).sum()
        };
        dot(&a, &b, mean_a, mean_b)
            / (dot(&a, &a, mean_a, mean_a) * dot(&b, &b, mean_b, mean_b)).sqrt()
    };
    let shifts = (-48..=48).map(|quarters| quarters as f32 / 4.0);
    shifts
        .max_by(|&a, &b| correlation(a).total_cmp(&correlation(b)))
        .expect("not empty")
}

#[test]
fn formants_move_and_f0_and_level_stay() {
    let voice = default_voice_on_tract();
    let input = melody(2.5, 130.0, 4.0);
    let plain = run(&mut stream(&voice, &controls()), &input);
    let before = envelope(&plain[24_000..]);
    for semitones in [6.0, -6.0] {
        let moved = LiveControls {
            formant: Semitones(semitones),
            ..controls()
        };
        let output = run(&mut stream(&voice, &moved), &input);
        let found = semitones_between(&before, &envelope(&output[24_000..]));
        // Harmonics 130 Hz apart sample the envelope, at the first formant only every few semitones; a formant shift of
        // half the size, or in the other direction, is 3 semitones off and more.
        assert!(
            (found - semitones).abs() <= 1.0,
            "{found} semitones for {semitones}"
        );
        let cents = cents_between(&plain, &output);
        assert!(cents.abs() < 10.0, "F0 moved by {cents} cents");
        let db = level_db(&output[24_000..]) - level_db(&plain[24_000..]);
        assert!(db.abs() < 1.5, "{semitones} st: {db} dB");
    }
}

#[test]
fn intonation_flattens_and_widens_around_the_mean() {
    let voice = default_voice_on_tract();
    // Two octaves wide in all when doubled: 90 to 250 Hz.
    let input = melody(8.0, 150.0, 4.5);
    let last = 5 * 48_000..8 * 48_000;
    let of = |intonation: f32| {
        let controls = LiveControls {
            intonation,
            ..controls()
        };
        run(&mut stream(&voice, &controls), &input)[last.clone()].to_vec()
    };
    let source = range_in_cents(&input[last.clone()]);
    assert!(source > 800.0, "the melody is there: {source} cents");
    let monotone = range_in_cents(&of(0.0));
    // The mean of 5 s still breathes with the melody by a few cents; a tenth of the melody left would be 90.
    assert!(monotone < 30.0, "{monotone} cents");
    let same = range_in_cents(&of(1.0));
    assert!(
        (same / source - 1.0).abs() < 0.03,
        "{same} cents for {source}"
    );
    let double = range_in_cents(&of(2.0));
    assert!(
        (double / source - 2.0).abs() < 0.1,
        "{double} cents for twice {source}"
    );
}

#[test]
fn transpose_takes_fractions() {
    let voice = default_voice_on_tract();
    let input = melody(2.0, 130.0, 2.0);
    let plain = run(&mut stream(&voice, &controls()), &input);
    for semitones in [7.5, -3.25] {
        let shifted = LiveControls {
            transpose: Semitones(semitones),
            ..controls()
        };
        let output = run(&mut stream(&voice, &shifted), &input);
        let cents = cents_between(&plain, &output) - 100.0 * semitones;
        // A whole number in its place would be 25 cents off.
        assert!(cents.abs() < 10.0, "{semitones} st: off by {cents} cents");
    }
}

#[test]
fn changes_do_not_click() {
    let voice = default_voice_on_tract();
    let input = vowel(RATE, 2.0, 130.0, 150.0);
    let steps = |signal: &[f32]| {
        let steps = signal.windows(2).map(|w| (w[1] - w[0]).abs());
        steps.fold(0.0, f32::max)
    };
    let changed = [
        LiveControls {
            speaker: 1,
            ..controls()
        },
        LiveControls {
            strength: Some(1.0),
            ..controls()
        },
        LiveControls {
            formant: Semitones(6.0),
            ..controls()
        },
        LiveControls {
            transpose: Semitones(5.0),
            ..controls()
        },
        LiveControls {
            intonation: 0.0,
            ..controls()
        },
        LiveControls {
            seed: 77,
            ..controls()
        },
    ];
    let before = run(&mut stream(&voice, &controls()), &input);
    for after in changed {
        let stayed = run(&mut stream(&voice, &after), &input);
        let mut stream = stream(&voice, &controls());
        let switch = 48_000;
        let output = run_with(&mut stream, &input, &[480], |at| {
            (at == switch).then_some(after)
        });
        // Both ways of speaking have the steps of their own pulses; a change adds nothing of its own.
        let usual = steps(&before[24_000..]).max(steps(&stayed[24_000..]));
        let around = switch..switch + stream.latency().0 + 12_000;
        let found = steps(&output[around]);
        assert!(
            found <= 1.2 * usual,
            "{after:?}: a step of {found} against {usual}"
        );
        assert!(output[..switch] == before[..switch]);
        let late = switch + stream.latency().0 + 4_800;
        assert!(output[late..] != before[late..], "{after:?} does something");
    }
}

#[test]
fn equal_controls_change_nothing_and_blocks_do_not_matter() {
    let voice = default_voice_on_tract();
    let mut input = vowel(RATE, 0.7, 110.0, 160.0);
    input.extend(vec![0.0; 9_600]);
    input.extend(vowel(RATE, 0.5, 180.0, 120.0));
    let start = LiveControls {
        transpose: Semitones(3.3),
        formant: Semitones(-2.0),
        intonation: 1.5,
        strength: Some(0.8),
        speaker: 1,
        seed: 9,
        ..LiveControls::default()
    };
    let expected = run(&mut stream(&voice, &start), &input);
    let found = run_with(&mut stream(&voice, &start), &input, &[333], |_| Some(start));
    assert!(found == expected, "equal controls");

    // Changes at samples at which blocks begin in every run.
    let later = |at: usize| {
        let mut controls = start;
        if at >= 12_000 {
            controls.transpose = Semitones(-2.0);
            controls.formant = Semitones(4.0);
        }
        if at >= 30_000 {
            controls.speaker = 0;
            controls.strength = None;
            controls.intonation = 0.4;
            controls.seed = 1;
        }
        Some(controls)
    };
    let first = run_with(&mut stream(&voice, &start), &input, &[6_000], later);
    assert!(first != expected, "the changes do something");
    for blocks in [&[1_000][..], &[480, 20, 500], &[1, 999, 2_000, 3_000]] {
        let found = run_with(&mut stream(&voice, &start), &input, blocks, later);
        assert!(found == first, "blocks of {blocks:?}");
    }
}

#[test]
fn a_reset_keeps_the_controls_and_forgets_the_rest() {
    let voice = default_voice_on_tract();
    let input = vowel(RATE, 1.0, 110.0, 160.0);
    let end = LiveControls {
        speaker: 1,
        transpose: Semitones(9.0),
        formant: Semitones(3.0),
        intonation: 0.3,
        strength: Some(0.1),
        seed: 12,
        ..LiveControls::default()
    };
    let expected = run(&mut stream(&voice, &end), &input);
    let mut stream = stream(&voice, &controls());
    run_with(&mut stream, &input, &[480], |at| {
        (at >= 24_000).then_some(LiveControls {
            transpose: Semitones(at as f32 / 10_000.0),
            ..end
        })
    });
    stream.set_controls(&end);
    stream.reset();
    assert!(run(&mut stream, &input) == expected, "after a reset");
    stream.reset();
    assert!(run(&mut stream, &input) == expected, "after two");
}

#[test]
fn silence_is_silent_and_sound_after_it_is_as_after_a_pause() {
    let voice = default_voice_on_tract();
    let said = vowel(RATE, 0.6, 120.0, 150.0);
    let after = |silence: usize| {
        let input = [&said[..], &vec![0.0; silence], &said].concat();
        let mut stream = stream(&voice, &controls());
        let late = stream.latency().0;
        let output = run(&mut stream, &[&input[..], &vec![0.0; late]].concat());
        let quiet = output[late + said.len()..][..silence].to_vec();
        (quiet, output[late + said.len() + silence..].to_vec())
    };
    // Whole chunks of silence, so that the second vowel lies the same in them.
    let (_, short) = after(14_400);
    let (quiet, long) = after(96_000);
    let (_, longer) = after(144_000);
    // It wakes with the first hop of sound, and says then what lies a lookahead (75 ms) before it.
    let before_waking = &quiet[48_000..96_000 - 4_800];
    assert!(
        before_waking.iter().all(|&x| x == 0.0),
        "after a second it is digital silence"
    );
    // Until the analysis windows reach the sound, nothing is heard: -80 dB.
    let loudest = quiet[96_000 - 4_800..96_000 - 2_000]
        .iter()
        .fold(0.0f32, |a, x| a.max(x.abs()));
    assert!(loudest < 1e-4, "{loudest}");
    assert!(long == longer, "two seconds and three are the same");
    // A pause of 0.3 s is heard through; a longer one is cut short at 0.5 s, and the noise goes on where it stood.
    // So the samples differ, the voice does not: half a decibel and five cents are less than it varies by itself.
    let cents = cents_between(
        &[&short[..], &short, &short].concat(),
        &[&long[..], &long, &long].concat(),
    );
    assert!(cents.abs() < 5.0, "{cents} cents");
    for (at, (a, b)) in short.chunks(4_800).zip(long.chunks(4_800)).enumerate() {
        let db = level_db(b) - level_db(a);
        assert!(db.abs() < 0.5, "{db} dB in tenth {at}");
    }
}

/// The tiny So-VITS voice, and the folder that it is read from again for every converter.
fn tiny() -> (tempfile::TempDir, Arc<VoiceBundle>, Voice) {
    let directory = tempfile::tempdir().expect("a folder");
    let bundle = VoiceBundle::open(tiny_sovits_bundle(directory.path())).expect("a whole bundle");
    let bundle = Arc::new(bundle);
    let runtime = runtime(Backend::Tract).expect("tract is linked in");
    let voice = Voice::load(&runtime, Arc::clone(&bundle), Device::Cpu).expect("it loads");
    (directory, bundle, voice)
}

#[test]
fn the_specification_is_known_before_the_networks_are_loaded() {
    let (_directory, tiny_bundle, tiny_voice) = tiny();
    let default_voice = default_voice_on_tract();
    for (bundle, voice) in [
        (default_voice.bundle(), &default_voice),
        (&*tiny_bundle, &tiny_voice),
    ] {
        for quality in Quality::ALL {
            let stated = Voice::spec_of(bundle, quality).expect("the manifest fits together");
            let live = voice
                .live(&controls(), quality)
                .expect("it has its networks");
            assert_eq!(
                &stated,
                live.spec(),
                "{} at {quality:?}",
                bundle.manifest().name
            );
        }
    }
}

#[test]
fn so_vits_without_shifts_is_as_before_and_with_them_whole() {
    let (_directory, _, mut voice) = tiny();
    let rate = SampleRate::of(44_100);
    let input = vowel(rate, 1.7, 140.0, 170.0);
    let plain = LiveControls {
        transpose: Semitones(2.0),
        ..controls()
    };
    let settings = ConvertSettings {
        transpose: Transpose::Fixed(Semitones(2.0)),
        seed: 3,
        ..ConvertSettings::default()
    };
    // The quality whose context and lookahead are those of the command.
    let live_at = |controls: &LiveControls| {
        let converter = voice.live(controls, Quality::LowLatency);
        let converter = converter.expect("it has its networks");
        Stream::new(converter, StreamConfig::new(rate, 1024)).expect("a usual rate")
    };
    let live = run(&mut live_at(&plain), &input);
    let converter = voice.converter(&settings, Some(160.0)).expect("in range");
    let config = StreamConfig::new(rate, 1024);
    let mut fixed = Stream::new(converter, config).expect("a usual rate");
    assert!(run(&mut fixed, &input) == live, "live and fixed controls");
    let mut switched = live_at(&LiveControls {
        formant: Semitones(4.0),
        ..plain
    });
    switched.set_controls(&plain);
    assert!(
        run(&mut switched, &input) == live,
        "formants that were moved and came back"
    );

    const SHIFTS: [f32; 5] = [6.0, -6.0, 12.0, -12.0, 0.7];
    for formant in SHIFTS.map(Semitones) {
        let moved = run(&mut live_at(&LiveControls { formant, ..plain }), &input);
        assert!(moved.iter().all(|x| x.is_finite()) && moved != live);
    }

    let file = |voice: &mut Voice, settings: &ConvertSettings| {
        let mut source = SliceSource::new(&input, rate);
        let mut sink = VecSink::default();
        let converted = voice.convert_file(&mut source, &mut sink, settings, &mut Quiet);
        converted.expect("it converts");
        sink.samples
    };
    let whole = file(&mut voice, &settings);
    for semitones in SHIFTS {
        let formant = Semitones(semitones);
        let settings = ConvertSettings {
            formant,
            ..settings.clone()
        };
        let converted = file(&mut voice, &settings);
        assert_eq!(converted.len(), input.len());
        assert!(converted.iter().all(|x| x.is_finite()) && converted != whole);
        // What is said is still there to the end, at something like its level.
        let (start, end) = (&converted[8_000..30_000], &converted[input.len() - 2_000..]);
        assert!(
            (level_db(start) - level_db(end)).abs() < 6.0,
            "{semitones} st: the end is missing"
        );
    }
    let flat = ConvertSettings {
        intonation: 0.0,
        ..settings.clone()
    };
    let first = file(&mut voice, &flat);
    assert!(first != whole);
    // A recording does not depend on the one before it.
    assert!(file(&mut voice, &flat) == first);
    assert!(file(&mut voice, &settings) == whole);
}

#[test]
fn so_vits_forgets_on_reset_and_takes_controls_while_it_runs() {
    let (_directory, _, voice) = tiny();
    let rate = SampleRate::of(44_100);
    let input = vowel(rate, 1.3, 140.0, 190.0);
    let end = LiveControls {
        speaker: 2,
        transpose: Semitones(1.5),
        formant: Semitones(3.0),
        intonation: 0.2,
        ..controls()
    };
    let expected = run(&mut stream_at(&voice, &end, rate), &input);
    let mut stream = stream_at(&voice, &controls(), rate);
    let changed = run_with(&mut stream, &input, &[441], |at| {
        (at >= 22_050).then_some(end)
    });
    assert!(changed != expected && changed.iter().all(|x| x.is_finite()));
    stream.reset();
    assert!(run(&mut stream, &input) == expected);
}

#[test]
fn a_voice_is_shared_between_threads() {
    fn assert_send_sync<T: Send + Sync>() {}
    assert_send_sync::<Voice>();
}
