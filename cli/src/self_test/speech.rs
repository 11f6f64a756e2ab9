//! The step in which the voice inside the program speaks a phrase.

use std::time::Instant;

use serde::Serialize;
use syrinx_dsp::SampleRate;
use syrinx_models::speech::text::{FrontEnd, Language, Script};
use syrinx_models::speech::{FoundVoice, SpeechSettings, TtsPipeline};
use syrinx_models::{Device, Observer, Runtime};

use super::report::{Facts, Finding, State};
use super::sound::Sound;
use crate::error::CliError;
use crate::progress::Progress;
use crate::voices::find::DEFAULT_SPEECH;

/// What is spoken: every vowel, and some seconds.
const PHRASE: &str =
    "The boy heard how the old bird sang more loudly, and then they all saw you go by the pier.";

/// How long it may take to say it, in seconds: from hasty to drawling.
const SECONDS: std::ops::RangeInclusive<f64> = 3.0..=12.0;

/// What was spoken.
pub(super) struct Phrase {
    pub(super) samples: Vec<f32>,
    pub(super) rate: SampleRate,
    pub(super) sound: Sound,
}

/// What is told of it.
#[derive(Debug, Serialize)]
pub(super) struct SpeechFacts {
    #[serde(flatten)]
    sound: Sound,
    /// Seconds of computing for a second of speech, the voice open.
    real_time_factor: f64,
}

/// Speaks the phrase, and hears whether it is a voice.
///
/// # Errors
/// If there is no backend, the voice cannot be loaded or fails, or what it gives is no voice.
pub(super) fn step(
    runtime: Option<&Runtime>,
    progress: &mut Progress,
) -> Result<(Finding, Phrase), CliError> {
    let runtime = runtime.ok_or_else(no_backend)?;
    let failed = CliError::speech(DEFAULT_SPEECH);
    let voice = FoundVoice::built_in().map_err(&failed)?;
    let voice = voice.load(runtime, Device::Cpu).map_err(&failed)?;
    let pipeline = TtsPipeline::new(voice, SpeechSettings::default(), 0);
    let mut pipeline = pipeline.map_err(&failed)?;
    let rate = pipeline.spec().rate;
    let started = Instant::now();
    let samples = speak(&mut pipeline, progress)?;
    let took = started.elapsed().as_secs_f64();
    let sound = Sound::of(&samples, rate)?;
    if !SECONDS.contains(&sound.seconds) {
        return Err(CliError::other(
            "the phrase",
            format_args!(
                "expected {} to {} s, found {:.1} s",
                SECONDS.start(),
                SECONDS.end(),
                sound.seconds
            ),
        ));
    }
    let real_time_factor = took / sound.seconds;
    let says = format!(
        "the voice that speaks said a phrase: {:.1} s, {:.0} Hz, {:.1} dB, real-time factor {real_time_factor:.3}",
        sound.seconds, sound.f0_hz, sound.level_db
    );
    let facts = SpeechFacts {
        sound: sound.clone(),
        real_time_factor,
    };
    let phrase = Phrase {
        samples,
        rate,
        sound,
    };
    Ok((
        Finding::new(State::Works, says, Facts::Speech(facts)),
        phrase,
    ))
}

fn speak(pipeline: &mut TtsPipeline, progress: &mut Progress) -> Result<Vec<f32>, CliError> {
    let script = Script::new(PHRASE);
    let script = script.map_err(|error| CliError::other("the phrase", error))?;
    let segments = FrontEnd::new(Language::English).segments(&script);
    let segments = segments.map_err(|error| CliError::other("the phrase", error))?;
    let cancel = pipeline.cancel_flag();
    let mut samples = Vec::new();
    for chunk in pipeline.speak(segments) {
        samples.extend(chunk.map_err(CliError::speech(DEFAULT_SPEECH))?.samples);
        progress.progress(samples.len() as u64);
        if progress.cancelled() {
            cancel.cancel();
        }
    }
    Ok(samples)
}

/// What the steps say that need a backend where there is none.
pub(super) fn no_backend() -> CliError {
    CliError::other("not tried", "there is no backend to run it on")
}
