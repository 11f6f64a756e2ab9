//! `syrinx voices`: lists the voices, looks at one, imports one, measures it, or makes it faster.

pub mod calibrate;
pub mod find;
pub mod import;
pub mod inspect;
pub mod list;
pub mod quantise;
pub mod speech;
pub mod streams;

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
        Some(VoicesAction::Calibrate { voice, device }) => {
            calibrate::run(voice, *device, arguments.json)
        }
        Some(VoicesAction::Quantise {
            voice,
            to,
            recording,
            remove,
        }) => quantise::run(voice, *to, recording.as_deref(), *remove, arguments.json),
        Some(VoicesAction::Import(import)) => import::run(import, arguments.json),
    }
}
