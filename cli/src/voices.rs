//! `syrinx voices`: lists the voices, or looks at one.

pub mod find;
pub mod inspect;
pub mod list;

use crate::args::{VoicesAction, VoicesArgs};
use crate::error::CliError;
use crate::exit::Exit;

/// Runs `syrinx voices`.
///
/// # Errors
/// If a voice that was asked for cannot be opened.
pub fn run(arguments: &VoicesArgs) -> Result<Exit, CliError> {
    match &arguments.action {
        None | Some(VoicesAction::List) => list::run(arguments.json),
        Some(VoicesAction::Inspect { voice }) => inspect::run(voice, arguments.json),
    }
}
