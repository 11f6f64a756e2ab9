//! Lets a resampler sleep through silence, and wake as if it had not.

use super::schedule::Schedule;

/// Longest period that is slept through, in seconds of input: what was skipped of one is made up for at once.
const LONGEST_S: f64 = 0.1;

/// Counts what a resampler skips in silence.
///
/// After silence longer than its memory a resampler gives silence, and after a whole period of groups it is in the same
/// state as before. So only the part of the last period must be made up for when a sound comes. Idle plugins in a
/// project cost next to nothing that way; the filters are nearly all of what silence would cost otherwise.
pub(super) struct Slumber {
    /// Silent inputs after which nothing but silence is left inside.
    falls_asleep: usize,
    groups_per_period: usize,
    inputs_per_period: usize,
    silent: usize,
    asleep: bool,
    groups: usize,
    /// Inputs since it fell asleep, less whole periods.
    inputs: usize,
}

impl Slumber {
    pub(super) fn new(schedule: &Schedule) -> Slumber {
        let (groups, inputs) = schedule.period();
        let most = (schedule.input_hz() * LONGEST_S) as usize;
        // The filter's own length twice: once inside the library, and once more for what waits before it.
        let memory = 2 * schedule.sinc_len() + schedule.pending_max();
        Slumber {
            falls_asleep: if inputs <= most { memory } else { usize::MAX },
            groups_per_period: groups,
            inputs_per_period: inputs,
            silent: 0,
            asleep: false,
            groups: 0,
            inputs: 0,
        }
    }

    /// Hears the inputs up to at most the next group; true when a sound ends the sleep. It must then be made up for
    /// what [`Slumber::wake`] says, before these inputs are taken.
    pub(super) fn hear(&mut self, inputs: &[f32]) -> bool {
        let trailing = inputs.iter().rev().take_while(|&&x| x == 0.0).count();
        if trailing < inputs.len() {
            self.silent = trailing;
            return self.asleep;
        }
        self.silent = self.silent.saturating_add(trailing);
        if self.asleep {
            self.inputs += inputs.len();
        }
        false
    }

    /// Decides at the end of a group, which does not depend on how the input was cut into blocks.
    pub(super) fn end_group(&mut self) {
        if self.asleep {
            self.groups += 1;
            if self.groups == self.groups_per_period {
                self.groups = 0;
                self.inputs -= self.inputs_per_period;
            }
        } else {
            self.asleep = self.silent >= self.falls_asleep;
        }
    }

    pub(super) fn is_asleep(&self) -> bool {
        self.asleep
    }

    /// Ends the sleep; returns the groups and inputs that are to be made up for.
    pub(super) fn wake(&mut self) -> (usize, usize) {
        let owed = (self.groups, self.inputs);
        (self.asleep, self.groups, self.inputs) = (false, 0, 0);
        owed
    }

    pub(super) fn reset(&mut self) {
        self.silent = 0;
        self.asleep = false;
        self.groups = 0;
        self.inputs = 0;
    }
}
