//! Says how many F0 frames at either end of a piece of speech are not to be trusted.

/// How many F0 frames of 10 ms at either end of a piece of speech a stream should not use.
///
/// A frame's window is 64 ms long. Near an end it reaches beyond what there is, and hears a mirror image or silence
/// in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EdgeFrames {
    /// At the oldest end.
    pub first: usize,
    /// At the newest end; each is 10 ms of latency.
    pub last: usize,
}

impl EdgeFrames {
    /// RVC's rule for RMVPE and FCPE.
    ///
    /// Of the windows at the oldest end four reach over it, by 512, 352, 192 and 32 samples of 1024; in the fourth the
    /// window function leaves below 1 % of the weight there, so three are dropped. At the newest end each dropped
    /// frame costs 10 ms, and a mirrored voice is periodic as well, so only the frame is dropped that is mirrored to
    /// its half.
    pub const MIRRORED: EdgeFrames = EdgeFrames { first: 3, last: 1 };

    /// The same for CREPE, and one frame more at either end for its median over three frames.
    pub const CREPE: EdgeFrames = EdgeFrames { first: 4, last: 2 };
}
