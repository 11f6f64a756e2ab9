//! A stream that sings beside the first voice of a lane.

use syrinx_dsp::{Decibels, LinearRamp, SampleRate};
use syrinx_models::{RunError, Stream};

use crate::audio_path::RAMP_MS;
use crate::command::ModelSettings;
use crate::harmony::HarmonyVoice;

/// The range of its level in dB.
const LEVELS: std::ops::RangeInclusive<f32> = -60.0..=12.0;

/// A stream that sings beside the first voice of a lane.
pub struct SecondVoice {
    stream: Stream,
    gain: LinearRamp,
    sung: Vec<f32>,
}

impl SecondVoice {
    /// Silent until it is [set](Self::set) for the first time.
    pub fn new(stream: Stream, rate: SampleRate) -> SecondVoice {
        SecondVoice {
            stream,
            gain: LinearRamp::new(0.0, rate.samples_in_ms(RAMP_MS)),
            sung: Vec::with_capacity(crate::model_worker::STEP),
        }
    }

    /// Takes new settings up: what the voice at its `place` among those that are on sings; `None` is nothing.
    pub fn set(&mut self, place: usize, voice: Option<&HarmonyVoice>, settings: &ModelSettings) {
        self.stream.set_gate(settings.gate);
        self.stream.set_loudness(settings.loudness);
        let Some(voice) = voice else {
            self.gain.set_target(0.0);
            return;
        };
        let controls = settings
            .harmony
            .controls_of(place, voice, &settings.controls);
        self.stream.set_controls(&controls);
        let level = match voice.level.0.is_nan() {
            true => Decibels(0.0),
            false => Decibels(voice.level.0.clamp(*LEVELS.start(), *LEVELS.end())),
        };
        self.gain.set_target(level.to_amplitude());
    }

    /// Hears what the first voice hears.
    ///
    /// # Errors
    /// If a network fails.
    pub fn hear(&mut self, input: &[f32]) -> Result<(), RunError> {
        self.sung.clear();
        self.sung.extend_from_slice(input);
        self.stream.process(&mut self.sung)
    }

    /// Adds what it sings to that, at its level.
    pub fn add_to(&mut self, output: &mut [f32]) {
        for (output, sung) in output.iter_mut().zip(&self.sung) {
            *output += self.gain.next_value() * sung;
        }
    }

    /// Forgets the past; the level stays.
    pub fn reset(&mut self) {
        self.stream.reset();
        self.gain.reset();
    }
}
