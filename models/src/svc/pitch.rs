//! Runs an F0 model: speech at 16 kHz to F0 in Hz every 10 ms, whichever public dialect the model speaks.
//!
//! RMVPE, FCPE and CREPE are the F0 models that So-VITS-SVC and RVC voices are played with. They hear voices in noise
//! and music that the built-in [`F0Tracker`](syrinx_dsp::F0Tracker) does not, and cost a network. Both give the same
//! grid, 10 ms frames of which frame `i` is centred at sample `160 * i`, so one can stand in for the other.

mod contract;
mod crepe;
mod edge_frames;
mod pitch_mel;
mod salience;
#[cfg(test)]
mod tests;

use crate::dialect::F0Dialect;
use crate::error::{LoadError, RunError, check_finite};
use crate::model::{Model, Tensor};
use contract::Contract;
use pitch_mel::{MELS, PitchMel};

pub use edge_frames::EdgeFrames;

/// Samples from one F0 frame to the next: 10 ms at 16 kHz, in every dialect.
pub const PITCH_HOP: usize = 160;

/// Fewest samples of speech: a window is mirrored at the ends by half its length, 512, for which there must be one
/// sample more. The reference programs fail on less.
pub const SHORTEST_SPEECH: usize = 513;

/// Threshold of RMVPE's salience in So-VITS-SVC 4.1, where RVC has 0.03: what is barely voiced stays unvoiced.
pub const SO_VITS_RMVPE_THRESHOLD: f32 = 0.05;

/// RMVPE's network halves time five times, so its frames come in blocks of this many.
const BLOCK: usize = 32;

/// An F0 model of one of the public dialects.
///
/// # Real-time safety
///
/// Not real-time safe: it allocates and runs a network. It belongs on the model thread.
pub struct PitchModel {
    model: Box<dyn Model>,
    dialect: F0Dialect,
    contract: Contract,
    mel: Option<PitchMel>,
    threshold: f32,
}

impl PitchModel {
    /// Checks the network against the dialect. `name` (a file or role) is for messages.
    ///
    /// The threshold is the one that the dialect's own program has, see [`PitchModel::default_threshold`].
    ///
    /// # Errors
    /// [`LoadError::Tensor`] if the network has other tensors than the dialect's.
    pub fn new(
        name: &str,
        model: Box<dyn Model>,
        dialect: F0Dialect,
    ) -> Result<PitchModel, LoadError> {
        let contract = Contract::of(name, dialect, model.inputs(), model.outputs())?;
        let mel = match dialect {
            F0Dialect::RmvpeSalience | F0Dialect::RmvpePitch => Some(PitchMel::rmvpe()),
            F0Dialect::Fcpe => Some(PitchMel::fcpe()),
            F0Dialect::RmvpeWaveform | F0Dialect::Crepe => None,
        };
        Ok(PitchModel {
            model,
            dialect,
            contract,
            mel: mel
                .transpose()
                .map_err(|error| LoadError::Unsupported(error.to_string()))?,
            threshold: PitchModel::default_threshold(dialect),
        })
    }

    /// The same with another threshold, 0 or more. Larger makes more frames unvoiced.
    ///
    /// What it is compared with is the dialect's: the greatest salience of a frame (RMVPE, FCPE) or the median
    /// periodicity of three frames (CREPE). Exports of [`F0Dialect::RmvpePitch`] are known that compare the wrong
    /// quantity inside, so that the threshold changes nothing.
    ///
    /// # Errors
    /// If it is negative or not finite.
    pub fn with_threshold(self, threshold: f32) -> Result<PitchModel, LoadError> {
        if !(threshold.is_finite() && threshold >= 0.0) {
            return Err(LoadError::Unsupported(format!(
                "F0 threshold: expected 0 or more, found {threshold}"
            )));
        }
        Ok(PitchModel { threshold, ..self })
    }

    /// The threshold of the dialect's own program: RVC's 0.03 for RMVPE's salience (So-VITS-SVC 4.1 has
    /// [`SO_VITS_RMVPE_THRESHOLD`]), VCClient's 0.3, 0.05 where RMVPE decodes inside, torchfcpe's 0.006, and the gate
    /// of 0.1 on CREPE's periodicity.
    pub fn default_threshold(dialect: F0Dialect) -> f32 {
        match dialect {
            F0Dialect::RmvpeSalience => 0.03,
            F0Dialect::RmvpeWaveform => 0.3,
            F0Dialect::RmvpePitch => 0.05,
            F0Dialect::Fcpe => 0.006,
            F0Dialect::Crepe => 0.1,
        }
    }

    /// The dialect.
    pub fn dialect(&self) -> F0Dialect {
        self.dialect
    }

    /// The threshold.
    pub fn threshold(&self) -> f32 {
        self.threshold
    }

    /// Frames of so many samples: `samples / 160 + 1`, the frame centred at the very end included.
    ///
    /// The built-in tracker leaves that one away where `samples` is a multiple of 160.
    pub fn frames(samples: usize) -> usize {
        samples / PITCH_HOP + 1
    }

    /// F0 in Hz of each frame of speech at 16 kHz, 0 where unvoiced. Frame `i` is centred at sample `160 * i`.
    ///
    /// Each call starts anew. The network hears all of `speech_16k` at once (CREPE: 2.56 s), so its memory grows with
    /// it; long recordings are tracked in pieces. At both ends frames are less sure, see
    /// [`PitchModel::edge_frames`].
    ///
    /// # Errors
    /// If there are fewer than [`SHORTEST_SPEECH`] samples or one is not finite, the network fails, or gives another
    /// number of frames or what is no F0.
    pub fn track(&mut self, speech_16k: &[f32]) -> Result<Vec<f32>, RunError> {
        check_speech(speech_16k)?;
        let frames = PitchModel::frames(speech_16k.len());
        match self.dialect {
            F0Dialect::RmvpeSalience => {
                let blocks = frames.next_multiple_of(BLOCK);
                // RVC fills up with zeros, which is no silence (that is ln 1e-5) but what its networks are run with.
                let mel = self.band_major(speech_16k, blocks, |_| None);
                let salience = self.run(mel)?;
                self.contract
                    .expect_shape(&salience, &[1, blocks, salience::BINS])?;
                let values = self.contract.finite(&salience)?;
                Ok(salience::rmvpe(values, self.threshold, frames))
            }
            F0Dialect::RmvpePitch => {
                let blocks = frames.next_multiple_of(BLOCK);
                // These graphs would mirror the end inside; doing it here also serves those that do not.
                let mel = self.band_major(speech_16k, blocks, |at| Some(mirrored(at, frames)));
                let mut f0 = self.run_pitch(mel, blocks)?;
                f0.truncate(frames);
                Ok(f0)
            }
            F0Dialect::RmvpeWaveform => {
                let waveform = Tensor::f32(&[1, speech_16k.len()], speech_16k.to_vec());
                self.run_pitch(waveform, frames)
            }
            F0Dialect::Fcpe => {
                let mel = self.mel_frames(speech_16k);
                self.run_pitch(Tensor::f32(&[1, frames, MELS], mel), frames)
            }
            F0Dialect::Crepe => {
                let mut voices = crepe::Voices::with_capacity(frames);
                for batch in crepe::batches(speech_16k) {
                    let count = batch.shape()[0];
                    let salience = self.run(batch)?;
                    self.contract
                        .expect_shape(&salience, &[count, salience::BINS])?;
                    voices.hear(self.contract.finite(&salience)?);
                }
                Ok(voices.f0(self.threshold))
            }
        }
    }

    /// Past speech in milliseconds that a stream should hand over before what is new, so that the first new frame is
    /// as sure as in a recording.
    ///
    /// RMVPE and FCPE: RVC's 50 ms, which is half a window (32 ms) and the frames that are dropped after it. Their
    /// networks hear further than that, without a bound; RVC's programs leave it at that. CREPE hears a frame alone:
    /// half a window and the one frame that its median looks back, 42 ms, are all that matters.
    pub fn context_ms(&self) -> f64 {
        match self.dialect {
            F0Dialect::Crepe => 42.0,
            _ => 50.0,
        }
    }

    /// Frames at either end of a [`PitchModel::track`] that a stream should not use.
    pub fn edge_frames(&self) -> EdgeFrames {
        match self.dialect {
            F0Dialect::Crepe => EdgeFrames::CREPE,
            _ => EdgeFrames::MIRRORED,
        }
    }

    /// How many samples at 16 kHz, the newest last, a stream hands over for `fresh` new ones.
    ///
    /// That is [`PitchModel::context_ms`] more, and for RMVPE rounded up so that the frames make whole blocks of 32
    /// and nothing has to be filled up at the newest end: multiples of 5120 less 160 (RVC's real-time rule).
    pub fn stream_samples(&self, fresh: usize) -> usize {
        let wanted = fresh + (self.context_ms() * 16.0) as usize;
        match self.dialect {
            F0Dialect::Fcpe | F0Dialect::Crepe => wanted,
            _ => wanted.next_multiple_of(BLOCK * PITCH_HOP) - PITCH_HOP,
        }
    }

    /// Log-mel frames, frame after frame; nothing for dialects without.
    fn mel_frames(&mut self, speech_16k: &[f32]) -> Vec<f32> {
        self.mel
            .as_mut()
            .map(|mel| mel.frames(speech_16k))
            .unwrap_or_default()
    }

    /// Log-mel frames as `[1, 128, length]`. What lies after the last frame is the frame that `beyond` names, or 0.
    fn band_major(
        &mut self,
        speech_16k: &[f32],
        length: usize,
        beyond: impl Fn(usize) -> Option<usize>,
    ) -> Tensor {
        let frames = self.mel_frames(speech_16k);
        let count = frames.len() / MELS;
        let mut mel = vec![0.0; MELS * length];
        for at in 0..length {
            let source = if at < count { Some(at) } else { beyond(at) };
            let Some(source) = source else { continue };
            for (band, value) in frames[source * MELS..][..MELS].iter().enumerate() {
                mel[band * length + at] = *value;
            }
        }
        Tensor::f32(&[1, MELS, length], mel)
    }

    fn run(&mut self, input: Tensor) -> Result<Tensor, RunError> {
        let threshold = self.contract.threshold(self.threshold);
        let mut inputs = vec![(self.contract.input(), &input)];
        if let Some(threshold) = &threshold {
            inputs.push((contract::THRESHOLD, threshold));
        }
        let outputs = self.model.run(&inputs)?;
        self.contract.take(outputs)
    }

    /// Runs a dialect that decodes inside.
    fn run_pitch(&mut self, input: Tensor, frames: usize) -> Result<Vec<f32>, RunError> {
        let pitch = self.run(input)?;
        self.contract.pitch(&pitch, frames)
    }
}

impl std::fmt::Debug for PitchModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PitchModel")
            .field("dialect", &self.dialect)
            .field("threshold", &self.threshold)
            .finish_non_exhaustive()
    }
}

fn check_speech(speech_16k: &[f32]) -> Result<(), RunError> {
    let refuse = |expected: &str, found: String| RunError::Input {
        name: "speech".to_owned(),
        expected: expected.to_owned(),
        found,
    };
    if speech_16k.len() < SHORTEST_SPEECH {
        let expected = format!("at least {SHORTEST_SPEECH} samples at 16 kHz (32 ms)");
        return Err(refuse(&expected, speech_16k.len().to_string()));
    }
    check_finite("speech", speech_16k).map_err(|error| match error {
        RunError::Output { found, .. } => refuse("finite samples", found),
        other => other,
    })
}

/// Where a sequence of `length` that swings back and forth between its ends is at step `at`.
fn mirrored(at: usize, length: usize) -> usize {
    let swing = 2 * (length - 1).max(1);
    let phase = at % swing;
    phase.min(swing - phase).min(length - 1)
}
