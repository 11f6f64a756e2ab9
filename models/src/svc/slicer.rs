//! Cuts a recording of any length at its pauses, in bounded memory.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use syrinx_dsp::{Decibels, SampleRate};

use super::level_meter::LevelMeter;
use super::slicer_config::{Frames, SlicerConfig};
use crate::error::ConvertError;

/// A part of a recording, in order, without gaps.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// So many samples of silence, which need no inference.
    Silence(usize),
    /// Samples to be converted.
    Speech {
        /// Where `samples` begins in the recording.
        start: u64,
        /// The samples. If `joins`, the first [`Slicer::overlap`] of them were the last of the previous piece.
        samples: Vec<f32>,
        /// Whether the piece continues the previous one, which was cut by force and not at a pause.
        joins: bool,
        /// Whether the next piece continues this one.
        continues: bool,
    },
}

/// Cuts a stream of samples at its pauses.
///
/// Where it cuts is So-VITS-SVC's rule (the one of its offline slicer), with its defaults in
/// [`SlicerConfig::default`]: a pause is a run of frames below the threshold, at least `min_interval` long; it
/// ends a slice once that is `min_length` long, at the pause's quietest frame; what is longer than
/// `max_silence_kept` on either side of a pause becomes silence. Three things differ, all for recordings that
/// never end:
///
/// * it decides as early as the rule allows, so that it holds `max_piece + overlap + max_silence_kept` (or
///   `min_length`, if that is longer) and no more;
/// * a slice longer than `max_piece` is cut by force, into pieces that overlap (the rule has that as an option,
///   off by default, after slicing);
/// * a recording without one loud frame is silence as a whole, however short (the rule converts up to
///   `max_silence_kept` of it).
#[derive(Debug)]
pub struct Slicer {
    frames: Frames,
    threshold: f64,
    meter: LevelMeter,
    /// Samples from `base` on.
    buffer: VecDeque<f32>,
    base: u64,
    total: u64,
    /// Up to where the recording has been handed out.
    emitted: u64,
    /// Whether what was handed out last was cut by force.
    continued: bool,
    /// The frame that comes next.
    frame: u64,
    /// The frame at which the current slice began.
    clip_start: u64,
    pause: Option<Pause>,
    peak: usize,
}

impl Slicer {
    /// A slicer at the start of a recording of `rate`.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn new(config: &SlicerConfig, rate: SampleRate) -> Result<Slicer, ConvertError> {
        let frames = config.frames(rate)?;
        Ok(Slicer {
            threshold: f64::from(Decibels(config.threshold_db).to_amplitude()),
            meter: LevelMeter::new(frames.window, frames.hop),
            frames,
            buffer: VecDeque::new(),
            base: 0,
            total: 0,
            emitted: 0,
            continued: false,
            frame: 0,
            clip_start: 0,
            pause: None,
            peak: 0,
        })
    }

    /// How many samples a piece that `joins` has in common with the one before.
    pub fn overlap(&self) -> usize {
        self.frames.overlap
    }

    /// The most samples that were held at once since the start.
    pub fn peak_buffered(&self) -> usize {
        self.peak
    }

    /// Takes the next samples, any number, and appends the pieces that are certain now.
    pub fn push(&mut self, samples: &[f32], pieces: &mut Vec<Piece>) {
        // Hop by hop, so that what is held does not depend on how much comes at once.
        for part in samples.chunks(self.frames.hop) {
            self.buffer.extend(part);
            self.total += part.len() as u64;
            self.peak = self.peak.max(self.buffer.len());
            if let Some(level) = self.meter.push(part) {
                self.advance(level, pieces);
            }
            self.forget();
        }
    }

    /// Ends the recording and appends the rest of it.
    pub fn finish(&mut self, pieces: &mut Vec<Piece>) {
        let tail = vec![0.0; self.frames.window / 2];
        for part in tail.chunks(self.frames.hop) {
            if let Some(level) = self.meter.push(part) {
                self.advance(level, pieces);
            }
        }
        if let Some(pause) = self.pause.take() {
            if pause.start == 0 {
                self.silence_until(self.total, pieces);
            } else if self.frame - pause.start >= self.frames.min_interval {
                self.end_slice(self.sample_of(pause.quietest_early), pieces);
                self.silence_until(self.total, pieces);
            }
        }
        self.end_slice(self.total, pieces);
        self.forget();
    }

    /// Takes the next frame's level.
    fn advance(&mut self, level: f64, pieces: &mut Vec<Piece>) {
        let frame = self.frame;
        self.frame += 1;
        if level < self.threshold {
            let kept = self.frames.kept;
            self.pause
                .get_or_insert_with(|| Pause::new(frame))
                .add(level, kept);
            self.release_pause(pieces);
        } else if let Some(pause) = self.pause.take() {
            self.end_pause(&pause, frame, pieces);
        }
        self.cut_by_force(pieces);
    }

    /// What the end of a pause at the loud frame `frame` decides.
    fn end_pause(&mut self, pause: &Pause, frame: u64, pieces: &mut Vec<Piece>) {
        let length = frame - pause.start;
        let leading = pause.start == 0 && length > self.frames.kept;
        let cuts =
            length >= self.frames.min_interval && frame - self.clip_start >= self.frames.min_length;
        if !leading && !cuts {
            return;
        }
        let (left, right) = pause.silent_span(frame, self.frames.kept);
        self.end_slice(self.sample_of(left), pieces);
        self.silence_until(self.sample_of(right), pieces);
        self.clip_start = right;
    }

    /// Hands out what an unfinished pause decides already, however long it will be.
    fn release_pause(&mut self, pieces: &mut Vec<Piece>) {
        let Some(pause) = &self.pause else { return };
        let (length, kept) = (self.frame - pause.start, self.frames.kept);
        let certain = if pause.start == 0 {
            length > kept
        } else {
            length > kept
                && length >= self.frames.min_interval
                && self.frame - self.clip_start >= self.frames.min_length
        };
        if !certain {
            return;
        }
        // The speech after it begins within `kept` frames before its first loud frame.
        let (left, silent) = (pause.quietest_early, self.frame - kept);
        if pause.start > 0 {
            self.end_slice(self.sample_of(left), pieces);
        }
        self.silence_until(self.sample_of(silent), pieces);
    }

    /// Cuts a slice that has become too long, in what certainly belongs to it.
    fn cut_by_force(&mut self, pieces: &mut Vec<Piece>) {
        let certain = self.sample_of(self.pause.as_ref().map_or(self.frame, |pause| pause.start));
        let longest = self.frames.max_piece as u64;
        while certain > self.emitted + longest {
            let end = self.emitted + longest;
            self.speech_until(end, true, pieces);
        }
    }

    fn end_slice(&mut self, end: u64, pieces: &mut Vec<Piece>) {
        if end > self.emitted {
            self.speech_until(end, false, pieces);
        }
    }

    fn speech_until(&mut self, end: u64, continues: bool, pieces: &mut Vec<Piece>) {
        let start = self.first_needed();
        let range = (start - self.base) as usize..(end - self.base) as usize;
        let samples = self.buffer.range(range).copied().collect();
        pieces.push(Piece::Speech {
            start,
            samples,
            joins: self.continued,
            continues,
        });
        self.emitted = end;
        self.continued = continues;
    }

    fn silence_until(&mut self, end: u64, pieces: &mut Vec<Piece>) {
        if end > self.emitted {
            pieces.push(Piece::Silence((end - self.emitted) as usize));
            self.emitted = end;
        }
    }

    /// Where the next piece begins, with what it has in common with the one before.
    fn first_needed(&self) -> u64 {
        if self.continued {
            self.emitted - self.frames.overlap as u64
        } else {
            self.emitted
        }
    }

    fn forget(&mut self) {
        let count = (self.first_needed() - self.base) as usize;
        self.buffer.drain(..count);
        self.base += count as u64;
    }

    /// The sample at a frame, inside the recording.
    fn sample_of(&self, frame: u64) -> u64 {
        (frame * self.frames.hop as u64).min(self.total)
    }
}

/// A run of frames below the threshold, as much of it as decisions need.
#[derive(Debug)]
struct Pause {
    start: u64,
    /// The levels of the last `kept` frames.
    recent: VecDeque<f64>,
    /// The quietest of the first `kept + 1` frames, and its level.
    quietest_early: u64,
    lowest_early: f64,
    length: u64,
}

impl Pause {
    fn new(start: u64) -> Pause {
        Pause {
            start,
            recent: VecDeque::new(),
            quietest_early: start,
            lowest_early: f64::INFINITY,
            length: 0,
        }
    }

    fn add(&mut self, level: f64, kept: u64) {
        if self.length <= kept && level < self.lowest_early {
            self.quietest_early = self.start + self.length;
            self.lowest_early = level;
        }
        if self.recent.len() as u64 == kept {
            self.recent.pop_front();
        }
        self.recent.push_back(level);
        self.length += 1;
    }

    /// Between which frames the pause that ended before `end` is silent; equal for a mere cut.
    fn silent_span(&self, end: u64, kept: u64) -> (u64, u64) {
        let leading = self.start == 0;
        if self.length <= kept {
            let cut = self.quietest_early;
            return (if leading { 0 } else { cut }, cut);
        }
        let late = end - kept;
        let right = late + quietest(self.recent.iter());
        if leading {
            return (0, right);
        }
        // Where both windows overlap and their quietest frame is common, this is a mere cut, too.
        (self.quietest_early, right)
    }
}

/// The index of the smallest level, the first of equals.
fn quietest<'a>(levels: impl Iterator<Item = &'a f64>) -> u64 {
    let least = levels.enumerate().min_by(|a, b| a.1.total_cmp(b.1));
    least.map_or(0, |(index, _)| index as u64)
}
