//! The pitch of the last seconds, for displays.

use std::sync::atomic::{
    AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
};

use syrinx_models::PitchFrame;

/// The pitch of the last seconds, one frame for each 10 ms that the voice has heard. Written by the model thread, read by
/// any number of others.
///
/// # Real-time safety
/// [`PitchTrace::push`] does not allocate, lock or wait.
#[derive(Debug)]
pub struct PitchTrace {
    frames: [AtomicU64; PitchTrace::LENGTH],
    next: AtomicU64,
}

impl PitchTrace {
    /// The time from one frame to the next.
    pub const FRAME_MS: f64 = PitchFrame::MS;

    /// How many frames are kept: five seconds, which is what fits a window at a speed that eyes can follow.
    pub const LENGTH: usize = 512;

    /// Adds frames, in the place of the oldest. Only one thread may do so.
    pub fn push(&self, frames: &[PitchFrame]) {
        let mut next = self.next.load(Relaxed);
        for frame in frames {
            let bits =
                u64::from(frame.input_hz.to_bits()) << 32 | u64::from(frame.output_hz.to_bits());
            self.frames[next as usize % PitchTrace::LENGTH].store(bits, Relaxed);
            next += 1;
            self.next.store(next, Release);
        }
    }

    /// The number of the frame that comes next.
    pub fn next(&self) -> u64 {
        self.next.load(Acquire)
    }

    /// Appends the frames from number `from` on to `out`, those that are still there, and returns the number of the one
    /// that comes next. A trace that has begun anew since gives all that it has.
    pub fn frames(&self, from: u64, out: &mut Vec<PitchFrame>) -> u64 {
        let next = self.next();
        // The oldest may be overwritten while it is read: what was written meanwhile is found out behind.
        let oldest = next.saturating_sub(PitchTrace::LENGTH as u64 - 1);
        let from = if from > next {
            oldest
        } else {
            from.max(oldest)
        };
        let start = out.len();
        out.extend((from..next).map(|at| {
            let bits = self.frames[at as usize % PitchTrace::LENGTH].load(Relaxed);
            PitchFrame {
                input_hz: f32::from_bits((bits >> 32) as u32),
                output_hz: f32::from_bits(bits as u32),
            }
        }));
        let lost = self
            .next()
            .saturating_sub(PitchTrace::LENGTH as u64 - 1)
            .saturating_sub(from);
        out.drain(start..start + (lost as usize).min(out.len() - start));
        next
    }
}

impl Default for PitchTrace {
    fn default() -> PitchTrace {
        PitchTrace {
            frames: [const { AtomicU64::new(0) }; PitchTrace::LENGTH],
            next: AtomicU64::new(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(at: usize) -> PitchFrame {
        PitchFrame {
            input_hz: at as f32,
            output_hz: 2.0 * at as f32,
        }
    }

    #[test]
    fn a_reader_gets_each_frame_once_and_of_many_the_last() {
        let trace = PitchTrace::default();
        let mut read = Vec::new();
        let mut next = trace.frames(0, &mut read);
        assert!(read.is_empty());
        for at in 0..1_000 {
            trace.push(&[frame(at)]);
            if at % 7 == 0 {
                next = trace.frames(next, &mut read);
            }
        }
        trace.frames(next, &mut read);
        assert_eq!(read, (0..1_000).map(frame).collect::<Vec<_>>());
        let mut late = vec![frame(7)];
        assert_eq!(trace.frames(3, &mut late), 1_000);
        let kept = 1_000 - (PitchTrace::LENGTH - 1)..1_000;
        let expected: Vec<_> = [7].into_iter().chain(kept).map(frame).collect();
        assert_eq!(late, expected);
        // A number of an earlier run.
        late.clear();
        trace.frames(5_000, &mut late);
        assert_eq!(late.len(), PitchTrace::LENGTH - 1);
    }

    #[test]
    fn what_is_read_while_it_is_written_is_whole_and_in_order() {
        let trace = PitchTrace::default();
        std::thread::scope(|scope| {
            scope.spawn(|| (1..200_000).for_each(|at| trace.push(&[frame(at)])));
            let (mut next, mut read) = (0, Vec::new());
            while next < 199_999 {
                read.clear();
                next = trace.frames(next, &mut read);
                for (n, found) in read.iter().enumerate() {
                    assert_eq!(found.output_hz, 2.0 * found.input_hz);
                    assert!(n == 0 || found.input_hz == read[n - 1].input_hz + 1.0);
                }
            }
        });
    }
}
