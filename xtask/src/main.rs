//! Everything that a developer types: `cargo xtask COMMAND`.
#![forbid(unsafe_code)]

mod apple;
mod arrows;
mod artifacts;
mod bench;
mod bundle;
mod conversion;
mod demo;
mod dist;
mod export_kantts;
mod export_pth;
mod exporter;
mod full_size;
mod golden;
mod golden_compare;
mod install;
mod licences;
mod parity;
mod peers;
mod picture;
mod process;
mod sanitizer;
mod setup;
mod spectrogram;
mod test;
mod test_counts;
mod test_hosts;
mod train;
mod wav;
mod wine;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Everything that a developer of Syrinx types. Each command sets up what it needs.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", max_term_width = 100)]
#[command(
    after_help = "Examples:\n  cargo xtask demo     hear what it does\n  cargo xtask test     run every check\n  \
                  cargo xtask install  put the plugin where hosts look for it"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Setup(setup::SetupArgs),
    Demo(demo::DemoArgs),
    Test(test::TestArgs),
    Bench(bench::BenchArgs),
    Golden(golden::GoldenArgs),
    Parity(parity::ParityArgs),
    ExportKantts(export_kantts::ExportKanttsArgs),
    ExportPth(export_pth::ExportPthArgs),
    FullSize(full_size::FullSizeArgs),
    Train(train::TrainArgs),
    Bundle(bundle::BundleArgs),
    Install(install::InstallArgs),
    Dist(dist::DistArgs),
    Arrows(arrows::ArrowsArgs),
    Licences(licences::LicencesArgs),
}

fn main() -> ExitCode {
    match run(&Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command) -> Result<()> {
    match command {
        Command::Setup(args) => setup::run(args),
        Command::Demo(args) => demo::run(args),
        Command::Test(args) => test::run(args),
        Command::Bench(args) => bench::run(args),
        Command::Golden(args) => golden::run(args),
        Command::Parity(args) => parity::run(args),
        Command::ExportKantts(args) => export_kantts::run(args),
        Command::ExportPth(args) => export_pth::run(args),
        Command::FullSize(args) => full_size::run(args),
        Command::Train(args) => train::run(args),
        Command::Bundle(args) => bundle::run(args),
        Command::Install(args) => install::run(args),
        Command::Dist(args) => dist::run(args),
        Command::Arrows(args) => arrows::run(args),
        Command::Licences(args) => licences::run(args),
    }
}
