//! A converter with the device memory that was reserved for it.

use crate::converter::{Converter, ConverterSpec};
use crate::error::RunError;
use crate::live_controls::LiveControls;
use crate::pitch_frame::PitchFrame;
use crate::runtime::Reservation;

/// A converter that holds the device memory reserved for it as long as it lives.
pub(crate) struct ReservedConverter {
    // Gone before the memory counts as free.
    converter: Box<dyn Converter>,
    _memory: Reservation,
}

impl ReservedConverter {
    pub(crate) fn boxed(converter: Box<dyn Converter>, memory: Reservation) -> Box<dyn Converter> {
        Box::new(ReservedConverter {
            converter,
            _memory: memory,
        })
    }
}

impl Converter for ReservedConverter {
    fn spec(&self) -> &ConverterSpec {
        self.converter.spec()
    }

    fn convert(&mut self, input: &[f32], output: &mut [f32]) -> Result<(), RunError> {
        self.converter.convert(input, output)
    }

    fn reset(&mut self) {
        self.converter.reset();
    }

    fn set_controls(&mut self, controls: &LiveControls) {
        self.converter.set_controls(controls);
    }

    fn pitch(&self) -> &[PitchFrame] {
        self.converter.pitch()
    }
}
