//! Runs a vocoder whose context is not known: a whole segment at once.

use std::sync::{Mutex, PoisonError};

use super::{Mel, MelLayout, Sounding};
use crate::error::{LoadError, RunError, check_finite};
use crate::model::{ElementType, Model};
use crate::runtime::OnnxSession;
use crate::speech::spec::Streaming;

/// A vocoder that is given a whole segment.
pub(crate) struct WholeVocoder {
    session: Mutex<OnnxSession>,
    layout: MelLayout,
    reason: String,
}

impl WholeVocoder {
    /// The vocoder `session`; `reason` says why it cannot be streamed.
    ///
    /// # Errors
    /// If it does not give one output of f32.
    pub(crate) fn new(
        session: OnnxSession,
        layout: MelLayout,
        reason: String,
    ) -> Result<WholeVocoder, LoadError> {
        match session.outputs() {
            [only] if only.element == ElementType::F32 => Ok(WholeVocoder {
                session: Mutex::new(session),
                layout,
                reason,
            }),
            others => Err(LoadError::Tensor {
                model: session.name().to_owned(),
                expected: "one output, f32 audio".to_owned(),
                found: crate::svc::list(others),
            }),
        }
    }

    /// The samples of these mel frames.
    pub(super) fn run(&self, mel: &Mel) -> Result<Vec<f32>, RunError> {
        let (name, tensor) = self.layout.tensor(mel);
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let outputs = session.run(&[(&name, &tensor)])?;
        let audio = outputs.first().and_then(|output| output.as_f32());
        let audio = audio.unwrap_or_default().to_vec();
        check_finite("audio", &audio)?;
        Ok(audio)
    }

    /// How its samples come.
    pub(super) fn streaming(&self) -> Streaming {
        Streaming::PerSegment {
            reason: self.reason.clone(),
        }
    }
}

/// Samples that are there already.
pub(crate) struct Ready(Vec<f32>);

impl Ready {
    /// These samples.
    pub(crate) fn new(samples: Vec<f32>) -> Ready {
        Ready(samples)
    }
}

impl Sounding for Ready {
    fn next_chunk(&mut self, samples: &mut Vec<f32>) -> Result<bool, RunError> {
        samples.append(&mut self.0);
        Ok(false)
    }
}
