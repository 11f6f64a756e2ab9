//! Ctrl-C: the first asks the work to stop and clean up, the second ends the program at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::CliError;
use crate::exit::Exit;

/// Whether the user asked to stop; cheap to clone and to ask.
#[derive(Clone, Debug, Default)]
pub struct Interrupt {
    asked: Arc<AtomicBool>,
}

impl Interrupt {
    /// Listens to Ctrl-C, and to the requests to end that systems send. Once per process.
    ///
    /// # Errors
    /// If the system refuses or it was installed before.
    pub fn install() -> Result<Interrupt, CliError> {
        let interrupt = Interrupt::default();
        let seen = interrupt.clone();
        ctrlc::set_handler(move || {
            if seen.asked.swap(true, Ordering::SeqCst) {
                std::process::exit(Exit::Interrupted.code().into());
            }
        })
        .map_err(|error| CliError::other("Ctrl-C", error))?;
        Ok(interrupt)
    }

    /// Whether the user asked to stop.
    pub fn is_asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }

    /// Asks to stop, as Ctrl-C does.
    pub fn ask(&self) {
        self.asked.store(true, Ordering::SeqCst);
    }
}
