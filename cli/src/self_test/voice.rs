//! The step in which the voice inside the program converts the phrase.

use std::sync::Arc;
use std::time::Instant;

use serde::Serialize;
use syrinx_dsp::Semitones;
use syrinx_models::{ConvertSettings, Device, Runtime, SliceSource, Transpose, VecSink, Voice};

use super::report::{Facts, Finding, State};
use super::sound::Sound;
use super::speech::{Phrase, no_backend};
use crate::error::CliError;
use crate::progress::Progress;
use crate::voices::find::{self, DEFAULT_VOICE};

/// How far the phrase is transposed: enough to be no accident.
const ASKED: Semitones = Semitones(3.0);

/// How far off the pitch may be. The networks and the tracker agree on it within a few cents.
const TOLERANCE: f32 = 0.5;

/// What is told of the converted phrase.
#[derive(Debug, Serialize)]
pub(super) struct VoiceFacts {
    #[serde(flatten)]
    sound: Sound,
    asked_semitones: f32,
    heard_semitones: f32,
    /// Seconds of computing for a second of sound, the voice open.
    real_time_factor: f64,
}

/// Converts the phrase as a file, and hears whether it became what it should. Gives the voice.
///
/// # Errors
/// If there is no backend or no phrase, the voice cannot be loaded or fails, or what it gives is no voice, of another
/// length or at another pitch.
pub(super) fn step(
    runtime: Option<&Runtime>,
    phrase: Option<&Phrase>,
    progress: &mut Progress,
) -> Result<(Finding, Voice), CliError> {
    let runtime = runtime.ok_or_else(no_backend)?;
    let bundle = Arc::new(find::open(DEFAULT_VOICE)?);
    let voice = Voice::load(runtime, bundle, Device::Cpu);
    let mut voice = voice.map_err(CliError::load(DEFAULT_VOICE))?;
    let phrase = phrase.ok_or_else(no_phrase)?;
    let settings = ConvertSettings {
        transpose: Transpose::Fixed(ASKED),
        ..ConvertSettings::default()
    };
    let mut source = SliceSource::new(&phrase.samples, phrase.rate);
    let mut sink = VecSink::default();
    let started = Instant::now();
    voice
        .convert_file(&mut source, &mut sink, &settings, progress)
        .map_err(|error| CliError::other(format_args!("voice {DEFAULT_VOICE}"), error))?;
    let took = started.elapsed().as_secs_f64();
    let (sound, heard) = judge(&sink.samples, phrase)?;
    let real_time_factor = took / sound.seconds;
    let says = format!(
        "the default voice converted it: {:.0} Hz, {:+.1} semitones where {:+.0} were asked for, {:.1} dB, real-time \
         factor {real_time_factor:.3}",
        sound.f0_hz, heard.0, ASKED.0, sound.level_db
    );
    let facts = VoiceFacts {
        sound,
        asked_semitones: ASKED.0,
        heard_semitones: heard.0,
        real_time_factor,
    };
    Ok((Finding::new(State::Works, says, Facts::Voice(facts)), voice))
}

/// The sound, and how much higher it is than the phrase.
fn judge(samples: &[f32], phrase: &Phrase) -> Result<(Sound, Semitones), CliError> {
    let subject = "the converted phrase";
    if samples.len() != phrase.samples.len() {
        return Err(CliError::other(
            subject,
            format_args!(
                "expected {} samples, found {}",
                phrase.samples.len(),
                samples.len()
            ),
        ));
    }
    let sound = Sound::of(samples, phrase.rate)?;
    match sound.above(&phrase.sound) {
        Some(heard) if (heard.0 - ASKED.0).abs() <= TOLERANCE => Ok((sound, heard)),
        heard => {
            let found = heard.map_or("no pitch".to_owned(), |heard| format!("{:+.2}", heard.0));
            Err(CliError::other(
                subject,
                format_args!("expected {:+.1} semitones, found {found}", ASKED.0),
            ))
        }
    }
}

/// What the steps say that need the phrase where there is none.
pub(super) fn no_phrase() -> CliError {
    CliError::other("not tried", "there is no phrase to convert")
}

#[cfg(test)]
mod tests {
    use syrinx_dsp::SampleRate;

    use super::*;

    const RATE: SampleRate = SampleRate::of(16_000);

    fn tone(hz: f32) -> Vec<f32> {
        let sample = |n: usize| {
            let phase = (hz * n as f32 / 16_000.0).fract() * std::f32::consts::TAU;
            0.2 * (phase.sin() + (2.0 * phase).sin())
        };
        (0..16_000).map(sample).collect()
    }

    #[test]
    fn another_pitch_or_length_is_told() {
        let samples = tone(150.0);
        let sound = Sound::of(&samples, RATE).unwrap();
        let phrase = Phrase {
            samples,
            rate: RATE,
            sound,
        };
        let right = tone(150.0 * ASKED.to_ratio());
        let (_, heard) = judge(&right, &phrase).unwrap();
        assert!((heard.0 - ASKED.0).abs() < 0.1, "{heard:?}");
        for (samples, says) in [
            (&right[1..], "expected 16000 samples, found 15999"),
            (&phrase.samples[..], "expected +3.0 semitones, found"),
            (&tone(150.0 * Semitones(4.0).to_ratio())[..], "found +"),
        ] {
            let error = judge(samples, &phrase).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
