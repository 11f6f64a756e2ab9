//! Says in which folders voices lie, and what belongs to them.

use std::path::PathBuf;

use crate::data_folder::{data_folder, local_folder};

/// Where installed voices lie; `None` where no variable says so, or none is an absolute path.
///
/// `$SYRINX_HOME/voices` on every system; else `%APPDATA%\syrinx\voices` on Windows,
/// `~/Library/Application Support/syrinx/voices` on macOS, and elsewhere `$XDG_DATA_HOME/syrinx/voices`, else
/// `~/.local/share/syrinx/voices`. It need not exist.
pub fn voice_folder() -> Option<PathBuf> {
    Some(data_folder()?.join("voices"))
}

/// Where what was measured of voices on this machine lies: beside [`voice_folder`], and in `%LOCALAPPDATA%\syrinx` on
/// Windows, which carries the other to the user's other machines. It need not exist.
pub fn calibration_folder() -> Option<PathBuf> {
    Some(local_folder()?.join("calibration"))
}

/// Where optimised networks are kept, beside [`calibration_folder`]. It need not exist, and may be removed at any time.
pub fn network_folder() -> Option<PathBuf> {
    Some(local_folder()?.join("networks"))
}
