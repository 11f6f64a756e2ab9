//! Converts one recording into one file, and reports on it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use syrinx_dsp::{Decibels, Semitones};
use syrinx_models::svc::auto_transpose;
use syrinx_models::{ConvertError, ConvertSettings, SampleSink, StreamWish, Transpose};

use crate::args::ConvertArgs;
use crate::audio::partial::check_target;
use crate::audio::wav_sink::{Written, check_length};
use crate::audio::{
    BitDepth, ChoirSink, LimitedSink, PartialFile, Recording, RecordingInfo, WaitingVoice, WavSink,
};
use crate::error::CliError;
use crate::interrupt::Interrupt;
use crate::output::note;
use crate::progress::Progress;
use crate::report::{
    InputReport, OutputReport, PROGRAM, Provenance, Report, SettingsAsked, StreamReport, sha256_of,
};
use crate::second_voices::SecondVoices;
use crate::session::Session;
use crate::source::WatchedSource;
use crate::streamed::convert_streamed;

/// How recordings are converted: the same for all of one command.
#[derive(Clone, Debug)]
pub struct Conversion {
    asked: SettingsAsked,
    settings: ConvertSettings,
    harmony: SecondVoices,
    threads: Option<usize>,
    stop: Interrupt,
    json: bool,
}

/// The shift of F0 that a recording gets.
struct Shift {
    semitones: Semitones,
    reason: String,
}

/// What the work on the samples gave.
struct Work {
    samples: u64,
    written: Written,
    unlimited_peak: f32,
    compute_s: f64,
    stream: Option<StreamReport>,
    partial: PartialFile,
}

impl Conversion {
    /// As the command line says.
    pub fn new(arguments: &ConvertArgs, stop: &Interrupt) -> Conversion {
        Conversion {
            asked: SettingsAsked::new(arguments),
            settings: arguments.settings(),
            harmony: SecondVoices::of(arguments),
            threads: arguments.threads.map(usize::from),
            stop: stop.clone(),
            json: arguments.json,
        }
    }

    /// What the user chose.
    pub fn asked(&self) -> &SettingsAsked {
        &self.asked
    }

    /// Whether a report is written beside each output.
    pub fn writes_report(&self) -> bool {
        self.json
    }

    /// Converts `input` into `output`, which appears only when it is whole.
    ///
    /// # Errors
    /// If the input cannot be read, the output not be written, the voice not be loaded or run, or the user
    /// stops it.
    pub fn run(
        &self,
        session: &mut Session,
        input: &Path,
        output: &Path,
    ) -> Result<Report, CliError> {
        check_target(input, output).map_err(CliError::encode(output))?;
        let recording = Recording::open(input).map_err(CliError::decode(input))?;
        let info = recording.info();
        if let Some(samples) = info.samples {
            check_length(self.depth(), samples).map_err(CliError::encode(output))?;
        }
        if info.channels > 1 {
            note(format_args!(
                "{}: {} channels are mixed into one",
                input.display(),
                info.channels
            ));
        }
        let sha256 = sha256_of(input, &self.stop)
            .map_err(|error| CliError::Decode {
                path: input.to_owned(),
                source: error.into(),
            })?
            .ok_or(CliError::Stopped)?;
        let (speaker, speaker_name) = session.speaker(self.settings.speaker.as_deref())?;
        session.voice()?;

        let start = Instant::now();
        let shift = self.shift(session, speaker, input)?;
        let provenance = Provenance {
            input_sha256: sha256.clone(),
            voice: session.identity()?,
            settings: self.asked.clone(),
            transpose_semitones: shift.semitones.0,
        };
        let mut work = self.work(session, recording, input, output, &provenance)?;
        work.compute_s = start.elapsed().as_secs_f64();
        let report = Report {
            program: PROGRAM.to_owned(),
            input: input_report(input, sha256, info, work.samples),
            output: output_report(output, self.depth(), work.written, work.unlimited_peak),
            voice: provenance.voice,
            speaker: speaker_name,
            settings: self.asked.clone(),
            transpose_semitones: shift.semitones.0,
            transpose_reason: shift.reason,
            backend: session.backend()?.to_string(),
            device: session.device().to_string(),
            duration_s: work.samples as f64 / f64::from(info.rate.hz()),
            compute_s: work.compute_s,
            real_time_factor: work.compute_s * f64::from(info.rate.hz()) / work.samples as f64,
            stream: work.stream,
        };
        self.keep(&report, work.partial, output)?;
        Ok(report)
    }

    fn depth(&self) -> BitDepth {
        self.asked.bit_depth
    }

    /// The shift that was asked for, or the one that suits recording and speaker, which takes a pass of its own.
    fn shift(
        &self,
        session: &mut Session,
        speaker: usize,
        input: &Path,
    ) -> Result<Shift, CliError> {
        if let Transpose::Fixed(semitones) = self.settings.transpose {
            return Ok(Shift {
                semitones,
                reason: "as asked".to_owned(),
            });
        }
        let Some(target_hz) = session.voice()?.median_f0(speaker) else {
            let reason = "auto: the voice does not state its median F0".to_owned();
            return Ok(Shift {
                semitones: Semitones(0.0),
                reason,
            });
        };
        let recording = Recording::open(input).map_err(CliError::decode(input))?;
        let mut source = WatchedSource::new(recording, &self.stop);
        let semitones = auto_transpose(&mut source, target_hz)
            .map_err(|error| self.blame(error, &mut source, input, input))?;
        let reason = format!("auto: towards the voice's median F0 of {target_hz:.0} Hz");
        Ok(Shift { semitones, reason })
    }

    /// Reads, converts and writes aside.
    fn work(
        &self,
        session: &mut Session,
        recording: Recording,
        input: &Path,
        output: &Path,
        provenance: &Provenance,
    ) -> Result<Work, CliError> {
        let info = recording.info();
        let settings = ConvertSettings {
            transpose: Transpose::Fixed(Semitones(provenance.transpose_semitones)),
            ..self.settings.clone()
        };
        let sink = WavSink::create(output, info.rate, self.depth(), settings.seed)
            .map_err(CliError::encode(output))?;
        let mut sink = LimitedSink::new(sink, info.rate, self.depth());
        let seconds = self.second_voices(session, info, input, output, &settings)?;
        let mut source = WatchedSource::new(recording, &self.stop);
        let stream = if seconds.is_empty() {
            self.pass(session, info, &mut source, &mut sink, &settings, input)
        } else {
            let gain = self.harmony.level.to_amplitude() * settings.mix;
            let mut choir = ChoirSink::new(&mut sink, seconds, gain)
                .map_err(|error| CliError::other(output.display(), error))?;
            self.pass(session, info, &mut source, &mut choir, &settings, input)
        };
        let stream = stream?.map_err(|error| self.blame(error, &mut source, input, output))?;
        let unlimited_peak = sink.peak();
        let sink = sink.into_inner().map_err(CliError::encode(output))?;
        let (samples, written) = (source.samples(), sink.written());
        let partial = provenance
            .to_info()
            .map_err(Into::into)
            .and_then(|entries| sink.finish(samples, &entries))
            .map_err(CliError::encode(output))?;
        Ok(Work {
            samples,
            written,
            unlimited_peak,
            compute_s: 0.0,
            stream,
            partial,
        })
    }

    /// Converts the second voices aside, each in a pass of its own.
    fn second_voices(
        &self,
        session: &mut Session,
        info: RecordingInfo,
        input: &Path,
        output: &Path,
        settings: &ConvertSettings,
    ) -> Result<Vec<WaitingVoice>, CliError> {
        let aside = |error| CliError::other(output.display(), error);
        let mut voices = Vec::new();
        for settings in self.harmony.each(settings) {
            let recording = Recording::open(input).map_err(CliError::decode(input))?;
            let mut source = WatchedSource::new(recording, &self.stop);
            let mut voice = WaitingVoice::beside(output).map_err(aside)?;
            self.pass(session, info, &mut source, &mut voice, &settings, input)?
                .map_err(|error| self.blame(error, &mut source, input, output))?;
            voices.push(voice);
        }
        Ok(voices)
    }

    /// Converts a recording once, as a file or as a stream.
    fn pass(
        &self,
        session: &mut Session,
        info: RecordingInfo,
        source: &mut WatchedSource,
        sink: &mut dyn SampleSink,
        settings: &ConvertSettings,
        input: &Path,
    ) -> Result<Result<Option<StreamReport>, ConvertError>, CliError> {
        let label = match settings.pitch.interval {
            Some(_) => format!("{} (a second voice)", input.display()),
            None => input.display().to_string(),
        };
        let mut progress = Progress::new(&label, info.samples, &self.stop);
        let voice = session.voice()?;
        if !self.asked.streamed {
            let converted = voice.convert_file(source, sink, settings, &mut progress);
            return Ok(converted.map(|()| None));
        }
        let wish = StreamWish {
            chunk_ms: self.asked.chunk_ms.map(f64::from),
            context_ms: self.asked.context_ms.map(f64::from),
            lookahead_ms: self.asked.lookahead_ms.map(f64::from),
            threads: self.threads,
        };
        let converted = convert_streamed(voice, source, sink, settings, wish, &mut progress);
        Ok(converted.map(Some))
    }

    /// Finds out whose fault an error is: the user's wish, the input's, the output's or the voice's.
    fn blame(
        &self,
        error: ConvertError,
        source: &mut WatchedSource,
        input: &Path,
        output: &Path,
    ) -> CliError {
        if let Some(error) = source.take_error() {
            return CliError::decode(input)(error);
        }
        if self.stop.is_asked() {
            return CliError::Stopped;
        }
        match error {
            ConvertError::Cancelled => CliError::Stopped,
            ConvertError::Write(error) => CliError::other(output.display(), error.0),
            error => CliError::Convert {
                path: input.to_owned(),
                source: Box::new(error),
            },
        }
    }

    /// Puts output and report in their places, after both were written.
    fn keep(&self, report: &Report, partial: PartialFile, output: &Path) -> Result<(), CliError> {
        if self.stop.is_asked() {
            return Err(CliError::Stopped);
        }
        let beside = if self.json {
            Some(write_report(report, &report_path(output))?)
        } else {
            None
        };
        partial.keep().map_err(CliError::encode(output))?;
        match beside {
            Some(beside) => beside
                .keep()
                .map_err(CliError::encode(&report_path(output))),
            None => Ok(()),
        }
    }
}

/// Where the report of `output` lies: its name and `.json`.
pub fn report_path(output: &Path) -> PathBuf {
    let mut name = output.as_os_str().to_owned();
    name.push(".json");
    name.into()
}

fn write_report(report: &Report, path: &Path) -> Result<PartialFile, CliError> {
    let write = || {
        let partial = PartialFile::create(path)?;
        let mut file = partial.handle()?;
        file.write_all(
            serde_json::to_string_pretty(report)
                .map_err(std::io::Error::from)?
                .as_bytes(),
        )?;
        file.write_all(b"\n")?;
        Ok(partial)
    };
    write().map_err(CliError::encode(path))
}

fn input_report(path: &Path, sha256: String, info: RecordingInfo, samples: u64) -> InputReport {
    InputReport {
        path: path.to_owned(),
        sha256,
        rate: info.rate.hz(),
        channels: info.channels,
        samples,
    }
}

fn output_report(
    path: &Path,
    bit_depth: BitDepth,
    written: Written,
    unlimited_peak: f32,
) -> OutputReport {
    OutputReport {
        path: path.to_owned(),
        bit_depth,
        samples: written.samples,
        clipped: written.clipped,
        peak: written.peak,
        limited_db: limited_db(unlimited_peak, written.peak),
        dithered: bit_depth == BitDepth::Int16,
    }
}

/// By how many dB the limiter lowered the highest peak; 0 where it had nothing to do.
fn limited_db(before: f32, after: f32) -> f32 {
    if before <= 1.0 || after <= 0.0 {
        return 0.0;
    }
    Decibels::from_amplitude(before / after).0.max(0.0)
}

/// The one line that a person reads.
pub fn in_one_line(report: &Report) -> String {
    let reason = match report.transpose_reason.strip_prefix("auto") {
        Some(_) => format!(" ({})", report.transpose_reason),
        None => String::new(),
    };
    let latency = report
        .stream
        .as_ref()
        .map(|stream| format!(", latency {:.1} ms", stream.latency_ms))
        .unwrap_or_default();
    let limited = if report.output.limited_db > 0.0 {
        format!(", peaks limited by {:.1} dB", report.output.limited_db)
    } else {
        String::new()
    };
    format!(
        "converted {} -> {}: {:.1} s, voice {}/{}, transpose {:+} st{reason}{latency}, \
         real-time factor {:.3}{limited}",
        report.input.path.display(),
        report.output.path.display(),
        report.duration_s,
        report.voice.name,
        report.speaker,
        report.transpose_semitones,
        report.real_time_factor,
    )
}
