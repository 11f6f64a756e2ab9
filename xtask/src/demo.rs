//! Converts the recording in `demo/` into the default voice and draws both.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;

use crate::conversion::{Conversion, Report};
use crate::process::{self, build_syrinx, shown, target_dir};
use crate::spectrogram;
use crate::wav::Recording;

/// Convert the recording in demo/ into the default voice and draw both.
///
/// Needs nothing but Rust: where no ONNX Runtime library is installed, the networks run on the backend that is
/// linked in.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cargo xtask demo\n  cargo xtask demo --input me.wav -- --strength 0.8"
)]
pub struct DemoArgs {
    /// Another recording (WAV) to convert
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,

    /// Options of `syrinx convert`, after `--`
    #[arg(last = true)]
    options: Vec<String>,
}

/// Builds the command, converts as a live stream would, prints what happened and writes the pictures.
///
/// # Errors
/// If it does not build, or the conversion fails.
pub fn run(args: &DemoArgs) -> Result<()> {
    let root = process::root()?;
    let program = build_syrinx(false)?;
    let folder = target_dir()?.join("demo");
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make {}", folder.display()))?;

    let input = match &args.input {
        Some(file) => std::path::absolute(file)?,
        None => root.join("demo/speech.wav"),
    };
    let output = folder.join("converted.wav");
    let mut options = vec!["--streamed".to_string()];
    options.extend(args.options.iter().cloned());
    let conversion = Conversion {
        program,
        input,
        output,
        options,
    };
    println!("$ {}", shown(&conversion.command()));
    let report = conversion.run()?;

    let picture = folder.join("spectrogram.png");
    let (before, after) = (
        Recording::read(&conversion.input)?,
        Recording::read(&conversion.output)?,
    );
    let title = format!(
        "After: voice {}, speaker {}",
        report.voice.name, report.speaker
    );
    spectrogram::draw(&[("Before", &before), (&title, &after)], &picture)?;
    print!(
        "{}",
        account(&report, &conversion.input, &conversion.output, &picture)
    );
    Ok(())
}

/// What was done, as lines of name and value.
fn account(report: &Report, input: &Path, output: &Path, picture: &Path) -> String {
    let mut lines = vec![
        (
            "from",
            format!("{} ({:.1} s)", input.display(), report.duration_s),
        ),
        ("to", output.display().to_string()),
        ("pictures", picture.display().to_string()),
        (
            "voice",
            format!("{}, speaker {}", report.voice.name, report.speaker),
        ),
        (
            "transpose",
            format!(
                "{:+} semitones ({})",
                report.transpose_semitones, report.transpose_reason
            ),
        ),
    ];
    if let Some(stream) = &report.stream {
        let terms: Vec<_> = stream
            .terms
            .iter()
            .map(|term| format!("{} {:.1}", term.name, term.ms))
            .collect();
        let latency = format!(
            "{:.1} ms in chunks of {:.0} ms",
            stream.latency_ms, stream.chunk_ms
        );
        lines.push(("latency", latency));
        lines.push(("", format!("the voice's own part: {}", terms.join(" + "))));
    }
    lines.push((
        "networks",
        format!("run by {} on {}", report.backend, report.device),
    ));
    let speed = format!(
        "{:.2} s of computing, real-time factor {:.3} (below 1 keeps up)",
        report.compute_s, report.real_time_factor
    );
    lines.push(("speed", speed));
    lines
        .iter()
        .map(|(name, value)| format!("{name:<10} {value}\n"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_names_what_a_listener_wants_to_know() {
        let report = r#"{"voice": {"name": "default", "sha256": "00"}, "speaker": "hts", "backend": "tract",
            "transpose_semitones": 7.0, "transpose_reason": "towards the voice", "device": "cpu",
            "duration_s": 12.28, "compute_s": 1.5, "real_time_factor": 0.1221, "more": 1,
            "stream": {"latency_samples": 1200, "latency_ms": 75.0, "opened_s": 0.1, "chunk_ms": 10.0,
                       "terms": [{"name": "lookahead", "ms": 40.0, "note": ""}, {"name": "chunk", "ms": 10.0}]}}"#;
        let report: Report = serde_json::from_str(report).unwrap();
        let text = account(
            &report,
            Path::new("in.wav"),
            Path::new("out.wav"),
            Path::new("a.png"),
        );
        for expected in [
            "in.wav (12.3 s)",
            "+7 semitones (towards the voice)",
            "75.0 ms in chunks of 10 ms",
            "lookahead 40.0 + chunk 10.0",
            "run by tract on cpu",
            "real-time factor 0.122",
        ] {
            assert!(text.contains(expected), "{expected} is not in\n{text}");
        }
    }
}
