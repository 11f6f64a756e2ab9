//! The fundamental frequency of a voice: what one frame holds, how it is tracked, and its contour over time.

pub mod contour;
mod paths;
pub mod tracker;
mod yin;

/// The fundamental frequency of one analysis frame.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct F0Frame {
    /// Fundamental frequency in Hz; 0 when unvoiced.
    pub hz: f32,
    /// Whether the frame is voiced.
    pub voiced: bool,
    /// How periodic the frame is, 0 to 1; for an unvoiced frame that of its best, rejected candidate.
    pub confidence: f32,
}
