//! F0 of input and output at one moment.

/// F0 of input and output at one moment, in Hz; 0 where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PitchFrame {
    /// What is sung or said.
    pub input_hz: f32,
    /// What is made of it.
    pub output_hz: f32,
}

impl PitchFrame {
    /// Time between frames, in milliseconds.
    pub const MS: f64 = 10.0;
}
