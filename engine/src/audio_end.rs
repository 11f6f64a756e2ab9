//! The audio thread's end of the bridge.

use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, Release};
use std::time::{Duration, Instant};

use rtrb::{Consumer, Producer};

use crate::bridge::{BridgeConfig, Shared};
use crate::command::{Command, ModelSettings, Stamped};
use crate::pacing::{PATIENCE, Pacing};
use crate::{CueAt, Pace, Status};

/// How long an offline host waits for a worker from which nothing comes. The longest chunk of the slowest voice that
/// anybody would bounce with takes seconds; a host that hangs for longer is taken for crashed.
const OFFLINE_LIMIT: Duration = Duration::from_secs(30);

/// How long a host that renders without saying so waits for what is being loaded: a speaking voice takes a second or two
/// on a slow machine. A sound card that was mistaken for such a host would be held up for as long, once, and hear nothing
/// meanwhile in any case.
const LOADING_LIMIT: Duration = Duration::from_secs(10);

/// Sleep between two looks at the ring. A ring of the bell ends it earlier; this covers one that was missed.
const NAP: Duration = Duration::from_millis(1);

/// What a block of output consists of, in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pull {
    /// Silent samples of the latency at the beginning.
    pub lead: usize,
    /// Samples from the model.
    pub ready: usize,
    /// Samples that were missing; they are 0.
    pub missing: usize,
}

/// The audio thread's end of the bridge.
#[derive(Debug)]
pub struct AudioEnd {
    input: Producer<f32>,
    output: Consumer<f32>,
    commands: Producer<Stamped>,
    shared: Arc<Shared>,
    status: Arc<Status>,
    config: BridgeConfig,
    pacing: Pacing,
    sent: Option<ModelSettings>,
    /// Input samples handed over.
    pushed: u64,
    /// Output samples taken or dropped.
    taken: u64,
    /// Output samples that are too late and will be dropped as they come.
    late: u64,
    /// How many of them are from before a reset and not late at all.
    stale: u64,
    /// Silent samples still due before output is taken.
    lead: usize,
    /// Input was lost; nothing is handed over until the model side has caught up.
    stopped: bool,
    /// A reset for which the ring of commands had no room.
    reset_wanted: bool,
    in_gap: bool,
    /// How much output there had been when it was waited for in vain.
    gave_up: Option<u64>,
}

impl AudioEnd {
    pub(crate) fn new(
        config: &BridgeConfig,
        input: Producer<f32>,
        output: Consumer<f32>,
        commands: Producer<Stamped>,
        shared: &Arc<Shared>,
        status: &Arc<Status>,
    ) -> AudioEnd {
        AudioEnd {
            input,
            output,
            commands,
            shared: Arc::clone(shared),
            status: Arc::clone(status),
            config: *config,
            pacing: Pacing::new(config.rate, config.max_block),
            sent: None,
            pushed: 0,
            taken: 0,
            late: 0,
            stale: 0,
            reset_wanted: false,
            lead: config.lead,
            stopped: false,
            in_gap: false,
            gave_up: None,
        }
    }

    /// Tells the model side new settings, from the next sample on.
    ///
    /// # Real-time safety
    /// As [`AudioEnd::process`].
    pub fn set(&mut self, settings: ModelSettings) {
        if self.sent == Some(settings) {
            return;
        }
        // Nothing may be late where a bounce must repeat: there is time to wait for room.
        if self.commands.is_full() {
            self.wait_until(|end| !end.commands.is_full());
        }
        // Where the ring is full, the difference remains and is sent with a later block.
        if self.tell(Command::Set(settings)) {
            self.sent = Some(settings);
        }
    }

    fn speak(&mut self, cue: &CueAt, start: usize, length: usize) {
        if self.commands.is_full() {
            self.wait_until(|end| !end.commands.is_full());
        }
        let offset = cue
            .offset
            .saturating_sub(start)
            .min(length.saturating_sub(1));
        let stamped = Stamped {
            at: self.pushed + offset as u64,
            command: Command::Speak(cue.cue),
        };
        if self.commands.push(stamped).is_err() {
            self.lose(1);
        }
    }

    fn lose(&self, cues: usize) {
        self.status.lost_cues.fetch_add(cues as u64, Relaxed);
    }

    fn tell(&mut self, command: Command) -> bool {
        let at = self.pushed;
        self.commands.push(Stamped { at, command }).is_ok()
    }

    /// Hands over a block of input and takes as much output, which lags by the model's own latency and `lead`.
    /// Neither may be longer than `max_block`; both have the same length.
    ///
    /// # Real-time safety
    /// With [`Pace::Realtime`] it does not allocate, lock, wake, wait or panic. Otherwise it does none of these but
    /// wait, and wake the model thread while it waits, and only where the host is offline or renders faster than it plays.
    pub fn process(&mut self, input: &[f32], output: &mut [f32]) -> Pull {
        self.process_cued(input, output, &[], 0)
    }

    /// The same, with lines that begin in this block: `cues` in their order, whose offsets count from `start` samples
    /// before it.
    ///
    /// # Real-time safety
    /// As [`AudioEnd::process`].
    pub fn process_cued(
        &mut self,
        input: &[f32],
        output: &mut [f32],
        cues: &[CueAt],
        start: usize,
    ) -> Pull {
        if self.config.pace == Pace::Auto {
            self.pacing.enter(input.len(), Instant::now());
        }
        if self.reset_wanted {
            self.reset();
        }
        self.feed(input, cues, start);
        let pull = self.collect(output);
        self.count(pull);
        if self.config.pace == Pace::Auto {
            self.pacing.leave(Instant::now());
        }
        pull
    }

    fn feed(&mut self, input: &[f32], cues: &[CueAt], start: usize) {
        if self.stopped && !self.restart() {
            self.lose(cues.len());
            return;
        }
        if self.input.slots() < input.len() {
            self.wait_until(|end| end.input.slots() >= input.len());
        }
        // Before their samples, which the model side may take at once, and only if these will follow.
        if self.input.slots() < input.len() {
            self.lose(cues.len());
        } else {
            for cue in cues {
                self.speak(cue, start, input.len());
            }
        }
        match self.input.push_entire_slice(input) {
            Ok(()) => self.pushed += input.len() as u64,
            Err(_) => {
                self.stopped = true;
                self.status.overruns.fetch_add(1, Relaxed);
            }
        }
    }

    /// Starts anew after an overrun, once the model side has nothing left to do.
    fn restart(&mut self) -> bool {
        let idle = self.input.slots() == self.input.buffer().capacity();
        if !idle || !self.tell(Command::Reset) {
            return false;
        }
        self.prime();
        self.stopped = false;
        // One that was asked for meanwhile is this one.
        self.reset_wanted = false;
        true
    }

    /// Lets what is under way pass by unheard, and begins with silence, as at the start.
    fn prime(&mut self) {
        self.give_up_output();
        self.lead = self.config.lead;
        self.in_gap = false;
    }

    /// Lets all output that is under way be dropped; what was late before is still counted as late.
    fn give_up_output(&mut self) {
        let overdue = self.late - self.stale;
        self.late = self.pushed - self.taken;
        self.stale = self.late.saturating_sub(overdue);
    }

    /// Forgets the past: the next output is as that of a new bridge.
    ///
    /// # Real-time safety
    /// Does not allocate, lock, wake or panic.
    pub fn reset(&mut self) {
        if self.stopped {
            // The restart will do it.
            return;
        }
        self.reset_wanted = !self.tell(Command::Reset);
        if !self.reset_wanted {
            self.prime();
        }
    }

    fn collect(&mut self, output: &mut [f32]) -> Pull {
        output.fill(0.0);
        if self.stopped {
            self.give_up_output();
            self.drop_late();
            return Pull {
                missing: output.len(),
                ..Pull::default()
            };
        }
        let lead = self.lead.min(output.len());
        self.lead -= lead;
        let due = output.len() - lead;
        self.drop_late();
        if self.ready() < due {
            self.wait_until(|end| end.ready() >= due);
        }
        let ready = self.ready().min(due);
        let popped = self
            .output
            .pop_entire_slice(&mut output[lead..lead + ready]);
        debug_assert!(popped.is_ok());
        self.taken += ready as u64;
        self.late += (due - ready) as u64;
        Pull {
            lead,
            ready,
            missing: due - ready,
        }
    }

    /// Samples that can be taken in time.
    fn ready(&mut self) -> usize {
        self.drop_late();
        if self.late > 0 {
            0
        } else {
            self.output.slots()
        }
    }

    fn drop_late(&mut self) {
        let count = self.late.min(self.output.slots() as u64);
        if count == 0 {
            return;
        }
        if let Ok(chunk) = self.output.read_chunk(count as usize) {
            chunk.commit_all();
            self.late -= count;
            self.taken += count;
            let stale = self.stale.min(count);
            self.stale -= stale;
            self.status.late.fetch_add(count - stale, Relaxed);
        }
    }

    fn count(&mut self, pull: Pull) {
        if pull.missing > 0 {
            self.status.missing.fetch_add(pull.missing as u64, Relaxed);
            if !self.in_gap {
                self.status.underruns.fetch_add(1, Relaxed);
            }
        }
        self.in_gap = pull.missing > 0;
    }

    /// Sleeps until `enough`, where the pace allows it and for as long as it does.
    fn wait_until(&mut self, enough: impl Fn(&mut AudioEnd) -> bool) {
        if self.config.pace == Pace::Realtime {
            return;
        }
        let start = Instant::now();
        let patience = self.pacing.patience();
        let mut progress = (start, self.input.slots() + self.output.slots());
        self.shared.audio_waits.store(true, Release);
        while !enough(self) {
            let now = Instant::now();
            let seen = self.input.slots() + self.output.slots();
            if seen != progress.1 {
                progress = (now, seen);
            }
            let over = match self.config.pace {
                Pace::Realtime => true,
                // A line whose voice is being loaded comes in any case, and a host that renders has the time.
                Pace::Auto if patience >= PATIENCE && self.shared.model_loads.load(Relaxed) => {
                    now - start >= LOADING_LIMIT
                }
                Pace::Auto => self.has_given_up() || now - start >= patience,
                Pace::Offline => self.has_given_up() || now - progress.0 > OFFLINE_LIMIT,
            };
            if over {
                // Having waited in vain once, the host is not held up again before something comes.
                self.gave_up = Some(self.come());
                break;
            }
            self.shared.model_bell.ring();
            let nap = match self.config.pace {
                Pace::Auto => patience.saturating_sub(now - start).min(NAP),
                _ => NAP,
            };
            self.shared.audio_bell.sleep(nap);
        }
        self.shared.audio_waits.store(false, Release);
    }

    /// Whether output was waited for in vain and none has come since.
    fn has_given_up(&self) -> bool {
        self.gave_up == Some(self.come())
    }

    /// Output samples that have come so far.
    fn come(&self) -> u64 {
        self.taken + self.output.slots() as u64
    }
}

#[cfg(test)]
mod tests;
