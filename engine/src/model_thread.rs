//! Runs a worker on a thread of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use crate::denormals::without_denormals;
use crate::doorbell::Doorbell;
use crate::model_worker::{ModelWorker, NextStep};
use crate::{Status, VoiceState, priority};

/// Runs a worker on a thread of its own, which sleeps when there is nothing to do and is joined on drop.
#[derive(Debug)]
pub struct ModelThread {
    stop: Arc<AtomicBool>,
    bell: Arc<Doorbell>,
    thread: Option<JoinHandle<()>>,
}

impl ModelThread {
    /// Starts it.
    pub fn start(worker: ModelWorker, status: &Arc<Status>) -> ModelThread {
        let stop = Arc::new(AtomicBool::new(false));
        let bell = worker.bell();
        let (stopped, ring, told) = (Arc::clone(&stop), Arc::clone(&bell), Arc::clone(status));
        let thread = thread::Builder::new()
            .name("syrinx-model".to_owned())
            .spawn(move || {
                told.set_priority(priority::raise());
                without_denormals(|| run(worker, &stopped, &ring));
            });
        if let Err(error) = &thread {
            status.set_voice_state(VoiceState::Failed);
            status.set_notice(Some(format!("no thread to convert on: {error}")));
        }
        ModelThread {
            stop,
            bell,
            thread: thread.ok(),
        }
    }
}

fn run(mut worker: ModelWorker, stop: &AtomicBool, bell: &Doorbell) {
    while !stop.load(Ordering::Relaxed) {
        if worker.step() == NextStep::Wait {
            bell.sleep(worker.pause());
        }
    }
}

impl Drop for ModelThread {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.bell.ring();
        if let Some(thread) = self.thread.take() {
            // The worker catches what panics in a voice; a panic of its own was printed by then.
            let _ = thread.join();
        }
    }
}
