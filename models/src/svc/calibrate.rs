//! Measures which windows of a voice this machine computes in time.

use std::num::NonZero;
use std::time::Instant;

use super::window::Window;
use super::{SvcVoice, config};
use crate::calibration::{CalibratedWindow, Calibration, HEADROOM};
use crate::converter::Converter;
use crate::error::ConvertError;
use crate::progress::Observer;
use crate::quality::Quality;
use crate::runtime::{Device, Runtime};
use crate::settings::ConvertSettings;

/// Chunks that are tried, in milliseconds, shortest first: a fifth apart, which is heard as no more than that.
const CHUNKS_MS: [f64; 14] = [
    20.0, 30.0, 40.0, 60.0, 80.0, 100.0, 130.0, 160.0, 200.0, 250.0, 350.0, 500.0, 750.0, 1_000.0,
];

/// The least context, in milliseconds: what So-VITS-SVC's own real-time program hears of the past.
const LEAST_CONTEXT_MS: f64 = 200.0;

/// Chunks that tell whether a window is worth measuring.
const TRIAL: usize = 4;

/// Chunks, and seconds of compute, that a measurement takes at most. Of fewer than a thousand chunks the slowest counts
/// for the slowest but one in a thousand.
const MEASURED: (usize, f64) = (1_000, 12.0);

/// More threads must be worth at least this much: every one of them is taken from the host.
const WORTH: f64 = 1.25;

/// Finds for each quality the shortest chunk, and for it the longest context up to that quality's own, that are computed
/// in time.
///
/// # Errors
/// If the voice cannot be streamed or the observer stops it.
pub(crate) fn calibrate(
    voice: &SvcVoice,
    observer: &mut dyn Observer,
) -> Result<Calibration, ConvertError> {
    let threads = threads(voice)?;
    let mut windows = std::collections::BTreeMap::new();
    for (index, quality) in Quality::ALL.into_iter().enumerate() {
        windows.insert(quality, window(voice, quality, threads, observer)?);
        observer.progress(index as u64 + 1);
    }
    Ok(Calibration {
        voice: voice.bundle.hash().to_owned(),
        name: voice.bundle.manifest().name.clone(),
        runs_on: format!("{} on {}", voice.runtime.backend(), voice.device),
        threads,
        windows,
    })
}

/// How many threads a network gets: all cores, if that makes the usual window enough faster.
fn threads(voice: &SvcVoice) -> Result<usize, ConvertError> {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    if cores == 1 || voice.device != Device::Cpu {
        return Ok(1);
    }
    let mut alone = Trial::new(voice, Window::USUAL, 1)?;
    let mut together = Trial::new(voice, Window::USUAL, cores)?;
    let (alone, together) = (alone.median_ms(TRIAL)?, together.median_ms(TRIAL)?);
    Ok(if alone > WORTH * together { cores } else { 1 })
}

fn window(
    voice: &SvcVoice,
    quality: Quality,
    threads: usize,
    observer: &mut dyn Observer,
) -> Result<CalibratedWindow, ConvertError> {
    let wanted = Window::of(quality);
    let mut last = None;
    for &chunk_ms in CHUNKS_MS
        .iter()
        .filter(|&&chunk_ms| chunk_ms >= least_chunk(voice, quality))
    {
        for context_ms in contexts(wanted.context_ms) {
            if observer.cancelled() {
                return Err(ConvertError::Cancelled);
            }
            let window = Window {
                context_ms,
                chunk_ms,
                ..wanted
            };
            let mut trial = Trial::new(voice, window, threads)?;
            let deadline_ms = chunk_ms * quality.deadline_share();
            let is_last =
                chunk_ms == CHUNKS_MS[CHUNKS_MS.len() - 1] && context_ms == LEAST_CONTEXT_MS;
            if !is_last && trial.median_ms(TRIAL)? * HEADROOM > deadline_ms {
                continue;
            }
            let (compute_ms, chunks) = trial.slowest_ms()?;
            let measured = CalibratedWindow {
                chunk_ms,
                context_ms,
                lookahead_ms: window.lookahead_ms,
                compute_ms,
                deadline_ms,
                chunks,
            };
            if measured.holds() {
                return Ok(measured);
            }
            last = Some(measured);
        }
    }
    // The longest chunk with the least context was measured, so there is one.
    last.ok_or(ConvertError::Cancelled)
}

/// The shortest chunk worth trying: two frames; and for better qualities, which have time, their own.
fn least_chunk(voice: &SvcVoice, quality: Quality) -> f64 {
    let frames = config(&voice.bundle, &voice.parameters).map_or(20.0, |config| {
        2e3 * config.hop as f64 / f64::from(config.rate.hz())
    });
    match quality {
        Quality::LowestLatency => frames,
        better => Window::of(better).chunk_ms,
    }
}

/// From `most` down to the least context, each two thirds of the one before.
fn contexts(most: f64) -> Vec<f64> {
    let longer = std::iter::successors(Some(most), |context| Some(context / 1.5));
    longer
        .take_while(|&context| context > LEAST_CONTEXT_MS)
        .chain([LEAST_CONTEXT_MS])
        .collect()
}

/// A stream that is fed a voice-like tone and watched.
struct Trial {
    converter: Box<dyn Converter>,
    input: Vec<f32>,
    output: Vec<f32>,
    phase: f32,
}

impl Trial {
    fn new(voice: &SvcVoice, window: Window, threads: usize) -> Result<Trial, ConvertError> {
        let runtime: Runtime = voice.runtime.with_threads(threads);
        let converter = voice.open_on(&runtime, &ConvertSettings::default(), window)?;
        let spec = converter.spec();
        Ok(Trial {
            input: vec![0.0; spec.input_len()],
            output: vec![0.0; spec.output_len()],
            phase: 0.0,
            converter,
        })
    }

    /// Milliseconds that the next chunk takes.
    fn chunk_ms(&mut self) -> Result<f64, ConvertError> {
        for sample in &mut self.input {
            self.phase = (self.phase + 0.004).fract();
            *sample = 0.2 * (self.phase - 0.5);
        }
        let start = Instant::now();
        self.converter.convert(&self.input, &mut self.output)?;
        Ok(start.elapsed().as_secs_f64() * 1e3)
    }

    fn median_ms(&mut self, chunks: usize) -> Result<f64, ConvertError> {
        let mut times = Vec::new();
        for _ in 0..chunks {
            times.push(self.chunk_ms()?);
        }
        times.sort_by(f64::total_cmp);
        Ok(times[times.len() / 2])
    }

    /// The slowest chunk but one in a thousand, and how many were measured.
    fn slowest_ms(&mut self) -> Result<(f64, usize), ConvertError> {
        let (most, seconds) = MEASURED;
        let (mut times, mut spent) = (Vec::new(), 0.0);
        while times.len() < most && spent < seconds * 1e3 {
            let took = self.chunk_ms()?;
            spent += took;
            times.push(took);
        }
        times.sort_by(f64::total_cmp);
        let place = (times.len() * 999).div_ceil(1_000).max(1) - 1;
        Ok((times[place], times.len()))
    }
}
