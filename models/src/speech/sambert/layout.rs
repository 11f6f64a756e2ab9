//! Lays tokens out in time: how many frames each takes, and what the decoder remembers of each of its steps.

use super::manifest::Manifest;
use crate::error::RunError;

/// The most frames of one token at the voice's own speed: half a minute or so. Only a broken network says more, and nobody
/// would hear the end of it.
const MOST_FRAMES_OF_TOKEN: f32 = 2400.0;

/// The most frames of an utterance: minutes, at any speed that can be asked for.
const MOST_FRAMES: usize = 24_000;

/// Tokens in time.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Layout {
    /// Frames of each token.
    pub(super) counts: Vec<usize>,
    /// Frames in all.
    pub(super) frames: usize,
    /// How many steps the decoder looks back and ahead: as many as the longest token takes.
    pub(super) band: usize,
    /// What the decoder remembers, a row for each of its steps.
    pub(super) memory: Vec<f32>,
    /// Values of a row.
    pub(super) units: usize,
}

/// Frames of each token before they are rounded, from log(frames + 1) and the speed of each.
///
/// # Errors
/// If the network says what cannot be.
pub(super) fn lengths(logs: &[f32], rates: &[f32]) -> Result<Vec<f32>, RunError> {
    let pairs = logs.iter().zip(rates);
    pairs
        .map(|(log, rate)| {
            let frames = log.exp() - 1.0;
            match frames {
                0.0..=MOST_FRAMES_OF_TOKEN => Ok(frames / rate),
                _ => Err(RunError::Output {
                    name: "log_frames".to_owned(),
                    expected: format!("0 to {MOST_FRAMES_OF_TOKEN} frames for a token"),
                    found: frames.to_string(),
                }),
            }
        })
        .collect()
}

impl Layout {
    /// Lays out tokens of which `hidden`, `speaker` and `emotion` hold a row each, and which take `lengths` frames.
    ///
    /// Three rows of text, each with its place in its token, become one row of memory; speaker and emotion are those of the
    /// first of the three. What is missing in the last row is silence: no text, at place 0.
    ///
    /// # Errors
    /// If there is no frame at all, or more than can be meant.
    pub(super) fn new(
        lengths: &[f32],
        (hidden, speaker, emotion): (&[f32], &[f32], &[f32]),
        manifest: &Manifest,
    ) -> Result<Layout, RunError> {
        let counts: Vec<usize> = lengths
            .iter()
            .map(|frames| (frames + 0.5) as usize)
            .collect();
        let frames: usize = counts.iter().sum();
        if !(1..=MOST_FRAMES).contains(&frames) {
            return Err(RunError::Output {
                name: "log_frames".to_owned(),
                expected: format!("1 to {MOST_FRAMES} frames for all tokens"),
                found: frames.to_string(),
            });
        }
        let per_step = manifest.frames_per_step;
        let units = manifest.memory_units();
        let owners: Vec<(usize, usize)> = counts
            .iter()
            .enumerate()
            .flat_map(|(token, &count)| (1..=count).map(move |place| (token, place)))
            .collect();
        let row = |table: &[f32], units: usize, token: usize| {
            table[token * units..(token + 1) * units].to_vec()
        };
        let mut memory = Vec::with_capacity(owners.len().div_ceil(per_step) * units);
        for step in owners.chunks(per_step) {
            for frame in 0..per_step {
                let owner = step.get(frame);
                let place = owner.map_or(0, |owner| owner.1);
                let mut text = owner.map_or_else(
                    || vec![0.0; manifest.text_units],
                    |owner| row(hidden, manifest.text_units, owner.0),
                );
                add_place(&mut text, place);
                memory.extend(text);
            }
            let (token, _) = step[0];
            memory.extend(row(speaker, manifest.speaker_units, token));
            memory.extend(row(emotion, manifest.emotion_units, token));
        }
        let longest = lengths
            .iter()
            .fold(0.0f32, |most, &frames| most.max(frames));
        Ok(Layout {
            counts,
            frames,
            band: (longest / per_step as f32 + 0.5) as usize,
            memory,
            units,
        })
    }

    /// Steps of the decoder.
    pub(super) fn steps(&self) -> usize {
        self.memory.len() / self.units
    }
}

/// Adds the place of a frame in its token, from 1 on: sines and cosines in turn, of wavelengths that grow to 10000.
fn add_place(text: &mut [f32], place: usize) {
    let units = text.len() as f64;
    for (index, value) in text.iter_mut().enumerate() {
        let pair = (index / 2 * 2) as f64;
        let angle = place as f32 / 10000f64.powf(pair / units) as f32;
        *value += if index % 2 == 0 {
            angle.sin()
        } else {
            angle.cos()
        };
    }
}
