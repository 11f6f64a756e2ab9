//! Narrows or widens the range of F0 around its mean.

/// Voiced frames over which the mean is learnt, and after which it only drifts: 10 s of voice. A shorter memory
/// would follow single phrases and bring back the melody that is to be flattened.
const FRAMES: f32 = 1000.0;

/// Narrows or widens the range of F0 around its running mean, on a scale of octaves.
///
/// The mean is that of all voiced frames so far, of the last ten seconds in the end: it slows down while it learns,
/// so that a range of 0 is a steady tone. Adds no latency.
#[derive(Clone, Debug)]
pub struct Intonation {
    range: f32,
    mean: f32,
    frames: f32,
}

impl Intonation {
    /// With a range of 0 (monotone) to 2; 1 leaves F0 as it is, bit-exact.
    pub fn new(range: f32) -> Intonation {
        Intonation {
            range,
            mean: 0.0,
            frames: 0.0,
        }
    }

    /// Changes the range.
    pub fn set_range(&mut self, range: f32) {
        self.range = range;
    }

    /// Hears a voiced frame of `f0_hz`.
    pub fn hear(&mut self, f0_hz: f32) {
        self.frames = (self.frames + 1.0).min(FRAMES);
        self.mean += (f0_hz.ln() - self.mean) / self.frames;
    }

    /// The F0 that takes the place of `f0_hz`; unvoiced frames (0 Hz) stay so.
    pub fn apply(&self, f0_hz: f32) -> f32 {
        if self.range == 1.0 || f0_hz <= 0.0 || self.frames == 0.0 {
            return f0_hz;
        }
        (self.mean + self.range * (f0_hz.ln() - self.mean)).exp()
    }

    /// Forgets the mean.
    pub fn reset(&mut self) {
        self.mean = 0.0;
        self.frames = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A melody around 200 Hz, an octave wide.
    fn melody() -> impl Iterator<Item = f32> {
        (0..3000).map(|n| 200.0 * (0.5 * (n as f32 * 0.05).sin()).exp2())
    }

    /// Lowest and highest F0 of the last second, in octaves around 200 Hz.
    fn range(range: f32) -> (f32, f32) {
        let mut intonation = Intonation::new(range);
        let heard: Vec<f32> = melody()
            .map(|f0| {
                intonation.hear(f0);
                (intonation.apply(f0) / 200.0).log2()
            })
            .collect();
        let last = &heard[2000..];
        let low = last.iter().copied().fold(f32::MAX, f32::min);
        (low, last.iter().copied().fold(f32::MIN, f32::max))
    }

    #[test]
    fn the_range_scales_around_the_mean() {
        for (setting, expected) in [(0.5, 0.25), (1.0, 0.5), (2.0, 1.0)] {
            let (low, high) = range(setting);
            // A twentieth of an octave: the mean still drifts a little with the melody.
            assert!(
                (low + expected).abs() < 0.05 && (high - expected).abs() < 0.05,
                "{low} {high}"
            );
        }
    }

    #[test]
    fn monotone_is_steady_and_one_is_exact() {
        let (low, high) = range(0.0);
        // 30 cents, about a singer's own wavering: the mean of 1000 frames follows this melody of 600 cents up and down
        // by 600 / (0.05 * 1000), which is 24 from its lowest to its highest.
        assert!(
            high - low < 30.0 / 1200.0,
            "{} cents",
            1200.0 * (high - low)
        );
        let mut intonation = Intonation::new(1.0);
        assert!(melody().all(|f0| {
            intonation.hear(f0);
            intonation.apply(f0) == f0
        }));
        assert_eq!(Intonation::new(0.0).apply(0.0), 0.0);
    }
}
