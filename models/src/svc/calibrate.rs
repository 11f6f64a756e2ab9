//! Measures which windows of a voice this machine computes in time.

use std::num::NonZero;
use std::time::Instant;

use super::opening::AnyConverter;
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

/// How long a measurement may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort {
    /// Chunks at most.
    pub(super) chunks: usize,
    /// Seconds of compute at most.
    pub(super) seconds: f64,
}

impl Effort {
    /// Of fewer than a thousand chunks the slowest counts for the slowest but one in a thousand; a minute for all four
    /// qualities is as long as people wait.
    pub(super) const USUAL: Effort = Effort {
        chunks: 1_000,
        seconds: 12.0,
    };
}

/// More threads must be worth at least this much: every one of them is taken from the host.
const WORTH: f64 = 1.25;

/// Finds for each quality the shortest chunk, and for it the longest context up to that quality's own, that are computed
/// in time.
///
/// # Errors
/// If the voice cannot be streamed or the observer stops it.
pub(super) fn calibrate(
    voice: &SvcVoice,
    effort: Effort,
    observer: &mut dyn Observer,
) -> Result<Calibration, ConvertError> {
    let threads = threads(voice)?;
    let mut windows = std::collections::BTreeMap::new();
    for (index, quality) in Quality::ALL.into_iter().enumerate() {
        windows.insert(
            quality,
            window(voice, quality, (threads, effort), observer)?,
        );
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
    (threads, effort): (usize, Effort),
    observer: &mut dyn Observer,
) -> Result<CalibratedWindow, ConvertError> {
    let wanted = wanted(voice, quality);
    let mut trial = Trial::new(voice, wanted, threads)?;
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
            trial = trial.with_window(window);
            let deadline_ms = chunk_ms * quality.deadline_share();
            let is_last =
                chunk_ms == CHUNKS_MS[CHUNKS_MS.len() - 1] && context_ms == LEAST_CONTEXT_MS;
            if !is_last && trial.median_ms(TRIAL)? * HEADROOM > deadline_ms {
                continue;
            }
            let (compute_ms, chunks) = trial.slowest_ms(effort)?;
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

/// The window that a quality would have unmeasured.
fn wanted(voice: &SvcVoice, quality: Quality) -> Window {
    match voice.parameters.stream {
        Some(_) => Window::of_parted(quality),
        None => Window::of(quality),
    }
}

/// The shortest chunk worth trying: two frames; and for better qualities, which have time, their own.
fn least_chunk(voice: &SvcVoice, quality: Quality) -> f64 {
    let frames = config(&voice.bundle, &voice.parameters).map_or(20.0, |config| {
        2e3 * config.hop as f64 / f64::from(config.rate.hz())
    });
    match quality {
        Quality::LowestLatency => frames,
        better => wanted(voice, better).chunk_ms,
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
    converter: AnyConverter,
    phase: f32,
}

impl Trial {
    fn new(voice: &SvcVoice, window: Window, threads: usize) -> Result<Trial, ConvertError> {
        let runtime: Runtime = voice.runtime.with_threads(threads);
        let converter = voice.open_on(&runtime, &ConvertSettings::default(), window)?;
        Ok(Trial {
            converter,
            phase: 0.0,
        })
    }

    /// The same networks with another window of the same lookahead.
    fn with_window(self, window: Window) -> Trial {
        let converter = match self.converter {
            AnyConverter::Streamed(converter) => {
                AnyConverter::Streamed(Box::new(converter.with_window(window)))
            }
            AnyConverter::Windowed(converter) => {
                AnyConverter::Windowed(Box::new(converter.rewindowed(window)))
            }
        };
        Trial { converter, ..self }
    }

    /// Milliseconds that the next chunk takes.
    fn chunk_ms(&mut self) -> Result<f64, ConvertError> {
        let converter: &mut dyn Converter = match &mut self.converter {
            AnyConverter::Streamed(converter) => converter.as_mut(),
            AnyConverter::Windowed(converter) => converter.as_mut(),
        };
        let mut input = vec![0.0; converter.spec().input_len()];
        let mut output = vec![0.0; converter.spec().output_len()];
        for sample in &mut input {
            self.phase = (self.phase + 0.004).fract();
            *sample = 0.2 * (self.phase - 0.5);
        }
        let start = Instant::now();
        converter.convert(&input, &mut output)?;
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
    fn slowest_ms(&mut self, effort: Effort) -> Result<(f64, usize), ConvertError> {
        let (mut times, mut spent) = (Vec::new(), 0.0);
        while times.is_empty() || times.len() < effort.chunks && spent < effort.seconds * 1e3 {
            let took = self.chunk_ms()?;
            spent += took;
            times.push(took);
        }
        times.sort_by(f64::total_cmp);
        let place = (times.len() * 999).div_ceil(1_000).max(1) - 1;
        Ok((times[place], times.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Quiet;
    use crate::svc::streamed::tests as tiny;

    #[test]
    fn every_quality_gets_a_window_that_was_measured() {
        let folder = tempfile::tempdir().unwrap();
        let voice = tiny::svc_voice(folder.path());
        let effort = Effort {
            chunks: 3,
            seconds: 1.0,
        };
        let found = calibrate(&voice, effort, &mut Quiet).unwrap();
        assert_eq!(found.voice, voice.bundle.hash());
        for quality in Quality::ALL {
            let window = found.windows[&quality];
            assert!(CHUNKS_MS.contains(&window.chunk_ms));
            assert!((1..=3).contains(&window.chunks));
            assert!(window.context_ms >= LEAST_CONTEXT_MS);
            assert_eq!(window.lookahead_ms, wanted(&voice, quality).lookahead_ms);
            assert_eq!(
                window.deadline_ms,
                window.chunk_ms * quality.deadline_share()
            );
            // What does not hold is only taken where nothing does.
            let is_last = window.chunk_ms == 1_000.0 && window.context_ms == LEAST_CONTEXT_MS;
            assert!(window.holds() || is_last, "{window:?}");
        }
    }

    #[test]
    fn contexts_go_down_to_the_least() {
        assert_eq!(contexts(200.0), [200.0]);
        let long = contexts(2_500.0);
        assert_eq!((long[0], long[long.len() - 1]), (2_500.0, LEAST_CONTEXT_MS));
        assert!(long.windows(2).all(|pair| pair[0] > pair[1]));
    }
}
