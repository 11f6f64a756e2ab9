//! Holds the lines that an instance can speak.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

/// What the first line says until somebody writes another: the button is to do something at once.
const GREETING: &str = "Hello. This is Syrinx.";

/// One line: plain text or SSML.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SpeechLine {
    /// What is said.
    pub text: String,
    /// The bar at which the host's transport starts it, counted from 1; 5.5 is in the middle of the fifth. `None`
    /// leaves it to notes and the button.
    #[serde(default)]
    pub bar: Option<f64>,
}

/// The lines that an instance can speak, saved with its project.
///
/// # Real-time safety
/// [`SpeechLines::bar`] is atomic; everything else locks.
#[derive(Debug)]
pub struct SpeechLines {
    lines: Mutex<Vec<SpeechLine>>,
    /// The bars as bits; not a number where there is none.
    bars: [AtomicU64; SpeechLines::COUNT],
}

impl SpeechLines {
    /// Most lines: what fits into the parameter, for ever.
    pub const COUNT: usize = 64;
    /// Most bytes of a line's text: minutes of speech. A damaged state must not fill the memory.
    pub const MOST_BYTES: usize = 16_384;

    /// All of them, in order.
    pub fn all(&self) -> Vec<SpeechLine> {
        self.lines.lock().clone()
    }

    /// The text of line `number`, from 0 on; `None` where there is none.
    pub fn text(&self, number: u32) -> Option<String> {
        let lines = self.lines.lock();
        lines.get(number as usize).map(|line| line.text.clone())
    }

    /// The bar of line `number`, if it has one.
    ///
    /// # Real-time safety
    /// Atomic.
    pub fn bar(&self, number: usize) -> Option<f64> {
        let bits = self.bars.get(number)?.load(Relaxed);
        Some(f64::from_bits(bits)).filter(|bar| bar.is_finite())
    }

    /// Takes the place of all lines. Those beyond [`SpeechLines::COUNT`] are left out, texts are cut at
    /// [`SpeechLines::MOST_BYTES`], and bars before the first or that are no number count for none.
    pub fn replace(&self, mut lines: Vec<SpeechLine>) {
        lines.truncate(SpeechLines::COUNT);
        for line in &mut lines {
            let end = line.text.floor_char_boundary(SpeechLines::MOST_BYTES);
            line.text.truncate(end);
            line.bar = line.bar.filter(|bar| bar.is_finite() && *bar >= 1.0);
        }
        let mut held = self.lines.lock();
        for (number, bar) in self.bars.iter().enumerate() {
            let found = lines.get(number).and_then(|line| line.bar);
            bar.store(found.unwrap_or(f64::NAN).to_bits(), Relaxed);
        }
        *held = lines;
    }

    /// What an instance begins with.
    pub fn greeting() -> Vec<SpeechLine> {
        vec![SpeechLine {
            text: GREETING.to_owned(),
            bar: None,
        }]
    }
}

impl Default for SpeechLines {
    fn default() -> SpeechLines {
        let lines = SpeechLines {
            lines: Mutex::default(),
            bars: [const { AtomicU64::new(f64::NAN.to_bits()) }; SpeechLines::COUNT],
        };
        lines.replace(SpeechLines::greeting());
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_bounded_and_bars_are_read_without_a_lock() {
        let lines = SpeechLines::default();
        assert_eq!(lines.text(0).as_deref(), Some(GREETING));
        let line = |text: &str, bar| SpeechLine {
            text: text.to_owned(),
            bar,
        };
        let long = "ä".repeat(SpeechLines::MOST_BYTES);
        let mut many = vec![
            line("one", Some(5.5)),
            line(&long, Some(f64::NAN)),
            line("three", Some(0.5)),
        ];
        many.resize(100, line("more", None));
        lines.replace(many);
        let all = lines.all();
        assert_eq!(all.len(), SpeechLines::COUNT);
        assert_eq!(all[1].text.len(), SpeechLines::MOST_BYTES);
        let bars: Vec<_> = (0..4).map(|number| lines.bar(number)).collect();
        assert_eq!(bars, [Some(5.5), None, None, None]);
        assert_eq!(lines.bar(1_000), None);
        lines.replace(Vec::new());
        assert_eq!((lines.text(0), lines.bar(0)), (None, None));
    }
}
