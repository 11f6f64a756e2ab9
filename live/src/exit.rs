//! How the program ended, as the shell sees it.

use std::process::ExitCode;

/// How the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It ran until it was asked to stop, by `q`, Ctrl-C or `--seconds`: 0.
    Success,
    /// Something failed: 1.
    Failure,
    /// The command line was wrong: 2.
    Usage,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::Success => 0,
            Exit::Failure => 1,
            Exit::Usage => 2,
        })
    }
}
