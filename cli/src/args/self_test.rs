//! The arguments of `syrinx self-test`.

use std::path::PathBuf;

use clap::Args;

/// The arguments of `syrinx self-test`.
#[derive(Args, Debug)]
#[command(after_help = "\
Takes some seconds, needs no network, writes nothing but FILE, and says nothing of who you are: no name, no folder, \
no device of yours. Every step is ok, failed, or not there; what may be absent fails nothing.

The JSON has format (1; larger where something below was renamed or removed), program, passed, and steps, each with \
name, state (\"ok\", \"failed\" or \"not there\"), says (a sentence) and, where it has any, facts. Facts by step:
  system   os, arch, cpu (null: unknown), cores
  backend  backend, library_version, library_place, devices (device, serves), installed_voices
  speech   seconds, level_db, f0_hz, real_time_factor
  voice    seconds, level_db, f0_hz, asked_semitones, heard_semitones, real_time_factor
  latency  rate, block, qualities (quality, latency_ms, terms, chunk_ms, deadline_ms, chunks, late, median_share, worst_share)
  devices  backends (backend, inputs, outputs, rates)
  plugins  formats (format, places)
median_share and worst_share are the time that a chunk took, as a share of its deadline.

Examples:
  syrinx self-test
  syrinx self-test --json --output self-test.json

Exit status: 0 all that must work works, 1 something failed, 2 wrong command line, 130 stopped by Ctrl-C.")]
pub struct SelfTestArgs {
    /// As JSON
    #[arg(long)]
    pub json: bool,
    /// Write the report into this file as well
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}
