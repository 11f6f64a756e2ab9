//! What every speaking voice can do.

use syrinx_text::Segment;

use super::error::SpeechError;
use super::settings::SpeechSettings;
use super::spec::SpeechVoiceSpec;
use super::utterance::Utterance;

/// A loaded speaking voice.
///
/// # Real-time safety
///
/// Not real-time safe: networks allocate. It belongs on a thread of its own.
pub trait SpeechVoice: Send {
    /// What it says about itself.
    fn spec(&self) -> &SpeechVoiceSpec;

    /// Whether [`SpeechVoice::prepare`] takes time that grows with the segment, so that it would be heard late. Of the first
    /// segment of a script the pipeline then gives it the first phrase alone.
    fn is_slow_to_prepare(&self) -> bool {
        false
    }

    /// Does for one segment what comes before the vocoder: symbols, durations, F0, latents or mel. `settings` have been
    /// checked against [`SpeechVoice::spec`].
    ///
    /// The samples are those of the words alone, without the pause behind them, and depend on segment, settings and seed
    /// alone: not on what was spoken before. Words without phones, and a segment without words, give no samples.
    ///
    /// Each word's [`Prosody`](syrinx_text::Prosody) is the voice's business, as far as it can follow it;
    /// [`SpeechSettings::volume`] and [`SpeechSettings::pause`] are the pipeline's.
    ///
    /// # Errors
    /// If the voice has no symbol for a phone, or a network fails.
    fn prepare(
        &mut self,
        segment: &Segment,
        settings: &SpeechSettings,
        seed: u64,
    ) -> Result<Box<dyn Utterance>, SpeechError>;
}
