//! Finds by how much one clock runs faster than another, from how full the buffer between them is.

/// The largest correction: 1000 ppm are 1.7 cents, which nobody hears, and five times what crystals differ by.
pub const MAX_CORRECTION: f64 = 1e-3;

/// How fast the loop answers at first, in radians per second. Its time constant of some 10 s is far longer than the
/// jitter of callbacks, and shorter than the time in which clocks drift away by a block.
const LEARNING: f64 = 0.1;

/// How long that is so, in seconds: six time constants, after which 2 % of the difference remain.
const LESSON: f64 = 60.0;

/// How fast it answers then. What clocks differ by changes with their temperature, in minutes; what comes and goes faster
/// is a server's way to hand over blocks (PulseAudio's swings by a block within 14 s) and shall not bend the pitch.
const HOLDING: f64 = 0.02;

/// Time constant of the smoothing before the loop, in seconds: over many blocks, but ten times faster than the loop.
const SMOOTHING: f64 = 0.5;

/// A proportional-integral loop on the fill of a buffer.
#[derive(Clone, Debug, Default)]
pub struct ClockMatch {
    smooth: Option<f64>,
    integral: f64,
    age: f64,
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
        self.age += interval;
        let speed = if self.age < LESSON { LEARNING } else { HOLDING };
        // The integral holds the difference of the clocks with the fill on its target. At a damping of 1 it does not
        // swing: twice the speed for the proportional share, its square for the integral.
        self.integral += speed * speed * smooth * interval;
        self.integral = self.integral.clamp(-MAX_CORRECTION, MAX_CORRECTION);
        (2.0 * speed * smooth + self.integral).clamp(-MAX_CORRECTION, MAX_CORRECTION)
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
            for _ in 0..120_000 {
                correction = control.update(error, interval);
                error += (drift - correction) * interval;
                worst = worst.max(f64::abs(error));
            }
            // After 600 s, ten times the longer time constant, next to nothing is left: e^-10 of 2 % of it.
            assert!(
                (correction - drift).abs() < 1e-4 * drift.abs(),
                "{correction} for {drift}"
            );
            assert!(error.abs() < 1e-7, "{error}");
            // The peak of a critically damped loop is drift / (e * speed); smoothing adds a little.
            assert!(
                worst < drift.abs() / (std::f64::consts::E * LEARNING) * 1.1,
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
