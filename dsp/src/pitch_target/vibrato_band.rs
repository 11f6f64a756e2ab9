//! Separates vibrato from the slow contour of a pitch, causally.

/// The two running means of the slow contour, in ms: periods of 5 Hz and 6.25 Hz, so that between their zeros vibrato of
/// 4.5 to 7.5 Hz is lowered to a twenty-fifth or less. A step needs the sum of both to arrive.
const MEANS_MS: [f32; 2] = [200.0, 160.0];

/// Shortest frame, in ms; it bounds the memory.
pub(super) const SHORTEST_FRAME_MS: f32 = 5.0;

/// Frames of the longer mean at the shortest frame.
const LONGEST: usize = 40;

/// How far a vibrato takes a pitch from its slow contour, in semitones. Deeper ones are rare; what is farther away is
/// another note, and the slow contour begins anew there.
const REACH: f32 = 1.5;

/// Half a swing of a vibrato, in ms: 3.6 to 12.5 Hz. Slower movement is melody; faster is the wavering of the tracker.
const HALF_SWING_MS: [f32; 2] = [40.0, 140.0];

/// By how much a swing may be deeper than the one before it: vibrato swells slowly, steps do not.
const SWELL: f32 = 1.25;

/// What a pitch consists of, in semitones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Split {
    /// The pitch less its slow contour: vibrato, and for a while what remains of a small step.
    pub(super) around: f32,
    /// That, as far as it has swung to and fro before: vibrato alone.
    pub(super) swing: f32,
}

/// Separates vibrato from the slow contour of a pitch. The slow contour lags by 170 ms; the vibrato does not.
#[derive(Clone, Debug)]
pub(super) struct VibratoBand {
    means: [RunningMean; 2],
    slow: Option<f32>,
    half_swing: [u32; 2],
    /// How far the last half swing went; 0 when there was none.
    extent: f32,
    /// How far this half swing has gone.
    farthest: f32,
    is_above: bool,
    /// Frames since the pitch crossed its slow contour.
    since_crossing: u32,
}

impl VibratoBand {
    /// For frames of `frame_ms`, 5 to 20.
    pub(super) fn new(frame_ms: f32) -> VibratoBand {
        VibratoBand {
            means: MEANS_MS.map(|ms| RunningMean::new((ms / frame_ms).round() as usize)),
            slow: None,
            half_swing: HALF_SWING_MS.map(|ms| (ms / frame_ms).round() as u32),
            extent: 0.0,
            farthest: 0.0,
            is_above: false,
            since_crossing: 0,
        }
    }

    /// Takes the next voiced frame's pitch.
    pub(super) fn push(&mut self, pitch: f32) -> Split {
        if self.slow.is_some_and(|slow| (pitch - slow).abs() > REACH) {
            self.reset();
        }
        let slow = self
            .means
            .iter_mut()
            .fold(pitch, |value, mean| mean.push(value));
        self.slow = Some(slow);
        let around = pitch - slow;
        self.measure(around);
        let bound = SWELL * self.extent;
        Split {
            around,
            swing: around.clamp(-bound, bound),
        }
    }

    /// Measures the swings: what crosses the slow contour in the time of half a swing is vibrato.
    fn measure(&mut self, around: f32) {
        let [shortest, longest] = self.half_swing;
        self.since_crossing += 1;
        if (around > 0.0) != self.is_above {
            let is_swing = (shortest..=longest).contains(&self.since_crossing);
            self.extent = if is_swing { self.farthest } else { 0.0 };
            self.is_above = around > 0.0;
            self.farthest = 0.0;
            self.since_crossing = 0;
        } else if self.since_crossing > longest {
            self.extent = 0.0;
            // It counts no farther: a note may last for hours.
            self.since_crossing = longest + 1;
        }
        self.farthest = self.farthest.max(around.abs());
    }

    /// Forgets everything: another note begins.
    pub(super) fn reset(&mut self) {
        self.means.iter_mut().for_each(RunningMean::reset);
        self.slow = None;
        self.extent = 0.0;
        self.farthest = 0.0;
        self.is_above = false;
        self.since_crossing = 0;
    }
}

/// The mean of the last values, of fewer at the start.
#[derive(Clone, Debug)]
struct RunningMean {
    values: [f32; LONGEST],
    length: usize,
    filled: usize,
    next: usize,
}

impl RunningMean {
    fn new(length: usize) -> RunningMean {
        RunningMean {
            values: [0.0; LONGEST],
            length: length.clamp(1, LONGEST),
            filled: 0,
            next: 0,
        }
    }

    fn push(&mut self, value: f32) -> f32 {
        self.values[self.next] = value;
        self.next = (self.next + 1) % self.length;
        self.filled = (self.filled + 1).min(self.length);
        // Summed anew each time: a running sum would collect rounding errors over hours.
        self.values[..self.filled].iter().sum::<f32>() / self.filled as f32
    }

    fn reset(&mut self) {
        self.filled = 0;
        self.next = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f32::consts::TAU;

    fn vibrato(n: usize, hz: f32) -> f32 {
        0.6 * (TAU * hz * n as f32 / 100.0).sin()
    }

    #[test]
    fn vibrato_is_what_is_around_the_slow_contour() {
        for hz in [4.5, 5.0, 5.5, 6.0, 6.5, 7.0] {
            let mut band = VibratoBand::new(10.0);
            for n in 0..300 {
                let Split { around, swing } = band.push(60.0 + vibrato(n, hz));
                if n >= 60 {
                    // Of 60 cents, three remain in the slow contour.
                    assert!((around - vibrato(n, hz)).abs() < 0.03, "{hz} Hz, {n}");
                    assert_eq!(swing, around, "{hz} Hz, {n}");
                }
            }
        }
    }

    #[test]
    fn a_step_is_no_swing() {
        let mut band = VibratoBand::new(10.0);
        (0..50).for_each(|_| _ = band.push(60.0));
        for n in 0..100 {
            let Split { around, swing } = band.push(61.0);
            assert!(swing.abs() < 1e-4, "{swing} at {n}");
            // Arrived after 20 and 16 frames: a thousandth of it is rounding.
            assert!(n < 36 || around.abs() < 1e-3, "{around} at {n}");
        }
        assert_eq!(band.push(67.0).around, 0.0, "a leap begins anew");
    }
}
