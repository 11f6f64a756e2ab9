//! Measures what the streams of an imported voice cost in sound, and writes it into the voice.

use std::path::Path;
use std::sync::Arc;

use serde_json::json;
use syrinx_dsp::{SampleRate, resample_all};

use super::error::ImportError;
use super::request::{ImportObserver, Speech};
use super::write;
use crate::bundle::{StreamError, VoiceBundle, VoiceKindName};
use crate::error::ConvertError;
use crate::progress::Observer;
use crate::quality::Quality;
use crate::runtime::{Device, Runtime};
use crate::svc::{SvcVoice, measure_streams};

/// Seconds of speech that are heard: some words. A full-size voice speaks them five times, which takes a processor ten
/// seconds.
const SECONDS: usize = 2;

/// Measures the streams of the voice in `folder`, if it is parted and there is speech to measure them on.
///
/// # Errors
/// If a network fails, or the observer stops it.
pub(super) fn measure(
    folder: &Path,
    speech: Option<&Speech>,
    (runtime, device): (&Runtime, Device),
    observer: &mut dyn ImportObserver,
) -> Result<Vec<StreamError>, ImportError> {
    let bundle = Arc::new(VoiceBundle::open(folder)?);
    let is_svc = bundle.manifest().kind != VoiceKindName::SourceFilter;
    let Some(speech) = speech.filter(|_| is_svc) else {
        return Ok(Vec::new());
    };
    let rate = SampleRate::of(bundle.manifest().rate);
    let length = speech
        .samples
        .len()
        .min(SECONDS * speech.rate.hz() as usize);
    let recording = resample_all(&speech.samples[..length], speech.rate, rate);
    let recording = recording.map_err(|error| ConvertError::Resample {
        from: speech.rate,
        to: rate,
        reason: error.to_string(),
    })?;
    observer.stage("measuring streams", Some(Quality::ALL.len() as u64));
    let voice = SvcVoice::load(runtime, &bundle, device).map_err(ConvertError::Load)?;
    let streams = match measure_streams(&voice, &recording, &mut Watched(observer)) {
        Err(ConvertError::Cancelled) => return Err(ImportError::Stopped),
        other => other?,
    };
    if !streams.is_empty() {
        write::add(folder, "streams", json!(streams))?;
        // What was written is what will be read.
        VoiceBundle::open(folder)?;
    }
    Ok(streams)
}

/// Passes on what is done, and whether to stop.
struct Watched<'a>(&'a mut dyn ImportObserver);

impl Observer for Watched<'_> {
    fn progress(&mut self, done: u64) {
        self.0.progress(done);
    }

    fn cancelled(&self) -> bool {
        self.0.cancelled()
    }
}
