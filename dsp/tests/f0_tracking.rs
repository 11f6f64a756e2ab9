//! Tracks synthesised voices whose fundamental is known at every sample.

use std::f64::consts::TAU;

use syrinx_dsp::{F0Config, F0Frame, F0Tracker, SampleRate, Samples};

const RATE: f64 = 16_000.0;
const HOP: usize = 160;

/// A seeded generator of uniform numbers, and of nearly Gaussian ones with standard deviation 1.
struct Noise(u64);

impl Noise {
    fn uniform(&mut self) -> f64 {
        // splitmix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn gaussian(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

/// A voice: harmonics below 7.2 kHz, each with the amplitude that `envelope` gives its frequency, RMS 0.1.
fn voice(f0: &[f64], envelope: impl Fn(f64) -> f64) -> Vec<f64> {
    let mut phase = 0.0;
    let mut samples = Vec::with_capacity(f0.len());
    for &hz in f0 {
        phase = (phase + TAU * hz / RATE) % TAU;
        let count = (7200.0 / hz) as usize;
        let (mut sum, mut power) = (0.0, 0.0);
        for harmonic in 1..=count {
            let amplitude = envelope(hz * harmonic as f64);
            // Quadratic phases (Schroeder) for neither a bare pulse nor a sine.
            sum += amplitude * (phase * harmonic as f64).cos();
            power += amplitude * amplitude / 2.0;
        }
        samples.push(sum * 0.1 / power.sqrt());
    }
    samples
}

/// All harmonics alike: a band-limited pulse train.
fn pulse(_: f64) -> f64 {
    1.0
}

/// An "ah": falling source spectrum and formants at 700, 1220 and 2600 Hz.
fn ah(hz: f64) -> f64 {
    vowel(hz, [(700.0, 110.0), (1220.0, 120.0), (2600.0, 160.0)])
}

/// An "oo": the first formant, near 300 Hz, makes a harmonic other than the first the strongest.
fn oo(hz: f64) -> f64 {
    vowel(hz, [(300.0, 60.0), (870.0, 90.0), (2240.0, 150.0)])
}

fn vowel(hz: f64, formants: [(f64, f64); 3]) -> f64 {
    let tilt = 1.0 / (1.0 + (hz / 300.0).powi(2)).sqrt();
    formants.iter().fold(tilt, |gain, &(centre, width)| {
        let x = (centre * centre - hz * hz) / (centre * centre);
        let damping = width * hz / (centre * centre);
        gain / (x * x + damping * damping).sqrt()
    })
}

/// From `low` up to `high` and back, straight on the log axis, twice in `seconds`.
fn glide(low: f64, high: f64, seconds: f64) -> Vec<f64> {
    let count = (seconds * RATE) as usize;
    (0..count)
        .map(|n| {
            let x = 2.0 * n as f64 / count as f64;
            let up = if x < 1.0 { x } else { 2.0 - x };
            low * (high / low).powf(up)
        })
        .collect()
}

/// Speech-like movement: a slow drift of an octave with 5.5 Hz vibrato of 60 cents.
fn intonation(centre: f64, seconds: f64) -> Vec<f64> {
    (0..(seconds * RATE) as usize)
        .map(|n| {
            let t = n as f64 / RATE;
            let octaves = 0.5 * (TAU * 0.4 * t).sin() + 0.05 * (TAU * 5.5 * t).sin();
            centre * octaves.exp2()
        })
        .collect()
}

fn with_noise(clean: &[f64], snr_db: f64, seed: u64) -> Vec<f32> {
    let mut noise = Noise(seed);
    let level = 0.1 * 10f64.powf(-snr_db / 20.0);
    clean
        .iter()
        .map(|x| (x + level * noise.gaussian()) as f32)
        .collect()
}

fn track(signal: &[f32]) -> Vec<F0Frame> {
    F0Tracker::new(&F0Config::SPEECH_16K).unwrap().track(signal)
}

struct Score {
    frames: usize,
    voiced: usize,
    close: usize,
    octave: usize,
}

/// Compares all frames but those within 40 ms of the ends, where part of the window is silence.
fn score(f0: &[f64], frames: &[F0Frame]) -> Score {
    let mut score = Score {
        frames: 0,
        voiced: 0,
        close: 0,
        octave: 0,
    };
    for (index, frame) in frames
        .iter()
        .enumerate()
        .skip(4)
        .take(frames.len().saturating_sub(8))
    {
        score.frames += 1;
        if frame.voiced {
            let cents = 1200.0 * (f64::from(frame.hz) / f0[index * HOP]).log2();
            score.voiced += 1;
            score.close += usize::from(cents.abs() <= 20.0);
            score.octave += usize::from(cents.abs() > 600.0);
        }
    }
    score
}

/// The thresholds, and nearly everything found voiced.
fn assert_good(name: &str, f0: &[f64], signal: &[f32]) {
    assert_frames(name, f0, &track(signal));
}

fn assert_frames(name: &str, f0: &[f64], tracked: &[F0Frame]) {
    let Score {
        frames,
        voiced,
        close,
        octave,
    } = score(f0, tracked);
    println!("{name}: {frames} frames, {voiced} voiced, {close} within 20 cents, {octave} octaves");
    assert!(frames > 90, "{name}: only {frames} frames");
    assert!(
        voiced as f64 >= 0.99 * frames as f64,
        "{name}: {voiced} of {frames} voiced"
    );
    assert!(
        close as f64 >= 0.99 * voiced as f64,
        "{name}: {close} of {voiced} within 20 cents"
    );
    assert!(
        octave as f64 <= 0.005 * voiced as f64,
        "{name}: {octave} of {voiced} an octave off"
    );
}

#[test]
fn glides_over_the_whole_range() {
    let f0 = glide(50.0, 1100.0, 6.0);
    for (name, envelope) in [("pulse", pulse as fn(f64) -> f64), ("ah", ah), ("oo", oo)] {
        let clean = voice(&f0, envelope);
        for snr_db in [60.0, 10.0] {
            assert_good(
                &format!("{name} {snr_db} dB"),
                &f0,
                &with_noise(&clean, snr_db, 1),
            );
        }
    }
}

#[test]
fn speaking_voices_in_noise() {
    for centre in [90.0, 130.0, 210.0, 330.0, 600.0] {
        let f0 = intonation(centre, 4.0);
        for (name, envelope) in [("ah", ah as fn(f64) -> f64), ("oo", oo)] {
            let clean = voice(&f0, envelope);
            for snr_db in [30.0, 5.0] {
                let name = format!("{name} at {centre} Hz, {snr_db} dB");
                assert_good(&name, &f0, &with_noise(&clean, snr_db, 2));
            }
        }
    }
}

#[test]
fn voicing_follows_alternating_segments() {
    let f0 = intonation(140.0, 9.0);
    let clean = voice(&f0, ah);
    // 300 ms voice, 150 ms of noise as strong as the voice, 300 ms voice, 150 ms of near silence.
    let period = (0.9 * RATE) as usize;
    let voiced = |n: usize| !(4800..7200).contains(&(n % period)) && n % period < 12_000;
    let mut noise = Noise(3);
    let signal: Vec<f32> = (0..f0.len())
        .map(|n| {
            let hiss = noise.gaussian();
            let level = if voiced(n) {
                0.003
            } else if n % period < 7200 {
                0.1
            } else {
                1e-4
            };
            ((if voiced(n) { clean[n] } else { 0.0 }) + level * hiss) as f32
        })
        .collect();
    let frames = track(&signal);
    let (mut judged, mut wrong) = (0, 0);
    for (index, frame) in frames.iter().enumerate().skip(4).take(frames.len() - 8) {
        let centre = index * HOP;
        // An edge inside the middle half of the window leaves the truth open: 25 ms on either side.
        if voiced(centre - 400) == voiced(centre) && voiced(centre + 400) == voiced(centre) {
            judged += 1;
            wrong += usize::from(frame.voiced != voiced(centre));
        }
    }
    let switches = frames
        .windows(2)
        .filter(|w| w[0].voiced != w[1].voiced)
        .count();
    println!("{wrong} of {judged} wrong, {switches} switches");
    assert!(judged > 600);
    assert!(
        wrong as f64 <= 0.02 * judged as f64,
        "{wrong} of {judged} frames with wrong voicing"
    );
    // 20 segments have 39 edges; flicker would add to them.
    assert!(switches <= 42, "{switches} changes of voicing");
}

#[test]
fn silence_and_noise_are_unvoiced() {
    let voiced = |signal: &[f32]| track(signal).iter().filter(|f| f.voiced).count();
    assert_eq!(voiced(&vec![0.0; 32_000]), 0);
    assert_eq!(voiced(&vec![0.7; 32_000]), 0, "an offset is not a voice");
    let silence = vec![0.0; 160_000];
    for level in [10.0, 40.0, 60.0] {
        // Ten seconds; one frame in a hundred may look periodic by chance.
        let count = voiced(&with_noise(&silence, level - 20.0, 4));
        println!("noise at -{level} dB: {count} of 1000 frames voiced");
        assert!(count <= 10, "noise: {count} of 1000 frames voiced");
    }
}

#[test]
fn offset_clipping_and_bad_samples_do_no_harm() {
    let f0 = intonation(180.0, 2.0);
    let clean = voice(&f0, ah);
    let offset: Vec<f32> = clean.iter().map(|x| (x + 0.8) as f32).collect();
    // The first 20 frames hold the step of the offset itself.
    assert_frames("offset", &f0[20 * HOP..], &track(&offset)[20..]);
    let clipped: Vec<f32> = clean
        .iter()
        .map(|x| (x * 12.0).clamp(-1.0, 1.0) as f32)
        .collect();
    assert_good("clipped", &f0, &clipped);

    let mut tracker = F0Tracker::new(&F0Config::SPEECH_16K).unwrap();
    let bad = [
        f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::MAX,
        -f32::MAX,
        1e-40,
    ];
    for n in 0..8000 {
        tracker.push(&[bad[n % bad.len()]], |frame| {
            assert!(frame.hz.is_finite() && frame.confidence.is_finite());
        });
    }
    let mut frames = Vec::new();
    let good: Vec<f32> = clean.iter().map(|&x| x as f32).collect();
    tracker.push(&good, |frame| frames.push(frame));
    // What came before has left the filters after 200 ms.
    let tail = &frames[25..];
    assert!(tail.iter().all(|f| f.voiced), "the state was poisoned");
}

#[test]
fn frames_are_centred_and_come_out_when_promised() {
    let config = F0Config::SPEECH_16K;
    let mut tracker = F0Tracker::new(&config).unwrap();
    assert_eq!(tracker.latency(), Samples(336 + 2 * 160));
    assert!(tracker.latency().to_ms(config.rate) <= 52.5);
    let f0 = glide(100.0, 400.0, 2.0);
    let signal = with_noise(&voice(&f0, ah), 40.0, 5);
    let (mut frames, mut pushed) = (Vec::new(), 0);
    for &sample in &signal {
        pushed += 1;
        let before = frames.len();
        tracker.push(&[sample], |frame| frames.push(frame));
        if frames.len() > before {
            assert_eq!(pushed, before * HOP + tracker.latency().0);
        }
    }
    // In blocks of another size, and after a reset, the same frames.
    tracker.reset();
    let mut again = Vec::new();
    for block in signal.chunks(997) {
        tracker.push(block, |frame| again.push(frame));
    }
    assert_eq!(frames, again);
    // The glide moves by 2400 cents a second: frames centred 5 ms off would be 12 cents off on average.
    let cents: Vec<f64> = frames
        .iter()
        .enumerate()
        .filter(|(index, frame)| frame.voiced && (10..90).contains(index))
        .map(|(index, frame)| 1200.0 * (f64::from(frame.hz) / f0[index * HOP]).log2())
        .collect();
    let mean = cents.iter().sum::<f64>() / cents.len() as f64;
    println!("mean of the rising half: {mean:.2} cents");
    assert!(
        mean.abs() < 3.0,
        "frames lie {mean} cents off on a rising glide"
    );
}

#[test]
fn other_rates_and_hops_work() {
    let config = F0Config {
        rate: SampleRate::of(8000),
        hop: Samples(64),
        floor_hz: 70.0,
        ceiling_hz: 500.0,
        window_half: Samples(160),
        lookahead_frames: 3,
    };
    let mut tracker = F0Tracker::new(&config).unwrap();
    let signal: Vec<f32> = (0..8000)
        .map(|n| (0.3 * (TAU * 150.0 * f64::from(n) / 8000.0).sin()) as f32)
        .collect();
    let frames = tracker.track(&signal);
    assert_eq!(frames.len(), 125);
    assert!(frames[5..120].iter().all(|f| (f.hz - 150.0).abs() < 0.5));
}

#[test]
fn settings_out_of_range_are_refused() {
    let good = F0Config::SPEECH_16K;
    for bad in [
        F0Config {
            floor_hz: f32::NAN,
            ..good
        },
        F0Config {
            floor_hz: 10.0,
            ..good
        },
        F0Config {
            ceiling_hz: 40.0,
            ..good
        },
        F0Config {
            ceiling_hz: 4000.0,
            ..good
        },
        F0Config {
            hop: Samples(0),
            ..good
        },
        F0Config {
            hop: Samples(10_000),
            ..good
        },
        F0Config {
            window_half: Samples(200),
            ..good
        },
        F0Config {
            lookahead_frames: 33,
            ..good
        },
    ] {
        let error = F0Tracker::new(&bad).expect_err("outside its range");
        assert!(error.to_string().contains("found"), "{error}");
    }
}
