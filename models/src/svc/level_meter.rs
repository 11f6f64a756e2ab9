//! Measures the level of a stream, frame by frame, for the slicer.

/// The RMS of overlapping frames of a stream: frame `i` is centred on sample `i * hop`, silence lies before the
/// stream.
#[derive(Debug)]
pub(super) struct LevelMeter {
    window: Vec<f32>,
    filled: usize,
    hop: usize,
}

impl LevelMeter {
    /// Frames of `window` samples every `hop`, which is at most as long.
    pub(super) fn new(window: usize, hop: usize) -> LevelMeter {
        debug_assert!(hop <= window);
        LevelMeter {
            window: vec![0.0; window],
            filled: window / 2,
            hop,
        }
    }

    /// Takes at most one hop of samples, and gives the frame that they complete.
    pub(super) fn push(&mut self, samples: &[f32]) -> Option<f64> {
        debug_assert!(samples.len() <= self.hop);
        let now = samples.len().min(self.window.len() - self.filled);
        self.window[self.filled..self.filled + now].copy_from_slice(&samples[..now]);
        self.filled += now;
        if self.filled < self.window.len() {
            return None;
        }
        let power: f64 = self
            .window
            .iter()
            .map(|&x| f64::from(x) * f64::from(x))
            .sum();
        let level = (power / self.window.len() as f64).sqrt();

        // Make room for the next hop, which the rest of the samples begins.
        self.window.copy_within(self.hop.., 0);
        self.filled -= self.hop;
        let rest = &samples[now..];
        self.window[self.filled..self.filled + rest.len()].copy_from_slice(rest);
        self.filled += rest.len();
        Some(level)
    }
}
