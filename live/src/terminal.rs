//! Keys and two lines that are drawn anew, where there is a terminal.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use crossterm::event::{
    Event, KeyboardEnhancementFlags, PopKeyboardEnhancementFlags, PushKeyboardEnhancementFlags,
    poll, read,
};
use crossterm::terminal::{
    Clear, ClearType, disable_raw_mode, enable_raw_mode, size, supports_keyboard_enhancement,
};
use crossterm::{cursor, execute, queue};

use crate::controls::{Action, action};
use crate::peak_hold::PeakHold;
use crate::snapshot::Snapshot;

/// Width of a meter in characters.
const METER: usize = 20;

/// Keys and two lines that are drawn anew. Dropped, it leaves the terminal as it was.
#[derive(Debug)]
pub struct Terminal {
    drawn: bool,
    /// Whether it tells of keys that go up.
    releases: bool,
}

impl Terminal {
    /// Takes over the terminal; `None` where standard input or output is none. Asks it to tell of keys that go up
    /// where that is wanted: terminals with kitty's keyboard protocol do.
    ///
    /// # Errors
    /// If the terminal refuses.
    pub fn open(releases: bool) -> io::Result<Option<Terminal>> {
        if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
            return Ok(None);
        }
        enable_raw_mode()?;
        let mut terminal = Terminal {
            drawn: false,
            releases: false,
        };
        // A terminal that does not answer is one that cannot.
        if releases && supports_keyboard_enhancement().unwrap_or(false) {
            let flags = KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES
                | KeyboardEnhancementFlags::REPORT_EVENT_TYPES
                | KeyboardEnhancementFlags::REPORT_ALTERNATE_KEYS;
            execute!(io::stdout(), PushKeyboardEnhancementFlags(flags))?;
            terminal.releases = true;
        }
        Ok(Some(terminal))
    }

    /// Whether it tells of keys that go up.
    pub fn tells_releases(&self) -> bool {
        self.releases
    }

    /// Waits for a key, but for no longer than `limit`.
    ///
    /// # Errors
    /// If the terminal cannot be read.
    pub fn key(&self, limit: Duration) -> io::Result<Option<Action>> {
        if !poll(limit)? {
            return Ok(None);
        }
        match read()? {
            Event::Key(key) => Ok(action(key, self.releases)),
            _ => Ok(None),
        }
    }

    /// Draws the two lines.
    ///
    /// # Errors
    /// If the terminal cannot be written.
    pub fn draw(
        &mut self,
        out: &mut dyn Write,
        state: &Snapshot,
        input: &PeakHold,
        output: &PeakHold,
    ) -> io::Result<()> {
        let width = size().map_or(80, |(columns, _)| usize::from(columns));
        let [first, second] = lines(state, input, output);
        self.begin(&mut &mut *out)?;
        write!(out, "{}\r\n{}", cut(&first, width), cut(&second, width))?;
        self.drawn = true;
        out.flush()
    }

    /// Prints lines that stay, above the two.
    ///
    /// # Errors
    /// If the terminal cannot be written.
    pub fn print(&mut self, out: &mut dyn Write, text: &str) -> io::Result<()> {
        self.begin(&mut &mut *out)?;
        self.drawn = false;
        for line in text.lines() {
            write!(out, "{line}\r\n")?;
        }
        out.flush()
    }

    /// Goes to where the two lines are, and clears them.
    fn begin<W: Write>(&self, out: &mut W) -> io::Result<()> {
        queue!(out, cursor::MoveToColumn(0))?;
        if self.drawn {
            queue!(out, cursor::MoveUp(1))?;
        }
        queue!(out, Clear(ClearType::FromCursorDown))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Nothing is left to try where it fails.
        if self.releases {
            let _ = execute!(io::stdout(), PopKeyboardEnhancementFlags);
        }
        let _ = disable_raw_mode();
        let _ = writeln!(io::stdout());
    }
}

fn lines(state: &Snapshot, input: &PeakHold, output: &PeakHold) -> [String; 2] {
    let meter = |name: &str, meter: &PeakHold| {
        format!(
            "{name} [{}] {:>4.0} dB ^{:>4.0}",
            meter.bar(METER),
            meter.level(),
            meter.peak()
        )
    };
    let notice = state.notice.as_deref().map(|notice| format!("  {notice}"));
    [
        format!(
            "{}  {}  ? help{}",
            meter("in", input),
            meter("out", output),
            notice.unwrap_or_default()
        ),
        state.to_facts(),
    ]
}

/// A line that does not wrap, since two lines are drawn over.
fn cut(line: &str, width: usize) -> String {
    line.chars().take(width.saturating_sub(1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_never_wrap() {
        assert_eq!(cut("äöüß", 3), "äö");
        assert_eq!(cut("abc", 80), "abc");
        assert_eq!(cut("abc", 0), "");
    }

    #[test]
    fn drawing_twice_draws_over_the_first() {
        let mut terminal = std::mem::ManuallyDrop::new(Terminal {
            drawn: false,
            releases: false,
        });
        let (input, output) = (PeakHold::default(), PeakHold::default());
        let state = crate::snapshot::tests::example();
        let mut first = Vec::new();
        terminal.draw(&mut first, &state, &input, &output).unwrap();
        assert!(!String::from_utf8(first).unwrap().contains("\u{1b}[1A"));
        let mut second = Vec::new();
        terminal.draw(&mut second, &state, &input, &output).unwrap();
        let second = String::from_utf8(second).unwrap();
        assert!(
            second.contains("\u{1b}[1A") && second.contains("ms  load"),
            "{second:?}"
        );
    }
}
