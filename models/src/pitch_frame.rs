//! The pitch of one moment, as it was sung and as it is spoken.

/// The pitch of 10 ms, for displays: what was sung and what was made of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PitchFrame {
    /// F0 of the input in Hz; 0 where it has none.
    pub input_hz: f32,
    /// F0 of the output in Hz, transposed and led; 0 where it has none.
    pub output_hz: f32,
}

impl PitchFrame {
    /// The time from one frame to the next.
    pub const MS: f64 = 10.0;
}
