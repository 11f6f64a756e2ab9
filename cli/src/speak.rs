//! Speaks a script into a file or to standard output, and reports on it.

mod raw;
mod report;
mod script;
mod timings;
mod voice;

use std::path::Path;
use std::time::Instant;

use syrinx_models::SampleSink;
use syrinx_models::speech::{SpeechChunk, SpeechError, TtsPipeline};

use crate::args::SpeakArgs;
use crate::audio::{LimitedSink, PartialFile, WavSink};
use crate::error::CliError;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::output::{note, say};
use raw::RawSink;
use report::{Asked, Report, SpeechProvenance};
use script::ScriptFile;
use timings::Timings;
use voice::SpeakingVoice;

/// Speaks as the command line says.
///
/// # Errors
/// If script, lexicon or voice cannot be read, the output not be written, or the user stops it.
pub fn run(arguments: &SpeakArgs, stop: &Interrupt) -> Result<Exit, CliError> {
    if let Some(output) = &arguments.output {
        check_ending(output)?;
    }
    let script = ScriptFile::read(arguments)?;
    // Before the voice is loaded: a script without words fails at once.
    script.segments()?;
    let opening = Instant::now();
    let voice = SpeakingVoice::open(arguments)?;
    let opened_s = opening.elapsed().as_secs_f64();
    if let Some(notice) = voice.voice.spec().notice() {
        note(notice);
    }
    let identity = voice.identity.clone();
    let pipeline = TtsPipeline::new(voice.voice, arguments.settings(), arguments.seed)
        .map_err(|error| CliError::other(format!("voice {}", identity.name), error))?;
    let provenance = SpeechProvenance {
        script_sha256: script.sha256(),
        voice: identity,
        settings: Asked::new(arguments),
    };
    let mut work = Work {
        pipeline,
        script,
        stop,
        timings: Timings::new(arguments.timings.as_deref()),
        samples: 0,
        first_audio_s: None,
        opened_s,
        started: Instant::now(),
    };
    match (&arguments.output, arguments.stdout) {
        (Some(output), _) => to_file(&mut work, arguments, output, provenance),
        (None, Some(format)) => {
            let mut sink = RawSink::new(format, arguments.seed);
            work.speak(|chunk| sink.write(&chunk.samples))?;
            work.timings.keep(work.pipeline.spec().rate)
        }
        (None, None) => Err(CliError::other(
            "output",
            "expected a file or --stdout, found neither",
        )),
    }?;
    Ok(Exit::Success)
}

/// A speech in the making.
struct Work<'a> {
    pipeline: TtsPipeline,
    script: ScriptFile,
    stop: &'a Interrupt,
    timings: Timings,
    samples: u64,
    first_audio_s: Option<f64>,
    opened_s: f64,
    started: Instant,
}

impl Work<'_> {
    /// Hands every chunk to `take`.
    fn speak(
        &mut self,
        mut take: impl FnMut(&SpeechChunk) -> Result<(), CliError>,
    ) -> Result<(), CliError> {
        let segments = self.script.segments()?;
        let voice = self.pipeline.spec().kind;
        let cancel = self.pipeline.cancel_flag();
        let mut speech = self.pipeline.speak(segments);
        let mut whole = false;
        loop {
            if self.stop.is_asked() {
                cancel.cancel();
            }
            let Some(chunk) = speech.next() else { break };
            let chunk = chunk.map_err(|error| blame(error, &self.script.name, voice))?;
            self.first_audio_s
                .get_or_insert_with(|| self.started.elapsed().as_secs_f64());
            take(&chunk)?;
            self.samples += chunk.samples.len() as u64;
            self.timings.add(&chunk.words);
            whole = chunk.is_last;
            for notice in speech.segments().take_notices() {
                note(format_args!("{}: {notice}", self.script.name));
            }
        }
        match (whole, self.samples) {
            (false, _) => Err(CliError::Stopped),
            (true, 0) => Err(CliError::other(
                &self.script.name,
                "there is nothing to speak: expected words, found none",
            )),
            (true, _) => Ok(()),
        }
    }
}

fn to_file(
    work: &mut Work<'_>,
    arguments: &SpeakArgs,
    output: &Path,
    provenance: SpeechProvenance,
) -> Result<(), CliError> {
    let rate = work.pipeline.spec().rate;
    let streaming = work.pipeline.spec().streaming.to_string();
    let depth = arguments.bit_depth;
    let encode = CliError::encode(output);
    let sink = WavSink::create(output, rate, depth, arguments.seed).map_err(&encode)?;
    let mut sink = LimitedSink::new(sink, rate, depth);
    let write = |error: syrinx_models::WriteError| CliError::other(output.display(), error.0);
    work.speak(|chunk| sink.write(&chunk.samples).map_err(write))?;
    let sink = sink.into_inner().map_err(&encode)?;
    let written = sink.written();
    let entries = provenance
        .to_info()
        .map_err(|error| CliError::other(output.display(), error))?;
    let partial = sink.finish(work.samples, &entries).map_err(&encode)?;
    let duration_s = work.samples as f64 / f64::from(rate.hz());
    let compute_s = work.started.elapsed().as_secs_f64();
    let report = Report {
        provenance,
        output: output.to_owned(),
        rate: rate.hz(),
        samples: work.samples,
        peak: written.peak,
        streaming,
        duration_s,
        opened_s: work.opened_s,
        first_audio_s: work.first_audio_s.unwrap_or(0.0),
        compute_s,
        real_time_factor: compute_s / duration_s,
    };
    work.timings.keep(rate)?;
    if arguments.json {
        report.write(&crate::convert::report_path(output))?;
    }
    keep(partial, output)?;
    say(report.in_one_line())
}

fn check_ending(output: &Path) -> Result<(), CliError> {
    let ending = output
        .extension()
        .map(|ending| ending.to_string_lossy().to_lowercase());
    match ending.as_deref() {
        Some("wav") => Ok(()),
        _ => Err(CliError::other(
            output.display(),
            "outputs are WAV files (expected a name that ends in .wav)",
        )),
    }
}

fn keep(partial: PartialFile, output: &Path) -> Result<(), CliError> {
    partial.keep().map_err(CliError::encode(output))
}

/// Whose fault an error is: the script's or the voice's.
fn blame(error: SpeechError, script: &str, voice: &str) -> CliError {
    match error {
        SpeechError::Text(error) => CliError::other(script, error),
        error => CliError::other(format!("voice {voice}"), error),
    }
}
