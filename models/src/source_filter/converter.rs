//! The converter of a source-filter voice: one or more frames per chunk, joined by the state that it carries.

use syrinx_dsp::{
    KnotScale, PulseNoise, PulseNoiseConfig, SampleRate, Samples, Semitones, VoiceFrame,
};

use super::analysis::{Analysis, HOP, RATE};
use super::blend::{BlendConfig, EnvelopeBlend};
use super::networks::Networks;
use super::parameters::SourceFilterParameters;
use crate::converter::{Converter, ConverterSpec, Join, LatencyTerm};
use crate::error::{LoadError, RunError};

/// The rate of the synthesis: the highest of the voices that the recipe learns from.
pub const OUTPUT_RATE: SampleRate = SampleRate::of(32_000);

/// Output samples of one hop.
const HOP_OUT: usize = 320;

/// What a user chose, resolved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SourceFilterSettings {
    /// Id of the speaker.
    pub speaker: usize,
    /// Share of the decoder's envelope, 0 to 1.
    pub strength: f32,
    /// Shift of F0.
    pub transpose: Semitones,
    /// Hops of 10 ms that make a chunk.
    pub hops_per_chunk: usize,
    /// Seed of the noise.
    pub seed: u64,
}

/// Converts 16 kHz to 32 kHz, `hops_per_chunk` times 10 ms at a time, joined exactly.
pub struct SourceFilterConverter {
    spec: ConverterSpec,
    networks: Networks,
    analysis: Analysis,
    blend: EnvelopeBlend,
    synthesis: PulseNoise,
    frame: VoiceFrame,
    ratio: f32,
    rest_hz: f32,
}

impl SourceFilterConverter {
    /// Puts the parts together.
    ///
    /// # Errors
    /// If the voice's lookahead is too short for the F0 tracker.
    pub fn new(
        mut networks: Networks,
        parameters: &SourceFilterParameters,
        settings: SourceFilterSettings,
    ) -> Result<SourceFilterConverter, LoadError> {
        let scale = KnotScale::new(parameters.knots, OUTPUT_RATE.hz() as f32 / 2.0);
        let analysis = Analysis::new(parameters.encoder_lookahead, &scale)
            .map_err(|error| LoadError::Unsupported(error.to_string()))?;
        networks.reset();
        networks.set_speaker(settings.speaker);
        let ratio = settings.transpose.to_ratio();
        let numbers = &parameters.speakers[settings.speaker];
        let blend = EnvelopeBlend::new(BlendConfig {
            scale: scale.clone(),
            strength: settings.strength,
            f0_ratio: ratio,
            voice_mean: numbers.mean_envelope.clone(),
            source_mean: parameters.source_mean_envelope.clone(),
            rate_gain: 0.5 * (OUTPUT_RATE.hz() as f32 / RATE.hz() as f32).ln(),
        });
        let synthesis = PulseNoise::new(PulseNoiseConfig {
            rate: OUTPUT_RATE,
            hop: HOP_OUT,
            scale,
            fft: 1024,
            noise_parts: 2,
            seed: (settings.seed ^ (settings.seed >> 32)) as u32,
        });
        Ok(SourceFilterConverter {
            spec: spec(parameters, settings.hops_per_chunk),
            networks,
            analysis,
            blend,
            synthesis,
            frame: VoiceFrame::silence(parameters.knots),
            ratio,
            rest_hz: numbers.log_f0_mean.exp(),
        })
    }

    /// Converts one hop: 160 samples in, 320 out.
    fn convert_hop(&mut self, input: &[f32], output: &mut [f32]) -> Result<(), RunError> {
        self.networks.encode(self.analysis.push(input))?;
        let source = self.analysis.source_frame();
        // Before the first voiced frame the decoder hears the voice's own mean F0.
        let f0_hz = if source.f0_hz > 0.0 {
            source.f0_hz * self.ratio
        } else {
            self.rest_hz
        };
        let (harmonic, noise) = self.networks.decode(f0_hz, source.voiced)?;
        self.blend.process(harmonic, noise, source, &mut self.frame);
        self.frame.f0_hz = if source.voiced { f0_hz } else { 0.0 };
        self.synthesis.process(&self.frame, output);
        Ok(())
    }
}

impl Converter for SourceFilterConverter {
    fn spec(&self) -> &ConverterSpec {
        &self.spec
    }

    fn convert(&mut self, input: &[f32], output: &mut [f32]) -> Result<(), RunError> {
        assert_eq!(input.len(), self.spec.input_len(), "input of one chunk");
        assert_eq!(output.len(), self.spec.output_len(), "output of one chunk");
        for (input, output) in input
            .chunks_exact(HOP)
            .zip(output.chunks_exact_mut(HOP_OUT))
        {
            self.convert_hop(input, output)?;
        }
        Ok(())
    }

    fn reset(&mut self) {
        self.networks.reset();
        self.analysis.reset();
        self.blend.reset();
        self.synthesis.reset();
        self.frame = VoiceFrame::silence(self.frame.noise.len());
    }
}

/// States the latency with its terms.
///
/// The last call of a chunk renders the hop that ends at the source frame's centre, which lies `back` samples
/// before the end of the chunk; so output lags by `back` and, within the chunk, by its length.
pub(super) fn spec(parameters: &SourceFilterParameters, hops_per_chunk: usize) -> ConverterSpec {
    let ms = |samples: usize| Samples(samples).to_ms(RATE);
    let chunk = hops_per_chunk * HOP;
    let ahead = parameters.encoder_lookahead * HOP;
    let back = Analysis::back_of(parameters.encoder_lookahead);
    let terms = vec![
        LatencyTerm {
            name: "encoder lookahead",
            ms: ms(ahead),
            note: "a shorter one needs another encoder, and phones are told apart by what follows; the F0 tracker shares it",
        },
        LatencyTerm {
            name: "half analysis window",
            ms: ms(back - ahead),
            note: "a shorter window smears the harmonics of low voices over the mel bands",
        },
        LatencyTerm {
            name: "chunk",
            ms: ms(chunk),
            note: "also the interpolation between frames; half of it would double the calls of the networks",
        },
    ];
    ConverterSpec {
        input_rate: RATE,
        output_rate: OUTPUT_RATE,
        chunk: Samples(chunk),
        context: Samples(0),
        lookahead: Samples(back),
        join: Join::Exact,
        terms,
    }
}
