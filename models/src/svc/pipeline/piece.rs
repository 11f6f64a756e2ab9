//! The signal path of one piece of a recording, as RVC's offline program has it.

use std::ops::Range;

use syrinx_dsp::f0::contour::interpolate_unvoiced;

use super::{Controls, Segment, SvcPipeline};
use crate::error::RunError;
use crate::svc::content::Content;
use crate::svc::parameters::Unvoiced;

/// Samples at 16 kHz from one F0 frame to the next, and to the next frame of RVC's synthesizers.
const FRAME: usize = 160;

/// F0 of a voice that takes none: any that counts as voiced, so that nothing is protected, as in RVC.
const VOICED_HZ: f32 = 100.0;

/// A piece of a recording at 16 kHz.
pub(in crate::svc) struct SpeechPiece<'a> {
    /// The piece with what F0 is tracked on around it.
    pub(in crate::svc) speech: &'a [f32],
    /// What of it is converted; begins on the grid of F0.
    pub(in crate::svc) padded: Range<usize>,
    /// Where that begins in the recording, in frames; the noise depends on it.
    pub(in crate::svc) first_frame: i64,
}

impl SvcPipeline {
    /// Converts a piece at 16 kHz with an RVC voice: two frames for each frame of content, which is up to 30 ms less than
    /// the piece has.
    ///
    /// # Errors
    /// If the piece is shorter than 25 ms or a network fails.
    pub(in crate::svc) fn convert_piece(
        &mut self,
        piece: &SpeechPiece<'_>,
        controls: &Controls,
    ) -> Result<Vec<f32>, RunError> {
        let speech = &piece.speech[piece.padded.clone()];
        let content = self.listener.encode(speech)?;
        let frames = (content.frames * content.frame_ms / 10).min(speech.len() / FRAME);
        let mut contour = self.contour_of(piece, frames)?;
        let speaker = controls.speaker.number();
        let content = self.listener.retrieve(content, &contour, speaker)?;
        self.listener
            .shape(&mut contour, piece.first_frame, &controls.melody());
        self.speak_frames(&content, &contour, piece.first_frame, controls)
    }

    /// F0 of so many frames of a piece, on what is around it, too.
    fn contour_of(&mut self, piece: &SpeechPiece<'_>, frames: usize) -> Result<Vec<f32>, RunError> {
        if !self.synthesizer.variant().pitched {
            return Ok(vec![VOICED_HZ; frames]);
        }
        let mut contour = self.listener.contour(piece.speech)?;
        if self.config.unvoiced == Unvoiced::Interpolate {
            interpolate_unvoiced(&mut contour);
        }
        contour.drain(..piece.padded.start / FRAME);
        contour.resize(frames, 0.0);
        Ok(contour)
    }

    /// Speaks as many frames as the contour has.
    fn speak_frames(
        &mut self,
        content: &Content,
        contour: &[f32],
        first_frame: i64,
        controls: &Controls,
    ) -> Result<Vec<f32>, RunError> {
        // RVC's synthesizers take nothing of the audio but its length.
        let audio = vec![0.0; contour.len() * self.config.hop];
        let heard = Segment {
            audio: &audio,
            contour,
            noise: &[],
        };
        self.speak(&heard, content, first_frame, controls)
    }
}
