//! The converter of a source-filter voice: one or more frames per chunk, joined by the state that it carries.

use syrinx_dsp::{
    KnotScale, PitchSettings, PulseNoise, PulseNoiseConfig, SampleRate, Samples, Semitones,
    VoiceFrame,
};

use super::analysis::{Analysis, HOP, RATE};
use super::blend::{BlendConfig, EnvelopeBlend};
use super::led_pitch::LedPitch;
use super::networks::Networks;
use super::parameters::{SourceFilterParameters, SpeakerNumbers};
use crate::converter::{Converter, ConverterSpec, Join, LatencyTerm};
use crate::error::{LoadError, RunError};
use crate::intonation::Intonation;
use crate::live_controls::LiveControls;
use crate::pitch_frame::PitchFrame;

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
    /// Shift of the formants, -12 to 12.
    pub formant: Semitones,
    /// Range of F0 around its mean, 0 to 2.
    pub intonation: f32,
    /// Where F0 is led, and its vibrato.
    pub pitch: PitchSettings,
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
    intonation: Intonation,
    pitch: LedPitch,
    ratio: f32,
    rest_hz: f32,
    speakers: Vec<SpeakerNumbers>,
    speaker: usize,
    formant: Semitones,
    default_strength: f32,
    /// Hops of digital silence so far.
    silent_hops: usize,
    /// Of the chunk converted last.
    told: Vec<PitchFrame>,
}

/// Hops of digital silence after which nothing of what was heard or said rings on: the lookahead of 50 ms, the
/// networks' own memory of 150 ms, pauses and all, and the response of the last pulse, 32 ms.
const RINGS_ON: usize = 50;

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
            seed: folded(settings.seed),
        });
        let mut converter = SourceFilterConverter {
            spec: spec(parameters, settings.hops_per_chunk),
            networks,
            analysis,
            blend,
            synthesis,
            frame: VoiceFrame::silence(parameters.knots),
            intonation: Intonation::new(settings.intonation),
            pitch: LedPitch::new(settings.pitch)
                .map_err(|error| LoadError::Unsupported(error.to_string()))?,
            ratio,
            rest_hz: numbers.log_f0_mean.exp(),
            speakers: parameters.speakers.clone(),
            speaker: settings.speaker,
            formant: Semitones(0.0),
            default_strength: parameters.default_strength,
            silent_hops: 0,
            told: Vec::with_capacity(settings.hops_per_chunk),
        };
        converter.set_formant(settings.formant);
        Ok(converter)
    }

    fn set_formant(&mut self, formant: Semitones) {
        if formant != self.formant {
            self.formant = formant;
            self.blend.set_formants(formant.to_ratio());
        }
    }

    fn set_speaker(&mut self, speaker: usize) {
        let speaker = if speaker < self.speakers.len() {
            speaker
        } else {
            0
        };
        if speaker != self.speaker {
            self.speaker = speaker;
            self.networks.set_speaker(speaker);
            self.blend.set_voice(&self.speakers[speaker].mean_envelope);
            self.rest_hz = self.speakers[speaker].log_f0_mean.exp();
        }
    }

    /// Whether nothing has been heard for so long that nothing can be said either. It depends on the samples
    /// alone, so it is the same in every run.
    fn is_asleep(&mut self, input: &[f32]) -> bool {
        if input.iter().all(|&sample| sample == 0.0) {
            self.silent_hops += 1;
        } else {
            self.silent_hops = 0;
        }
        self.silent_hops > RINGS_ON
    }

    /// Converts one hop: 160 samples in, 320 out.
    fn convert_hop(&mut self, input: &[f32], output: &mut [f32]) -> Result<(), RunError> {
        if self.is_asleep(input) {
            // Everything stays as it is: half a second of silence and an hour of it are the same.
            output.fill(0.0);
            self.told.push(PitchFrame::default());
            return Ok(());
        }
        self.networks.encode(self.analysis.push(input))?;
        let source = self.analysis.source_frame();
        // Before the first voiced frame the decoder hears the voice's own mean F0.
        if source.voiced {
            self.intonation.hear(source.f0_hz);
        }
        let f0_hz = if source.f0_hz > 0.0 {
            let sung_hz = self.intonation.apply(source.f0_hz) * self.ratio;
            self.pitch.lead(sung_hz, source.voiced)
        } else {
            self.rest_hz
        };
        let (harmonic, noise) = self.networks.decode(f0_hz, source.voiced)?;
        self.blend.process(harmonic, noise, source, &mut self.frame);
        self.frame.f0_hz = if source.voiced { f0_hz } else { 0.0 };
        self.told.push(PitchFrame {
            input_hz: if source.voiced { source.f0_hz } else { 0.0 },
            output_hz: self.frame.f0_hz,
        });
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
        self.told.clear();
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
        self.intonation.reset();
        self.pitch.reset();
        self.silent_hops = 0;
        self.told.clear();
    }

    fn set_controls(&mut self, controls: &LiveControls) {
        let controls = controls.clamped();
        self.set_speaker(controls.speaker as usize);
        self.blend
            .set_strength(controls.strength.unwrap_or(self.default_strength));
        let ratio = controls.transpose.to_ratio();
        if ratio != self.ratio {
            self.ratio = ratio;
            self.blend.set_f0_ratio(ratio);
        }
        self.set_formant(controls.formant);
        self.intonation.set_range(controls.intonation);
        self.pitch.set(controls.pitch);
        self.synthesis.set_seed(folded(controls.seed));
    }

    fn pitch(&self) -> &[PitchFrame] {
        &self.told
    }
}

/// Both halves of a seed in one.
fn folded(seed: u64) -> u32 {
    (seed ^ (seed >> 32)) as u32
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::VoiceBundle;
    use crate::runtime::{Backend, Device, Runtime, RuntimeConfig};
    use syrinx_dsp::f0::tracker::{F0Config, F0Tracker};
    use syrinx_dsp::{Note, PitchTarget, Scale};

    fn converter() -> SourceFilterConverter {
        let config = RuntimeConfig {
            backend: Some(Backend::Tract),
            ..RuntimeConfig::default()
        };
        let runtime = Runtime::new(config).unwrap();
        let bundle = VoiceBundle::default_voice().unwrap();
        let parameters: SourceFilterParameters = bundle.parameters().unwrap();
        let networks = Networks::load(&runtime, &bundle, Device::Cpu, &parameters).unwrap();
        let settings = SourceFilterSettings {
            speaker: 0,
            strength: 0.5,
            transpose: Semitones(0.0),
            formant: Semitones(0.0),
            intonation: 1.0,
            pitch: PitchSettings::default(),
            hops_per_chunk: 1,
            seed: 0,
        };
        SourceFilterConverter::new(networks, &parameters, settings).unwrap()
    }

    /// Two seconds of a tone with harmonics 40 cents above A3, spoken with controls that change after one.
    fn spoken(first: PitchSettings, second: PitchSettings) -> Vec<f32> {
        let mut converter = converter();
        let mut spoken = vec![0.0; 200 * HOP_OUT];
        for (hop, output) in spoken.chunks_exact_mut(HOP_OUT).enumerate() {
            let pitch = if hop < 100 { first } else { second };
            converter.set_controls(&LiveControls {
                pitch,
                ..LiveControls::default()
            });
            let phase = std::f64::consts::TAU * f64::from(Note(57.4).to_hz()) / 16_000.0;
            let input: [f32; HOP] = std::array::from_fn(|n| {
                let phase = phase * (hop * HOP + n) as f64;
                (1..=15)
                    .map(|k| 0.1 * (f64::from(k) * phase).sin() as f32 / k as f32)
                    .sum()
            });
            converter.convert(&input, output).unwrap();
        }
        spoken
    }

    /// The median pitch of 32 kHz, as MIDI counts notes.
    fn heard(spoken: &[f32]) -> f32 {
        let mut tracker = F0Tracker::new(&F0Config {
            rate: OUTPUT_RATE,
            hop: Samples(HOP_OUT),
            window_half: Samples(672),
            ..F0Config::SPEECH_16K
        })
        .unwrap();
        let frames = tracker.track(spoken);
        let mut pitches: Vec<f32> = frames
            .iter()
            .filter(|frame| frame.voiced)
            .map(|frame| Note::from_hz(frame.hz).0)
            .collect();
        assert!(pitches.len() > frames.len() / 2, "it sings");
        pitches.sort_by(f32::total_cmp);
        pitches[pitches.len() / 2]
    }

    #[test]
    fn the_pitch_is_led_while_it_runs_and_else_untouched() {
        let free = PitchSettings::default();
        let scale = |strength| PitchSettings {
            target: PitchTarget::Scale {
                scale: Scale::CHROMATIC,
                strength,
                speed_ms: 20.0,
            },
            ..free
        };
        let held = PitchSettings {
            target: PitchTarget::Held {
                note: Some(Note(61.0)),
                bend: 0.5,
                bend_range: Semitones(1.0),
                glide_ms: 50.0,
            },
            ..free
        };
        let plain = spoken(free, free);
        // Ten cents: the tracker at twice its usual rate, on a voice with noise.
        assert!((heard(&plain) - 57.4).abs() < 0.1, "{}", heard(&plain));
        assert_eq!(spoken(scale(0.0), scale(0.0)), plain, "bit-exact");
        for (second, expected) in [(scale(1.0), 57.0), (held, 61.5)] {
            let led = spoken(free, second);
            let (before, after) = led.split_at(110 * HOP_OUT);
            assert_eq!(before[..100 * HOP_OUT], plain[..100 * HOP_OUT]);
            let pitch = heard(&after[30 * HOP_OUT..]);
            assert!((pitch - expected).abs() < 0.1, "{pitch} for {second:?}");
        }
    }

    #[test]
    fn the_pitch_of_each_chunk_is_told_as_sung_and_as_spoken() {
        let mut converter = converter();
        converter.set_controls(&LiveControls {
            transpose: Semitones(12.0),
            ..LiveControls::default()
        });
        let phase = std::f64::consts::TAU * 220.0 / 16_000.0;
        let mut output = [0.0; HOP_OUT];
        let mut told = Vec::new();
        for hop in 0..60 {
            let input: [f32; HOP] = std::array::from_fn(|n| {
                let phase = phase * (hop * HOP + n) as f64;
                (1..=15)
                    .map(|k| 0.1 * (f64::from(k) * phase).sin() as f32 / k as f32)
                    .sum()
            });
            converter.convert(&input, &mut output).unwrap();
            assert_eq!(converter.pitch().len(), 1);
            told.extend_from_slice(converter.pitch());
        }
        for frame in &told[20..] {
            // The tracker on a steady tone: a few cents.
            assert!((frame.input_hz - 220.0).abs() < 1.0, "{frame:?}");
            assert!(
                (frame.output_hz / frame.input_hz - 2.0).abs() < 1e-3,
                "{frame:?}"
            );
        }
        converter.reset();
        assert!(converter.pitch().is_empty());
    }

    /// Networks that fail whenever they run show that they do not run.
    #[test]
    fn after_half_a_second_of_silence_no_network_runs() {
        let mut converter = converter();
        let (silence, mut output) = ([0.0; HOP], [1.0; HOP_OUT]);
        let sound: [f32; HOP] = std::array::from_fn(|n| 0.3 * (n as f32 * 0.1).sin());
        for _ in 0..20 {
            converter.convert(&sound, &mut output).unwrap();
        }
        for _ in 0..RINGS_ON {
            converter.convert(&silence, &mut output).unwrap();
        }
        // What is cut off when it falls asleep is nothing: -100 dB.
        assert!(output.iter().all(|x| x.abs() < 1e-5), "{output:?}");
        converter.networks.poison();
        for _ in 0..200 {
            output.fill(1.0);
            converter.convert(&silence, &mut output).unwrap();
            assert!(output.iter().all(|&x| x == 0.0));
        }
        assert!(
            converter.convert(&sound, &mut output).is_err(),
            "sound wakes it"
        );
        converter.reset();
        converter.convert(&silence, &mut output).unwrap();
        converter.networks.poison();
        assert!(
            converter.convert(&silence, &mut output).is_err(),
            "a pause does not stop it"
        );
    }
}
