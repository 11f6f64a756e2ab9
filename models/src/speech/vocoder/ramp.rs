//! Says how many frames the next chunk has.

/// The first chunk: about 90 ms at the usual 86 frames per second, so that the first sound comes early.
const FIRST: usize = 8;

/// The longest chunk: the cost of a run and of the frames ahead is spread over 64 frames, and cancelling takes no longer.
pub(super) const LONGEST: usize = 64;

/// The lengths of chunks in frames: 8, 16, 32, 64, 64, ..
#[derive(Clone, Debug)]
pub(super) struct ChunkRamp(usize);

impl ChunkRamp {
    /// Before the first chunk.
    pub(super) fn new() -> ChunkRamp {
        ChunkRamp(FIRST)
    }

    /// The next chunk.
    pub(super) fn next(&mut self) -> usize {
        let chunk = self.0;
        self.0 = (2 * chunk).min(LONGEST);
        chunk
    }
}

#[cfg(test)]
mod tests {
    use super::ChunkRamp;

    #[test]
    fn chunks_get_longer_and_stay_at_64() {
        let mut ramp = ChunkRamp::new();
        let lengths: Vec<usize> = (0..6).map(|_| ramp.next()).collect();
        assert_eq!(lengths, [8, 16, 32, 64, 64, 64]);
    }
}
