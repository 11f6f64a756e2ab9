//! The `syrinx-live` command.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    syrinx_live::run(std::env::args_os(), &mut std::io::stdout()).into()
}
