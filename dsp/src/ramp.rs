//! Moves a parameter to its target in a straight line, so that a change does not click.

use crate::Samples;

/// A value that reaches each new target after a fixed number of samples, exactly.
///
/// Adds no latency to the signal; the parameter lags by the ramp's length.
#[derive(Clone, Debug)]
pub struct LinearRamp {
    current: f32,
    target: f32,
    step: f32,
    remaining: usize,
    length: usize,
}

impl LinearRamp {
    /// Starts at rest on `value`; every later change takes `length` samples (0: at once).
    pub fn new(value: f32, length: Samples) -> LinearRamp {
        LinearRamp {
            current: value,
            target: value,
            step: 0.0,
            remaining: 0,
            length: length.0,
        }
    }

    /// Heads for `target` from wherever the value is now. A target that is not finite is ignored.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn set_target(&mut self, target: f32) {
        if !target.is_finite() || target == self.target {
            return;
        }
        self.target = target;
        self.remaining = self.length;
        if self.length == 0 {
            self.current = target;
        } else {
            self.step = (target - self.current) / self.length as f32;
        }
    }

    /// The value for the next sample.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    #[inline]
    pub fn next_value(&mut self) -> f32 {
        if self.remaining > 0 {
            self.remaining -= 1;
            // The last step lands on the target itself: no rounding error stays behind.
            self.current = if self.remaining == 0 {
                self.target
            } else {
                self.current + self.step
            };
        }
        self.current
    }

    /// The value of the latest sample.
    pub fn value(&self) -> f32 {
        self.current
    }

    /// Where the value is heading.
    pub fn target(&self) -> f32 {
        self.target
    }

    /// Whether the value rests on its target.
    pub fn is_settled(&self) -> bool {
        self.remaining == 0
    }

    /// Jumps to the target.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn reset(&mut self) {
        self.current = self.target;
        self.remaining = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_arrives_exactly_and_in_equal_steps() {
        let mut ramp = LinearRamp::new(0.0, Samples(7));
        ramp.set_target(0.7);
        let mut last = 0.0;
        for n in 1..=7 {
            let value = ramp.next_value();
            assert!(
                (value - last - 0.1).abs() < 1e-6,
                "step {n} went from {last} to {value}"
            );
            last = value;
        }
        assert_eq!(ramp.next_value(), 0.7);
        assert!(ramp.is_settled());
    }

    #[test]
    fn a_change_of_mind_starts_from_where_it_is() {
        let mut ramp = LinearRamp::new(0.0, Samples(10));
        ramp.set_target(1.0);
        (0..5).for_each(|_| _ = ramp.next_value());
        ramp.set_target(0.0);
        assert!((ramp.next_value() - 0.45).abs() < 1e-6);
        ramp.set_target(f32::NAN);
        assert_eq!(ramp.target(), 0.0);
        ramp.reset();
        assert_eq!(ramp.next_value(), 0.0);
    }

    #[test]
    fn length_zero_jumps() {
        let mut ramp = LinearRamp::new(1.0, Samples(0));
        ramp.set_target(2.0);
        assert_eq!(ramp.next_value(), 2.0);
    }
}
