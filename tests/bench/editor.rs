//! Weighs the open window: processor time with it and without, while nothing moves and while somebody speaks.

use std::process::ExitCode;

use crate::paced::{pace, speech};
use crate::procfs::{DRAWN_BY_SOFTWARE, process_seconds};
use crate::rig::{Rig, Screen, open};
use crate::row::print;

/// Frames of a block: hosts ask a plugin's window for its events about as often as this is played.
const BLOCK: usize = 480;

/// Seconds before what is measured: first pictures are shown, and the five seconds of a trace have moved out of sight.
const SETTLED: u64 = 8;

/// Processor time in percent of a core.
struct Share {
    /// Of the plugin: its threads, among them the window's.
    own: f64,
    /// Of the library that draws in the place of a graphics card.
    drawing: f64,
}

/// The plugin with its window closed and open, `seconds` each.
pub fn open_and_closed(seconds: u64) -> ExitCode {
    let (Some(screen), Some(entry)) = (Screen::connect(), open()) else {
        return ExitCode::FAILURE;
    };
    let mut rig = Rig::new(&entry);
    rig.activate(48_000.0, BLOCK as u32);
    play(&mut rig, SETTLED, true);
    let mut closed = Vec::new();
    for sounds in [false, true] {
        closed.push(share(&mut rig, seconds, sounds));
    }
    let mut opened = Vec::new();
    rig.open_and_close_editor(&screen, |rig| {
        for sounds in [false, true] {
            opened.push(share(rig, seconds, sounds));
        }
    });
    for (what, (closed, opened)) in ["silence", "speech"].iter().zip(closed.iter().zip(&opened)) {
        print(
            &format!("plugin, editor closed, {what}"),
            closed.own,
            "%",
            "of a core",
        );
        let note = format!(
            "of a core, beyond the closed one; {:.1} % in all",
            opened.own
        );
        print(
            &format!("editor open, {what}"),
            opened.own - closed.own,
            "%",
            &note,
        );
        let note = "of a core, in the place of a graphics card";
        print(
            &format!("  drawing by software, {what}"),
            opened.drawing,
            "%",
            note,
        );
    }
    ExitCode::SUCCESS
}

fn share(rig: &mut Rig, seconds: u64, sounds: bool) -> Share {
    play(rig, SETTLED, sounds);
    let taken = || {
        let nan = (f64::NAN, f64::NAN);
        process_seconds(DRAWN_BY_SOFTWARE).unwrap_or(nan)
    };
    let before = taken();
    play(rig, seconds, sounds);
    let after = taken();
    let percent = |now: f64, then: f64| 100.0 * (now - then) / seconds as f64;
    Share {
        own: percent(after.0, before.0),
        drawing: percent(after.1, before.1),
    }
}

fn play(rig: &mut Rig, seconds: u64, sounds: bool) {
    let gain = if sounds { 1.0 } else { 0.0 };
    let source = speech().map(|sample| gain * sample);
    let mut right = [0.0; BLOCK];
    pace(BLOCK, seconds, source, |block| {
        right.copy_from_slice(block);
        rig.process(block, &mut right, &[]);
        rig.idle();
    });
}
