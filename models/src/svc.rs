//! So-VITS-SVC voices: content features, F0, noise and a speaker to a voice.
//!
//! ```text
//! 44.1 kHz ─┬─ 16 kHz ─┬─ content encoder (ONNX) ─ mel2ph ──┐
//!           │          └─ F0 ─ gaps filled ─ transpose, uv ─┼─ synthesizer (ONNX) ── 44.1 kHz
//!           ├─ loudness (4.1) ──────────────────────────────┤
//!           └─ position ─ seeded noise ─────────────────────┘
//! ```
//!
//! [`SvcPipeline`] is that path for one segment, [`convert_file`] cuts a recording into segments at its pauses, and
//! [`SvcConverter`] runs it on a sliding window for streaming. The bundle's kind is `so-vits`, its files have
//! the roles `encoder` ([`ContentEncoder`]) and `synthesizer` ([`Synthesizer`]), its parameters are
//! [`SvcParameters`]. Which export a graph is, is recognised from its tensors: another dialect is another
//! [`Variant`] and [`Features`] laid out for it.

mod aligned_resampler;
mod auto_transpose;
mod content;
mod converter;
mod formants;
mod joiner;
mod level_meter;
mod listener;
mod noise;
mod parameters;
mod pipeline;
mod slicer;
mod slicer_config;
mod streamed;
mod synthesizer;
mod volume;
mod whole_file;
mod window;

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};

use syrinx_dsp::{SampleRate, Semitones};

pub use auto_transpose::auto_transpose;
pub use content::{CONTENT_RATE, Content, ContentEncoder, content_frames, mel2ph};
pub use converter::SvcConverter;
pub use noise::{FrameNoise, NOISE_CHANNELS};
pub use parameters::{SvcParameters, UnitInterpolate};
pub use pipeline::{Controls, PipelineConfig, Segment, SvcPipeline};
pub use slicer::{Piece, Slicer};
pub use slicer_config::SlicerConfig;
pub use synthesizer::{Features, Speaker, SpeakerForm, Synthesizer, Variant};
pub use volume::volume;
pub use whole_file::{FileSettings, convert_file};

use crate::bundle::VoiceBundle;
use crate::converter::{Converter, ConverterSpec};
use crate::error::{ConvertError, LoadError};
use crate::live_controls::LiveControls;
use crate::progress::Observer;
use crate::quality::Quality;
use crate::runtime::{Device, Runtime};
use crate::sample_io::{SampleSink, SampleSource};
use crate::settings::{ConvertSettings, Transpose};
use crate::voice::VoiceKind;
use window::Window;

/// A loaded So-VITS-SVC voice.
pub struct SvcVoice {
    runtime: Runtime,
    bundle: Arc<VoiceBundle>,
    device: Device,
    parameters: SvcParameters,
    variant: Variant,
    rate: SampleRate,
    /// For whole files. Streams load their own; behind a lock, because a voice is shared between threads.
    pipeline: Mutex<SvcPipeline>,
}

impl SvcVoice {
    /// Loads and prewarms both networks of `bundle` on `device`.
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
        let mut pipeline = pipeline(runtime, bundle, device, &parameters)?;
        prewarm(&mut pipeline, bundle)?;
        Ok(SvcVoice {
            runtime: runtime.clone(),
            bundle: Arc::clone(bundle),
            device,
            parameters,
            variant: pipeline.synthesizer().variant(),
            rate: pipeline.config().rate,
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
            seed: settings.seed,
        })
    }

    fn open_converter(
        &self,
        settings: &ConvertSettings,
        window: Window,
    ) -> Result<SvcConverter, ConvertError> {
        let controls = self.controls(settings)?;
        let pipeline = pipeline(&self.runtime, &self.bundle, self.device, &self.parameters)?;
        let speakers = self.bundle.manifest().speakers.iter();
        let speakers = speakers.map(|speaker| speaker.id).collect();
        let mut converter =
            SvcConverter::with_window(pipeline, controls, window).with_speakers(speakers);
        converter.prewarm()?;
        Ok(converter)
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
        let settings = FileSettings {
            controls,
            slicer: self.parameters.slicer.clone(),
        };
        let pipeline = self
            .pipeline
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        convert_file(pipeline, source, sink, &settings, observer)
    }

    fn converter(
        &self,
        settings: &ConvertSettings,
        chunk_ms: Option<f64>,
    ) -> Result<Box<dyn Converter>, ConvertError> {
        let window = Window::with_chunk(chunk_ms)?;
        Ok(Box::new(self.open_converter(settings, window)?))
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
        let mut converter = self.open_converter(&settings, Window::of(quality))?;
        converter.set_controls(controls);
        Ok(Box::new(converter))
    }
}

/// See [`crate::Voice::spec_of`].
pub(crate) fn spec_of(bundle: &VoiceBundle, quality: Quality) -> Result<ConverterSpec, LoadError> {
    let manifest = bundle.manifest();
    let rate = SampleRate::new(manifest.rate)
        .ok_or_else(|| bundle.malformed("rate", &"expected a rate, found 0"))?;
    Ok(converter::spec(
        rate,
        manifest.hop as usize,
        Window::of(quality),
    ))
}

/// Loads both networks of a bundle.
fn pipeline(
    runtime: &Runtime,
    bundle: &VoiceBundle,
    device: Device,
    parameters: &SvcParameters,
) -> Result<SvcPipeline, LoadError> {
    let load = |role| -> Result<_, LoadError> {
        Ok(Box::new(runtime.load_any(
            role,
            &bundle.file(role)?,
            device,
        )?))
    };
    let manifest = bundle.manifest();
    let rate = SampleRate::new(manifest.rate)
        .ok_or_else(|| bundle.malformed("rate", &"expected a rate, found 0"))?;
    let config = PipelineConfig {
        rate,
        hop: manifest.hop as usize,
        noise_scale: parameters.noise_scale,
    };
    let encoder = ContentEncoder::new("encoder", load("encoder")?)?;
    let synthesizer = Synthesizer::new("synthesizer", load("synthesizer")?, config.hop)?;
    if let SpeakerForm::Mix(count) = synthesizer.variant().speaker
        && let Some(beyond) = manifest
            .speakers
            .iter()
            .find(|speaker| speaker.id as usize >= count)
    {
        let reason = format!(
            "expected numbers below {count}, which the synthesizer knows, found {:?} ({})",
            beyond.name, beyond.id
        );
        return Err(bundle.malformed("speakers", &reason).into());
    }
    SvcPipeline::new(encoder, synthesizer, config)
}

/// Converts a second of silence, so that what does not run is found at load.
fn prewarm(pipeline: &mut SvcPipeline, bundle: &VoiceBundle) -> Result<(), LoadError> {
    let config = *pipeline.config();
    let silence = vec![0.0; (config.rate.hz() as usize).next_multiple_of(config.hop)];
    let speaker = Speaker::One(bundle.speaker(None)?.id as usize);
    let controls = Controls {
        speaker,
        ..Controls::default()
    };
    match pipeline.convert(&silence, 0, &controls) {
        Ok(_) => Ok(()),
        Err(source) => Err(LoadError::Prewarm {
            model: "so-vits".to_owned(),
            source,
        }),
    }
}
