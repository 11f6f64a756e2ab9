//! The numbers of a source-filter voice, from its manifest.

use serde::{Deserialize, Serialize};

use super::converter::OUTPUT_RATE;
use crate::bundle::VoiceBundle;
use crate::error::LoadError;

/// What the recipe measured of one speaker.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct SpeakerNumbers {
    /// Mean of the natural log of F0 (Hz) over voiced frames.
    pub log_f0_mean: f32,
    /// Mean log amplitude at each knot over speech, each frame normalised to power 1 below the blend's top.
    pub mean_envelope: Vec<f32>,
}

/// The numbers of a source-filter voice: `parameters` in its `voice.json`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct SourceFilterParameters {
    /// Frames by which the encoder's output lags behind its input.
    pub encoder_lookahead: usize,
    /// Elements of the encoder's state.
    pub encoder_state: usize,
    /// Elements of the decoder's state.
    pub decoder_state: usize,
    /// Content values per frame.
    pub content: usize,
    /// Knots of the envelopes, equally spaced in mel from 0 Hz to half the output rate.
    pub knots: usize,
    /// Strength when the user says nothing.
    pub default_strength: f32,
    /// One entry per speaker, in the order of their ids.
    pub speakers: Vec<SpeakerNumbers>,
    /// The mean envelope of the voices that the encoder has heard: where the tracker of the source's own mean
    /// starts.
    pub source_mean_envelope: Vec<f32>,
}

impl SourceFilterParameters {
    /// Checks that the numbers fit each other and the manifest.
    ///
    /// # Errors
    /// If a list has another length than declared or a number is out of its range.
    pub fn check(&self, bundle: &VoiceBundle) -> Result<(), LoadError> {
        let speakers = bundle.manifest().speakers.len();
        let lengths = self
            .speakers
            .iter()
            .map(|speaker| ("mean_envelope", self.knots, speaker.mean_envelope.len()))
            .chain([
                (
                    "source_mean_envelope",
                    self.knots,
                    self.source_mean_envelope.len(),
                ),
                ("speakers", speakers, self.speakers.len()),
            ]);
        for (name, expected, found) in lengths {
            if expected != found {
                return Err(LoadError::Unsupported(format!(
                    "voice parameters: {name}: expected {expected} entries, found {found}"
                )));
            }
        }
        let (expected, found) = (OUTPUT_RATE.hz(), bundle.manifest().rate);
        if expected != found {
            return Err(LoadError::Unsupported(format!(
                "source-filter voice: rate: expected {expected}, found {found}"
            )));
        }
        let ids = bundle.manifest().speakers.iter().map(|speaker| speaker.id);
        if !ids.eq(0..speakers as u32) {
            return Err(LoadError::Unsupported(
                "voice parameters: expected speakers with the ids 0, 1, 2, ... in this order"
                    .to_owned(),
            ));
        }
        let bounded = (2..=512).contains(&self.knots)
            && (1..=4096).contains(&self.content)
            && self.encoder_lookahead <= 100
            && self.encoder_state.max(self.decoder_state) <= 1 << 22
            && (0.0..=1.0).contains(&self.default_strength);
        if bounded {
            return Ok(());
        }
        Err(LoadError::Unsupported(
            "voice parameters: expected 2 to 512 knots, 1 to 4096 content values, at most 100 frames of \
             lookahead, states of at most 4 Mi values and a strength of 0 to 1"
                .to_owned(),
        ))
    }
}
