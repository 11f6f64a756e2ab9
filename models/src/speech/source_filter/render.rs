//! Speaks a plan: frame by frame through the networks, then pulses and noise.

use std::sync::Arc;

use syrinx_dsp::{KnotScale, PulseNoise, PulseNoiseConfig, VoiceFrame};

use super::networks::{SpeechNetworks, StepState, frame};
use super::parameters::SpeechParameters;
use super::plan::Plan;
use super::{HOP, RATE};
use crate::error::RunError;
use crate::model::Tensor;
use crate::speech::error::SpeechError;
use crate::speech::timing::WordTiming;
use crate::speech::utterance::Utterance;

/// Frames of silence behind the last one, in which its response rings out.
const RELEASE: usize = 2;

/// Hops of the first chunk: 40 ms, so that the first sound comes early. Each further one is twice as long.
const FIRST_CHUNK: usize = 4;
/// Hops of the longest chunk: 320 ms. Longer ones would gain nothing, since the networks go frame by frame.
const LONGEST_CHUNK: usize = 32;

/// The F0 that the networks count from, in Hz.
const REFERENCE_HZ: f32 = 200.0;

/// F0 stays inside this, whatever pitch and intonation ask for: pulses below are heard one by one, and above there is no
/// speech.
const F0_RANGE: (f32, f32) = (30.0, 1000.0);

/// What of the settings every frame needs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct RenderSettings {
    /// Id of the speaker.
    pub speaker: usize,
    /// Range of F0 around its mean; 1 is the voice's own.
    pub intonation: f32,
    /// Seed of the noise.
    pub seed: u64,
}

/// Frames counted from the start of a phone or to its end are cut off here, as in training.
const MOST_FRAMES: usize = 20;

/// An utterance of the voice.
pub(super) struct Rendering {
    networks: SpeechNetworks,
    parameters: Arc<SpeechParameters>,
    settings: RenderSettings,
    speaker: Tensor,
    plan: Plan,
    /// The phone of the next frame that the second network hears, and how many frames of it have been heard.
    heard: (usize, usize),
    /// Frames that the second network has heard, those behind the end among them.
    fed: usize,
    frames_state: StepState,
    decoder_state: StepState,
    synthesis: PulseNoise,
    sound: VoiceFrame,
    /// Frames that have been spoken.
    spoken: usize,
    chunk: usize,
}

impl Rendering {
    /// Prepares to speak `plan`.
    pub fn new(
        networks: SpeechNetworks,
        parameters: Arc<SpeechParameters>,
        settings: RenderSettings,
        plan: Plan,
    ) -> Rendering {
        let mut speaker = vec![0.0; parameters.log_f0_means.len()];
        speaker[settings.speaker] = 1.0;
        let synthesis = PulseNoise::new(PulseNoiseConfig {
            rate: RATE,
            hop: HOP,
            scale: KnotScale::new(parameters.knots, RATE.hz() as f32 / 2.0),
            fft: 1024,
            noise_parts: 2,
            seed: (settings.seed ^ (settings.seed >> 32)) as u32,
        });
        Rendering {
            speaker: Tensor::f32(&[1, speaker.len()], speaker),
            heard: (0, 0),
            fed: 0,
            frames_state: networks.frames.start(),
            decoder_state: networks.decoder.start(),
            synthesis,
            sound: VoiceFrame::silence(parameters.knots),
            spoken: 0,
            chunk: FIRST_CHUNK,
            networks,
            parameters,
            settings,
            plan,
        }
    }

    /// Hops of the whole utterance.
    fn hops(&self) -> usize {
        match self.plan.frames() {
            0 => 0,
            frames => frames + RELEASE,
        }
    }

    /// Speaks the next hop.
    fn speak_hop(&mut self, samples: &mut Vec<f32>) -> Result<(), RunError> {
        if self.spoken < self.plan.frames() {
            let (content, prosody) = self.next_prosody()?;
            self.decode(&content, &prosody)?;
        } else {
            self.sound = VoiceFrame::silence(self.parameters.knots);
        }
        let start = samples.len();
        samples.resize(start + HOP, 0.0);
        self.synthesis.process(&self.sound, &mut samples[start..]);
        self.spoken += 1;
        Ok(())
    }

    /// Content and prosody of the frame to be spoken: the second network is heard out as far ahead as it looks.
    fn next_prosody(&mut self) -> Result<(Tensor, Vec<f32>), RunError> {
        loop {
            let (hidden, position) = self.next_input();
            let inputs = [("hidden", &hidden), ("position", &position)];
            let outputs = self.networks.frames.step(&inputs, &mut self.frames_state)?;
            self.fed += 1;
            if self.fed > self.parameters.frames_ahead {
                let mut outputs = outputs.into_iter();
                let content = outputs.next().unwrap_or_default();
                return Ok((frame(&content), outputs.next().unwrap_or_default()));
            }
        }
    }

    /// What the second network hears next; zeros behind the end.
    fn next_input(&mut self) -> (Tensor, Tensor) {
        let (phone, passed) = self.heard;
        let Some(&size) = self.plan.counts.get(phone) else {
            return (
                frame(&vec![0.0; self.parameters.hidden]),
                frame(&[0.0; super::networks::POSITION]),
            );
        };
        self.heard = if passed + 1 < size {
            (phone, passed + 1)
        } else {
            (phone + 1, 0)
        };
        let count = |frames: usize| frames.min(MOST_FRAMES) as f32 / 10.0;
        let position = [
            (passed as f32 + 0.5) / size as f32,
            count(passed),
            count(size - 1 - passed),
            (size as f32).ln(),
        ];
        (frame(&self.plan.hidden[phone]), frame(&position))
    }

    /// From content and prosody to the frame that sounds.
    fn decode(&mut self, content: &Tensor, prosody: &[f32]) -> Result<(), RunError> {
        let &[log_f0, voicing, level] = prosody else {
            return Err(RunError::Output {
                name: "prosody".to_owned(),
                expected: "3 values".to_owned(),
                found: format!("{} values", prosody.len()),
            });
        };
        let means = &self.parameters.log_f0_means;
        let movement = log_f0 + REFERENCE_HZ.ln() - means[0];
        let log_hz = means[self.settings.speaker]
            + movement * self.settings.intonation
            + self.plan.pitch[self.spoken];
        let hz = log_hz.exp().clamp(F0_RANGE.0, F0_RANGE.1);
        let voiced = voicing > 0.0;
        let f0 = frame(&[(hz / REFERENCE_HZ).ln(), f32::from(u8::from(voiced))]);
        let inputs = [
            ("content", content),
            ("f0", &f0),
            ("speaker", &self.speaker),
        ];
        let envelopes = self
            .networks
            .decoder
            .step(&inputs, &mut self.decoder_state)?;
        let level = level + self.plan.gain[self.spoken];
        for (out, envelope) in [&mut self.sound.harmonic, &mut self.sound.noise]
            .into_iter()
            .zip(&envelopes)
        {
            for (out, value) in out.iter_mut().zip(envelope) {
                *out = value + level;
            }
        }
        self.sound.f0_hz = if voiced { hz } else { 0.0 };
        Ok(())
    }
}

impl Utterance for Rendering {
    fn next_chunk(&mut self, samples: &mut Vec<f32>) -> Result<bool, SpeechError> {
        let end = (self.spoken + self.chunk).min(self.hops());
        self.chunk = (2 * self.chunk).min(LONGEST_CHUNK);
        while self.spoken < end {
            self.speak_hop(samples)?;
        }
        Ok(self.spoken < self.hops())
    }

    fn words(&self) -> &[WordTiming] {
        &self.plan.words
    }
}
