//! Speaks scripts: segments become utterances, utterances become chunks, and pauses stand between them.

mod first_phrase;
mod natural_pause;
mod speech;
#[cfg(test)]
mod tests;

use syrinx_text::Segment;

pub use speech::Speech;

use super::cancel::CancelFlag;
use super::error::SpeechError;
use super::settings::SpeechSettings;
use super::spec::SpeechVoiceSpec;
use super::voice::SpeechVoice;

/// Speaks with one voice.
///
/// # Real-time safety
///
/// Not real-time safe: networks allocate. It belongs on a thread of its own.
pub struct TtsPipeline {
    voice: Box<dyn SpeechVoice>,
    settings: SpeechSettings,
    seed: u64,
    cancel: CancelFlag,
}

impl std::fmt::Debug for TtsPipeline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TtsPipeline")
            .field("voice", self.voice.spec())
            .field("settings", &self.settings)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}

impl TtsPipeline {
    /// A pipeline of this voice. `seed` decides everything random: the same seed, settings and script give the same
    /// samples.
    ///
    /// # Errors
    /// If a setting is out of its range, or the voice does not have it.
    pub fn new(
        voice: Box<dyn SpeechVoice>,
        settings: SpeechSettings,
        seed: u64,
    ) -> Result<TtsPipeline, SpeechError> {
        settings.check(voice.spec())?;
        Ok(TtsPipeline {
            voice,
            settings,
            seed,
            cancel: CancelFlag::default(),
        })
    }

    /// What the voice says about itself.
    pub fn spec(&self) -> &SpeechVoiceSpec {
        self.voice.spec()
    }

    /// The flag that stops a speech: no chunk is made after it was raised.
    pub fn cancel_flag(&self) -> CancelFlag {
        self.cancel.clone()
    }

    /// Takes other settings and another seed, for the speeches to come.
    ///
    /// # Errors
    /// If a setting is out of its range, or the voice does not have it; those before hold on.
    pub fn set(&mut self, settings: SpeechSettings, seed: u64) -> Result<(), SpeechError> {
        settings.check(self.voice.spec())?;
        (self.settings, self.seed) = (settings, seed);
        Ok(())
    }

    /// Speaks what a front-end gives, which is asked for one segment at a time: memory does not grow with the script.
    ///
    /// An error of the voice is handed out in its place, and ends the speech; what was spoken before it has been handed
    /// out.
    pub fn speak<S>(&mut self, segments: S) -> Speech<'_, S::IntoIter>
    where
        S: IntoIterator<Item = Segment>,
    {
        Speech::new(
            self.voice.as_mut(),
            &self.settings,
            self.seed,
            self.cancel.clone(),
            segments.into_iter(),
        )
    }
}
