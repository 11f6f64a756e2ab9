//! So-VITS-SVC voices: content features, F0, noise and a speaker to a voice.
//!
//! ```text
//! 44.1 kHz ─┬─ 16 kHz ─┬─ content encoder (ONNX) ─ mel2ph ──┐
//!           │          └─ F0 ─ target ─ gaps, transpose, uv ┼─ synthesizer (ONNX) ── 44.1 kHz
//!           ├─ loudness (4.1) ──────────────────────────────┤
//!           └─ position ─ seeded noise ─────────────────────┘
//! ```
//!
//! [`SvcPipeline`] is that path for one segment, [`convert_file`] cuts a recording into segments, at its pauses for
//! So-VITS-SVC and at its quietest places for RVC ([`FileMethod`]), and [`SvcConverter`] runs it on a sliding window for
//! streaming. The bundle's kind is `so-vits` or `rvc`, its files have the roles `encoder` ([`ContentEncoder`]) and
//! `synthesizer` ([`Synthesizer`]), its parameters are [`SvcParameters`]. Which export a graph is, is recognised from its tensors: another dialect is another
//! [`Variant`] and [`Features`] laid out for it.

mod aligned_resampler;
mod auto_transpose;
mod calibrate;
mod content;
mod content_stream;
mod converter;
mod formants;
mod halved;
mod joiner;
mod led_windows;
mod level_meter;
mod listener;
mod loading;
mod noise;
mod opening;
mod parameters;
mod pipeline;
pub mod pitch;
mod pitch_log;
mod precision;
mod quantised;
mod rehearsal;
pub mod retrieval;
mod retrieved;
mod slicer;
mod slicer_config;
mod streamed;
mod synthesizer;
mod volume;
mod whole_file;
mod window;

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};

use syrinx_dsp::{SampleRate, Semitones};

pub use auto_transpose::auto_transpose;
pub use content::{CONTENT_RATE, Content, ContentEncoder, content_frames, doubled, mel2ph};
pub use converter::SvcConverter;
pub use halved::Fp16Parameters;
pub use noise::{FrameNoise, NOISE_CHANNELS};
pub use parameters::{SvcParameters, UnitInterpolate, Unvoiced};
pub use pipeline::{Controls, PipelineConfig, Segment, SvcPipeline};
pub use quantised::{Int8Parameters, NetworkPlan};
pub use slicer::{Piece, Slicer};
pub use slicer_config::SlicerConfig;
pub use streamed::{PreparedFiles, StreamParameters};
pub(crate) use streamed::{RandomFeeds, measure_streams};
pub(crate) use synthesizer::list;
pub use synthesizer::{Features, Place, Speaker, SpeakerForm, Synthesizer, Variant};
pub use volume::volume;
pub use whole_file::{FileMethod, FileSettings, PieceConfig, convert_file};

use crate::bundle::VoiceBundle;
use crate::calibration::Calibration;
use crate::converter::{Converter, ConverterSpec};
use crate::error::{ConvertError, LoadError};
use crate::graph::{EncoderShape, GraphError};
use crate::live_controls::LiveControls;
use crate::progress::Observer;
use crate::quality::Quality;
use crate::runtime::{Device, Runtime};
use crate::sample_io::{SampleSink, SampleSource};
use crate::settings::{ConvertSettings, StreamWish, Transpose};
use crate::voice::VoiceKind;
use loading::{config, prewarmed};
use streamed::PreparedSynthesizer;
use window::Window;

/// A loaded So-VITS-SVC voice.
pub struct SvcVoice {
    runtime: Runtime,
    bundle: Arc<VoiceBundle>,
    device: Device,
    parameters: SvcParameters,
    variant: Variant,
    rate: SampleRate,
    /// For whole files; a parted voice loads it with the first of them. Streams load their own networks. Behind a lock,
    /// because a voice is shared between threads.
    pipeline: Mutex<Option<SvcPipeline>>,
}

impl SvcVoice {
    /// Loads and prewarms the networks of `bundle` on `device`. Those of a parted voice are loaded by the first stream
    /// or file, which need them in different forms.
    ///
    /// # Errors
    /// If the parameters or a network do not fit the contract, or the device cannot serve.
    pub fn load(
        runtime: &Runtime,
        bundle: &Arc<VoiceBundle>,
        device: Device,
    ) -> Result<SvcVoice, LoadError> {
        let parameters: SvcParameters = bundle.parameters()?;
        parameters.check(bundle)?;
        let rate = config(bundle, &parameters)?.rate;
        let (variant, pipeline) = match &parameters.stream {
            Some(stream) => (synthesizer::recognise("synthesizer", &stream.inputs)?, None),
            None => {
                let pipeline = prewarmed(runtime, bundle, device, &parameters)?;
                (pipeline.synthesizer().variant(), Some(pipeline))
            }
        };
        Ok(SvcVoice {
            runtime: runtime.clone(),
            bundle: Arc::clone(bundle),
            device,
            parameters,
            variant,
            rate,
            pipeline: Mutex::new(pipeline),
        })
    }

    /// Which export the synthesizer is.
    pub fn variant(&self) -> Variant {
        self.variant
    }

    fn controls(&self, settings: &ConvertSettings) -> Result<Controls, ConvertError> {
        let speaker = self
            .bundle
            .speaker(settings.speaker.as_deref())
            .map_err(LoadError::Manifest)?;
        if settings.strength.is_some() {
            return Err(ConvertError::Load(LoadError::Unsupported(
                "strength: a So-VITS-SVC voice has only its own timbre; leave the setting away"
                    .to_owned(),
            )));
        }
        let transpose = match settings.transpose {
            Transpose::Auto => Semitones(0.0),
            Transpose::Fixed(interval) => interval,
        };
        ConvertError::check_range("transpose", transpose.0.into(), -24.0, 24.0)?;
        settings.check_shape()?;
        Ok(Controls {
            speaker: Speaker::One(speaker.id as usize),
            transpose,
            formant: settings.formant,
            intonation: settings.intonation,
            pitch: settings.pitch,
            seed: settings.seed,
        })
    }
}

impl VoiceKind for SvcVoice {
    fn output_rate(&self) -> SampleRate {
        self.rate
    }

    fn median_f0(&self, speaker: usize) -> Option<f32> {
        let speakers = &self.bundle.manifest().speakers;
        speakers
            .iter()
            .find(|known| known.id as usize == speaker)?
            .median_f0_hz
    }

    fn convert_file(
        &mut self,
        source: &mut dyn SampleSource,
        sink: &mut dyn SampleSink,
        settings: &ConvertSettings,
        observer: &mut dyn Observer,
    ) -> Result<(), ConvertError> {
        let controls = self.controls(settings)?;
        let kind = self.bundle.manifest().kind;
        let settings = FileSettings::of(kind, &self.parameters, controls);
        let runtime = self.for_files();
        let kept = self
            .pipeline
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        let pipeline = match kept {
            Some(pipeline) => pipeline,
            None => kept.insert(prewarmed(
                &runtime,
                &self.bundle,
                self.device,
                &self.parameters,
            )?),
        };
        convert_file(pipeline, source, sink, &settings, observer)
    }

    fn converter(
        &self,
        settings: &ConvertSettings,
        wish: StreamWish,
    ) -> Result<Box<dyn Converter>, ConvertError> {
        let window = match self.parameters.stream {
            Some(_) => Window::parted_usual().wished(wish)?,
            None => Window::USUAL.wished(wish)?,
        };
        let runtime = self.threaded(wish.threads);
        Ok(self.open_on(&runtime, settings, window)?.boxed())
    }

    fn live(
        &self,
        controls: &LiveControls,
        quality: Quality,
    ) -> Result<Box<dyn Converter>, ConvertError> {
        let settings = ConvertSettings {
            seed: controls.seed,
            ..ConvertSettings::default()
        };
        let window =
            Window::on_this_machine(&self.bundle, quality, self.parameters.stream.is_some());
        let mut converter = self
            .open_on(&self.threaded(None), &settings, window)?
            .boxed();
        converter.set_controls(controls);
        Ok(converter)
    }

    fn plan_int8(
        &self,
        recording: &[f32],
        observer: &mut dyn Observer,
    ) -> Result<Option<Int8Parameters>, ConvertError> {
        quantised::plan(self, recording, observer).map(Some)
    }

    fn plan_fp16(
        &self,
        recording: &[f32],
        observer: &mut dyn Observer,
    ) -> Result<Option<Fp16Parameters>, ConvertError> {
        halved::plan(self, recording, observer).map(Some)
    }

    fn calibrate(&self, observer: &mut dyn Observer) -> Result<Option<Calibration>, ConvertError> {
        calibrate::calibrate(self, calibrate::Effort::USUAL, observer).map(Some)
    }
}

/// See [`crate::Voice::spec_of`].
pub(crate) fn spec_of(bundle: &VoiceBundle, quality: Quality) -> Result<ConverterSpec, LoadError> {
    let manifest = bundle.manifest();
    let rate = SampleRate::new(manifest.rate)
        .ok_or_else(|| bundle.malformed("rate", &"expected a rate, found 0"))?;
    let parameters: SvcParameters = bundle.parameters()?;
    let parted = parameters.stream.is_some();
    let window = Window::on_this_machine(bundle, quality, parted);
    let hop = manifest.hop as usize;
    Ok(match parameters.stream {
        Some(_) => streamed::spec(rate, hop, window),
        None => converter::spec(rate, hop, window),
    })
}

/// Parts the content encoder in `onnx` for streams of a synthesizer, so that they hear each sample once: what the manifest
/// says of it. The parts are compared with the whole.
///
/// # Errors
/// If it is built in another way than HuBERT is; streams encode whole windows with it then.
pub(crate) fn part_encoder(
    onnx: &[u8],
    stream: &StreamParameters,
    runtime: &Runtime,
) -> Result<EncoderShape, GraphError> {
    let variant = synthesizer::recognise("synthesizer", &stream.inputs)?;
    content_stream::part(onnx, variant.content_dim, runtime)
}

/// Parts a synthesizer for streaming: its files and what the manifest says of them.
///
/// `name` is for messages, `rate` what it speaks at. It is cut before its generator, random nodes become inputs, and
/// its source is compared with the one that streams have.
///
/// # Errors
/// If the graph is none of the contracts', or built in a way that cannot be parted; such a voice is streamed in
/// whole windows.
pub fn prepare(
    name: &str,
    onnx: &[u8],
    rate: SampleRate,
    runtime: &Runtime,
) -> Result<PreparedFiles, GraphError> {
    let (inputs, _) = crate::graph::Graph::decode(name, onnx)?.specs()?;
    let variant = synthesizer::recognise(name, &inputs)?;
    let prepared = PreparedSynthesizer::new(name, onnx, variant, rate, runtime)?;
    Ok(PreparedFiles {
        head: prepared.head.read()?.encode(),
        generator: prepared.generator.read()?.encode(),
        stream: StreamParameters::of(&prepared, inputs),
    })
}
