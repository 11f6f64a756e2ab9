//! Seeded and closed-form test signals.

use syrinx_dsp::SampleRate;

/// A smooth pulse (Gaussian, 1 ms wide) at `centre` seconds: it survives resampling, and its peak can be found
/// to a fraction of a sample.
pub fn pulse(rate: SampleRate, seconds: f64, centre: f64) -> Vec<f32> {
    let hz = f64::from(rate.hz());
    (0..(seconds * hz) as usize)
        .map(|n| (-((n as f64 / hz - centre) / 0.001).powi(2)).exp() as f32)
        .collect()
}

/// Where the largest sample lies, refined by a parabola through its neighbours.
pub fn peak_position(signal: &[f32]) -> f64 {
    let peak = (1..signal.len() - 1)
        .max_by(|&a, &b| signal[a].total_cmp(&signal[b]))
        .expect("a signal of three samples and more");
    let [before, at, after] = [-1i64, 0, 1].map(|k| f64::from(signal[(peak as i64 + k) as usize]));
    peak as f64 + 0.5 * (before - after) / (before - 2.0 * at + after)
}

/// A sine of `hz` at half of full scale.
pub fn sine(rate: SampleRate, seconds: f64, hz: f64) -> Vec<f32> {
    let step = std::f64::consts::TAU * hz / f64::from(rate.hz());
    (0..(seconds * f64::from(rate.hz())) as usize)
        .map(|n| (0.5 * (n as f64 * step).sin()) as f32)
        .collect()
}

/// White noise, uniform in -0.5 to 0.5, the same for the same seed.
pub fn noise(length: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
    (0..length)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 16_777_216.0 - 0.5
        })
        .collect()
}

/// Something like a sung vowel: a glide of 20 harmonics from `from_hz` to `to_hz` with two formants.
pub fn vowel(rate: SampleRate, seconds: f64, from_hz: f64, to_hz: f64) -> Vec<f32> {
    let hz = f64::from(rate.hz());
    let length = (seconds * hz) as usize;
    let mut phase = 0.0;
    (0..length)
        .map(|n| {
            let f0 = from_hz + (to_hz - from_hz) * n as f64 / length as f64;
            phase += f0 / hz;
            let sum: f64 = (1..=20)
                .filter(|&k| f64::from(k) * f0 < 0.45 * hz)
                .map(|k| {
                    let f = f64::from(k) * f0;
                    let formants = 1.0 / (1.0 + ((f - 600.0) / 150.0).powi(2))
                        + 0.5 / (1.0 + ((f - 1400.0) / 200.0).powi(2));
                    (std::f64::consts::TAU * phase * f64::from(k)).sin() * (formants + 0.01)
                })
                .sum();
            (0.2 * sum) as f32
        })
        .collect()
}
