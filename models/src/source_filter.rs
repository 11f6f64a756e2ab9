//! Streaming source-filter voices: phones and F0 to spectral envelopes, envelopes to sound.
//!
//! The path of a frame (10 ms), all of it causal or with a small fixed lookahead:
//!
//! ```text
//! 16 kHz ─┬─ log-mel ── encoder (ONNX, lookahead) ── phones ──┐
//!         ├─ F0 tracker ── transpose, target ───── F0, voiced ┼─ decoder (ONNX) ── envelopes ─┐
//!         └─ source envelope ── warp, mean match ─────────────────────────── blend (strength) ┼─ pulse + noise ── 32 kHz
//! ```
//!
//! *Strength* is the share of the decoder's envelope against the source's own, warped one.

mod analysis;
mod blend;
mod converter;
mod led_pitch;
mod networks;
mod parameters;

use std::sync::{Arc, Mutex, PoisonError};

use syrinx_dsp::{SampleRate, Semitones};

pub use analysis::{Analysis, SourceFrame};
pub use blend::{BlendConfig, EnvelopeBlend};
pub use converter::SourceFilterConverter;
pub use networks::Networks;
pub use parameters::{SourceFilterParameters, SpeakerNumbers};

use crate::bundle::VoiceBundle;
use crate::converter::{Converter, ConverterSpec};
use crate::error::{ConvertError, LoadError};
use crate::live_controls::LiveControls;
use crate::progress::Observer;
use crate::quality::Quality;
use crate::runtime::{Device, Runtime};
use crate::sample_io::{SampleSink, SampleSource};
use crate::settings::{ConvertSettings, StreamWish, Transpose};
use crate::stream::{Stream, StreamConfig};
use crate::voice::VoiceKind;

/// Samples that the whole-file path hands to the stream at once.
const FILE_BLOCK: usize = 4096;

/// A loaded source-filter voice.
pub struct SourceFilterVoice {
    bundle: Arc<VoiceBundle>,
    parameters: SourceFilterParameters,
    /// What every converter shares; it runs nothing itself. Locked only while a converter is made.
    loaded: Mutex<Networks>,
}

impl SourceFilterVoice {
    /// Loads and prewarms both networks of `bundle` on `device`.
    ///
    /// # Errors
    /// If the parameters or a network do not fit the contract, or the device cannot serve.
    pub fn load(
        runtime: &Runtime,
        bundle: &Arc<VoiceBundle>,
        device: Device,
    ) -> Result<SourceFilterVoice, LoadError> {
        let parameters: SourceFilterParameters = bundle.parameters()?;
        parameters.check(bundle)?;
        let networks = Networks::load(runtime, bundle, device, &parameters)?;
        Ok(SourceFilterVoice {
            bundle: Arc::clone(bundle),
            parameters,
            loaded: Mutex::new(networks),
        })
    }

    fn networks(&self) -> Result<Networks, LoadError> {
        let loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        loaded.share(&self.bundle)
    }

    fn open_converter(
        &self,
        settings: &ConvertSettings,
        chunk_ms: Option<f64>,
    ) -> Result<SourceFilterConverter, ConvertError> {
        let speaker = self
            .bundle
            .speaker(settings.speaker.as_deref())
            .map_err(LoadError::from)?;
        let speaker = speaker.id as usize;
        let strength = settings
            .strength
            .unwrap_or(self.parameters.default_strength);
        ConvertError::check_range("strength", strength.into(), 0.0, 1.0)?;
        let transpose = match settings.transpose {
            Transpose::Auto => Semitones(0.0),
            Transpose::Fixed(transpose) => transpose,
        };
        ConvertError::check_range("transpose", transpose.0.into(), -24.0, 24.0)?;
        settings.check_shape()?;
        let hops = chunk_ms.map_or(1, |ms| (ms / 10.0).round().max(1.0) as usize);
        ConvertError::check_range("chunk", hops as f64 * 10.0, 10.0, 1000.0)?;
        let settings = converter::SourceFilterSettings {
            speaker,
            strength,
            transpose,
            formant: settings.formant,
            intonation: settings.intonation,
            pitch: settings.pitch,
            hops_per_chunk: hops,
            seed: settings.seed,
        };
        Ok(SourceFilterConverter::new(
            self.networks()?,
            &self.parameters,
            settings,
        )?)
    }
}

impl VoiceKind for SourceFilterVoice {
    fn output_rate(&self) -> SampleRate {
        converter::OUTPUT_RATE
    }

    fn median_f0(&self, speaker: usize) -> Option<f32> {
        self.parameters
            .speakers
            .get(speaker)
            .map(|numbers| numbers.log_f0_mean.exp())
    }

    /// A streaming voice has no better path than its stream: its context is its state, and nothing of it is
    /// lost. Only the latency is taken off.
    fn convert_file(
        &mut self,
        source: &mut dyn SampleSource,
        sink: &mut dyn SampleSink,
        settings: &ConvertSettings,
        observer: &mut dyn Observer,
    ) -> Result<(), ConvertError> {
        let converter = self.open_converter(settings, None)?;
        let config = StreamConfig::new(source.rate(), FILE_BLOCK);
        let mut stream = Stream::new(converter, config)?;
        stream.run_file(source, sink, &[FILE_BLOCK], observer)
    }

    fn converter(
        &self,
        settings: &ConvertSettings,
        wish: StreamWish,
    ) -> Result<Box<dyn Converter>, ConvertError> {
        let own = [
            ("context", wish.context_ms),
            ("lookahead", wish.lookahead_ms),
        ];
        if let Some((name, Some(ms))) = own.into_iter().find(|(_, ms)| ms.is_some()) {
            return Err(ConvertError::Setting {
                name,
                expected: "none: this voice remembers what it heard and has its own".to_owned(),
                found: format!("{ms} ms"),
            });
        }
        Ok(Box::new(self.open_converter(settings, wish.chunk_ms)?))
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
        let hops = hops_per_chunk(quality);
        let mut converter = self.open_converter(&settings, Some(10.0 * hops as f64))?;
        converter.set_controls(controls);
        Ok(Box::new(converter))
    }
}

/// Chunks of the voice's one frame where latency comes first; longer ones only give the machine more time at once,
/// since the voice sounds the same in all of them.
fn hops_per_chunk(quality: Quality) -> usize {
    match quality {
        Quality::LowestLatency | Quality::LowLatency => 1,
        Quality::Balanced => 2,
        Quality::Best => 4,
    }
}

/// See [`crate::Voice::spec_of`].
pub(crate) fn spec_of(bundle: &VoiceBundle, quality: Quality) -> Result<ConverterSpec, LoadError> {
    let parameters: SourceFilterParameters = bundle.parameters()?;
    parameters.check(bundle)?;
    Ok(converter::spec(&parameters, hops_per_chunk(quality)))
}
