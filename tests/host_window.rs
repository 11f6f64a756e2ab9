//! Opens the window of a live session on a screen, turns a control in it with the pointer, and sees that the session
//! hears it. Without a screen, a JACK server or the built program it is skipped, unless `SYRINX_REQUIRE_HOSTS` is set.
#![cfg(target_os = "linux")]
#![forbid(unsafe_code)]

#[path = "host_clap/screen.rs"]
mod screen;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use screen::Screen;
use serde_json::Value;
use syrinx_tests::hosts;
use syrinx_tests::jackd::Jackd;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ConnectionExt as _, MOTION_NOTIFY_EVENT,
};
use x11rb::protocol::xtest::ConnectionExt as _;

/// How long the program may take for anything: ten times what it takes on a quiet machine that draws by software.
const LIMIT: Duration = Duration::from_secs(60);

/// The size of the window in points.
const SIZE: (u16, u16) = (840, 700);

/// Where Bypass is, and where a page's name is.
const BYPASS: (i16, i16) = (525, 18);
const PITCH: (i16, i16) = (82, 47);

/// One after the other: the server's name is that of this process.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn jack_server() -> Option<Jackd> {
    Jackd::start("syrinx-window", &[], 48_000, 256)
}

/// A program that runs; ended when this is dropped.
struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Running {
    fn start(mut command: Command) -> Running {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let output = BufReader::new(child.stdout.take().expect("an output"));
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Running { child, lines }
    }

    /// Reads states until one fits.
    fn wait_for(&self, what: &str, fits: impl Fn(&Value) -> bool) {
        let begun = Instant::now();
        while let Some(left) = LIMIT.checked_sub(begun.elapsed()) {
            let Ok(line) = self.lines.recv_timeout(left) else {
                break;
            };
            let state: Value = serde_json::from_str(&line).unwrap_or_default();
            if state["event"] == "status" && fits(&state) {
                return;
            }
        }
        panic!("waited for {what}");
    }

    fn ends_well(mut self) {
        let begun = Instant::now();
        while begun.elapsed() < LIMIT {
            if let Some(status) = self.child.try_wait().expect("a child") {
                assert!(status.success(), "{status}");
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("it does not end");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A pointer that nobody holds.
struct Pointer {
    connection: x11rb::rust_connection::RustConnection,
}

impl Pointer {
    fn click(&self, (x, y): (i16, i16)) {
        let root = self.connection.setup().roots[0].root;
        let send = |kind, detail| {
            let sent = self
                .connection
                .xtest_fake_input(kind, detail, 0, root, x, y, 0);
            sent.expect("sent").check().expect("taken");
            // A window takes what is between two of its pictures for one moment.
            thread::sleep(Duration::from_millis(120));
        };
        send(MOTION_NOTIFY_EVENT, 0);
        send(BUTTON_PRESS_EVENT, 1);
        send(BUTTON_RELEASE_EVENT, 1);
        let _ = self.connection.get_input_focus();
    }
}

/// Waits for a picture of the window that is none of `seen`.
fn new_picture(screen: &Screen, seen: &[Vec<u8>]) -> Vec<u8> {
    let begun = Instant::now();
    while begun.elapsed() < LIMIT {
        thread::sleep(Duration::from_millis(500));
        let picture = screen.picture(SIZE);
        let colours: BTreeSet<&[u8]> = picture.chunks_exact(3).collect();
        // Letters alone have dozens of colours, an empty screen has one.
        if colours.len() > 50 && seen.iter().all(|other| changed(other, &picture) > 2_000) {
            return picture;
        }
    }
    panic!("the window does not show it");
}

/// How many pixels of two pictures are not the same.
fn changed(one: &[u8], other: &[u8]) -> usize {
    let pixels = one.chunks_exact(3).zip(other.chunks_exact(3));
    pixels.filter(|(one, other)| one != other).count()
}

#[test]
fn a_live_session_is_seen_and_turned_in_its_window() {
    let Some(screen) = Screen::connect() else {
        return;
    };
    let Some([program]) = hosts::paths(["SYRINX_LIVE"]) else {
        return;
    };
    let _alone = alone();
    let Some(server) = jack_server() else {
        return;
    };
    let mut command = Command::new(program);
    command
        .args([
            "--backend",
            "jack",
            "--no-connect",
            "--name",
            "window",
            "--window",
        ])
        .args(["--json", "--status-interval", "0.2"])
        .envs([server.environment()])
        .env_remove("WAYLAND_DISPLAY");
    let running = Running::start(command);
    running.wait_for("the voice", |state| state["voice_state"] == "ready");
    let first = new_picture(&screen, &[]);
    let (connection, _) = x11rb::connect(None).expect("the display answers");
    let pointer = Pointer { connection };
    pointer.click(PITCH);
    new_picture(&screen, &[first]);
    pointer.click(BYPASS);
    running.wait_for("bypass", |state| state["bypass"] == true);
    pointer.click(BYPASS);
    running.wait_for("no bypass", |state| state["bypass"] == false);
    let asked = Command::new("kill")
        .args(["-INT", &running.child.id().to_string()])
        .status();
    assert!(asked.expect("kill").success());
    running.ends_well();
}

#[test]
fn without_a_screen_the_error_says_so() {
    let Some([program]) = hosts::paths(["SYRINX_LIVE"]) else {
        return;
    };
    let _alone = alone();
    let Some(server) = jack_server() else {
        return;
    };
    let ended = Command::new(program)
        .args(["--backend", "jack", "--no-connect", "--window"])
        .envs([server.environment()])
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .output()
        .expect("it runs");
    assert_eq!(ended.status.code(), Some(1));
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(said.contains("expected a screen"), "{said}");
}
