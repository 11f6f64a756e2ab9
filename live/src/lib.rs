//! The `syrinx-live` program: audio devices around the engine, meters and keys in the terminal.
//!
//! A library, so that its parts can be tested and used; the binary is one call of [`run`].
//!
//! ```text
//! JACK:    input ─────────────────────────────── AudioSide ─┬─ output_1
//!                                                           └─ output_2
//! others:  input ─ DriftWriter ══> DriftReader ─ AudioSide ─┬─ output
//!                  (its clock)    (the output's clock)      └─ DriftWriter ══> DriftReader ─ monitor
//! ```
//!
//! [`Session`] is the control side of an [`AudioSide`]; a [`Rig`] is devices around both, and a [`KeptRig`] opens them
//! again when they vanish. What outlives devices is in a [`LiveEngine`]. A [`Recorder`] writes what goes in and comes
//! out, and a [`Remote`] lets other programs turn the controls.
//!
//! # Real-time safety
//! [`AudioSide::process`], [`DriftWriter::write`] and [`DriftReader::read`] are what runs in callbacks. They do not
//! allocate, lock, log, wake or wait.
#![deny(unsafe_code)]

pub mod args;
mod audio_side;
mod clock_match;
pub mod controls;
mod counts;
pub mod cpal_devices;
mod cpal_rig;
mod cpal_streams;
pub mod device_list;
mod device_watch;
mod doubt;
mod drift;
mod error;
mod exit;
mod hotkey_wish;
mod hotkeys;
mod interrupt;
mod jack_latency;
mod jack_rig;
mod kept_rig;
mod latency_test;
mod latest;
mod live_engine;
pub mod parameters;
mod peak_hold;
mod program;
mod quiet;
mod recorder;
mod remote;
mod rig;
mod round_trip;
mod route;
mod run;
mod session;
mod shell;
mod snapshot;
mod tap;
mod terminal;
pub mod voice_choice;
mod watchdog;
mod wav_file;
mod window;

use std::ffi::OsString;
use std::io::{self, Write};

use clap::Parser;

pub use crate::audio_side::AudioSide;
pub use crate::clock_match::ClockMatch;
pub use crate::counts::Counts;
pub use crate::cpal_rig::{CpalConfig, CpalRig};
pub use crate::cpal_streams::InputChannel;
pub use crate::drift::{DriftConfig, DriftReader, DriftState, DriftWriter, drift_buffer};
pub use crate::error::LiveError;
pub use crate::exit::Exit;
pub use crate::hotkey_wish::HotkeyWish;
pub use crate::hotkeys::Hotkeys;
pub use crate::jack_rig::{JackConfig, JackRig};
pub use crate::kept_rig::{Change, KeptRig, RigConfig};
pub use crate::latest::{LatestReader, LatestWriter, latest};
pub use crate::live_engine::LiveEngine;
pub use crate::peak_hold::PeakHold;
pub use crate::recorder::{RecordFiles, Recorder};
pub use crate::remote::Remote;
pub use crate::rig::{Rig, RigFacts, Wire};
pub use crate::round_trip::RoundTrip;
pub use crate::session::{Session, SessionConfig};
pub use crate::snapshot::Snapshot;

use crate::args::{Command, LiveArgs};

/// Runs the command line `arguments`, the first being the program's own name, prints to `out`, and says how it
/// ended.
pub fn run(arguments: impl IntoIterator<Item = OsString>, out: &mut (dyn Write + Send)) -> Exit {
    let args = match LiveArgs::try_parse_from(arguments) {
        Ok(args) => args,
        Err(error) => {
            // Whoever closed the pipe wanted to read no more.
            let _ = error.print();
            return match error.use_stderr() {
                true => Exit::Usage,
                false => Exit::Success,
            };
        }
    };
    if let Err(reason) = args.check() {
        let _ = writeln!(io::stderr().lock(), "error: {reason}");
        return Exit::Usage;
    }
    let outcome = match &args.command {
        Some(Command::Route(args)) => route::run(args, out),
        Some(Command::Latency(args)) => latency_test::run(args, out),
        Some(Command::Completions { shell }) => shell::completions(*shell, out),
        Some(Command::Man) => shell::man(out),
        None if args.list_devices => program::list_devices(&args, out),
        None => program::live(&args, out),
    };
    match outcome {
        Ok(()) => Exit::Success,
        // A reader that has closed the pipe has read enough.
        Err(LiveError::Terminal(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            Exit::Success
        }
        Err(error) => {
            let _ = writeln!(io::stderr().lock(), "error: {error}");
            Exit::Failure
        }
    }
}
