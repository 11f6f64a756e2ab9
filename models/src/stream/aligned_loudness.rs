//! Lets the loudness of a stream's output follow its input, which is delayed to fit.

use syrinx_dsp::{ConfigError, DelayLine, LoudnessConfig, LoudnessMatcher, SampleRate, Samples};

/// A loudness matcher with the delay that aligns the source.
///
/// It listens while its amount is 0, too, so that it knows both levels when it is turned up. That costs a delay line
/// of the stream's latency and two squares a sample.
pub struct AlignedLoudness {
    matcher: LoudnessMatcher,
    delay: DelayLine,
    source: Vec<f32>,
}

impl AlignedLoudness {
    /// Follows by `amount` (0 to 1) a source that is `latency` ahead, in blocks of at most `max_block`.
    ///
    /// # Errors
    /// If `amount` is out of its range.
    pub fn new(
        amount: f32,
        latency: Samples,
        rate: SampleRate,
        max_block: usize,
    ) -> Result<AlignedLoudness, ConfigError> {
        let config = LoudnessConfig {
            amount,
            ..LoudnessConfig::default()
        };
        Ok(AlignedLoudness {
            matcher: LoudnessMatcher::new(&config, rate)?,
            delay: DelayLine::new(latency),
            source: Vec::with_capacity(max_block),
        })
    }

    /// Changes the amount within 20 ms, without a click; clamped to 0 to 1, ignored when not a number.
    pub fn set_amount(&mut self, amount: f32) {
        self.matcher.set_amount(amount);
    }

    /// Hears a block of the source.
    pub fn hear(&mut self, source: &[f32]) {
        self.source.clear();
        self.source.extend_from_slice(source);
        self.delay.process(&mut self.source);
    }

    /// Scales the output that is due with the block last heard.
    pub fn apply(&mut self, output: &mut [f32]) {
        self.matcher.process(&self.source, output);
    }

    /// Forgets both signals.
    pub fn reset(&mut self) {
        self.matcher.reset();
        self.delay.reset();
        self.source.clear();
    }
}
