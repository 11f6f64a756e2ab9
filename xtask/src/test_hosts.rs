//! Prepares what the tests in hosts need: bundles, hosts, and a screen that nobody sees.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::bundle::{self, BundleArgs};
use crate::{process, setup};

/// Where the tests make voices of full size, in the target folder. Their networks are kept there, 615 MB.
const FULL_SIZE: &str = "full_size";
/// What of it is of no use after the tests: the imported voices.
const HOME: &str = "home";

/// What the tests have for as long as it lives.
pub struct Prepared {
    _screen: Option<Screen>,
    home: PathBuf,
}

impl Drop for Prepared {
    fn drop(&mut self) {
        // Without these tests it was never made.
        let _ = fs::remove_dir_all(&self.home);
    }
}

/// Tells the tests of `command` where bundles, programs and hosts are, and gives them a screen and a folder for large
/// voices, which last as long as what is returned.
///
/// # Errors
/// If something cannot be built, brought or started.
pub fn prepare(command: &mut Command) -> Result<Prepared> {
    // Voices of full size would take minutes on what is built in.
    let bundled = bundle::make(&BundleArgs::for_host(false).with_runtime(true))?;
    let live = bundled
        .programs
        .live
        .context("the tests in hosts need syrinx-live: `cargo xtask setup system building`")?;
    let full_size = process::target_dir()?.join(FULL_SIZE);
    command
        .env("SYRINX_BUNDLES", &bundled.folder)
        .env("SYRINX_FULL_SIZE", &full_size)
        .env("SYRINX_LIVE", live)
        .env("SYRINX_HOSTS_PYTHON", setup::ensure_hosts()?)
        .env("SYRINX_REQUIRE_HOSTS", "1");
    Ok(Prepared {
        _screen: screen(command)?,
        home: full_size.join(HOME),
    })
}

/// A screen for what `command` shows; it lasts as long as what is returned.
///
/// # Errors
/// If its server cannot be started.
pub fn screen(command: &mut Command) -> Result<Option<Screen>> {
    // Only X11 has servers without a screen; elsewhere the tests use the one that is there.
    if !cfg!(target_os = "linux") {
        return Ok(None);
    }
    let screen = Screen::start()?;
    command
        .env("DISPLAY", &screen.display)
        .env_remove("WAYLAND_DISPLAY")
        // Editors write presets for hosts; what runs here keeps out of this user's folders.
        .env("SYRINX_VST3_PRESETS", "")
        // No card is needed, and the picture is the same everywhere.
        .env("LIBGL_ALWAYS_SOFTWARE", "1");
    Ok(Some(screen))
}

/// A running X server without a screen; it ends when this is dropped.
pub struct Screen {
    server: Child,
    display: String,
}

impl Screen {
    fn start() -> Result<Screen> {
        let mut server = Command::new("Xvfb")
            // It chooses a free display itself and says which, as soon as it can be used.
            // A window at twice its size fits.
            .args(["-displayfd", "1", "-screen", "0", "1920x1600x24"])
            // Without a reset when the last program leaves: one that comes in that moment would be turned away.
            .args(["-nolisten", "tcp", "-noreset"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start `Xvfb`; `cargo xtask setup system hosts` brings it")?;
        let mut number = String::new();
        let output = server.stdout.take().context("no output to read")?;
        // Made before it is known whether the server runs, so that it ends in any case.
        let mut screen = Screen {
            server,
            display: String::new(),
        };
        BufReader::new(output).read_line(&mut number)?;
        ensure!(
            number.trim().parse::<u32>().is_ok(),
            "`Xvfb` named no display: found {number:?}; run it by hand to see why"
        );
        screen.display = format!(":{}", number.trim());
        Ok(screen)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // An error says that it has ended already.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
