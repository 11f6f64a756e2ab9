//! The step that says what the machine is.

use super::report::{Facts, Finding, State};
use crate::machine::Machine;

/// Says what the machine is.
pub(super) fn step() -> (Finding, ()) {
    let machine = Machine::this();
    let cores = match machine.cores {
        1 => "1 core".to_owned(),
        more => format!("{more} cores"),
    };
    let says = format!("{}, {}, {cores}", machine.system(), machine.cpu_name());
    (Finding::new(State::Works, says, Facts::System(machine)), ())
}
