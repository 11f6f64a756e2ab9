//! A recording on disk as a mono sample source.

use std::fs::{self, File};
use std::path::Path;

use syrinx_dsp::SampleRate;
use syrinx_models::{ReadError, SampleSource};

use super::decode::{Decode, Layout};
use super::decode_error::DecodeError;
use super::downmix::downmix;
use super::symphonia_track::SymphoniaTrack;
use super::wide_wav::WideWav;

/// The lowest sample rate: telephone speech. Below it, consonants are gone.
pub const MIN_RATE: u32 = 8_000;

/// The highest sample rate: the highest that audio interfaces offer.
pub const MAX_RATE: u32 = 192_000;

/// What is known of a recording before it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordingInfo {
    /// Samples per second.
    pub rate: SampleRate,
    /// Channels in the file; the source gives their mean.
    pub channels: usize,
    /// Samples per channel, where the file says it.
    pub samples: Option<u64>,
}

/// A recording, read from start to end as mono, in memory that does not depend on its length.
pub struct Recording {
    decoder: Box<dyn Decode>,
    layout: Layout,
    info: RecordingInfo,
    interleaved: Vec<f32>,
    mono: Vec<f32>,
    taken: usize,
    decoded: u64,
    ended: bool,
}

impl Recording {
    /// Opens a wav, flac, mp3 or ogg vorbis file of 8 to 192 kHz and any number of channels.
    ///
    /// # Errors
    /// If it is not one, or has no samples, or its first ones cannot be decoded.
    pub fn open(path: &Path) -> Result<Recording, DecodeError> {
        let kind = fs::metadata(path)?;
        if !kind.is_file() {
            return Err(DecodeError::NotAFile(if kind.is_dir() {
                "a folder"
            } else {
                "a device"
            }));
        }
        if kind.len() == 0 {
            return Err(DecodeError::EmptyFile);
        }
        let mut decoder: Box<dyn Decode> = match WideWav::open(File::open(path)?)? {
            Ok(wide) => Box::new(wide),
            Err(file) => Box::new(SymphoniaTrack::open(path, file)?),
        };
        let mut interleaved = Vec::new();
        let Some(layout) = decoder.next(&mut interleaved)? else {
            return Err(nothing_decoded(decoder.as_ref()));
        };
        let info = RecordingInfo {
            rate: checked_rate(layout.rate)?,
            channels: layout.channels,
            samples: decoder.promised().map(|promise| promise.frames),
        };
        let mut recording = Recording {
            decoder,
            layout,
            info,
            interleaved,
            mono: Vec::new(),
            taken: 0,
            decoded: 0,
            ended: false,
        };
        recording.take_over(layout)?;
        Ok(recording)
    }

    /// What is known of it.
    pub fn info(&self) -> RecordingInfo {
        self.info
    }

    /// Reads like [`SampleSource::read`], with the typed error.
    ///
    /// # Errors
    /// If the file is damaged, cut off, or holds values that are not finite.
    pub fn read_samples(&mut self, samples: &mut [f32]) -> Result<usize, DecodeError> {
        let mut filled = 0;
        while filled < samples.len() {
            if self.taken == self.mono.len() && !self.decode_more()? {
                break;
            }
            let count = (samples.len() - filled).min(self.mono.len() - self.taken);
            samples[filled..filled + count]
                .copy_from_slice(&self.mono[self.taken..self.taken + count]);
            self.taken += count;
            filled += count;
        }
        Ok(filled)
    }

    fn decode_more(&mut self) -> Result<bool, DecodeError> {
        if self.ended {
            return Ok(false);
        }
        match self.decoder.next(&mut self.interleaved)? {
            Some(layout) => {
                self.take_over(layout)?;
                Ok(true)
            }
            None => {
                self.ended = true;
                self.check_complete()?;
                Ok(false)
            }
        }
    }

    /// Downmixes the piece that was decoded.
    fn take_over(&mut self, layout: Layout) -> Result<(), DecodeError> {
        if layout != self.layout {
            return Err(DecodeError::LayoutChange {
                sample: self.decoded,
                expected: in_words(self.layout),
                found: in_words(layout),
            });
        }
        self.mono.clear();
        self.taken = 0;
        downmix(
            &self.interleaved,
            layout.channels,
            self.decoded,
            &mut self.mono,
        )?;
        self.decoded += self.mono.len() as u64;
        Ok(())
    }

    fn check_complete(&mut self) -> Result<(), DecodeError> {
        if let Some(promise) = self.decoder.promised()
            && self.decoded + promise.slack < promise.frames
        {
            return Err(DecodeError::CutOff {
                expected: promise.frames,
                found: self.decoded,
            });
        }
        self.decoder.finish()
    }
}

fn nothing_decoded(decoder: &dyn Decode) -> DecodeError {
    match decoder.promised() {
        Some(promise) if promise.frames > promise.slack => DecodeError::CutOff {
            expected: promise.frames,
            found: 0,
        },
        _ => DecodeError::NoSamples,
    }
}

fn checked_rate(hz: u32) -> Result<SampleRate, DecodeError> {
    match SampleRate::new(hz) {
        Some(rate) if (MIN_RATE..=MAX_RATE).contains(&hz) => Ok(rate),
        _ => Err(DecodeError::Rate {
            min: MIN_RATE,
            max: MAX_RATE,
            found: hz,
        }),
    }
}

fn in_words(layout: Layout) -> String {
    format!("{} Hz in {} channels", layout.rate, layout.channels)
}

impl SampleSource for Recording {
    fn rate(&self) -> SampleRate {
        self.info.rate
    }

    fn read(&mut self, samples: &mut [f32]) -> Result<usize, ReadError> {
        self.read_samples(samples)
            .map_err(|error| ReadError(error.to_string()))
    }
}
