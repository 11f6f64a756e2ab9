//! The command line: what can be asked, in which ranges, with examples.

mod convert;
mod harmony;
mod pitch;
mod self_test;
mod shell;
mod speak;
mod voices;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand};
use syrinx_models::{Backend, Device};

pub use convert::{ConvertArgs, Destination};
pub use harmony::HarmonyArgs;
pub use pitch::{PitchArgs, TargetArg};
pub use self_test::SelfTestArgs;
pub use shell::{CompletionsArgs, ManArgs};
pub use speak::{
    LanguageArg, PAUSE_RANGE, RATE_RANGE, RawFormat, SHARE_RANGE, SpeakArgs, VOLUME_RANGE_DB,
};
pub use voices::{Bits, ImportArgs, UnvoicedArg, VoicesAction, VoicesArgs};

/// The range of `--transpose`: beyond two octaves no voice sounds like one.
pub const TRANSPOSE_RANGE: (f32, f32) = (-24.0, 24.0);

/// The range of `--formant`: beyond an octave no vocal tract sounds like one.
pub const FORMANT_RANGE: (f32, f32) = (-12.0, 12.0);

/// The range of `--intonation`: from monotone to twice the melody.
pub const INTONATION_RANGE: (f32, f32) = (0.0, 2.0);

/// The range of `--gate`: from below the noise of 16 bits to full scale.
pub const GATE_RANGE: (f32, f32) = (-100.0, 0.0);

/// The range of `--chunk`: from one hop of any voice to where a delay is a pause.
pub const CHUNK_RANGE_MS: (f32, f32) = (1.0, 1000.0);

/// Changes and makes voices: converts recordings so that another voice speaks their words, and speaks texts.
#[derive(Debug, Parser)]
#[command(
    name = "syrinx",
    version,
    max_term_width = 100,
    after_help = "\
Examples:
  syrinx convert me.wav other.wav
  syrinx speak \"Hello there.\" -o hello.wav
  syrinx voices
  syrinx doctor
  syrinx self-test

Exit status: 0 done, 1 something failed, 2 wrong command line, 130 stopped by Ctrl-C."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Convert recordings into another voice
    Convert(Box<ConvertArgs>),
    /// Speak a text or script
    Speak(Box<SpeakArgs>),
    /// List the voices, or look at one
    Voices(VoicesArgs),
    /// Say what serves on this machine, and why
    Doctor(DoctorArgs),
    /// Try all of it on this machine, and print a report that can be shared
    SelfTest(SelfTestArgs),
    /// Print what a shell needs to complete the command's words
    Completions(CompletionsArgs),
    /// Print the manual page, or write the pages of all subcommands into a folder
    Man(ManArgs),
}

/// The arguments of `syrinx doctor`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  syrinx doctor
  syrinx doctor --json
  syrinx doctor --backend onnxruntime --device cuda:0")]
pub struct DoctorArgs {
    /// Ask for this backend: onnxruntime or tract
    #[arg(long, value_name = "B")]
    pub backend: Option<Backend>,
    /// Ask for this device: cpu, cuda or cuda:N
    #[arg(long, value_name = "D")]
    pub device: Option<Device>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// Reads a number of a closed range.
pub(crate) fn between(lowest: f32, highest: f32) -> impl Fn(&str) -> Result<f32, String> + Clone {
    move |text| match text.parse::<f32>() {
        Ok(value) if (lowest..=highest).contains(&value) => Ok(value),
        _ => Err(format!("expected {lowest} to {highest}, found {text}")),
    }
}

/// An error of the command line of a subcommand that the definition alone does not find.
fn usage(command: &str, kind: ErrorKind, message: String) -> clap::Error {
    let mut cli = Cli::command();
    cli.build();
    match cli.find_subcommand_mut(command) {
        Some(command) => command.error(kind, message),
        None => cli.error(kind, message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }
}
