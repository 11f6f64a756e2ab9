//! Wakes a resting window when somebody begins to sing or speak.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use syrinx_engine::Status;

/// Time between looks: a meter that begins so much later still looks as if it began at once.
const LOOK: Duration = Duration::from_millis(60);

/// Wakes a resting window when somebody begins to sing or speak. A look costs microseconds, a picture milliseconds; so a
/// window at rest is drawn rarely.
pub struct Pulse {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// What window and thread share.
#[derive(Default)]
struct Shared {
    resting: AtomicBool,
    ended: AtomicBool,
}

impl Pulse {
    /// Begins to look at `status` for `window`; `None` where there is no thread to be had.
    pub fn new(status: &Arc<Status>, window: egui::Context) -> Option<Pulse> {
        let shared = Arc::new(Shared::default());
        let (status, told) = (Arc::clone(status), Arc::clone(&shared));
        let thread = thread::Builder::new().name("syrinx-pulse".to_owned());
        let thread = thread.spawn(move || run(&status, &told, &window)).ok()?;
        Some(Pulse {
            shared,
            thread: Some(thread),
        })
    }

    /// Says whether the window rests; one that moves need not be woken.
    pub fn set_resting(&self, resting: bool) {
        self.shared.resting.store(resting, Ordering::Relaxed);
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // The plugin's code may be unloaded after this.
            let _ = thread.join();
        }
    }
}

fn run(status: &Status, shared: &Shared, window: &egui::Context) {
    let mut frames = Vec::new();
    let mut next = status.pitch().next();
    while !shared.ended.load(Ordering::Acquire) {
        frames.clear();
        next = status.pitch().frames(next, &mut frames);
        let sings = frames.iter().any(|frame| frame.input_hz > 0.0);
        if sings && shared.resting.load(Ordering::Relaxed) {
            window.request_repaint();
        }
        thread::park_timeout(LOOK);
    }
}
