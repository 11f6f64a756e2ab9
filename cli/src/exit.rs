//! How the command ended, as the shell sees it.

use std::process::ExitCode;

/// How the command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything was done: 0.
    Success,
    /// Something failed: 1.
    Failure,
    /// The command line was wrong: 2.
    Usage,
    /// The user stopped it: 130, as shells say for Ctrl-C.
    Interrupted,
}

impl Exit {
    /// The number that the shell gets.
    pub fn code(self) -> u8 {
        match self {
            Exit::Success => 0,
            Exit::Failure => 1,
            Exit::Usage => 2,
            Exit::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

/// Prints a message about the command line, or the help that was asked for.
pub fn after_parse_error(error: &clap::Error) -> Exit {
    // Whoever closed the pipe wanted to read no more.
    let _ = error.print();
    if error.use_stderr() {
        Exit::Usage
    } else {
        Exit::Success
    }
}
