//! Picks from windows that overlap the pitch of what each chunk has added.

use crate::pitch_frame::PitchFrame;

/// The pitch of the chunk that was converted last, each frame of a recording told once.
#[derive(Clone, Debug, Default)]
pub(super) struct PitchLog {
    frames: Vec<PitchFrame>,
    /// The frame of the recording that is told next; `None` before the first chunk.
    next: Option<i64>,
}

impl PitchLog {
    /// Of a chunk that begins and ends at these frames of the recording, heard in a `window` that begins at the frame
    /// `first`. What no window knows has no pitch.
    pub(super) fn tell(
        &mut self,
        chunk: std::ops::Range<i64>,
        first: i64,
        window: impl Fn(usize) -> Option<PitchFrame>,
    ) {
        let begin = self.next.unwrap_or(chunk.start);
        let known = |at: i64| usize::try_from(at - first).ok().and_then(&window);
        self.frames.clear();
        self.frames
            .extend((begin..chunk.end).map(|at| known(at).unwrap_or_default()));
        self.next = Some(chunk.end.max(begin));
    }

    /// What was told last.
    pub(super) fn frames(&self) -> &[PitchFrame] {
        &self.frames
    }

    /// Another recording begins.
    pub(super) fn reset(&mut self) {
        self.frames.clear();
        self.next = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(at: i64) -> PitchFrame {
        PitchFrame {
            input_hz: at as f32,
            output_hz: -at as f32,
        }
    }

    #[test]
    fn every_frame_is_told_once_and_from_its_place() {
        let mut log = PitchLog::default();
        let mut told = Vec::new();
        // Chunks of 11.6 ms in windows of 300 ms: the ends lie anywhere between frames.
        for chunk in 1..40 {
            let (begin, end) = ((chunk - 1) * 116 / 100, chunk * 116 / 100);
            let first = end - 30;
            let window = |n: usize| (n < 30).then(|| frame(first + n as i64));
            log.tell(begin..end, first, window);
            told.extend_from_slice(log.frames());
        }
        let expected: Vec<PitchFrame> = (0..told.len() as i64).map(frame).collect();
        assert_eq!(told, expected);
        assert_eq!(told.len(), 39 * 116 / 100);
    }

    #[test]
    fn silence_has_no_pitch_and_a_new_recording_begins_anew() {
        let mut log = PitchLog::default();
        log.tell(5..9, 0, |_| None);
        assert_eq!(log.frames(), [PitchFrame::default(); 4]);
        log.reset();
        assert!(log.frames().is_empty());
        log.tell(0..2, 0, |n| Some(frame(n as i64)));
        assert_eq!(log.frames(), [frame(0), frame(1)]);
    }
}
