//! Speaks lines with the speaking voice, at any rate.

use syrinx_dsp::{ResamplerConfig, SampleRate, Samples, StreamResampler};
use syrinx_models::runtime::RuntimeConfig;
use syrinx_models::speech::source_filter::{SourceFilterSpeech, SpeechParameters};
use syrinx_models::speech::text::{FrontEnd, Language, Script};
use syrinx_models::speech::{SpeechSettings, TtsPipeline};
use syrinx_models::{Backend, Device, Runtime, VoiceBundle};

use super::cue::SpeechControls;

/// Samples of one call of the resampler: 8 ms of the voice, so that the first sound does not wait for a long chunk.
const BLOCK: usize = 256;

/// The frequency of MIDI note 69, in Hz.
const CONCERT_PITCH: f32 = 440.0;

/// Shifts of the pitch that the voice takes, in semitones.
const MOST_SHIFT: f32 = 24.0;

/// Speaks lines with the speaking voice that comes with the program.
pub struct LineSpeaker {
    pipeline: TtsPipeline,
    front_end: FrontEnd,
    /// The mean F0 of the speaker, as a MIDI note.
    own_note: f32,
}

impl LineSpeaker {
    /// Loads the voice. Its networks are small, so they run on tract, whatever is installed: samples are then the same
    /// everywhere.
    ///
    /// # Errors
    /// In words, if it cannot be loaded.
    pub fn load() -> Result<LineSpeaker, String> {
        let runtime = Runtime::new(RuntimeConfig {
            backend: Some(Backend::Tract),
            ..RuntimeConfig::default()
        })
        .map_err(|error| error.to_string())?;
        let bundle = VoiceBundle::default_speech().map_err(|error| error.to_string())?;
        let numbers = SpeechParameters::of(&bundle).map_err(|error| error.to_string())?;
        let voice = SourceFilterSpeech::load(&runtime, &bundle, Device::Cpu)
            .map_err(|error| error.to_string())?;
        let pipeline = TtsPipeline::new(Box::new(voice), SpeechSettings::default(), 0)
            .map_err(|error| error.to_string())?;
        let mean = numbers
            .log_f0_means
            .first()
            .map_or(CONCERT_PITCH, |log| log.exp());
        Ok(LineSpeaker {
            pipeline,
            front_end: FrontEnd::new(Language::English),
            own_note: 69.0 + 12.0 * (mean / CONCERT_PITCH).log2(),
        })
    }

    /// Speaks `text` at `rate` and hands its samples to `give` as they come, until that says that no more are wanted.
    /// The first sample is the first of the speech: what the resampler delays is taken off.
    ///
    /// # Errors
    /// In words, if the text cannot be read or the voice fails; what was spoken before it was handed over.
    pub fn speak(
        &mut self,
        text: &str,
        controls: &SpeechControls,
        rate: SampleRate,
        mut give: impl FnMut(&[f32]) -> bool,
    ) -> Result<(), String> {
        let script = Script::new(text).map_err(|error| error.to_string())?;
        let segments = self
            .front_end
            .segments(&script)
            .map_err(|error| error.to_string())?;
        let settings = self.settings(controls);
        self.pipeline
            .set(settings, controls.seed)
            .map_err(|error| error.to_string())?;
        let mut output = Output::new(self.pipeline.spec().rate, rate)?;
        for chunk in self.pipeline.speak(segments) {
            let chunk = chunk.map_err(|error| error.to_string())?;
            if !give(output.process(&chunk.samples)) {
                return Ok(());
            }
        }
        give(output.finish());
        Ok(())
    }

    /// The name of an emotion, counted from 1.
    fn emotion(&self, number: u32) -> Option<String> {
        let index = number.checked_sub(1)? as usize;
        self.pipeline.spec().emotions.get(index).cloned()
    }

    /// On a note the voice is monotone and shifted from its mean to that note.
    fn settings(&self, controls: &SpeechControls) -> SpeechSettings {
        let (pitch, intonation) = match controls.note {
            Some(note) => (f32::from(note) - self.own_note, 0.0),
            None => (controls.pitch, controls.intonation),
        };
        SpeechSettings {
            rate: controls.rate,
            pitch: pitch.clamp(-MOST_SHIFT, MOST_SHIFT),
            intonation,
            pause: controls.pause,
            emotion: self.emotion(controls.emotion),
            intensity: controls.intensity,
            ..SpeechSettings::default()
        }
    }
}

/// Brings the voice's samples to the host's rate.
struct Output {
    resampler: StreamResampler,
    from: SampleRate,
    to: SampleRate,
    /// Outputs of the resampler's own delay that are still to be left out.
    skip: usize,
    taken: usize,
    given: usize,
    samples: Vec<f32>,
    scratch: Vec<f32>,
}

impl Output {
    fn new(from: SampleRate, to: SampleRate) -> Result<Output, String> {
        let resampler = StreamResampler::new(ResamplerConfig {
            from,
            to,
            max_block: BLOCK,
        })
        .map_err(|error| error.to_string())?;
        Ok(Output {
            skip: resampler.latency().0,
            scratch: vec![0.0; resampler.max_output()],
            resampler,
            from,
            to,
            taken: 0,
            given: 0,
            samples: Vec::new(),
        })
    }

    fn process(&mut self, chunk: &[f32]) -> &[f32] {
        self.samples.clear();
        for block in chunk.chunks(BLOCK) {
            self.push(block);
        }
        self.taken += chunk.len();
        self.given += self.samples.len();
        &self.samples
    }

    /// What the resampler still holds.
    fn finish(&mut self) -> &[f32] {
        self.samples.clear();
        let whole = Samples(self.taken).convert(self.from, self.to).0;
        let missing = whole.saturating_sub(self.given);
        while self.samples.len() < missing {
            self.push(&[0.0; BLOCK]);
        }
        self.samples.truncate(missing);
        &self.samples
    }

    fn push(&mut self, block: &[f32]) {
        let written = self.resampler.process(block, &mut self.scratch);
        let start = self.skip.min(written);
        self.skip -= start;
        self.samples
            .extend_from_slice(&self.scratch[start..written]);
    }
}
