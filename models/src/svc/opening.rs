//! Opens the streams of a So-VITS-SVC voice.

use super::SvcVoice;
use super::content_stream::{ContentStream, PartedEncoder};
use super::converter::SvcConverter;
use super::listener::Hearing;
use super::loading::{config, ears, encoder, graph_error, pipeline};
use super::precision::Precisions;
use super::streamed::{Parts, StreamParameters, StreamedConverter};
use super::window::Window;
use crate::calibration::Calibration;
use crate::converter::Converter;
use crate::error::{ConvertError, LoadError};
use crate::runtime::Runtime;
use crate::settings::ConvertSettings;

impl SvcVoice {
    fn open_converter(
        &self,
        runtime: &Runtime,
        settings: &ConvertSettings,
        window: Window,
    ) -> Result<SvcConverter, ConvertError> {
        let controls = self.controls(settings)?;
        let pipeline = pipeline(runtime, &self.bundle, self.device, &self.parameters)?;
        let speakers = self.bundle.manifest().speakers.iter();
        let speakers = speakers.map(|speaker| speaker.id).collect();
        let mut converter =
            SvcConverter::with_window(pipeline, controls, window).with_speakers(speakers);
        converter.prewarm()?;
        Ok(converter)
    }

    /// What a stream hears content through: the encoder in parts where an import parted it.
    fn hearing(&self, runtime: &Runtime, stream: &StreamParameters) -> Result<Hearing, LoadError> {
        let (bundle, device, parameters) = (&self.bundle, self.device, &self.parameters);
        let precisions = Precisions::of(parameters);
        let Some(shape) = &stream.encoder else {
            let encoder = encoder(
                runtime,
                bundle,
                device,
                parameters,
                self.variant,
                &precisions,
            )?;
            return Ok(encoder.into());
        };
        let parted = PartedEncoder {
            bundle,
            shape,
            wanted: (
                parameters.content_output.as_deref(),
                self.variant.content_dim,
            ),
            precision: precisions.encoder(runtime, device),
        };
        let stream = ContentStream::load(&parted, self.rate, runtime, device);
        let stream = stream.map_err(|error| graph_error(bundle, error))?;
        Ok(Hearing::Stream(Box::new(stream)))
    }

    /// A stream of the parted synthesizer.
    fn open_streamed(
        &self,
        runtime: &Runtime,
        stream: &StreamParameters,
        settings: &ConvertSettings,
        window: Window,
    ) -> Result<StreamedConverter, ConvertError> {
        let speakers = self.bundle.manifest().speakers.iter();
        let prepared = stream.assemble(&self.bundle, Precisions::of(&self.parameters))?;
        let parts = Parts {
            prepared: &prepared,
            variant: self.variant,
            hearing: self.hearing(runtime, stream)?,
            ears: ears(
                runtime,
                &self.bundle,
                self.device,
                &self.parameters,
                self.variant,
            )?,
            config: config(&self.bundle, &self.parameters)?,
            controls: self.controls(settings)?,
            speakers: speakers.map(|speaker| speaker.id).collect(),
        };
        StreamedConverter::new(parts, window, runtime, self.device)
            .map_err(|error| ConvertError::Load(graph_error(&self.bundle, error)))
    }

    /// The runtime for whole files, which nobody waits for with a host beside: all cores.
    pub(super) fn for_files(&self) -> Runtime {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        self.runtime.with_threads(cores.max(self.runtime.threads()))
    }

    /// The runtime with as many threads as are wished, or calibration found best.
    pub(super) fn threaded(&self, wished: Option<usize>) -> Runtime {
        let found = || Calibration::of(self.bundle.hash()).map(|found| found.threads);
        match wished.or_else(found) {
            Some(threads) => self.runtime.with_threads(threads),
            None => self.runtime.clone(),
        }
    }

    /// A stream with `window`, on the threads of `runtime`.
    pub(super) fn open_on(
        &self,
        runtime: &Runtime,
        settings: &ConvertSettings,
        window: Window,
    ) -> Result<AnyConverter, ConvertError> {
        match &self.parameters.stream {
            Some(stream) => {
                let converter = self.open_streamed(runtime, stream, settings, window)?;
                Ok(AnyConverter::Streamed(Box::new(converter)))
            }
            None => {
                let converter = self.open_converter(runtime, settings, window)?;
                Ok(AnyConverter::Windowed(Box::new(converter)))
            }
        }
    }
}

/// A converter of either method.
pub(super) enum AnyConverter {
    /// With a generator that remembers.
    Streamed(Box<StreamedConverter>),
    /// In whole windows.
    Windowed(Box<SvcConverter>),
}

impl AnyConverter {
    pub(super) fn boxed(self) -> Box<dyn Converter> {
        match self {
            AnyConverter::Streamed(converter) => converter,
            AnyConverter::Windowed(converter) => converter,
        }
    }
}
