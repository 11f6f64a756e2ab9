//! One segment on its way through a vocoder, in parts that are computed at the same time.

use std::collections::VecDeque;
use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread;

use super::ramp::{ChunkRamp, LONGEST};
use super::streamed::Networks;
use super::{Sounding, StreamedVocoder};
use crate::error::RunError;
use crate::model::Tensor;
use crate::runtime::OnnxSession;

/// The fewest frames of a part: with fewer its lead-in costs more than it is worth.
const LEAST_PART: usize = 32;

/// One segment on its way through a vocoder.
///
/// The frames are parted among the vocoder's graphs, so that each takes as long as the others. The first part's chunks are
/// handed out as they are made. Those behind begin with the frames of past that make a difference, and what they give waits
/// for its turn.
pub(crate) struct StreamedRun {
    vocoder: Arc<StreamedVocoder>,
    latents: Vec<Tensor>,
    frames: usize,
    /// Those that have samples left, in the order of time.
    parts: VecDeque<Part>,
    ramp: ChunkRamp,
}

/// Frames that are computed one chunk after the other.
struct Part {
    states: Vec<Tensor>,
    /// Frames that have not been computed.
    left: Range<usize>,
    /// How many of these are there for the sake of the others.
    lead_in: usize,
    /// Samples that have not been handed out.
    made: VecDeque<f32>,
}

/// A chunk of a part, and the graph that makes it.
struct Job<'a> {
    vocoder: &'a StreamedVocoder,
    part: &'a mut Part,
    session: &'a mut OnnxSession,
    latents: Vec<(&'a str, Tensor)>,
    count: usize,
}

impl StreamedRun {
    /// Before the first chunk of these latents.
    pub(super) fn new(
        vocoder: Arc<StreamedVocoder>,
        latents: Vec<Tensor>,
        frames: usize,
    ) -> StreamedRun {
        let past = vocoder.left;
        let part = |(left, lead_in)| Part {
            states: vocoder.shape.start(),
            left,
            lead_in,
            made: VecDeque::new(),
        };
        let least = LEAST_PART.max(past).max(vocoder.shape.lookahead);
        StreamedRun {
            parts: parted(frames, vocoder.parts, past, least)
                .into_iter()
                .map(part)
                .collect(),
            vocoder,
            latents,
            frames,
            ramp: ChunkRamp::new(),
        }
    }

    /// Makes the next chunk of every part.
    fn step(&mut self) -> Result<(), RunError> {
        let vocoder = Arc::clone(&self.vocoder);
        let mut networks = vocoder.lock();
        let Networks { ahead, end, .. } = &mut *networks;
        let chunk = self.ramp.next();
        let lookahead = vocoder.shape.lookahead;
        let mut end = end.as_mut();
        let mut jobs = Vec::new();
        let open = self.parts.iter_mut().filter(|part| !part.left.is_empty());
        for (part, ahead) in open.zip(ahead.iter_mut()) {
            let left = part.left.len();
            let is_end = part.left.end == self.frames && left <= chunk + lookahead;
            let count = if is_end { left } else { chunk.min(left) };
            let known = if is_end { left } else { count + lookahead };
            let session = match is_end {
                true => end.take().unwrap_or(ahead),
                false => ahead,
            };
            let begin = part.left.start;
            jobs.push(Job {
                latents: latents(&vocoder, &self.latents, begin..begin + known),
                vocoder: &vocoder,
                part,
                session,
                count,
            });
        }
        run(jobs)
    }
}

impl Sounding for StreamedRun {
    fn next_chunk(&mut self, samples: &mut Vec<f32>) -> Result<bool, RunError> {
        while self.parts.front().is_some_and(Part::waits) {
            self.step()?;
        }
        if let Some(first) = self.parts.front_mut() {
            let ready = first.made.len().min(LONGEST * self.vocoder.hop);
            samples.extend(first.made.drain(..ready));
            if first.made.is_empty() && first.left.is_empty() {
                self.parts.pop_front();
            }
        }
        Ok(!self.parts.is_empty())
    }
}

impl Part {
    /// Whether it has nothing to hand out, but will have.
    fn waits(&self) -> bool {
        self.made.is_empty() && !self.left.is_empty()
    }
}

impl Job<'_> {
    fn run(self) -> Result<(), RunError> {
        let Job { part, count, .. } = self;
        let made = self
            .vocoder
            .speak(self.session, &self.latents, &mut part.states, count)?;
        let aside = part.lead_in.min(count);
        part.made.extend(&made[aside * self.vocoder.hop..]);
        part.lead_in -= aside;
        part.left.start += count;
        Ok(())
    }
}

/// So many frames in `count` parts of the same length, with the frames of past before each but the first counted, and how
/// many those are; or in one part, if they would have fewer than `least` frames of their own.
fn parted(frames: usize, count: usize, past: usize, least: usize) -> Vec<(Range<usize>, usize)> {
    let length = (frames + (count - 1) * past).div_ceil(count);
    if frames == 0 {
        return Vec::new();
    }
    if count == 1 || length < past + least {
        return vec![(0..frames, 0)];
    }
    let own = length - past;
    let others = (1..count).map(|number| {
        let begin = past + number * own;
        (begin - past..(begin + own).min(frames), past)
    });
    std::iter::once((0..length, 0)).chain(others).collect()
}

/// Runs all jobs at the same time, the first of them on this thread.
fn run(jobs: Vec<Job<'_>>) -> Result<(), RunError> {
    let mut jobs = jobs.into_iter();
    let first = jobs.next();
    thread::scope(|scope| {
        let others: Vec<_> = jobs.map(|job| scope.spawn(move || job.run())).collect();
        let mut outcome = first.map_or(Ok(()), Job::run);
        for other in others {
            let other = other.join().unwrap_or_else(|panic| resume_unwind(panic));
            outcome = outcome.and(other);
        }
        outcome
    })
}

/// The latents of these frames, by name.
fn latents<'a>(
    vocoder: &'a StreamedVocoder,
    all: &[Tensor],
    frames: Range<usize>,
) -> Vec<(&'a str, Tensor)> {
    let tensors = vocoder.latents.iter().zip(all);
    let part = tensors.map(|(tensor, value)| {
        let rate = tensor.rate();
        let part = match rate {
            0 => value.clone(),
            _ => section(value, frames.start * rate..frames.end * rate),
        };
        (tensor.name.as_str(), part)
    });
    part.collect()
}

/// Samples along time of `[1, channels, time]`.
fn section(tensor: &Tensor, span: Range<usize>) -> Tensor {
    let data = tensor.as_f32().unwrap_or_default();
    let (channels, time) = (tensor.shape()[1], tensor.shape()[2]);
    let length = span.len();
    let mut part = Vec::with_capacity(channels * length);
    for row in data.chunks_exact(time) {
        part.extend_from_slice(&row[span.clone()]);
    }
    Tensor::f32(&[1, channels, length], part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_all_frames_and_take_the_same_time() {
        for count in 1..4 {
            for frames in 1..400 {
                let parts = parted(frames, count, 14, 32);
                let mut next = 0;
                for (span, lead_in) in &parts {
                    assert_eq!(span.start + lead_in, next, "{frames} in {count}: {parts:?}");
                    assert!(*lead_in == 0 || span.len() + count > 14 + 32, "{parts:?}");
                    next = span.end;
                }
                assert_eq!(next, frames, "{parts:?}");
                let lengths: Vec<usize> = parts.iter().map(|(span, _)| span.len()).collect();
                let (most, least) = (lengths.iter().max(), lengths.iter().min());
                assert!(most.unwrap() - least.unwrap() < count, "{parts:?}");
            }
        }
        assert_eq!(parted(100, 2, 14, 32), [(0..57, 0), (43..100, 14)]);
        assert_eq!(parted(70, 2, 14, 32), [(0..70, 0)]);
    }
}
