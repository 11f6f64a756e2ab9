//! Finds by how much one clock runs faster than another, from how full the buffer between them is.

/// The largest correction: 1000 ppm are 1.7 cents, which nobody hears, and five times what crystals differ by.
pub const MAX_CORRECTION: f64 = 1e-3;

/// How fast the loop answers, in radians per second. Its time constant of some 10 s is far longer than the jitter of
/// callbacks, so the pitch does not waver, and shorter than the time in which clocks drift away by a block.
const SPEED: f64 = 0.1;

/// Proportional share: 2 x damping x speed, at a damping of 1, so that it does not swing.
const PROPORTIONAL: f64 = 2.0 * SPEED;

/// Integral share: speed squared. It is what holds the difference of the clocks with the fill on its target.
const INTEGRAL: f64 = SPEED * SPEED;

/// Time constant of the smoothing before the loop, in seconds: over many blocks, but ten times faster than the loop.
const SMOOTHING: f64 = 0.5;

/// A proportional-integral loop on the fill of a buffer.
#[derive(Clone, Debug, Default)]
pub struct ClockMatch {
    smooth: Option<f64>,
    integral: f64,
}

impl ClockMatch {
    /// Takes by how many seconds the buffer is fuller than wanted, `interval` seconds after the last time, and gives
    /// by which share it is to be read faster.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn update(&mut self, error: f64, interval: f64) -> f64 {
        let share = (interval / SMOOTHING).min(1.0);
        let smooth = self
            .smooth
            .map_or(error, |smooth| smooth + share * (error - smooth));
        self.smooth = Some(smooth);
        self.integral += INTEGRAL * smooth * interval;
        self.integral = self.integral.clamp(-MAX_CORRECTION, MAX_CORRECTION);
        (PROPORTIONAL * smooth + self.integral).clamp(-MAX_CORRECTION, MAX_CORRECTION)
    }

    /// Begins anew after a jump of the fill; what was learnt of the clocks stays.
    pub fn restart(&mut self) {
        self.smooth = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_learns_the_difference_of_clocks_and_returns_the_fill() {
        for drift in [200e-6, -200e-6, 500e-6] {
            let mut control = ClockMatch::default();
            let (mut error, interval, mut worst) = (0.0, 0.005, 0.0_f64);
            let mut correction = 0.0;
            for _ in 0..40_000 {
                correction = control.update(error, interval);
                error += (drift - correction) * interval;
                worst = worst.max(f64::abs(error));
            }
            // After 200 s, twenty times its time constant, nothing is left: e^-20 of milliseconds.
            assert!(
                (correction - drift).abs() < 1e-9,
                "{correction} for {drift}"
            );
            assert!(error.abs() < 1e-8, "{error}");
            // The peak of a critically damped loop is drift / (e * speed); smoothing adds a little.
            assert!(
                worst < drift.abs() / (std::f64::consts::E * SPEED) * 1.1,
                "{worst} for {drift}"
            );
        }
    }

    #[test]
    fn it_never_corrects_by_more_than_is_inaudible() {
        let mut control = ClockMatch::default();
        for _ in 0..1000 {
            assert!(control.update(1.0, 0.01) <= MAX_CORRECTION);
        }
        for _ in 0..10_000 {
            assert!(control.update(-1.0, 0.01) >= -MAX_CORRECTION);
        }
    }
}
