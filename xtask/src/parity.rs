//! Compares Syrinx with the programs that its voices come from, stage by stage; and streamed speech with whole networks.

mod arrays;
mod difference;
mod finding;
mod speech;
mod stage;

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use serde_json::json;

use crate::peers::{Peers, Size};
use crate::process::{self, cargo};
use crate::{artifacts, setup};
use arrays::Arrays;
use finding::{Finding, findings, table};

/// The program of the package `syrinx-tests` that converts what the peers measured.
const PROGRAM: &str = "svc-measured";

/// Every voice that is compared, by its folder.
const VOICES: [&str; 3] = ["sovits", "sovits_256", "rvc"];

/// Compare Syrinx with so-vits-svc-fork and RVC on the same recording, F0 and noise, stage by stage; or streamed speech
/// with what whole networks give.
///
/// Brings the peers and makes full-size voices of random weights (about 8 GB with Python's packages), runs both and
/// prints the differences. Fails if something differs more than rounding explains.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cargo xtask parity\n  cargo xtask parity --size tiny --voice rvc\n  \
                        cargo xtask parity --backend tract --json\n  cargo xtask parity speech"
)]
pub struct ParityArgs {
    /// What is compared
    #[arg(value_enum, default_value_t = Subject::Conversion)]
    subject: Subject,

    /// How large the voices are
    #[arg(long, value_enum, default_value_t = Size::Full)]
    size: Size,

    /// Only these voices (all, if none is named)
    #[arg(long, value_name = "VOICE", value_parser = VOICES)]
    voice: Vec<String>,

    /// The recording, a WAV file of less than 40 s [default: the demo's]
    #[arg(long, value_name = "WAV")]
    recording: Option<PathBuf>,

    /// What runs Syrinx's networks
    #[arg(long, default_value = "onnxruntime", value_parser = ["onnxruntime", "tract"])]
    backend: String,

    /// Print the differences as JSON
    #[arg(long)]
    json: bool,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Subject {
    /// So-VITS-SVC and RVC voices, with the programs that they come from
    Conversion,
    /// speaking voices and vocoders, streamed, with torch and with whole networks; of the options --json alone holds
    Speech,
}

/// Runs both sides and prints how far apart they are.
///
/// # Errors
/// If something cannot be brought, built or run, or a stage differs by more than its bound.
pub fn run(args: &ParityArgs) -> Result<()> {
    setup::ensure_runtime()?;
    if args.subject == Subject::Speech {
        return speech::run(args.json);
    }
    let peers = Peers::ensure(args.size)?;
    let mut build = cargo(["build", "--locked", "--workspace", "--bin", PROGRAM])?;
    let program = artifacts::program(&artifacts::build(&mut build)?, PROGRAM)?;
    let out = process::target_dir()?
        .join("parity")
        .join(args.size.to_string());
    let recording = match &args.recording {
        Some(recording) => recording.clone(),
        None => process::root()?.join("demo/speech.wav"),
    };
    let voices: Vec<&str> = VOICES
        .into_iter()
        .filter(|voice| args.voice.is_empty() || args.voice.iter().any(|name| name == voice))
        .collect();

    let mut stages = peers.script("stages.py");
    stages.arg(&peers.voices).arg(&recording).arg(&out);
    for voice in &voices {
        stages.args(["--voice", voice]);
    }
    process::capture(&mut stages)?;
    let mut all = Vec::new();
    for voice in voices {
        let folder = out.join(voice);
        let mut ours = std::process::Command::new(&program);
        process::run(ours.arg(&folder).arg(&args.backend))?;
        all.extend(findings(voice, &Arrays::open(&folder)?)?);
    }
    show(&all, args)
}

fn show(all: &[Finding], args: &ParityArgs) -> Result<()> {
    if args.json {
        let rows: Vec<_> = all.iter().map(Finding::to_json).collect();
        let all = json!({ "size": args.size.to_string(), "backend": args.backend, "stages": rows });
        println!("{}", serde_json::to_string_pretty(&all)?);
    } else {
        println!("{} voices, {}", args.size, args.backend);
        print!("{}", table(all));
    }
    let beyond = all.iter().filter(|finding| !finding.holds()).count();
    if beyond > 0 {
        bail!("{beyond} stages differ by more than rounding explains");
    }
    Ok(())
}
