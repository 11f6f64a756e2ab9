//! The `syrinx` command: converts recordings, speaks scripts, lists voices, and says and tries what this machine
//! can do.
//!
//! A library, so that its parts can be tested; the binary is one call of [`run`].
#![forbid(unsafe_code)]

pub mod args;
pub mod audio;
pub mod batch;
pub mod completions;
pub mod convert;
pub mod doctor;
pub mod error;
pub mod exit;
pub mod finished;
pub mod interrupt;
pub mod machine;
pub mod man;
pub mod output;
pub mod progress;
pub mod report;
mod second_voices;
pub mod self_test;
pub mod session;
pub mod source;
pub mod speak;
pub mod streamed;
pub mod voices;

use std::ffi::OsString;

use clap::Parser;

use crate::args::{Cli, Command};
use crate::error::CliError;
use crate::exit::Exit;
use crate::interrupt::Interrupt;

/// Runs the command line `arguments`, the first being the program's own name, and says how it ended.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let command = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli.command,
        Err(error) => return exit::after_parse_error(&error),
    };
    let outcome = match command {
        Command::Convert(arguments) => {
            match arguments.check().and_then(|()| arguments.destination()) {
                Ok(destination) => {
                    Interrupt::install().and_then(|stop| batch::run(&arguments, destination, &stop))
                }
                Err(error) => return exit::after_parse_error(&error),
            }
        }
        Command::Speak(arguments) => match arguments.check() {
            Ok(()) => Interrupt::install().and_then(|stop| speak::run(&arguments, &stop)),
            Err(error) => return exit::after_parse_error(&error),
        },
        Command::Voices(arguments) => voices::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::SelfTest(arguments) => {
            Interrupt::install().and_then(|stop| self_test::run(&arguments, &stop))
        }
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Man(arguments) => man::run(&arguments),
    };
    match outcome {
        Ok(exit) => exit,
        Err(error) => {
            error.tell();
            match error {
                CliError::Stopped => Exit::Interrupted,
                _ => Exit::Failure,
            }
        }
    }
}
