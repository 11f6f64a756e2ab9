//! A loaded voice of any kind: what a program converts with.

use std::sync::Arc;

use syrinx_dsp::SampleRate;

use crate::bundle::VoiceBundle;
use crate::calibration::Calibration;
use crate::converter::{Converter, ConverterSpec};
use crate::error::{ConvertError, LoadError};
use crate::live_controls::LiveControls;
use crate::progress::Observer;
use crate::quality::Quality;
use crate::reserved_converter::ReservedConverter;
use crate::runtime::{Device, Reservation, Runtime, VramBudget};
use crate::sample_io::{SampleSink, SampleSource};
use crate::settings::{ConvertSettings, StreamWish};
use crate::source_filter::SourceFilterVoice;
use crate::svc::{Fp16Parameters, Int8Parameters, SvcVoice};
use crate::voice_memory::VoiceMemory;

/// What a kind of voice can do; [`Voice`] holds one.
pub(crate) trait VoiceKind: Send + Sync {
    /// The rate at which the voice itself speaks.
    fn output_rate(&self) -> SampleRate;

    /// The median F0 in Hz of a speaker, where the bundle states it: what [`Transpose::Auto`] aims at.
    ///
    /// [`Transpose::Auto`]: crate::settings::Transpose::Auto
    fn median_f0(&self, speaker: usize) -> Option<f32>;

    /// See [`Voice::convert_file`].
    fn convert_file(
        &mut self,
        source: &mut dyn SampleSource,
        sink: &mut dyn SampleSink,
        settings: &ConvertSettings,
        observer: &mut dyn Observer,
    ) -> Result<(), ConvertError>;

    /// See [`Voice::converter`].
    fn converter(
        &self,
        settings: &ConvertSettings,
        wish: StreamWish,
    ) -> Result<Box<dyn Converter>, ConvertError>;

    /// See [`Voice::live`].
    fn live(
        &self,
        controls: &LiveControls,
        quality: Quality,
    ) -> Result<Box<dyn Converter>, ConvertError>;

    /// See [`Voice::plan_int8`].
    fn plan_int8(
        &self,
        _recording: &[f32],
        _observer: &mut dyn Observer,
    ) -> Result<Option<Int8Parameters>, ConvertError> {
        Ok(None)
    }

    /// See [`Voice::plan_fp16`].
    fn plan_fp16(
        &self,
        _recording: &[f32],
        _observer: &mut dyn Observer,
    ) -> Result<Option<Fp16Parameters>, ConvertError> {
        Ok(None)
    }

    /// See [`Voice::calibrate`].
    fn calibrate(&self, _observer: &mut dyn Observer) -> Result<Option<Calibration>, ConvertError> {
        Ok(None)
    }
}

/// A loaded voice of any kind.
pub struct Voice {
    bundle: Arc<VoiceBundle>,
    kind: Box<dyn VoiceKind>,
    device: Device,
    vram: VramBudget,
    /// For whole files, from the first of them on.
    for_files: Option<Reservation>,
}

impl Voice {
    /// Loads the networks of `bundle` on `device`.
    ///
    /// On a GPU, files and streams reserve what [`VoiceMemory`] estimates from [`Runtime::vram`] before they load
    /// networks there, and give it back when they are dropped.
    ///
    /// # Errors
    /// If a network does not fit its contract, device or backend cannot serve, or the device's memory does not suffice.
    pub fn load(
        runtime: &Runtime,
        bundle: Arc<VoiceBundle>,
        device: Device,
    ) -> Result<Voice, LoadError> {
        use crate::bundle::VoiceKindName;
        let vram = runtime.vram().clone();
        // A voice in parts loads them with its first file or stream.
        let for_files = match bundle.has("generator") {
            true => None,
            false => Some(vram.reserve(device, VoiceMemory::of_files(&bundle).total())?),
        };
        let kind: Box<dyn VoiceKind> = match bundle.manifest().kind {
            VoiceKindName::SourceFilter => {
                Box::new(SourceFilterVoice::load(runtime, &bundle, device)?)
            }
            VoiceKindName::SoVits | VoiceKindName::Rvc => {
                Box::new(SvcVoice::load(runtime, &bundle, device)?)
            }
            kind @ (VoiceKindName::SourceFilterSpeech | VoiceKindName::Speech) => {
                return Err(cannot_convert(kind));
            }
        };
        Ok(Voice {
            bundle,
            kind,
            device,
            vram,
            for_files,
        })
    }

    /// The bundle that it came from.
    pub fn bundle(&self) -> &VoiceBundle {
        &self.bundle
    }

    /// The rate at which the voice itself speaks; output is resampled to the source's rate.
    pub fn output_rate(&self) -> SampleRate {
        self.kind.output_rate()
    }

    /// The median F0 in Hz of the chosen speaker, where the bundle states it.
    pub fn median_f0(&self, speaker: usize) -> Option<f32> {
        self.kind.median_f0(speaker)
    }

    /// Converts a whole recording: with full context, in memory that does not depend on its length. The sink
    /// gets exactly as many samples as the source has, at the source's rate.
    ///
    /// Gate and mix of the settings are applied. [`Transpose::Auto`] must have been resolved
    /// ([`crate::svc::auto_transpose`]); it counts as 0 here.
    ///
    /// [`Transpose::Auto`]: crate::settings::Transpose::Auto
    ///
    /// # Errors
    /// If source, sink or a network fails, a setting is out of range, the device's memory does not suffice, or the
    /// observer stops it.
    pub fn convert_file(
        &mut self,
        source: &mut dyn SampleSource,
        sink: &mut dyn SampleSink,
        settings: &ConvertSettings,
        observer: &mut dyn Observer,
    ) -> Result<(), ConvertError> {
        if self.for_files.is_none() {
            self.for_files = Some(self.reserve(VoiceMemory::of_files(&self.bundle))?);
        }
        let (mut gated, mut mixed) = crate::dry_path::around(source, sink, settings)?;
        self.kind
            .convert_file(&mut gated, &mut mixed, settings, observer)
    }

    /// A converter for [`crate::Stream`], its window as wished: `Some(ms)` is a chunk, a [`StreamWish`] says more.
    ///
    /// # Errors
    /// If a setting is out of range, the device's memory does not suffice, or the networks cannot be loaded.
    pub fn converter(
        &self,
        settings: &ConvertSettings,
        wish: impl Into<StreamWish>,
    ) -> Result<Box<dyn Converter>, ConvertError> {
        let wish = wish.into();
        let memory = self.reserve(VoiceMemory::of_wish(&self.bundle, wish))?;
        let converter = self.kind.converter(settings, wish)?;
        Ok(ReservedConverter::boxed(converter, memory))
    }

    /// A converter for [`crate::Stream`] whose controls can change while it runs.
    ///
    /// # Errors
    /// If the device's memory does not suffice, or the networks cannot be shared or loaded.
    pub fn live(
        &self,
        controls: &LiveControls,
        quality: Quality,
    ) -> Result<Box<dyn Converter>, ConvertError> {
        let spec = Voice::spec_of(&self.bundle, quality)?;
        let memory = self.reserve(VoiceMemory::of_stream(&self.bundle, &spec))?;
        let converter = self.kind.live(controls, quality)?;
        Ok(ReservedConverter::boxed(converter, memory))
    }

    fn reserve(&self, memory: VoiceMemory) -> Result<Reservation, LoadError> {
        self.vram.reserve(self.device, memory.total())
    }

    /// Plans which layers compute with eight bits, on a recording at [`Voice::output_rate`] of at least eight seconds, and
    /// measures what that costs in sound; takes some minutes for a full-size voice. `None` for kinds that have no use
    /// for it. What it gives belongs into the manifest under `parameters`, `int8`.
    ///
    /// # Errors
    /// If the voice is not parted, there is too little of a recording, a network fails or the observer stops it.
    pub fn plan_int8(
        &self,
        recording: &[f32],
        observer: &mut dyn Observer,
    ) -> Result<Option<Int8Parameters>, ConvertError> {
        self.kind.plan_int8(recording, observer)
    }

    /// Plans what stays f32 when the voice computes with sixteen bits on a GPU, as [`Voice::plan_int8`] does for eight. What
    /// it gives belongs into the manifest under `parameters`, `fp16`.
    ///
    /// # Errors
    /// As [`Voice::plan_int8`].
    pub fn plan_fp16(
        &self,
        recording: &[f32],
        observer: &mut dyn Observer,
    ) -> Result<Option<Fp16Parameters>, ConvertError> {
        self.kind.plan_fp16(recording, observer)
    }

    /// Measures on this machine, for each quality, the shortest chunk and for it the longest context that hold their
    /// deadline, and how many threads are worth having. Takes some minutes; progress counts qualities. `None` for
    /// voices whose window is fixed and small. [`Calibration::keep`] keeps it; live streams of later processes then use
    /// it.
    ///
    /// # Errors
    /// If the voice cannot be streamed or the observer stops it.
    pub fn calibrate(
        &self,
        observer: &mut dyn Observer,
    ) -> Result<Option<Calibration>, ConvertError> {
        let _memory = self.reserve(VoiceMemory::of_wish(&self.bundle, StreamWish::default()))?;
        self.kind.calibrate(observer)
    }

    /// The very specification that the converter of [`Voice::live`] will have, from the manifest alone: no network
    /// is loaded.
    ///
    /// # Errors
    /// If the manifest's numbers do not fit together.
    pub fn spec_of(bundle: &VoiceBundle, quality: Quality) -> Result<ConverterSpec, LoadError> {
        use crate::bundle::VoiceKindName;
        match bundle.manifest().kind {
            VoiceKindName::SourceFilter => crate::source_filter::spec_of(bundle, quality),
            VoiceKindName::SoVits | VoiceKindName::Rvc => crate::svc::spec_of(bundle, quality),
            kind @ (VoiceKindName::SourceFilterSpeech | VoiceKindName::Speech) => {
                Err(cannot_convert(kind))
            }
        }
    }
}

/// Why a voice that speaks text converts nothing.
fn cannot_convert(kind: crate::bundle::VoiceKindName) -> LoadError {
    LoadError::Unsupported(format!(
        "expected a voice that converts recordings, found one of the kind {kind}, which speaks text"
    ))
}
