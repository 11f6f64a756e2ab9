//! What a long conversion tells its caller, and how the caller stops it.

/// Watches a conversion of a whole recording.
pub trait Observer {
    /// `done` input samples of the recording have been converted.
    fn progress(&mut self, done: u64);

    /// Whether to stop now; asked at least once per second of audio.
    fn cancelled(&self) -> bool {
        false
    }
}

/// Watches nothing and never stops.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quiet;

impl Observer for Quiet {
    fn progress(&mut self, _done: u64) {}
}
