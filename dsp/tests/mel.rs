//! Mel frames equal librosa's (`golden/make_mel.py`), and do not depend on how the stream is cut.

use serde::Deserialize;
use std::collections::BTreeMap;
use syrinx_dsp::{
    LogMel, LogMelConfig, MelConfig, MelNorm, MelScale, SampleRate, Samples, Spectrum,
};

#[derive(Deserialize)]
struct Golden {
    signals: BTreeMap<String, Vec<i16>>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    sr: u32,
    n_fft: usize,
    win_length: usize,
    hop_length: usize,
    power: f64,
    n_mels: usize,
    fmin: f64,
    fmax: f64,
    htk: bool,
    norm: Option<String>,
    frames: Vec<Vec<f64>>,
}

impl Case {
    fn config(&self, floor: f32) -> LogMelConfig {
        LogMelConfig {
            mel: MelConfig {
                rate: SampleRate::of(self.sr),
                fft: self.n_fft,
                mels: self.n_mels,
                fmin: self.fmin,
                fmax: self.fmax,
                scale: if self.htk {
                    MelScale::Htk
                } else {
                    MelScale::Slaney
                },
                norm: if self.norm.is_some() {
                    MelNorm::Slaney
                } else {
                    MelNorm::None
                },
            },
            window: self.win_length,
            hop: self.hop_length,
            spectrum: if self.power == 2.0 {
                Spectrum::Power
            } else {
                Spectrum::Magnitude
            },
            floor,
        }
    }
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("golden/mel.json")).unwrap()
}

fn signal(golden: &Golden, rate: u32) -> Vec<f32> {
    golden.signals[&rate.to_string()]
        .iter()
        .map(|&x| f32::from(x) / 32_768.0)
        .collect()
}

fn analyse(config: &LogMelConfig, signal: &[f32], block: usize) -> Vec<Vec<f32>> {
    let mut mel = LogMel::new(config).unwrap();
    let mut frames = Vec::new();
    for block in signal.chunks(block) {
        mel.push(block, |frame| frames.push(frame.to_vec()));
    }
    mel.finish(|frame| frames.push(frame.to_vec()));
    frames
}

#[test]
fn frames_equal_librosa() {
    const FLOOR: f32 = 1e-8;
    let golden = golden();
    let mut worst = 0f64;
    for case in &golden.cases {
        let frames = analyse(&case.config(FLOOR), &signal(&golden, case.sr), 333);
        assert_eq!(frames.len(), case.frames.len(), "{}", case.name);
        for (i, (found, expected)) in frames.iter().zip(&case.frames).enumerate() {
            assert_eq!(found.len(), expected.len(), "{}", case.name);
            for (band, (&found, &expected)) in found.iter().zip(expected).enumerate() {
                let error = (f64::from(found) - expected.max(f64::from(FLOOR)).ln()).abs();
                // 1e-4 in the natural logarithm is 1e-4 of the value. The nearest mistakes (symmetric
                // instead of periodic window, bins off by a half) are above 1e-3.
                assert!(
                    error < 1e-4,
                    "{}: frame {i} band {band}: {error}",
                    case.name
                );
                worst = worst.max(error);
            }
        }
    }
    println!("largest relative error {worst:.1e}");
}

#[test]
fn the_floor_shows_in_silence() {
    let golden = golden();
    let case = &golden.cases[0];
    for floor in [1e-8f32, 1e-3] {
        let frames = analyse(&case.config(floor), &signal(&golden, case.sr), 160);
        // The silent stretch (40 % to 72 % of 4000 samples) covers the whole window of frame 14.
        assert!(frames[14].iter().all(|&x| x == floor.ln()));
        assert!(frames.iter().flatten().all(|&x| x >= floor.ln()));
    }
}

#[test]
fn blocks_change_nothing_and_reset_restarts() {
    let golden = golden();
    let case = &golden.cases[0];
    let (config, signal) = (case.config(1e-8), signal(&golden, case.sr));
    let whole = analyse(&config, &signal, signal.len());
    for block in [1, 7, 160, 161] {
        assert_eq!(analyse(&config, &signal, block), whole, "{block}");
    }

    let mut mel = LogMel::new(&config).unwrap();
    assert_eq!(mel.latency(), Samples(200));
    mel.push(&signal[1_000..], |_| ());
    mel.reset();
    let mut frames = Vec::new();
    mel.push(&signal, |frame| frames.push(frame.to_vec()));
    assert_eq!(frames, whole[..frames.len()]);
}

#[test]
fn a_floor_of_zero_is_an_error() {
    let golden = golden();
    for floor in [0.0, -1.0, f32::NAN, f32::INFINITY] {
        assert!(LogMel::new(&golden.cases[0].config(floor)).is_err());
    }
}
