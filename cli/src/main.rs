//! The `syrinx` command.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    syrinx_cli::run(std::env::args_os()).into()
}
