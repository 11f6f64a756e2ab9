//! The speech that is built in, for what is measured where the user has no recording at hand.

use std::io::Cursor;

use syrinx_dsp::SampleRate;
use syrinx_models::import::Speech;

use crate::error::CliError;

/// Speech of our own synthesis, 12 s.
const SPEECH: &[u8] = include_bytes!("../../../demo/speech.wav");

/// The built-in speech.
///
/// # Errors
/// If the program is damaged.
pub fn own_speech() -> Result<Speech, CliError> {
    let failed = |error: hound::Error| CliError::other("built-in speech", error);
    let reader = hound::WavReader::new(Cursor::new(SPEECH)).map_err(failed)?;
    let rate = SampleRate::of(reader.spec().sample_rate);
    let samples = reader
        .into_samples::<i16>()
        .map(|sample| sample.map(|sample| f32::from(sample) / 32_768.0));
    Ok(Speech {
        samples: samples.collect::<Result<_, _>>().map_err(failed)?,
        rate,
    })
}
