//! What the program does instead of changing a voice.

use clap::{Args, Subcommand};
use clap_complete::Shell;

use super::{BLOCK_RANGE, Backend, QualityArg, RATE_RANGE};

/// What the program does instead of changing a voice.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Make a virtual microphone that other programs can choose, or say how
    Route(RouteArgs),
    /// Measure the way from an output to an input by clicks, through a cable or a loopback
    Latency(LatencyArgs),
    /// Print what a shell needs to complete the program's words: bash, zsh, fish, powershell or elvish
    Completions {
        /// The shell
        #[arg(value_name = "SHELL")]
        shell: Shell,
    },
    /// Print the manual page
    Man,
}

/// Make a virtual microphone that other programs can choose, or say how.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "On Linux with PulseAudio or PipeWire it makes a sink, \"Syrinx\", and a microphone that hears it, \
                  \"Syrinx microphone\"; they last until the sound server ends. Elsewhere it tells which free program \
                  makes one, step by step."
)]
pub struct RouteArgs {
    /// Take it away again
    #[arg(long)]
    pub remove: bool,
}

/// Measure the way from an output to an input by clicks, through a cable or a loopback.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Connect the output with the input, by a cable or by holding the headphones to the microphone; on a \
                  virtual device the input is its monitor. Turn the volume down first."
)]
pub struct LatencyArgs {
    /// Which system of devices
    #[arg(long, value_name = "B", value_enum, default_value_t)]
    pub backend: Backend,
    /// The input that hears the clicks [default: the system's]
    #[arg(long, value_name = "NAME|NUMBER")]
    pub input: Option<String>,
    /// The output that gives them [default: the system's]
    #[arg(long, value_name = "NAME|NUMBER")]
    pub output: Option<String>,
    /// Sampling rate in Hz [default: the output's]
    #[arg(long, value_name = "HZ", value_parser = clap::value_parser!(u32).range(RATE_RANGE))]
    pub rate: Option<u32>,
    /// Frames that a device takes at once [default: 256]
    #[arg(long, value_name = "FRAMES", value_parser = clap::value_parser!(u32).range(BLOCK_RANGE))]
    pub block: Option<u32>,
    /// How many clicks, of which the median counts
    #[arg(long, value_name = "N", default_value_t = 9, value_parser = clap::value_parser!(u16).range(1..=99))]
    pub clicks: u16,
    /// The quality that the engine's share is told for
    #[arg(long, value_name = "Q", value_enum, default_value_t)]
    pub quality: QualityArg,
    /// Print the result as one line of JSON
    #[arg(long)]
    pub json: bool,
}
