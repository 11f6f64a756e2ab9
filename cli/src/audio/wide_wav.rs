//! Decodes WAV files of more channels than loudspeaker positions have names, packet by packet.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};

use hound::{SampleFormat, WavReader};

use super::decode::{Decode, Layout, Promise};
use super::decode_error::DecodeError;

/// Channels from which on symphonia, which maps each to a position, refuses a WAV file.
const NAMED_POSITIONS: u16 = 18;

/// Frames that one piece holds.
const PIECE: usize = 1024;

/// A WAV file of many channels, being decoded.
pub struct WideWav {
    reader: WavReader<BufReader<File>>,
    left: u64,
}

impl WideWav {
    /// Opens `file` if it is a WAV file of more than 18 channels; gives it back, rewound, if not.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn open(mut file: File) -> Result<Result<WideWav, File>, DecodeError> {
        let mut start = [0; 12];
        let is_wav = file.read_exact(&mut start).is_ok()
            && start.starts_with(b"RIFF")
            && start.ends_with(b"WAVE");
        file.seek(SeekFrom::Start(0))?;
        if !is_wav {
            return Ok(Err(file));
        }
        let copy = file.try_clone()?;
        match WavReader::new(BufReader::new(copy)) {
            Ok(reader) if reader.spec().channels > NAMED_POSITIONS => {
                let left = u64::from(reader.duration());
                Ok(Ok(WideWav { reader, left }))
            }
            _ => {
                file.seek(SeekFrom::Start(0))?;
                Ok(Err(file))
            }
        }
    }

    fn read_floats(&mut self, wanted: usize, interleaved: &mut Vec<f32>) {
        let samples = self.reader.samples::<f32>().take(wanted);
        interleaved.extend(samples.map_while(Result::ok));
    }

    fn read_integers(&mut self, wanted: usize, interleaved: &mut Vec<f32>) {
        let bits = i32::from(self.reader.spec().bits_per_sample);
        let scale = 2f64.powi(1 - bits);
        let samples = self.reader.samples::<i32>().take(wanted);
        let values = samples
            .map_while(Result::ok)
            .map(|value| (f64::from(value) * scale) as f32);
        interleaved.extend(values);
    }
}

impl Decode for WideWav {
    fn next(&mut self, interleaved: &mut Vec<f32>) -> Result<Option<Layout>, DecodeError> {
        let spec = self.reader.spec();
        let channels = usize::from(spec.channels);
        let wanted = self.left.min(PIECE as u64) as usize * channels;
        interleaved.clear();
        match spec.sample_format {
            SampleFormat::Float => self.read_floats(wanted, interleaved),
            SampleFormat::Int => self.read_integers(wanted, interleaved),
        }
        // A read that fails is the end of the file; what is missing is found by counting.
        interleaved.truncate(interleaved.len() / channels * channels);
        let frames = interleaved.len() / channels;
        self.left = if interleaved.len() == wanted {
            self.left - frames as u64
        } else {
            0
        };
        Ok((frames > 0).then_some(Layout {
            rate: spec.sample_rate,
            channels,
        }))
    }

    fn promised(&self) -> Option<Promise> {
        Some(Promise {
            frames: u64::from(self.reader.duration()),
            slack: 0,
        })
    }
}
