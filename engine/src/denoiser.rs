//! Takes steady noise out of a voice.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use nnnoiseless::DenoiseState;
use syrinx_dsp::{DryWetConfig, DryWetMixer, SampleRate, Samples};
use syrinx_models::{
    ConvertError, Converter, ConverterSpec, Join, LatencyTerm, RunError, Stream, StreamConfig,
};

/// The only rate of the network.
const RATE: SampleRate = SampleRate::of(48_000);

/// What the network takes at once: 10 ms.
const FRAME: Samples = Samples(DenoiseState::FRAME_SIZE);

/// By how much its output lags: it works on windows of two frames, which overlap by one.
const LAG: Samples = FRAME;

/// Full scale of the network, which was made for whole numbers of 16 bits.
const FULL_SCALE: f32 = 32_768.0;

/// What the network gets at most, 36 dB over full scale: it multiplies energies, and numbers that overflow once would
/// stay in its state for ever.
const LOUDEST: f32 = 64.0 * FULL_SCALE;

/// Takes steady noise (fans, hiss, traffic) out of a voice, at any rate.
///
/// The network works on frames of 10 ms at 48 kHz. At other rates the signal is resampled on both sides, by the same
/// [`Stream`] that serves voices, so that the delay is known to the sample and holds for any blocks: 959 samples at
/// 48 kHz, 20 ms, and about 4 ms more elsewhere. The dry share is mixed in at 48 kHz, where it lines up exactly.
///
/// Method: RNNoise (J.-M. Valin, *A Hybrid DSP/Deep Learning Approach to Real-Time Full-Band Speech Enhancement*, 2018),
/// as the crate `nnnoiseless` has it: 22 gains per frame from a small recurrent network, and a comb filter at the pitch.
///
/// # Real-time safety
/// [`Denoiser::process`] and [`Denoiser::set_mix`] do not allocate, lock or panic. [`Denoiser::reset`] allocates, since the
/// network cannot be brought back to its start otherwise: it belongs on the model thread.
pub struct Denoiser {
    stream: Stream<Frames>,
    mix: Arc<AtomicU32>,
}

impl Denoiser {
    /// For a signal at `rate` in blocks of any length, `max_block` at once; `mix` is the share of the cleaned signal,
    /// 0 to 1.
    ///
    /// # Errors
    /// If the rate cannot be resampled or the mix is out of its range.
    pub fn new(rate: SampleRate, max_block: usize, mix: f32) -> Result<Denoiser, ConvertError> {
        let shared = Arc::new(AtomicU32::new(mix.to_bits()));
        let frames = Frames::new(mix, Arc::clone(&shared))?;
        Ok(Denoiser {
            stream: Stream::new(frames, StreamConfig::new(rate, max_block))?,
            mix: shared,
        })
    }

    /// The constant delay, in samples at the signal's rate.
    pub fn latency(&self) -> Samples {
        self.stream.latency()
    }

    /// Changes the share of the cleaned signal from the next frame on, within 20 ms; clamped to 0..=1, ignored when not
    /// a number. At 0 the signal is only delayed (and resampled, where the rate is not 48 kHz).
    pub fn set_mix(&mut self, mix: f32) {
        if !mix.is_nan() {
            self.mix.store(mix.clamp(0.0, 1.0).to_bits(), Relaxed);
        }
    }

    /// Cleans a block of any length in place. Samples that are not finite count as 0.
    pub fn process(&mut self, block: &mut [f32]) {
        let done = self.stream.process(block);
        debug_assert!(done.is_ok(), "frames never fail");
    }

    /// Forgets the past: the next output is as that of a new one.
    pub fn reset(&mut self) {
        self.stream.reset();
    }
}

/// The network on frames at its own rate, mixed with the delayed frames.
struct Frames {
    spec: ConverterSpec,
    network: Box<DenoiseState<'static>>,
    /// What the network is at the start.
    fresh: Box<DenoiseState<'static>>,
    mixer: DryWetMixer,
    /// The share that is wanted, as bits; [`Denoiser`] has the other end.
    mix: Arc<AtomicU32>,
    scaled: Vec<f32>,
}

impl Frames {
    fn new(share: f32, mix: Arc<AtomicU32>) -> Result<Frames, ConvertError> {
        let config = DryWetConfig {
            latency: LAG,
            mix: share,
        };
        let mixer = DryWetMixer::new(&config, RATE).map_err(|error| ConvertError::Setting {
            name: "denoise",
            expected: "0 to 1".to_owned(),
            found: error.to_string(),
        })?;
        let network = DenoiseState::new();
        Ok(Frames {
            spec: ConverterSpec {
                input_rate: RATE,
                output_rate: RATE,
                chunk: FRAME,
                context: Samples(0),
                lookahead: LAG,
                join: Join::Exact,
                terms: vec![LatencyTerm {
                    name: "frame and overlap",
                    ms: (FRAME + LAG).to_ms(RATE),
                    note: "the network's own; there is no shorter one",
                }],
            },
            fresh: network.clone(),
            network,
            mixer,
            mix,
            scaled: vec![0.0; FRAME.0],
        })
    }

    fn wanted_mix(&self) -> f32 {
        f32::from_bits(self.mix.load(Relaxed))
    }
}

impl Converter for Frames {
    fn spec(&self) -> &ConverterSpec {
        &self.spec
    }

    fn convert(&mut self, input: &[f32], output: &mut [f32]) -> Result<(), RunError> {
        for (scaled, sample) in self.scaled.iter_mut().zip(input) {
            *scaled = (sample * FULL_SCALE).clamp(-LOUDEST, LOUDEST);
        }
        self.network.process_frame(output, &self.scaled);
        for sample in output.iter_mut() {
            *sample /= FULL_SCALE;
        }
        self.mixer.set_mix(self.wanted_mix());
        self.mixer.process(input, output);
        Ok(())
    }

    fn reset(&mut self) {
        self.network = self.fresh.clone();
        self.mixer.set_mix(self.wanted_mix());
        self.mixer.reset();
    }
}
