//! One second-order section of a recursive filter, in 64 bits.

/// A second-order section, `y[n] = b0 x[n] + b1 x[n-1] + b2 x[n-2] - a1 y[n-1] - a2 y[n-2]`, in transposed direct form
/// II. A section of first order has `b2` and `a2` 0.
///
/// In 64 bits, because poles near the unit circle (a corner of 48 Hz at 16 kHz) are lost in 32.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Biquad {
    /// `b0`, `b1`, `b2`.
    pub numerator: [f64; 3],
    /// `a1`, `a2`; `a0` is 1.
    pub denominator: [f64; 2],
    state: [f64; 2],
}

impl Biquad {
    /// A section at rest.
    pub fn new(numerator: [f64; 3], denominator: [f64; 2]) -> Biquad {
        Biquad {
            numerator,
            denominator,
            state: [0.0; 2],
        }
    }

    /// Takes a sample and gives one.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    #[inline]
    pub fn process(&mut self, input: f64) -> f64 {
        let ([b0, b1, b2], [a1, a2]) = (self.numerator, self.denominator);
        let output = b0 * input + self.state[0];
        self.state[0] = b1 * input - a1 * output + self.state[1];
        self.state[1] = b2 * input - a2 * output;
        output
    }

    /// Takes the state that a signal which has been `input` for ever would have left, and gives what comes out then.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn settle(&mut self, input: f64) -> f64 {
        let ([b0, b1, b2], [a1, a2]) = (self.numerator, self.denominator);
        let output = input * (b0 + b1 + b2) / (1.0 + a1 + a2);
        self.state[1] = b2 * input - a2 * output;
        self.state[0] = b1 * input - a1 * output + self.state[1];
        output
    }

    /// Forgets the past.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn reset(&mut self) {
        self.state = [0.0; 2];
    }

    /// The magnitude of the pole that lies further out; below 1 for what is stable. So fast does a state decay.
    pub fn pole_radius(&self) -> f64 {
        let [a1, a2] = self.denominator;
        let discriminant = a1 * a1 / 4.0 - a2;
        if discriminant < 0.0 {
            a2.sqrt()
        } else {
            a1.abs() / 2.0 + discriminant.sqrt()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A resonance at an eighth of the rate.
    fn resonance() -> Biquad {
        Biquad::new([0.3, -0.2, 0.1], [-1.2, 0.81])
    }

    #[test]
    fn it_computes_its_difference_equation() {
        let mut section = resonance();
        let input = [1.0, -0.5, 0.25, 0.0, 2.0, 0.0, 0.0];
        let mut output = [0.0; 7];
        for n in 0..7usize {
            let past = |of: &[f64; 7], by: usize| n.checked_sub(by).map_or(0.0, |at| of[at]);
            output[n] = 0.3 * input[n] - 0.2 * past(&input, 1)
                + 0.1 * past(&input, 2)
                + 1.2 * past(&output, 1)
                - 0.81 * past(&output, 2);
            assert!((section.process(input[n]) - output[n]).abs() < 1e-14);
        }
        section.reset();
        assert_eq!(section, resonance());
    }

    #[test]
    fn settled_it_stays_where_it_is() {
        let mut section = resonance();
        let settled = section.settle(0.7);
        for _ in 0..50 {
            assert!((section.process(0.7) - settled).abs() < 1e-13);
        }
        assert!((settled - 0.7 * 0.2 / 0.61).abs() < 1e-15);
    }

    #[test]
    fn poles_are_measured_from_the_centre() {
        assert!((resonance().pole_radius() - 0.9).abs() < 1e-15);
        let apart = Biquad::new([1.0, 0.0, 0.0], [-0.3, -0.4]);
        assert!((apart.pole_radius() - 0.8).abs() < 1e-15);
        let first_order = Biquad::new([1.0, 0.0, 0.0], [0.95, 0.0]);
        assert!((first_order.pole_radius() - 0.95).abs() < 1e-15);
    }
}
