//! Measures what the window of each quality costs in sound, against the recording heard as a whole.

use syrinx_dsp::{Samples, Semitones};

use super::converter::spec;
use super::speaker::{CutSpeaker, Span};
use crate::bundle::StreamError;
use crate::converter::ConverterSpec;
use crate::error::{ConvertError, LoadError, RunError};
use crate::graph::{GraphError, VariantError};
use crate::progress::Observer;
use crate::quality::Quality;
use crate::runtime::Runtime;
use crate::svc::listener::{Listener, Melody};
use crate::svc::loading::{config, ears, encoder};
use crate::svc::pipeline::{PipelineConfig, Segment, features};
use crate::svc::precision::Precisions;
use crate::svc::synthesizer::{Features, Speaker, Variant};
use crate::svc::window::Window;
use crate::svc::{Content, FrameNoise, SvcVoice};

/// Frames of lookahead that are more than any generator can use: HiFi-GAN's reach 14.
const ALL_OF_IT: usize = 1_000;

/// Measures every quality on `recording`, at the voice's own rate; none for a voice that is not parted. Progress counts
/// qualities.
///
/// # Errors
/// If a network fails, the recording is shorter than a chunk, or the observer stops it.
pub(crate) fn measure_streams(
    voice: &SvcVoice,
    recording: &[f32],
    observer: &mut dyn Observer,
) -> Result<Vec<StreamError>, ConvertError> {
    let Some(stream) = &voice.parameters.stream else {
        return Ok(Vec::new());
    };
    let prepared = stream.assemble(&voice.bundle, Precisions::default())?;
    let rate = config(&voice.bundle, &voice.parameters)?.rate;
    let runtime = voice.for_files();
    let load = |lookahead: usize| {
        let loaded = CutSpeaker::load(&prepared, lookahead, rate, 0, &runtime, voice.device);
        loaded.map_err(|error| failed(voice, error))
    };
    let mut speaker = load(ALL_OF_IT)?;
    let full = speaker.lookahead();
    let heard = Heard::new(voice, &runtime, recording, full)?;
    let whole = heard.whole(&mut speaker)?;
    let mut errors = Vec::new();
    // The best quality first, which knows as much as the whole: loading takes as long as speaking.
    for quality in Quality::ALL.into_iter().rev() {
        if observer.cancelled() {
            return Err(ConvertError::Cancelled);
        }
        let spec = spec(rate, heard.config.hop, Window::of_parted(quality));
        // The playback keeps a frame of the lookahead.
        let lookahead = spec.lookahead.0 / heard.config.hop - 1;
        if speaker.lookahead() == lookahead.min(full) {
            speaker.reset(0);
        } else {
            speaker = load(lookahead)?;
        }
        let spoken = heard.in_windows(&mut speaker, &spec, observer)?;
        let error = VariantError::of(&whole[..spoken.len()], &spoken, rate);
        let error = error.map_err(|error| failed(voice, error))?;
        let ms = |samples: Samples| round(samples.to_ms(rate));
        errors.push(StreamError {
            quality,
            context_ms: ms(spec.context),
            chunk_ms: ms(spec.chunk),
            lookahead_ms: ms(Samples(lookahead * heard.config.hop)),
            snr_db: error.snr_db.is_finite().then(|| round(error.snr_db)),
            log_spectral_distance_db: round(error.log_spectral_distance_db),
            f0_error_cents: error.f0_error_cents.map(round),
        });
        observer.progress(errors.len() as u64);
    }
    errors.reverse();
    Ok(errors)
}

/// A hundredth is more than anybody hears, and less differs between machines.
fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

fn failed(voice: &SvcVoice, error: GraphError) -> ConvertError {
    ConvertError::Load(crate::svc::loading::graph_error(&voice.bundle, error))
}

/// What was heard in a recording.
struct Heard {
    config: PipelineConfig,
    variant: Variant,
    speaker: Speaker,
    /// Whole frames of the recording; what follows of the features is silence behind it.
    frames: usize,
    content: Content,
    mel2ph: Vec<i64>,
    f0: Vec<f32>,
    uv: Vec<f32>,
    volume: Option<Vec<f32>>,
}

impl Heard {
    /// For streams that know at most `lookahead` frames of future, or those of the best quality.
    fn new(
        voice: &SvcVoice,
        runtime: &Runtime,
        recording: &[f32],
        lookahead: usize,
    ) -> Result<Heard, ConvertError> {
        let (bundle, parameters) = (&voice.bundle, &voice.parameters);
        let (device, variant) = (voice.device, voice.variant);
        let config = config(bundle, parameters)?;
        let encoder = encoder(
            runtime,
            bundle,
            device,
            parameters,
            variant,
            &Precisions::default(),
        )?;
        let ears = ears(runtime, bundle, device, parameters, variant)?;
        let mut listener = Listener::new(encoder, ears, config)?;
        let speaker = bundle.speaker(None).map_err(LoadError::Manifest)?.id as usize;
        let frames = recording.len() / config.hop;
        let longest = spec(config.rate, config.hop, Window::of_parted(Quality::Best));
        let behind = lookahead.max(longest.lookahead.0 / config.hop);
        let mut audio = recording[..frames * config.hop].to_vec();
        audio.resize((frames + behind) * config.hop, 0.0);
        let (content, contour) = listener.hear(&audio, 0, &Melody::default(), speaker)?;
        let segment = Segment {
            audio: &audio,
            contour: &contour,
            noise: &[],
        };
        let Features {
            mel2ph,
            f0,
            uv,
            volume,
            ..
        } = features(&config, variant, &segment, &content, Semitones(0.0));
        Ok(Heard {
            config,
            variant,
            speaker: Speaker::One(speaker),
            frames,
            content,
            mel2ph,
            f0,
            uv,
            volume,
        })
    }

    /// The recording as it is spoken where all of it is known.
    fn whole(&self, speaker: &mut CutSpeaker) -> Result<Vec<f32>, RunError> {
        let span = Span {
            before: 0,
            count: self.frames,
        };
        self.speak(speaker, 0, span)
    }

    /// The recording as a stream speaks it: its whole chunks.
    fn in_windows(
        &self,
        speaker: &mut CutSpeaker,
        spec: &ConverterSpec,
        observer: &dyn Observer,
    ) -> Result<Vec<f32>, ConvertError> {
        let [context, count] = [spec.context, spec.chunk].map(|length| length.0 / self.config.hop);
        let mut spoken = Vec::new();
        for first in (0..self.frames / count).map(|chunk| chunk * count) {
            if observer.cancelled() {
                return Err(ConvertError::Cancelled);
            }
            let before = context.min(first);
            let span = Span { before, count };
            spoken.extend(self.speak(speaker, first - before, span)?);
        }
        Ok(spoken)
    }

    /// Speaks the frames of `span` of a segment that begins at frame `begin`.
    fn speak(
        &self,
        speaker: &mut CutSpeaker,
        begin: usize,
        span: Span,
    ) -> Result<Vec<f32>, RunError> {
        let known = begin..begin + span.before + span.count + speaker.lookahead();
        let section = |values: &[f32]| values[known.clone()].to_vec();
        let mut noise = FrameNoise::new(0).frames(begin as i64, known.len());
        for value in &mut noise {
            *value *= self.config.noise_scale;
        }
        let f0 = section(&self.f0);
        let features = Features {
            content: &self.content,
            mel2ph: self.mel2ph[known.clone()].to_vec(),
            f0: f0.clone(),
            uv: section(&self.uv),
            noise,
            noise_scale: self.config.noise_scale,
            volume: self.volume.as_deref().map(section),
        };
        let tensors = self.variant.tensors(features, &self.speaker)?;
        speaker.speak(tensors, &f0, begin as i64, span)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests as tiny;
    use super::*;
    use crate::progress::Quiet;

    #[test]
    fn more_lookahead_costs_less_sound() {
        let folder = tempfile::tempdir().unwrap();
        let voice = tiny::svc_voice(folder.path());
        let recording = tiny::speech(2 * 44_100);
        let errors = measure_streams(&voice, &recording, &mut Quiet).unwrap();
        let qualities: Vec<Quality> = errors.iter().map(|error| error.quality).collect();
        assert_eq!(qualities, Quality::ALL);
        for error in &errors {
            let spec = crate::Voice::spec_of(&voice.bundle, error.quality).unwrap();
            let rate = spec.input_rate;
            assert!((error.chunk_ms - spec.chunk.to_ms(rate)).abs() < 0.01);
            // What the card of the latency calls so.
            let term = spec
                .terms
                .iter()
                .find(|term| term.name == "lookahead")
                .unwrap();
            assert!((error.lookahead_ms - term.ms).abs() < 0.01);
        }
        // A window that was laid a frame off would be below 10 dB.
        let snr = errors
            .iter()
            .map(|error| error.snr_db.unwrap_or(f64::INFINITY));
        let snr: Vec<f64> = snr.collect();
        assert!(snr[0] > 25.0, "{errors:?}");
        assert!(snr.is_sorted() && snr[3] > snr[0] + 3.0, "{errors:?}");
        let spectra: Vec<f64> = errors
            .iter()
            .map(|error| error.log_spectral_distance_db)
            .collect();
        assert!(spectra[3] < spectra[0] && spectra[3] > 0.0, "{errors:?}");
        assert!(
            errors
                .iter()
                .all(|error| error.f0_error_cents.is_some_and(|cents| cents < 3.0))
        );
    }

    #[test]
    fn a_stop_is_heard() {
        struct Stop;
        impl Observer for Stop {
            fn progress(&mut self, _done: u64) {}
            fn cancelled(&self) -> bool {
                true
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let voice = tiny::svc_voice(folder.path());
        let error = measure_streams(&voice, &tiny::speech(44_100), &mut Stop).unwrap_err();
        assert!(matches!(error, ConvertError::Cancelled), "{error}");
    }
}
