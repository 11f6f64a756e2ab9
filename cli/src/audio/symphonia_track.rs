//! Decodes the audio track of a wav, flac, mp3 or ogg vorbis file packet by packet.

use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;

use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::well_known::{FORMAT_ID_MP1, FORMAT_ID_MP2, FORMAT_ID_MP3};
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;

use super::decode::{Decode, Layout, Promise};
use super::decode_error::DecodeError;

/// Frames of one MPEG frame at most. Some encoders count the tag frame itself among the audio frames, so that
/// a complete file may be shorter than it says by one of them.
const MPEG_FRAME: u64 = 1152;

/// The audio track of a file, being decoded. Delay and padding that an encoder added are cut off, so that the
/// length is that of the recording before encoding, where the file states it.
pub struct SymphoniaTrack {
    format: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track: u32,
    promise: Option<Promise>,
    decoded: u64,
}

impl SymphoniaTrack {
    /// Recognises the format by content; the ending of `path` only says which is tried first.
    ///
    /// # Errors
    /// If no format or decoder fits.
    pub fn open(path: &Path, file: File) -> Result<SymphoniaTrack, DecodeError> {
        let mut hint = Hint::new();
        if let Some(extension) = path.extension().and_then(|extension| extension.to_str()) {
            hint.with_extension(extension);
        }
        let stream = MediaSourceStream::new(Box::new(file), Default::default());
        let format = symphonia::default::get_probe()
            .probe(
                &hint,
                stream,
                FormatOptions::default(),
                MetadataOptions::default(),
            )
            .map_err(unrecognised)?;
        let track = format
            .default_track(TrackType::Audio)
            .ok_or_else(|| DecodeError::Unrecognised("a file without an audio track".to_owned()))?;
        let Some(CodecParameters::Audio(parameters)) = &track.codec_params else {
            return Err(DecodeError::Unrecognised(
                "an unknown audio codec".to_owned(),
            ));
        };
        let options = AudioDecoderOptions::default().gapless(true).verify(true);
        let decoder = symphonia::default::get_codecs()
            .make_audio_decoder(parameters, &options)
            .map_err(unrecognised)?;
        let is_mpeg =
            [FORMAT_ID_MP1, FORMAT_ID_MP2, FORMAT_ID_MP3].contains(&format.format_info().format);
        let (track, promise) = (track.id, promise_of(track, is_mpeg));
        Ok(SymphoniaTrack {
            format,
            decoder,
            track,
            promise,
            decoded: 0,
        })
    }

    fn damaged(&self, reason: impl ToString) -> DecodeError {
        DecodeError::Damaged {
            sample: self.decoded,
            reason: reason.to_string(),
        }
    }
}

/// MPEG streams state their length reliably only where the encoder also states its delay; elsewhere the number
/// is an estimate from the bit rate.
fn promise_of(track: &Track, is_mpeg: bool) -> Option<Promise> {
    let frames = track.num_frames?;
    match (is_mpeg, track.delay) {
        (false, _) => Some(Promise { frames, slack: 0 }),
        (true, Some(_)) => Some(Promise {
            frames,
            slack: MPEG_FRAME,
        }),
        (true, None) => None,
    }
}

/// Errors while the format is recognised; only a failure of the disk itself is told as such.
fn unrecognised(error: Error) -> DecodeError {
    match error {
        Error::IoError(error) if error.kind() != ErrorKind::UnexpectedEof => error.into(),
        Error::IoError(_) => {
            DecodeError::Unrecognised("the end of the file in its header".to_owned())
        }
        error => DecodeError::Unrecognised(error.to_string()),
    }
}

impl Decode for SymphoniaTrack {
    fn next(&mut self, interleaved: &mut Vec<f32>) -> Result<Option<Layout>, DecodeError> {
        loop {
            let packet = match self.format.next_packet() {
                Ok(Some(packet)) => packet,
                Ok(None) => return Ok(None),
                // The end in the middle of a packet; what is missing is found by counting.
                Err(Error::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => {
                    return Ok(None);
                }
                Err(Error::IoError(error)) => return Err(error.into()),
                Err(error) => return Err(self.damaged(error)),
            };
            if packet.track_id != self.track {
                continue;
            }
            let piece = match self.decoder.decode(&packet) {
                Ok(piece) => piece,
                Err(error) => {
                    let sample = self.decoded;
                    return Err(DecodeError::Damaged {
                        sample,
                        reason: error.to_string(),
                    });
                }
            };
            if piece.frames() == 0 {
                continue;
            }
            let spec = piece.spec();
            let layout = Layout {
                rate: spec.rate(),
                channels: spec.channels().count(),
            };
            self.decoded += piece.frames() as u64;
            piece.copy_to_vec_interleaved(interleaved);
            return Ok(Some(layout));
        }
    }

    fn promised(&self) -> Option<Promise> {
        self.promise
    }

    fn finish(&mut self) -> Result<(), DecodeError> {
        match self.decoder.finalize().verify_ok {
            Some(false) => Err(DecodeError::Checksum),
            _ => Ok(()),
        }
    }
}
