//! Cuts a recording where it is quietest, as RVC does, in bounded memory.

#[cfg(test)]
mod tests;

use std::ops::Range;

use super::piece_config::{FRAME, PieceLengths};

/// What F0 is tracked on beyond a piece and its padding, one second at 16 kHz: RVC tracks F0 on the whole recording. The
/// built-in tracker and CREPE hear and decide within a quarter of a second, so that they find the same; the recurrent
/// networks of RMVPE hear further, without a bound.
const CONTEXT: usize = 16_000;

/// What F0 is tracked on begins at a multiple of this, 32 frames: RMVPE halves time five times, and is another network on
/// another grid.
const GRID: usize = 32 * FRAME;

/// A part of a recording at 16 kHz with what is around it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct QuietPiece {
    /// The piece, its padding, and what F0 hears beyond.
    pub(super) speech: Vec<f32>,
    /// Where in `speech` the padded piece lies, which is what RVC converts; begins on the grid of frames.
    pub(super) padded: Range<usize>,
    /// Where the piece itself begins in the recording; a whole number of frames.
    pub(super) start: u64,
    /// How long it is; whole frames, unless it is the last one.
    pub(super) length: usize,
    /// Whether it is the last one.
    pub(super) last: bool,
}

/// Cuts a stream of samples at 16 kHz at its quietest places.
///
/// The rule is RVC's: around each multiple of the spacing, the first sample of those with the least sum of magnitudes in
/// 10 ms, rounded down to whole frames. Recordings up to the longest are not cut. A piece is given with the recording
/// around it as padding, and both ends of the recording are continued by reflection; like RVC's, all pieces but the last
/// hear a frame more at their end.
///
/// It decides as early as the rule allows: a piece is given when its padding and the context of F0 are there. So it holds
/// at most a spacing, two searches, two paddings and three seconds, or the longest recording that is not cut.
#[derive(Debug)]
pub(super) struct QuietCutter {
    lengths: PieceLengths,
    /// Samples from `base` on.
    buffer: Vec<f64>,
    base: u64,
    total: u64,
    /// Where the next piece begins.
    start: u64,
    /// The next multiple of the spacing.
    centre: u64,
    /// Where the next piece ends, once that is certain.
    cut: Option<u64>,
}

impl QuietCutter {
    /// A cutter at the start of a recording.
    pub(super) fn new(lengths: PieceLengths) -> QuietCutter {
        QuietCutter {
            lengths,
            buffer: Vec::new(),
            base: 0,
            total: 0,
            start: 0,
            centre: lengths.spacing as u64,
            cut: None,
        }
    }

    /// Takes the next samples, any number, and appends the pieces that are certain now.
    pub(super) fn push(&mut self, samples: &[f64], pieces: &mut Vec<QuietPiece>) {
        // Frame by frame, so that what is held does not depend on how much comes at once.
        for part in samples.chunks(FRAME) {
            self.buffer.extend_from_slice(part);
            self.total += part.len() as u64;
            self.advance(false, pieces);
        }
    }

    /// Ends the recording and appends the rest of it. The last piece is marked; without a sample there is none.
    pub(super) fn finish(&mut self, pieces: &mut Vec<QuietPiece>) {
        self.advance(true, pieces);
        if self.total > 0 {
            let piece = self.piece(self.total, true);
            pieces.push(piece);
        }
    }

    fn advance(&mut self, ended: bool, pieces: &mut Vec<QuietPiece>) {
        loop {
            if self.cut.is_none() {
                self.cut = self.decide(ended);
            }
            let Some(end) = self.cut else { return };
            let heard = end + (self.lengths.pad + FRAME + CONTEXT) as u64;
            if !ended && self.total < heard {
                return;
            }
            let piece = self.piece(end, false);
            pieces.push(piece);
            self.start = end;
            self.cut = None;
            self.forget();
        }
    }

    /// The next cut, if it is certain that there is one, and where.
    fn decide(&mut self, ended: bool) -> Option<u64> {
        // RVC compares the length with half a frame more on either side.
        let cut_at_all = self.total + FRAME as u64 > self.lengths.longest as u64;
        let search = self.lengths.search as u64;
        let heard = self.total >= self.centre + search + FRAME as u64 / 2;
        if !cut_at_all || (ended && self.centre >= self.total) || (!ended && !heard) {
            return None;
        }
        let around = self.centre - search..(self.centre + search).min(self.total);
        self.centre += self.lengths.spacing as u64;
        let quietest = self.quietest(around);
        Some(quietest / FRAME as u64 * FRAME as u64)
    }

    /// The first sample with the least sum of magnitudes over 10 ms around it.
    fn quietest(&self, around: Range<u64>) -> u64 {
        let half = FRAME as i64 / 2;
        let (first, last) = (around.start as i64 - half, around.end as i64 + half);
        let loudness: Vec<f64> = (first..last).map(|at| self.at(at).abs()).collect();
        let mut best = (f64::INFINITY, around.start);
        for (window, at) in loudness.windows(FRAME).zip(around) {
            // Summed afresh, in order: a running sum would round otherwise, and decide otherwise.
            let sum: f64 = window.iter().sum();
            if sum < best.0 {
                best = (sum, at);
            }
        }
        best.1
    }

    /// The piece from where the last one ended to `end`.
    fn piece(&self, end: u64, last: bool) -> QuietPiece {
        let (pad, start) = (self.lengths.pad as i64, self.start as i64);
        let padded_start = start - pad;
        let first = first_heard(self.start) as i64 - pad;
        // numpy cuts a range at the end of what there is.
        let limit = self.total as i64 + pad;
        let more = if last { 0 } else { FRAME as i64 };
        let padded_end = (end as i64 + pad + more).min(limit);
        let heard = (padded_end + CONTEXT as i64).min(limit);
        let beyond = if last { padded_end } else { heard };
        QuietPiece {
            speech: (first..beyond).map(|at| self.at(at) as f32).collect(),
            padded: (padded_start - first) as usize..(padded_end - first) as usize,
            start: self.start,
            length: (end - self.start) as usize,
            last,
        }
    }

    /// The sample at `at`, mirrored at both ends of the recording without repeating them, as often as needed.
    fn at(&self, at: i64) -> f64 {
        let at = match self.total {
            0 | 1 => 0,
            total => {
                let swing = 2 * (total as i64 - 1);
                let phase = at.rem_euclid(swing);
                phase.min(swing - phase) as u64
            }
        };
        self.buffer[(at - self.base) as usize]
    }

    fn forget(&mut self) {
        // The next search begins behind the last cut.
        let needed = first_heard(self.start).saturating_sub(self.lengths.pad as u64);
        let count = needed.saturating_sub(self.base) as usize;
        self.buffer.drain(..count);
        self.base += count as u64;
    }
}

/// Where F0 begins to be tracked for a piece that begins at `start`, both counted with the padding: on the grid, at least
/// the context before it.
fn first_heard(start: u64) -> u64 {
    start.saturating_sub(CONTEXT as u64) / GRID as u64 * GRID as u64
}
