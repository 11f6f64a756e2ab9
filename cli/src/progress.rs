//! A progress bar on standard error that watches a conversion and passes Ctrl-C on to it.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use syrinx_models::Observer;

use crate::interrupt::Interrupt;

/// How often the bar moves by itself; slower looks stuck, faster only costs.
const TICK: Duration = Duration::from_millis(120);

/// A progress bar; invisible where standard error is no terminal. Dropped, it is wiped away.
pub struct Progress {
    bar: ProgressBar,
    stop: Interrupt,
}

impl Progress {
    /// A bar for a recording of `samples` at `rate_hz`, or a spinner where the length is unknown.
    pub fn new(label: &str, samples: Option<u64>, stop: &Interrupt) -> Progress {
        let bar = match samples {
            Some(samples) => ProgressBar::new(samples).with_style(style(
                "{msg} [{bar:30}] {percent:>3}% {elapsed} (left {eta})",
            )),
            None => ProgressBar::new_spinner().with_style(style("{msg} {spinner} {elapsed}")),
        };
        bar.set_message(label.to_owned());
        bar.enable_steady_tick(TICK);
        Progress {
            bar,
            stop: stop.clone(),
        }
    }
}

/// The template is a constant, so it parses; a plain bar serves should it not.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl Observer for Progress {
    fn progress(&mut self, done: u64) {
        self.bar.set_position(done);
    }

    fn cancelled(&self) -> bool {
        self.stop.is_asked()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
