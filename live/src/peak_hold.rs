//! A level meter with peak hold.

use std::time::Duration;

/// How long a peak stays: long enough to be read between two looks.
const HOLD: Duration = Duration::from_millis(1500);

/// How fast the meter falls, in dB per second: that of peak programme meters (IEC 60268-10, type I: 20 dB in 1.7 s).
const FALL_DB_PER_S: f32 = 20.0 / 1.7;

/// The bottom of the scale; quieter is silence.
pub const FLOOR_DB: f32 = -60.0;

/// A level meter with peak hold, in dB of full scale.
#[derive(Clone, Debug)]
pub struct PeakHold {
    level: f32,
    peak: f32,
    held: Duration,
}

impl Default for PeakHold {
    fn default() -> Self {
        PeakHold {
            level: FLOOR_DB,
            peak: FLOOR_DB,
            held: Duration::ZERO,
        }
    }
}

impl PeakHold {
    /// Takes the highest linear amplitude of the last `passed`.
    pub fn update(&mut self, amplitude: f32, passed: Duration) {
        let db = (20.0 * amplitude.abs().log10()).max(FLOOR_DB);
        let fallen = (self.level - FALL_DB_PER_S * passed.as_secs_f32()).max(FLOOR_DB);
        self.level = db.max(fallen);
        self.held += passed;
        if self.level >= self.peak || self.held >= HOLD {
            self.peak = self.level;
            self.held = Duration::ZERO;
        }
    }

    /// The level in dB, which falls slowly.
    pub fn level(&self) -> f32 {
        self.level
    }

    /// The highest level of the last while in dB.
    pub fn peak(&self) -> f32 {
        self.peak
    }

    /// The meter as `width` characters: level, peak, and `!` at the end where full scale was reached.
    pub fn bar(&self, width: usize) -> String {
        let place = |db: f32| ((db / FLOOR_DB - 1.0).abs() * width as f32).round() as usize;
        let (level, peak) = (place(self.level.min(0.0)), place(self.peak.min(0.0)));
        (0..width)
            .map(|at| match at {
                _ if at + 1 == width && self.peak >= 0.0 => '!',
                _ if at < level => '=',
                _ if at + 1 == peak => '|',
                _ => ' ',
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICK: Duration = Duration::from_millis(100);

    #[test]
    fn it_rises_at_once_and_falls_slowly_while_the_peak_is_held() {
        let mut meter = PeakHold::default();
        meter.update(0.5, TICK);
        // 20 log10(0.5) = -6.0206; f32 keeps it to 1e-5.
        assert!((meter.level() + 6.0206).abs() < 1e-4, "{}", meter.level());
        for _ in 0..10 {
            meter.update(0.0, TICK);
        }
        let expected = -6.0206 - FALL_DB_PER_S;
        assert!((meter.level() - expected).abs() < 1e-3, "{}", meter.level());
        assert!((meter.peak() + 6.0206).abs() < 1e-4, "{}", meter.peak());
        for _ in 0..6 {
            meter.update(0.0, TICK);
        }
        assert!(
            meter.peak() < -20.0,
            "the peak is held for ever: {}",
            meter.peak()
        );
    }

    #[test]
    fn silence_and_nonsense_stay_on_the_scale() {
        let mut meter = PeakHold::default();
        for amplitude in [0.0, 1e-9, f32::NAN] {
            meter.update(amplitude, TICK);
            assert_eq!(meter.level(), FLOOR_DB);
        }
        assert_eq!(meter.bar(10), " ".repeat(10));
    }

    #[test]
    fn the_bar_shows_level_peak_and_clipping() {
        let mut meter = PeakHold::default();
        meter.update(0.0316228, TICK); // -30 dB
        assert_eq!(meter.bar(10), "=====     ");
        meter.update(1.5, TICK);
        assert_eq!(meter.bar(10), "=========!");
        for _ in 0..13 {
            meter.update(0.0, TICK);
        }
        assert!(meter.bar(10).ends_with('!'), "{}", meter.bar(10));
        assert!(meter.bar(10).contains(' '), "{}", meter.bar(10));
    }
}
