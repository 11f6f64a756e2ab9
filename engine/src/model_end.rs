//! The model thread's end of the bridge.

use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Relaxed};

use rtrb::{Consumer, Producer};

use crate::bridge::Shared;
use crate::command::Stamped;
use crate::doorbell::Doorbell;

/// The model thread's end of the bridge: takes input and commands, gives as much output.
#[derive(Debug)]
pub struct ModelEnd {
    input: Consumer<f32>,
    output: Producer<f32>,
    commands: Consumer<Stamped>,
    shared: Arc<Shared>,
    position: u64,
}

impl ModelEnd {
    pub(crate) fn new(
        input: Consumer<f32>,
        output: Producer<f32>,
        commands: Consumer<Stamped>,
        shared: Arc<Shared>,
    ) -> ModelEnd {
        ModelEnd {
            input,
            output,
            commands,
            shared,
            position: 0,
        }
    }

    /// Input samples taken so far.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// How many samples can be taken and given back now.
    pub fn available(&self) -> usize {
        self.input.slots().min(self.output.slots())
    }

    /// The command that is due before the next sample.
    pub fn due(&mut self) -> Option<Stamped> {
        let next = *self.commands.peek().ok()?;
        if next.at > self.position {
            return None;
        }
        self.commands.pop().ok()
    }

    /// Input samples until the next command is due.
    pub fn until_command(&self) -> usize {
        match self.commands.peek() {
            Ok(next) => next.at.saturating_sub(self.position) as usize,
            Err(_) => usize::MAX,
        }
    }

    /// Takes as many samples as `block` has; there must be so many.
    pub fn take(&mut self, block: &mut [f32]) {
        let taken = self.input.pop_entire_slice(block);
        debug_assert!(taken.is_ok(), "more was taken than is available");
        self.position += block.len() as u64;
    }

    /// Gives what became of the samples last taken.
    pub fn give(&mut self, block: &[f32]) {
        let given = self.output.push_entire_slice(block);
        debug_assert!(given.is_ok(), "more was given than was taken");
        if self.shared.audio_waits.load(Acquire) {
            self.shared.audio_bell.ring();
        }
    }

    /// Tells the audio side whether nothing comes because something is being loaded.
    pub fn set_loads(&self, loads: bool) {
        self.shared.model_loads.store(loads, Relaxed);
    }

    /// What wakes the model thread.
    pub fn bell(&self) -> Arc<Doorbell> {
        Arc::clone(&self.shared.model_bell)
    }
}
