//! The one trait between conversion pipelines and streaming.

use syrinx_dsp::{SampleRate, Samples};

use crate::error::RunError;
use crate::live_controls::LiveControls;
use crate::pitch_frame::PitchFrame;

/// How consecutive outputs of a converter become one signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    /// The converter carries its state: its outputs follow each other without a seam.
    Exact,
    /// The converter starts anew each time: outputs overlap, are shifted into line and cross-faded.
    Sola {
        /// How far the shift is searched, in output samples.
        search: Samples,
        /// The length of the cross-fade, in output samples.
        crossfade: Samples,
    },
}

/// A part of a converter's latency, for cards and displays.
#[derive(Clone, Debug, PartialEq)]
pub struct LatencyTerm {
    /// What it is, such as "encoder lookahead".
    pub name: &'static str,
    /// Its length in milliseconds.
    pub ms: f64,
    /// What it would cost to shorten it.
    pub note: &'static str,
}

/// What a converter needs and gives.
#[derive(Clone, Debug, PartialEq)]
pub struct ConverterSpec {
    /// The rate of its input.
    pub input_rate: SampleRate,
    /// The rate of its output.
    pub output_rate: SampleRate,
    /// New input samples per call; a whole number of output samples.
    pub chunk: Samples,
    /// Past input samples that come with each chunk (0 for [`Join::Exact`], which remembers).
    pub context: Samples,
    /// By how many input samples the output lags behind the input. For [`Join::Exact`] the converter delays
    /// by itself; for [`Join::Sola`] these samples follow the chunk in its input.
    pub lookahead: Samples,
    /// How outputs are joined.
    pub join: Join,
    /// The parts of `chunk + lookahead + join`, longest first.
    pub terms: Vec<LatencyTerm>,
}

impl ConverterSpec {
    /// Input samples of one call: the chunk alone for [`Join::Exact`], which remembers; else context, chunk,
    /// lookahead, and what the join overlaps.
    pub fn input_len(&self) -> usize {
        if self.join == Join::Exact {
            return self.chunk.0;
        }
        let overlap = self.overlap().convert(self.output_rate, self.input_rate);
        self.context.0 + self.chunk.0 + self.lookahead.0 + overlap.0
    }

    /// Compares the lengths of what one call is given with what it needs.
    ///
    /// # Errors
    /// If one is another.
    pub(crate) fn check_lengths(&self, input: &[f32], output: &[f32]) -> Result<(), RunError> {
        for (name, length, expected) in [
            ("input", input.len(), self.input_len()),
            ("output", output.len(), self.output_len()),
        ] {
            if length != expected {
                return Err(RunError::Input {
                    name: name.to_owned(),
                    expected: format!("{expected} samples"),
                    found: length.to_string(),
                });
            }
        }
        Ok(())
    }

    /// Output samples of one chunk.
    pub fn chunk_out(&self) -> usize {
        self.chunk.convert(self.input_rate, self.output_rate).0
    }

    /// Output samples that one call returns: the chunk and what the join overlaps.
    pub fn output_len(&self) -> usize {
        self.chunk_out() + self.overlap().0
    }

    /// Search and cross-fade of the join, in output samples.
    pub fn overlap(&self) -> Samples {
        match self.join {
            Join::Exact => Samples(0),
            Join::Sola { search, crossfade } => search + crossfade,
        }
    }
}

/// Converts one chunk at a time.
///
/// For [`Join::Exact`]: `input` is the next `chunk` samples, `output` the next `chunk_out` samples, delayed by
/// `lookahead` as a whole. For [`Join::Sola`]: `input` is the last `input_len` samples, and `output` the
/// converted signal of the `output_len` samples that end `lookahead` before the input's end.
///
/// # Real-time safety
///
/// Not real-time safe: networks allocate. It belongs on the model thread.
pub trait Converter: Send {
    /// What it needs and gives; constant.
    fn spec(&self) -> &ConverterSpec;

    /// Converts one chunk.
    ///
    /// # Errors
    /// If a network fails. The converter then wants a [`Converter::reset`].
    fn convert(&mut self, input: &[f32], output: &mut [f32]) -> Result<(), RunError>;

    /// Forgets the past, so that the same input gives the same output again.
    fn reset(&mut self);

    /// Takes up new controls, each clamped to its range, with the next chunk. A converter passes over what it
    /// does not have.
    fn set_controls(&mut self, _controls: &LiveControls) {}

    /// The pitch of what the chunk converted last has added, one frame for each 10 ms; nothing where a converter does not
    /// know. Chunks that are no whole number of frames have one more now and then.
    fn pitch(&self) -> &[PitchFrame] {
        &[]
    }
}

impl<C: Converter + ?Sized> Converter for Box<C> {
    fn spec(&self) -> &ConverterSpec {
        (**self).spec()
    }

    fn convert(&mut self, input: &[f32], output: &mut [f32]) -> Result<(), RunError> {
        (**self).convert(input, output)
    }

    fn reset(&mut self) {
        (**self).reset();
    }

    fn set_controls(&mut self, controls: &LiveControls) {
        (**self).set_controls(controls);
    }

    fn pitch(&self) -> &[PitchFrame] {
        (**self).pitch()
    }
}
