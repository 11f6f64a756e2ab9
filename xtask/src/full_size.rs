//! Writes networks of full size with random weights, so that anyone can measure voices without Python.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;
use clap::Args;

use crate::artifacts;
use crate::process::{self, cargo};

/// The program of the package `syrinx-tests` that writes them.
const PROGRAM: &str = "full-size";

/// The networks that it knows.
const NETWORKS: [&str; 3] = ["encoder", "sovits", "rvc"];

/// Write content encoder, So-VITS-SVC and RVC voice as ONNX files of full size (615 MB), with random weights.
///
/// DIR then holds encoder_768.onnx, sovits/voice.onnx (44100 Hz) and rvc/voice.onnx (48000 Hz), the same bytes on every
/// machine. What is there already is left alone. The voices hum, but are as large and as slow as those in the world.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  cargo xtask full-size full\n  \
                  syrinx voices import full/sovits/voice.onnx --encoder full/encoder_768.onnx --rate 44100 --name full")]
pub struct FullSizeArgs {
    /// The folder to write into
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    /// Only these networks (all, if none is named)
    #[arg(long, value_name = "NETWORK", value_parser = NETWORKS)]
    only: Vec<String>,
}

/// Writes the networks and prints where they are.
///
/// # Errors
/// If something cannot be built or written.
pub fn run(args: &FullSizeArgs) -> Result<()> {
    let mut build = cargo(["build", "--locked", "--workspace", "--bin", PROGRAM])?;
    let program = artifacts::program(&artifacts::build(&mut build)?, PROGRAM)?;
    let mut command = Command::new(program);
    process::run(command.arg(&args.folder).args(&args.only))
}
