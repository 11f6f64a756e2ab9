//! Makes the log-mel frames of RMVPE and FCPE, as their own programs compute them.

use syrinx_dsp::{
    ConfigError, MelConfig, MelFilterbank, MelNorm, MelScale, SampleRate, Stft, StftConfig,
};

use super::{PITCH_HOP, PitchModel};

/// Bands of a frame.
pub(super) const MELS: usize = 128;

/// Window and transform, 64 ms.
const WINDOW: usize = 1024;

/// Least band value before the logarithm: both programs'.
const FLOOR: f32 = 1e-5;

/// Frames of the transform before the first one that is wanted. Silence and mirrored speech are pushed first, in all
/// so many samples that a hop falls on the centre of that frame.
const LEAD_FRAMES: usize = 4;

/// Log-mel frames of whole pieces of speech at 16 kHz, 10 ms apart, mirrored at both ends.
pub(super) struct PitchMel {
    stft: Stft,
    bank: MelFilterbank,
    /// Mirrored samples at either end.
    margin: usize,
    /// Power that is added to each bin.
    power: f32,
    bins: Vec<f32>,
}

impl PitchMel {
    /// RMVPE's, of its original program and of RVC: 30-8000 Hz on HTK's scale, windows centred on their frames.
    pub(super) fn rmvpe() -> Result<PitchMel, ConfigError> {
        PitchMel::new(30.0, MelScale::Htk, WINDOW / 2, 0.0)
    }

    /// FCPE's (torchfcpe): 0-8000 Hz on Slaney's scale, windows that start 432 samples before their frame and so are
    /// centred 5 ms after it (the network has learnt that), and a power of 1e-9 under each bin.
    pub(super) fn fcpe() -> Result<PitchMel, ConfigError> {
        PitchMel::new(0.0, MelScale::Slaney, (WINDOW - PITCH_HOP) / 2, 1e-9)
    }

    fn new(fmin: f64, scale: MelScale, margin: usize, power: f32) -> Result<PitchMel, ConfigError> {
        let stft = Stft::new(&StftConfig {
            fft: WINDOW,
            window: WINDOW,
            hop: PITCH_HOP,
        })?;
        let bank = MelFilterbank::new(&MelConfig {
            rate: SampleRate::of(16_000),
            fft: WINDOW,
            mels: MELS,
            fmin,
            fmax: 8_000.0,
            scale,
            norm: MelNorm::Slaney,
        })?;
        Ok(PitchMel {
            bins: vec![0.0; stft.bins()],
            stft,
            bank,
            margin,
            power,
        })
    }

    /// The frames of speech of more than 512 samples, [`PitchModel::frames`] times 128 values.
    ///
    /// Where windows end before the last frame does (FCPE) the last one is repeated, as torchfcpe does.
    pub(super) fn frames(&mut self, speech: &[f32]) -> Vec<f32> {
        let wanted = PitchModel::frames(speech.len()) * MELS;
        // A window reaches from its centre half its length to either side, so this puts the first one's start on the
        // first mirrored sample.
        let silence = LEAD_FRAMES * PITCH_HOP - WINDOW / 2;
        let (margin, last) = (self.margin, speech.len() - 1);
        let mut before = vec![0.0; silence];
        before.extend(speech[1..=margin].iter().rev());
        let after: Vec<f32> = speech[last - margin..last].iter().rev().copied().collect();

        let mut frames = Vec::with_capacity(wanted + LEAD_FRAMES * MELS);
        self.stft.reset();
        for part in [&before, speech, &after] {
            self.push(part, &mut frames);
        }
        frames.drain(..LEAD_FRAMES * MELS);
        while frames.len() < wanted {
            frames.extend_from_within(frames.len() - MELS..);
        }
        frames.truncate(wanted);
        frames
    }

    fn push(&mut self, samples: &[f32], frames: &mut Vec<f32>) {
        let (bins, bank, power) = (&mut self.bins, &self.bank, self.power);
        self.stft.push(samples, |spectrum| {
            for (bin, x) in bins.iter_mut().zip(spectrum) {
                *bin = (x.norm_sqr() + power).sqrt();
            }
            let start = frames.len();
            frames.resize(start + MELS, 0.0);
            bank.apply(bins, &mut frames[start..]);
            for mel in &mut frames[start..] {
                *mel = mel.max(FLOOR).ln();
            }
        });
    }
}
