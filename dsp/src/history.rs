//! Keeps the last samples of a stream in one contiguous slice: the left context of whatever reads it.

/// The last `n` samples pushed, oldest first; silence before the first.
///
/// Adds no latency. Samples are written behind each other into twice the room, and the tail is moved to the
/// front when the end is reached, so a push costs a constant number of copies per sample on average and at
/// most `n` more in one call.
#[derive(Clone, Debug)]
pub struct History {
    buffer: Vec<f32>,
    len: usize,
    end: usize,
}

impl History {
    /// A silent history of `len` samples.
    pub fn new(len: usize) -> History {
        History {
            buffer: vec![0.0; 2 * len],
            len,
            end: len,
        }
    }

    /// Take samples, any number.
    ///
    /// # Real-time safety
    /// Does not allocate, lock, log or panic.
    pub fn push(&mut self, input: &[f32]) {
        // Of more than the whole history, only the end can survive.
        let input = &input[input.len().saturating_sub(self.len)..];
        if self.end + input.len() > self.buffer.len() {
            let kept = self.len - input.len();
            self.buffer.copy_within(self.end - kept..self.end, 0);
            self.end = kept;
        }
        self.buffer[self.end..self.end + input.len()].copy_from_slice(input);
        self.end += input.len();
    }

    /// The last samples, oldest first; always the full length.
    pub fn samples(&self) -> &[f32] {
        // A move leaves the end exactly at the length, so it never lies before it.
        &self.buffer[self.end - self.len..self.end]
    }

    /// The number of samples kept.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing is kept (a history of no samples).
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Back to silence.
    ///
    /// # Real-time safety
    /// Does not allocate, lock, log or panic.
    pub fn reset(&mut self) {
        self.buffer.fill(0.0);
        self.end = self.len;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_the_last_samples_for_any_pushes() {
        for len in [0, 1, 5, 64] {
            let mut history = History::new(len);
            let mut all = vec![0.0; len];
            let mut next = 1.0;
            for push in (0..400).map(|i| (i * 7 + i / 3) % 23 * (1 + i % 8)) {
                let block: Vec<f32> = (0..push).map(|i| next + i as f32).collect();
                next += push as f32;
                history.push(&block);
                all.extend(&block);
                assert_eq!(
                    history.samples(),
                    &all[all.len() - len..],
                    "{len} after {push}"
                );
            }
        }
    }

    #[test]
    fn reset_is_silence() {
        let mut history = History::new(3);
        history.push(&[1.0, 2.0, 3.0, 4.0]);
        assert_eq!(history.samples(), [2.0, 3.0, 4.0]);
        history.reset();
        assert_eq!(history.samples(), [0.0; 3]);
        history.push(&[5.0]);
        assert_eq!(history.samples(), [0.0, 0.0, 5.0]);
    }
}
