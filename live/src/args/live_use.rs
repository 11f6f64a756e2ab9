//! The options for talking, recording and remote control.

use std::path::PathBuf;

use clap::Args;

use crate::hotkey_wish::HotkeyWish;

/// Ports that a user may take without asking the system.
const PORT_RANGE: std::ops::RangeInclusive<i64> = 1024..=65_535;

/// The options for talking, recording and remote control.
#[derive(Args, Clone, Debug, Default)]
pub struct LiveUseArgs {
    /// Show a window, with the same views as the plugin's; keys in the terminal go on to work
    #[arg(long)]
    pub window: bool,
    /// Silence, unless the talk key is held; in terminals that do not tell of releases it is pressed again
    #[arg(long)]
    pub push_to_talk: bool,
    /// A key that counts in every window, for mute, panic, talk, bypass, record, next-voice or voice-1 to voice-9, such
    /// as talk=F9 or mute=Ctrl+Shift+M; may be repeated (X11)
    #[arg(long = "hotkey", value_name = "ACTION=KEY")]
    pub hotkeys: Vec<HotkeyWish>,
    /// Record the input to this new WAV file
    #[arg(long, value_name = "FILE")]
    pub record_dry: Option<PathBuf>,
    /// Record the output to this new WAV file; with --record-dry both begin at the same moment of the voice
    #[arg(long, value_name = "FILE")]
    pub record_wet: Option<PathBuf>,
    /// Let programs of this machine turn the controls: a WebSocket on this port of 127.0.0.1
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(PORT_RANGE))]
    pub remote: Option<u16>,
    /// What such programs must know [default: made anew and printed]
    #[arg(long, value_name = "TOKEN", requires = "remote", value_parser = token)]
    pub remote_token: Option<String>,
}

/// Reads a token that fits into an address as it is, and that nobody finds by trying.
fn token(text: &str) -> Result<String, String> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    match text.len() >= 8 && text.chars().all(fits) {
        true => Ok(text.to_owned()),
        false => Err("expected 8 letters, digits, - or _ at least".to_owned()),
    }
}
