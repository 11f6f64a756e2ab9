//! Speaks one request after the other, with what they have in common.

use std::path::Path;
use std::time::Instant;

use syrinx_models::SampleSink;
use syrinx_models::speech::text::{FrontEnd, Script, Segments};
use syrinx_models::speech::{SpeechChunk, SpeechError, SpeechVoiceSpec, TtsPipeline};

use super::raw::RawSink;
use super::report::{Asked, Report, SpeechProvenance, sha256_of_text};
use super::request::Request;
use super::timings::Timings;
use super::user_lexicon::UserLexicon;
use super::voices::SpeakingVoices;
use crate::args::{RawFormat, SpeakArgs};
use crate::audio::{BitDepth, LimitedSink, WavSink};
use crate::convert::report_path;
use crate::error::CliError;
use crate::interrupt::Interrupt;
use crate::output::note;

/// What all speeches of one command have in common.
pub(super) struct SpeechSession {
    voices: SpeakingVoices,
    lexicon: UserLexicon,
    depth: BitDepth,
    json: bool,
    stop: Interrupt,
}

/// A request whose script and voice are known and fit each other.
pub(super) struct Prepared {
    request: Request,
    script: Script,
    front_end: FrontEnd,
    /// What makes the speech.
    pub(super) provenance: SpeechProvenance,
}

impl Prepared {
    /// Its segments, made as they are asked for.
    ///
    /// # Errors
    /// If there is nothing in it that could be spoken.
    pub(super) fn segments(&self) -> Result<Segments, CliError> {
        let segments = self.front_end.segments(&self.script);
        segments.map_err(|error| CliError::other(&self.request.name, error))
    }
}

/// What speaking gave.
struct Spoken {
    samples: u64,
    first_audio_s: f64,
    compute_s: f64,
}

impl SpeechSession {
    /// As the command line says.
    ///
    /// # Errors
    /// If its lexicon cannot be read.
    pub(super) fn new(arguments: &SpeakArgs, stop: &Interrupt) -> Result<SpeechSession, CliError> {
        Ok(SpeechSession {
            voices: SpeakingVoices::new(arguments.backend, arguments.device),
            lexicon: UserLexicon::read(arguments.lexicon.as_deref())?,
            depth: arguments.bit_depth,
            json: arguments.json,
            stop: stop.clone(),
        })
    }

    /// Whether a report is written beside each output.
    pub(super) fn writes_report(&self) -> bool {
        self.json
    }

    /// Reads the script's markup and finds the voice, which is not loaded.
    ///
    /// # Errors
    /// If the script is malformed, there is no such voice, it is refused, or speaks another language.
    pub(super) fn prepare(&mut self, request: Request) -> Result<Prepared, CliError> {
        let script = Script::new(&request.text);
        let script = script.map_err(|error| CliError::other(&request.name, error))?;
        let voice = self.voices.find(&request.voice)?;
        let language = SpeechVoiceSpec::language(&voice.languages, request.language);
        let language =
            language.map_err(|error| CliError::other(format!("voice {}", request.voice), error))?;
        let provenance = SpeechProvenance {
            script_sha256: sha256_of_text(&request.text),
            lexicon_sha256: self.lexicon.sha256.clone(),
            voice: voice.identity,
            settings: Asked::new(&request, language, self.depth),
        };
        Ok(Prepared {
            request,
            script,
            front_end: self.lexicon.front_end(language),
            provenance,
        })
    }

    /// Speaks into `output`, which appears only when it is whole.
    ///
    /// # Errors
    /// If there is nothing to speak, the voice cannot be loaded or fails, the output not be written, or the user stops it.
    pub(super) fn speak_to_file(
        &mut self,
        prepared: &Prepared,
        output: &Path,
        timings: Option<&Path>,
    ) -> Result<Report, CliError> {
        // Before the voice is loaded: a script without words fails at once.
        let segments = prepared.segments()?;
        let opening = Instant::now();
        let (request, stop, depth) = (&prepared.request, self.stop.clone(), self.depth);
        let pipeline = self.voices.pipeline(request)?;
        let opened_s = opening.elapsed().as_secs_f64();
        let rate = pipeline.spec().rate;
        let streaming = pipeline.spec().streaming.to_string();
        let mut timings = Timings::new(timings);
        let encode = CliError::encode(output);
        let sink = WavSink::create(output, rate, depth, request.seed).map_err(&encode)?;
        let mut sink = LimitedSink::new(sink, rate, depth);
        let write = |error: syrinx_models::WriteError| CliError::other(output.display(), error.0);
        let take = |chunk: &SpeechChunk| sink.write(&chunk.samples).map_err(write);
        let spoken = speak(pipeline, segments, request, &stop, &mut timings, take)?;
        let sink = sink.into_inner().map_err(&encode)?;
        let written = sink.written();
        let entries = prepared.provenance.to_info();
        let entries = entries.map_err(|error| CliError::other(output.display(), error))?;
        let partial = sink.finish(spoken.samples, &entries).map_err(&encode)?;
        let duration_s = spoken.samples as f64 / f64::from(rate.hz());
        let report = Report {
            provenance: prepared.provenance.clone(),
            output: output.to_owned(),
            rate: rate.hz(),
            samples: spoken.samples,
            peak: written.peak,
            streaming,
            duration_s,
            opened_s,
            first_audio_s: spoken.first_audio_s,
            compute_s: spoken.compute_s,
            real_time_factor: spoken.compute_s / duration_s,
        };
        timings.keep(rate)?;
        if self.json {
            report.write(&report_path(output))?;
        }
        partial.keep().map_err(&encode)?;
        Ok(report)
    }

    /// Speaks to standard output.
    ///
    /// # Errors
    /// As [`SpeechSession::speak_to_file`].
    pub(super) fn speak_to_stdout(
        &mut self,
        prepared: &Prepared,
        format: RawFormat,
        timings: Option<&Path>,
    ) -> Result<(), CliError> {
        let segments = prepared.segments()?;
        let (request, stop) = (&prepared.request, self.stop.clone());
        let pipeline = self.voices.pipeline(request)?;
        let mut timings = Timings::new(timings);
        let mut sink = RawSink::new(format, request.seed);
        let take = |chunk: &SpeechChunk| sink.write(&chunk.samples);
        speak(pipeline, segments, request, &stop, &mut timings, take)?;
        timings.keep(pipeline.spec().rate)
    }
}

/// Hands every chunk to `take`.
fn speak(
    pipeline: &mut TtsPipeline,
    segments: Segments,
    request: &Request,
    stop: &Interrupt,
    timings: &mut Timings,
    mut take: impl FnMut(&SpeechChunk) -> Result<(), CliError>,
) -> Result<Spoken, CliError> {
    let started = Instant::now();
    let cancel = pipeline.cancel_flag();
    let mut speech = pipeline.speak(segments);
    let (mut whole, mut samples, mut first_audio_s) = (false, 0, None);
    let mut compute_s = 0.0;
    loop {
        if stop.is_asked() {
            cancel.cancel();
        }
        let asked = Instant::now();
        let chunk = speech.next();
        compute_s += asked.elapsed().as_secs_f64();
        let Some(chunk) = chunk else { break };
        let chunk = chunk.map_err(|error| blame(error, request))?;
        first_audio_s.get_or_insert_with(|| started.elapsed().as_secs_f64());
        take(&chunk)?;
        samples += chunk.samples.len() as u64;
        timings.add(&chunk.words);
        whole = chunk.is_last;
        for notice in speech.segments().take_notices() {
            note(format_args!("{}: {notice}", request.name));
        }
    }
    match (whole, samples) {
        (false, _) => Err(CliError::Stopped),
        (true, 0) => Err(CliError::other(
            &request.name,
            "there is nothing to speak: expected words, found none",
        )),
        (true, _) => Ok(Spoken {
            samples,
            first_audio_s: first_audio_s.unwrap_or(0.0),
            compute_s,
        }),
    }
}

/// Whose fault an error is: the script's or the voice's.
fn blame(error: SpeechError, request: &Request) -> CliError {
    match error {
        SpeechError::Text(error) => CliError::other(&request.name, error),
        error => CliError::other(format!("voice {}", request.voice), error),
    }
}
