//! Power, pitch, timing and spectrum of the synthesis.

use super::*;

const HOP: usize = 320;

fn synthesiser() -> PulseNoise {
    PulseNoise::new(PulseNoiseConfig {
        rate: SampleRate::of(32_000),
        hop: HOP,
        scale: KnotScale::new(80, 16_000.0),
        fft: 1024,
        noise_parts: 2,
        seed: 7,
    })
}

fn render(synthesiser: &mut PulseNoise, frame: &VoiceFrame, hops: usize) -> Vec<f32> {
    let mut output = vec![0.0; hops * HOP];
    for hop in output.chunks_mut(HOP) {
        synthesiser.process(frame, hop);
    }
    output
}

fn power_db(signal: &[f32]) -> f32 {
    10.0 * (signal.iter().map(|x| x * x).sum::<f32>() / signal.len() as f32).log10()
}

#[test]
fn noise_and_pulses_have_the_power_that_their_knots_say() {
    let unvoiced = VoiceFrame {
        noise: vec![0.0; 80],
        ..VoiceFrame::silence(80)
    };
    let noise = render(&mut synthesiser(), &unvoiced, 100);
    // 32,000 samples of uniform noise scatter by 0.03 dB; a wrong normalisation is at least 3 dB.
    assert!(
        power_db(&noise[HOP..]).abs() < 0.3,
        "{} dB",
        power_db(&noise[HOP..])
    );
    // Falling towards half the rate as every voice does: a fractional delay of power that stands there
    // would wrap around the FFT.
    let scale = KnotScale::new(80, 16_000.0);
    let harmonic: Vec<f32> = (0..80).map(|k| -(k as f32) / 12.0).collect();
    let line = |hz: f32| (2.0 * crate::knots::interpolate(&harmonic, scale.position(hz))).exp();
    for f0_hz in [60.0, 220.0, 500.0] {
        let voiced = VoiceFrame {
            f0_hz,
            harmonic: harmonic.clone(),
            noise: vec![SILENCE; 80],
        };
        let db = power_db(&render(&mut synthesiser(), &voiced, 200)[HOP..]);
        // The spectrum is read at the harmonics, on both sides of 0 Hz.
        let harmonics = (1..(16_000.0 / f0_hz) as usize).map(|h| line(h as f32 * f0_hz));
        let power = (line(0.0) + 2.0 * harmonics.sum::<f32>()) * f0_hz / 32_000.0;
        let expected = 10.0 * power.log10();
        assert!(
            (db - expected).abs() < 0.2,
            "F0 {f0_hz}: {db} dB for {expected}"
        );
    }
}

#[test]
fn pulses_come_at_f0_to_a_hundredth_of_a_sample() {
    let f0_hz = 173.3;
    let voiced = VoiceFrame {
        f0_hz,
        harmonic: vec![0.0; 80],
        noise: vec![SILENCE; 80],
    };
    let pulses = render(&mut synthesiser(), &voiced, 100);
    let period = 32_000.0 / f0_hz;
    // The phase of the first harmonic, early and late, tells the period far below a sample.
    let phase = |start: usize| {
        let length = (period * 4.0).round() as usize;
        let sum: Complex<f32> = (0..length)
            .map(|n| {
                let angle = -2.0 * std::f32::consts::PI * (start + n) as f32 / period;
                Complex::from_polar(pulses[start + n], angle)
            })
            .sum();
        sum.arg()
    };
    // A twentieth of a radian over 28,000 samples is 1.5 samples in 150 periods: 0.01 per period.
    assert!(
        (phase(29_000) - phase(1_000)).abs() < 0.05,
        "{} {}",
        phase(29_000),
        phase(1_000)
    );
}

#[test]
fn a_step_in_the_envelope_is_heard_in_the_same_hop_and_not_before() {
    let mut synthesiser = synthesiser();
    let silence = render(&mut synthesiser, &VoiceFrame::silence(80), 3);
    assert!(silence.iter().all(|x| x.abs() < 1e-8));
    let unvoiced = VoiceFrame {
        noise: vec![0.0; 80],
        ..VoiceFrame::silence(80)
    };
    let onset = render(&mut synthesiser, &unvoiced, 2);
    assert!(power_db(&onset[HOP..]) > -1.0);
}

#[test]
fn the_spectrum_of_the_noise_follows_the_knots() {
    let scale = KnotScale::new(80, 16_000.0);
    let shape = |hz: f32| 2.0 * (hz / 2000.0).sin() - hz / 8000.0;
    let noise = scale.hz().iter().map(|&hz| shape(hz)).collect();
    let signal = render(
        &mut synthesiser(),
        &VoiceFrame {
            noise,
            ..VoiceFrame::silence(80)
        },
        800,
    );
    let forward = RealFftPlanner::<f32>::new().plan_fft_forward(512);
    let mut mean = vec![0.0f32; 257];
    let mut spectrum = forward.make_output_vec();
    for part in signal[1024..].chunks_exact(512) {
        let mut windowed: Vec<f32> = (0..512)
            .map(|n| part[n] * (0.5 - 0.5 * (std::f32::consts::TAU * n as f32 / 512.0).cos()))
            .collect();
        forward
            .process(&mut windowed, &mut spectrum)
            .expect("lengths fit");
        for (mean, bin) in mean.iter_mut().zip(&spectrum) {
            *mean += bin.norm_sqr() / (512.0 * 0.375 * 499.0);
        }
    }
    // 499 averages scatter by 0.2 dB; knots shifted by one would be off by 1 dB and more.
    for bin in (6..250).step_by(4) {
        let expected = shape(bin as f32 * 62.5);
        let found = 0.5 * mean[bin..bin + 4].iter().map(|x| x.ln()).sum::<f32>() / 4.0;
        let middle = 0.25 * (0..4).map(|k| shape((bin + k) as f32 * 62.5)).sum::<f32>();
        let error = (found - middle) * 8.686;
        assert!(error.abs() < 0.8, "bin {bin}: {error} dB off {expected}");
    }
}

#[test]
fn reset_gives_the_same_samples_again() {
    let mut synthesiser = synthesiser();
    let voiced = VoiceFrame {
        f0_hz: 140.0,
        harmonic: vec![-1.0; 80],
        noise: vec![-3.0; 80],
    };
    let first = render(&mut synthesiser, &voiced, 5);
    synthesiser.reset();
    assert_eq!(first, render(&mut synthesiser, &voiced, 5));
}
