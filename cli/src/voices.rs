//! `syrinx voices`: lists the voices, looks at one, or imports one.

pub mod find;
pub mod import;
pub mod inspect;
pub mod list;

use crate::args::{VoicesAction, VoicesArgs};
use crate::error::CliError;
use crate::exit::Exit;

/// Runs `syrinx voices`.
///
/// # Errors
/// If a voice that was asked for cannot be opened or imported.
pub fn run(arguments: &VoicesArgs) -> Result<Exit, CliError> {
    match &arguments.action {
        None | Some(VoicesAction::List) => list::run(arguments.json),
        Some(VoicesAction::Inspect { voice }) => inspect::run(voice, arguments.json),
        Some(VoicesAction::Import(import)) => import::run(import, arguments.json),
    }
}
