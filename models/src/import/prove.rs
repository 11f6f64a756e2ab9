//! Lets an imported voice speak before it is kept, as a recording and as a stream.

use std::path::Path;
use std::sync::Arc;

use syrinx_dsp::{SampleRate, Semitones};

use super::error::ImportError;
use super::request::ImportObserver;
use crate::bundle::VoiceBundle;
use crate::error::ConvertError;
use crate::live_controls::LiveControls;
use crate::progress::Observer;
use crate::quality::Quality;
use crate::runtime::{Device, Runtime};
use crate::sample_io::{SliceSource, VecSink};
use crate::settings::{ConvertSettings, Transpose};
use crate::voice::Voice;

/// A tone in the middle of what voices speak at: every tracker finds it.
const TONE_HZ: f32 = 150.0;

/// Lets the voice in `folder` speak a second of a tone through the path of whole files, a tenth of one as its last speaker,
/// and one chunk through that of streams: each runs, and gives finite audio of the length that is due. `mute` are the
/// numbers of speakers who cannot be chosen.
///
/// # Errors
/// If it does not; the message says why.
pub(super) fn prove(
    folder: &Path,
    mute: &[u32],
    (runtime, device): (&Runtime, Device),
    observer: &mut dyn ImportObserver,
) -> Result<(), ImportError> {
    let bundle = Arc::new(VoiceBundle::open(folder)?);
    let rate = SampleRate::of(bundle.manifest().rate);
    let last = last_speaker(&bundle, mute);
    observer.stage("loading", None);
    let mut voice =
        Voice::load(runtime, Arc::clone(&bundle), device).map_err(ConvertError::Load)?;
    observer.stage("speaking", None);
    let one_second = tone(rate, rate.hz() as usize);
    speak(&mut voice, &one_second, None, observer)?;
    if let Some(last) = last {
        speak(
            &mut voice,
            &one_second[..one_second.len() / 10],
            Some(last),
            observer,
        )?;
    }
    observer.stage("streaming", None);
    stream(&voice)?;
    Ok(())
}

/// The speaker of the highest number, which a network may not know; `None` where that is the one who speaks anyway.
fn last_speaker(bundle: &VoiceBundle, mute: &[u32]) -> Option<String> {
    let others = bundle.manifest().speakers.iter().skip(1);
    let last = others
        .filter(|speaker| !mute.contains(&speaker.id))
        .max_by_key(|speaker| speaker.id);
    last.map(|speaker| speaker.name.clone())
}

fn tone(rate: SampleRate, samples: usize) -> Vec<f32> {
    let step = TONE_HZ * std::f32::consts::TAU / rate.hz() as f32;
    (0..samples)
        .map(|n| 0.3 * (step * n as f32).sin())
        .collect()
}

fn speak(
    voice: &mut Voice,
    heard: &[f32],
    speaker: Option<String>,
    observer: &dyn ImportObserver,
) -> Result<(), ImportError> {
    let mut source = SliceSource::new(heard, voice.output_rate());
    let mut sink = VecSink::default();
    let settings = ConvertSettings {
        transpose: Transpose::Fixed(Semitones(0.0)),
        speaker,
        ..ConvertSettings::default()
    };
    let outcome = voice.convert_file(&mut source, &mut sink, &settings, &mut Asked(observer));
    match outcome {
        Err(ConvertError::Cancelled) => return Err(ImportError::Stopped),
        other => other?,
    }
    check(&sink.samples, heard.len())
}

fn stream(voice: &Voice) -> Result<(), ImportError> {
    let mut converter = voice.live(&LiveControls::default(), Quality::LowestLatency)?;
    let spec = converter.spec().clone();
    let heard = tone(spec.input_rate, spec.input_len());
    let mut spoken = vec![f32::NAN; spec.output_len()];
    converter
        .convert(&heard, &mut spoken)
        .map_err(ConvertError::Run)?;
    check(&spoken, spec.output_len())
}

/// What was spoken is of the length that is due, and audio.
fn check(spoken: &[f32], due: usize) -> Result<(), ImportError> {
    let odd = |found: String| ImportError::Spoke {
        expected: format!("{due} samples"),
        found,
    };
    if spoken.len() != due {
        return Err(odd(format!("{}", spoken.len())));
    }
    match spoken.iter().position(|sample| !sample.is_finite()) {
        Some(at) => Err(odd(format!("{} at sample {at}", spoken[at]))),
        None => Ok(()),
    }
}

/// Passes on whether to stop.
struct Asked<'a>(&'a dyn ImportObserver);

impl Observer for Asked<'_> {
    fn progress(&mut self, _done: u64) {}

    fn cancelled(&self) -> bool {
        self.0.cancelled()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_short_or_no_number_is_no_audio() {
        assert!(check(&[0.0, 1.0], 2).is_ok());
        for (spoken, says) in [
            (&[0.0][..], "expected 2 samples of audio, found 1"),
            (&[0.0; 3], "found 3"),
            (&[0.0, f32::NAN], "found NaN at sample 1"),
        ] {
            let said = check(spoken, 2).unwrap_err().to_string();
            assert!(said.contains(says), "{said}");
        }
    }
}
