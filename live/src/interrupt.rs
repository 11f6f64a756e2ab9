//! Ctrl-C: the first asks the program to stop and clean up, the second ends it at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// What a shell expects of a program that Ctrl-C ended the hard way.
const KILLED_BY_CTRL_C: i32 = 130;

/// Whether the user asked to stop; cheap to clone and to ask.
#[derive(Clone, Debug, Default)]
pub struct Interrupt {
    asked: Arc<AtomicBool>,
}

impl Interrupt {
    /// Listens to Ctrl-C and to the requests to end that systems send. Only the first in a process listens; where
    /// the system refuses, none does, and Ctrl-C ends the program at once.
    pub fn listen() -> Interrupt {
        static FIRST: OnceLock<Interrupt> = OnceLock::new();
        let first = FIRST.get_or_init(|| {
            let interrupt = Interrupt::default();
            let seen = interrupt.clone();
            let _ = ctrlc::set_handler(move || {
                if seen.asked.swap(true, Ordering::SeqCst) {
                    std::process::exit(KILLED_BY_CTRL_C);
                }
            });
            interrupt
        });
        first.clone()
    }

    /// Whether the user asked to stop.
    pub fn is_asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }
}
