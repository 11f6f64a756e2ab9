//! Blends the decoder's envelope with the source's own, warped to the voice and matched to it in the mean.

use syrinx_dsp::VoiceFrame;
use syrinx_dsp::knots::{KnotScale, interpolate};

use super::analysis::SourceFrame;

/// Frame power and the blend are taken below this: above it 16 kHz sources fade out.
pub const TOP_HZ: f32 = 7000.0;

/// The source's share fades out from 1 kHz below the top, so that no edge is heard there.
const FADE_HZ: f32 = 1000.0;

/// Formants move by this power of the F0 ratio: a voice an octave higher has formants about 20 % higher (the
/// recipe's prototype; the vocal tract of women is about 15 % shorter, F0 about an octave higher).
const WARP_POWER: f32 = 0.28;

/// The range of vocal tracts among adults.
const WARP_RANGE: (f32, f32) = (0.85, 1.2);

/// Time constant of the running means over speech. Shorter follows a new speaker sooner, but takes vowels for
/// the speaker's colour; after 4 s of speech every phone has been heard.
const MEAN_FRAMES: f32 = 400.0;

/// Frames that are this far (in log amplitude, 35 dB) below the running peak are not speech.
const SPEECH_RANGE: f32 = 4.0;

/// Fall of the running peak per frame: 6 dB in 10 s.
const PEAK_FALL: f32 = 0.000_7;

/// What is constant during a blend.
#[derive(Clone, Debug)]
pub struct BlendConfig {
    /// Where the knots lie.
    pub scale: KnotScale,
    /// Share of the decoder's envelope, 0 to 1.
    pub strength: f32,
    /// Ratio of the output's F0 to the source's.
    pub f0_ratio: f32,
    /// Where the mean of the voice starts.
    pub voice_mean: Vec<f32>,
    /// Where the mean of the source starts, before warping.
    pub source_mean: Vec<f32>,
    /// Factor from the source's envelope to the output's, in log amplitude: white noise of the same density
    /// spreads over more band at a higher rate.
    pub rate_gain: f32,
}

/// Blends one frame at a time.
///
/// The result has the source's power below 7 kHz, the decoder's shape by `strength` and its shares of tone and
/// noise; the decoder's own level does not matter. Adds no latency.
pub struct EnvelopeBlend {
    config: BlendConfig,
    warp: Vec<f32>,
    /// Where each knot of the output takes its value from, when the formants are shifted.
    formants: Option<Vec<f32>>,
    shifted: Vec<f32>,
    /// The source's mean before warping: what the warped one starts from when the warp changes.
    plain_mean: Vec<f32>,
    share: Vec<f32>,
    top: usize,
    source: Vec<f32>,
    total: Vec<f32>,
    voice_mean: Vec<f32>,
    source_mean: Vec<f32>,
    peak: f32,
}

impl EnvelopeBlend {
    /// Prepares the warp.
    pub fn new(config: BlendConfig) -> EnvelopeBlend {
        let knots = config.scale.count();
        let mut blend = EnvelopeBlend {
            share: shares(&config),
            top: config.scale.first_above(TOP_HZ),
            source: vec![0.0; knots],
            total: vec![0.0; knots],
            voice_mean: config.voice_mean.clone(),
            source_mean: vec![0.0; knots],
            peak: 0.0,
            warp: stretch(&config.scale, warp_factor(config.f0_ratio)),
            formants: None,
            shifted: vec![0.0; knots],
            plain_mean: vec![0.0; knots],
            config,
        };
        blend.reset();
        blend
    }

    /// Changes the decoder's share, 0 to 1.
    pub fn set_strength(&mut self, strength: f32) {
        if strength != self.config.strength {
            self.config.strength = strength;
            self.share = shares(&self.config);
        }
    }

    /// Changes the ratio of F0, and with it the warp. The means keep what they learnt.
    pub fn set_f0_ratio(&mut self, ratio: f32) {
        let (old, new) = (warp_factor(self.config.f0_ratio), warp_factor(ratio));
        self.config.f0_ratio = ratio;
        if old == new {
            return;
        }
        self.warp = stretch(&self.config.scale, new);
        for (value, &position) in self.source_mean.iter_mut().zip(&self.warp) {
            *value = interpolate(&self.plain_mean, position);
        }
    }

    /// Moves the formants of what comes out by this factor of frequency, 0.5 to 2; its power stays.
    pub fn set_formants(&mut self, factor: f32) {
        self.formants = (factor != 1.0).then(|| stretch(&self.config.scale, factor));
    }

    /// Changes to a voice with this mean.
    pub fn set_voice(&mut self, mean: &[f32]) {
        self.config.voice_mean.copy_from_slice(mean);
        self.voice_mean.copy_from_slice(mean);
    }

    /// Blends the decoder's `harmonic` and `noise` with `source` into `frame` (whose F0 is not touched).
    pub fn process(
        &mut self,
        harmonic: &[f32],
        noise: &[f32],
        source: &SourceFrame,
        frame: &mut VoiceFrame,
    ) {
        let level = self.normalise_source(source);
        for (total, (&h, &n)) in self.total.iter_mut().zip(harmonic.iter().zip(noise)) {
            *total = if source.voiced { add_powers(h, n) } else { n };
        }
        let voice_level = self.level(&self.total);
        for total in &mut self.total {
            *total -= voice_level;
        }
        self.track_means(level, &source.envelope);
        for k in 0..self.total.len() {
            let matched = self.source[k] + self.voice_mean[k] - self.source_mean[k];
            self.total[k] += self.share[k] * (matched - self.total[k]);
        }
        let gain = level + self.config.rate_gain - self.level(&self.total);
        for k in 0..self.total.len() {
            let total = self.total[k] + gain;
            if source.voiced {
                let both = add_powers(harmonic[k], noise[k]);
                frame.harmonic[k] = total + harmonic[k] - both;
                frame.noise[k] = total + noise[k] - both;
            } else {
                frame.noise[k] = total;
            }
        }
        self.shift_formants(source.voiced, frame);
    }

    /// Moves both envelopes of `frame` along frequency, and brings its power back to what it was.
    fn shift_formants(&mut self, voiced: bool, frame: &mut VoiceFrame) {
        let Some(positions) = self.formants.take() else {
            return;
        };
        let before = self.frame_level(voiced, frame);
        let envelopes = [&mut frame.noise, &mut frame.harmonic];
        for envelope in envelopes.into_iter().take(1 + usize::from(voiced)) {
            for (value, &position) in self.shifted.iter_mut().zip(&positions) {
                *value = interpolate(envelope, position);
            }
            envelope.copy_from_slice(&self.shifted);
        }
        self.formants = Some(positions);
        let gain = before - self.frame_level(voiced, frame);
        frame.noise.iter_mut().for_each(|value| *value += gain);
        if voiced {
            frame.harmonic.iter_mut().for_each(|value| *value += gain);
        }
    }

    fn frame_level(&mut self, voiced: bool, frame: &VoiceFrame) -> f32 {
        for (total, (&h, &n)) in self
            .total
            .iter_mut()
            .zip(frame.harmonic.iter().zip(&frame.noise))
        {
            *total = if voiced { add_powers(h, n) } else { n };
        }
        self.level(&self.total)
    }

    /// Warps the source's envelope to the voice and takes its level off; returns the level.
    fn normalise_source(&mut self, source: &SourceFrame) -> f32 {
        let level = self.level(&source.envelope);
        for (value, &position) in self.source.iter_mut().zip(&self.warp) {
            *value = interpolate(&source.envelope, position);
        }
        let warped = self.level(&self.source);
        for value in &mut self.source {
            *value -= warped;
        }
        level
    }

    /// Follows the long-term means of both envelopes while there is speech.
    fn track_means(&mut self, level: f32, plain: &[f32]) {
        self.peak = (self.peak - PEAK_FALL).max(level);
        if level < self.peak - SPEECH_RANGE {
            return;
        }
        let rate = 1.0 / MEAN_FRAMES;
        for k in 0..self.total.len() {
            self.voice_mean[k] += rate * (self.total[k] - self.voice_mean[k]);
            self.source_mean[k] += rate * (self.source[k] - self.source_mean[k]);
        }
        for (mean, value) in self.plain_mean.iter_mut().zip(plain) {
            *mean += rate * (value - level - *mean);
        }
    }

    /// Log amplitude of the power below the top: 0 for a normalised envelope.
    fn level(&self, envelope: &[f32]) -> f32 {
        let widths = &self.config.scale.width_hz()[..self.top];
        let power: f32 = envelope
            .iter()
            .zip(widths)
            .map(|(log, width)| width * (2.0 * log).exp())
            .sum();
        0.5 * power.max(1e-30).ln()
    }

    /// Back to the means of the start.
    pub fn reset(&mut self) {
        self.voice_mean.copy_from_slice(&self.config.voice_mean);
        self.plain_mean.copy_from_slice(&self.config.source_mean);
        for (value, &position) in self.source_mean.iter_mut().zip(&self.warp) {
            *value = interpolate(&self.config.source_mean, position);
        }
        self.peak = f32::MIN;
    }
}

/// The factor by which formants follow a ratio of F0.
fn warp_factor(f0_ratio: f32) -> f32 {
    let (low, high) = WARP_RANGE;
    f0_ratio.powf(WARP_POWER).clamp(low, high)
}

/// Where each knot takes its value from when everything moves up by `factor`.
fn stretch(scale: &KnotScale, factor: f32) -> Vec<f32> {
    let hz = scale.hz().iter();
    hz.map(|hz| scale.position(hz / factor)).collect()
}

/// The source's share at each knot.
fn shares(config: &BlendConfig) -> Vec<f32> {
    let share = |hz: &f32| (1.0 - config.strength) * ((TOP_HZ - hz) / FADE_HZ).clamp(0.0, 1.0);
    config.scale.hz().iter().map(share).collect()
}

/// The log amplitude of the sum of two powers.
fn add_powers(a: f32, b: f32) -> f32 {
    let (high, low) = if a > b { (a, b) } else { (b, a) };
    high + 0.5 * (2.0 * (low - high)).exp().ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(strength: f32, f0_ratio: f32) -> BlendConfig {
        BlendConfig {
            scale: KnotScale::new(80, 16_000.0),
            strength,
            f0_ratio,
            voice_mean: vec![0.0; 80],
            source_mean: vec![0.0; 80],
            rate_gain: 0.0,
        }
    }

    fn source(scale: &KnotScale, formant_hz: f32, gain: f32) -> SourceFrame {
        let bump = |hz: f32| gain + 2.0 * (-((hz - formant_hz) / 300.0).powi(2)).exp();
        SourceFrame {
            f0_hz: 150.0,
            voiced: true,
            envelope: scale.hz().iter().map(|&hz| bump(hz)).collect(),
        }
    }

    #[test]
    fn full_strength_has_the_decoders_shape_and_the_sources_power() {
        let mut blend = EnvelopeBlend::new(config(1.0, 1.0));
        let scale = blend.config.scale.clone();
        let harmonic: Vec<f32> = (0..80).map(|k| -(k as f32) / 20.0).collect();
        let noise = vec![-5.0; 80];
        let loud = source(&scale, 1500.0, -2.0);
        let mut frame = VoiceFrame::silence(80);
        blend.process(&harmonic, &noise, &loud, &mut frame);
        let offset = frame.harmonic[0] - harmonic[0];
        for k in 0..80 {
            // 1e-4: rounding; the shape of any other envelope would be off by 0.1 and more.
            assert!((frame.harmonic[k] - harmonic[k] - offset).abs() < 1e-4);
            assert!((frame.noise[k] - noise[k] - offset).abs() < 1e-4);
        }
        let total: Vec<f32> = frame
            .harmonic
            .iter()
            .zip(&frame.noise)
            .map(|(&h, &n)| add_powers(h, n))
            .collect();
        assert!((blend.level(&total) - blend.level(&loud.envelope)).abs() < 1e-4);
    }

    #[test]
    fn strength_zero_keeps_the_sources_formant_and_moves_it_with_f0() {
        for (f0_ratio, factor) in [(1.0, 1.0), (1.9, 1.9f32.powf(0.28)), (8.0, 1.2)] {
            let mut blend = EnvelopeBlend::new(config(0.0, f0_ratio));
            let scale = blend.config.scale.clone();
            let mut frame = VoiceFrame::silence(80);
            let (flat, quiet) = (vec![0.0; 80], vec![-9.0; 80]);
            blend.process(&flat, &quiet, &source(&scale, 1500.0, 0.0), &mut frame);
            // Below the fade into the decoder's band.
            let peak = (0..scale.first_above(5000.0))
                .max_by(|&a, &b| frame.harmonic[a].total_cmp(&frame.harmonic[b]));
            let expected = scale.position(1500.0 * factor);
            // One knot is 5 % here; a warp in the wrong direction is at least 20 % off.
            let found = peak.expect("not empty") as f32;
            assert!(
                (found - expected).abs() <= 1.0,
                "ratio {f0_ratio}: {found} for {expected}"
            );
        }
    }

    #[test]
    fn a_constant_colour_of_the_source_is_forgotten_after_some_speech() {
        let mut blend = EnvelopeBlend::new(config(0.0, 1.0));
        let scale = blend.config.scale.clone();
        let coloured = source(&scale, 800.0, 0.0);
        let (flat, quiet) = (vec![0.0; 80], vec![-9.0; 80]);
        let mut frame = VoiceFrame::silence(80);
        let mut spread = |blend: &mut EnvelopeBlend| {
            blend.process(&flat, &quiet, &coloured, &mut frame);
            let low = &frame.harmonic[..50];
            low.iter().copied().fold(f32::MIN, f32::max)
                - low.iter().copied().fold(f32::MAX, f32::min)
        };
        let before = spread(&mut blend);
        assert!(before > 1.5, "{before}");
        for _ in 0..3000 {
            spread(&mut blend);
        }
        // After 7.5 time constants a thousandth of the colour is left.
        let after = spread(&mut blend);
        assert!(after < 0.01, "{after}");
    }

    #[test]
    fn silence_stays_silence_and_unvoiced_frames_have_no_tone_of_their_own() {
        let mut blend = EnvelopeBlend::new(config(0.5, 1.0));
        let silence = SourceFrame {
            f0_hz: 0.0,
            voiced: false,
            envelope: vec![-16.0; 80],
        };
        let mut frame = VoiceFrame::silence(80);
        blend.process(&[0.0; 80], &[-1.0; 80], &silence, &mut frame);
        assert!(frame.noise.iter().all(|&n| n < -14.0), "{:?}", frame.noise);
        assert_eq!(frame.harmonic, VoiceFrame::silence(80).harmonic);
    }
}
