//! Says, in whole numbers, after which input each group of resampled outputs is made.

use crate::SampleRate;

/// Inputs that a group waits for beyond half a filter: one because the filter is centred between samples,
/// one because a position is rounded up, and one so that the drift of the library's `f64` position (its
/// rounding can add up to 1e-3 samples a day) never matters. Each costs one input sample of hold-back.
const MARGIN: i64 = 3;

/// The calendar of a resampler that makes `group` outputs at a time with a symmetric filter.
///
/// Output `m` is centred at the input position `(m - delay) * from / to`. All due times are exact
/// integers, so the number of outputs after `n` inputs never depends on rounding or on block sizes. A
/// group must span at least one input (`group * from >= to`), so that never two are due at once.
pub(super) struct Schedule {
    from: u64,
    to: u64,
    sinc_len: usize,
    phases: usize,
    group: usize,
    delay: usize,
    /// Inputs since the start, and the count at which the next group is due.
    taken: u64,
    due: u64,
    /// The fraction of `due` that was rounded down, in units of `1 / to`.
    remainder: u64,
}

impl Schedule {
    /// `sinc_len` is the filter's length in input samples, `phases` its table's entries per sample.
    pub(super) fn new(
        from: SampleRate,
        to: SampleRate,
        sinc_len: usize,
        phases: usize,
        group: usize,
    ) -> Schedule {
        let (from, to) = (u64::from(from.hz()), u64::from(to.hz()));
        // The smallest whole delay that lets output 0 see nothing but the silence before the stream.
        let delay = ((sinc_len as u64 / 2 + 1) * to / from) as usize;
        let mut schedule = Schedule {
            from,
            to,
            sinc_len,
            phases,
            group,
            delay,
            taken: 0,
            due: 0,
            remainder: 0,
        };
        schedule.reset();
        schedule
    }

    pub(super) fn reset(&mut self) {
        let position = (self.group as i64 - self.delay as i64 - 1) * self.from as i64;
        let to = self.to as i64;
        self.taken = 0;
        self.due = (position.div_euclid(to) + self.reach()).max(1) as u64;
        self.remainder = position.rem_euclid(to) as u64;
    }

    /// How far beyond an output's position input must be there.
    fn reach(&self) -> i64 {
        self.sinc_len as i64 / 2 + MARGIN
    }

    /// Delay in output samples.
    pub(super) fn delay(&self) -> usize {
        self.delay
    }

    /// Input samples per output sample.
    pub(super) fn step(&self) -> f64 {
        self.from as f64 / self.to as f64
    }

    /// Where the library's position starts out.
    pub(super) fn start_position(&self) -> f64 {
        1.0 - self.sinc_len as f64
    }

    /// The library's position, one step before output 0, that gives the delay. The library's filter, at
    /// position `p`, is centred on input `p + sinc_len / 2 - 1 + 1 / phases`.
    pub(super) fn first_position(&self) -> f64 {
        1.0 - 1.0 / self.phases as f64
            - self.sinc_len as f64 / 2.0
            - (self.delay as f64 + 1.0) * self.step()
    }

    /// After how many groups, and inputs, everything lies on the input grid as it did before.
    pub(super) fn period(&self) -> (usize, usize) {
        let outputs = self.to / gcd(self.from, self.to);
        let groups = outputs / gcd(outputs, self.group as u64);
        let inputs = groups * self.group as u64 * self.from / self.to;
        (groups as usize, inputs as usize)
    }

    /// Input samples per second.
    pub(super) fn input_hz(&self) -> f64 {
        self.from as f64
    }

    /// The filter's length in input samples.
    pub(super) fn sinc_len(&self) -> usize {
        self.sinc_len
    }

    /// Inputs that are still missing for the next group.
    pub(super) fn inputs_to_next(&self) -> usize {
        (self.due - self.taken) as usize
    }

    /// Counts inputs, at most [`inputs_to_next`](Self::inputs_to_next); true when a group is due now.
    pub(super) fn take(&mut self, inputs: usize) -> bool {
        self.taken += inputs as u64;
        if self.taken < self.due {
            return false;
        }
        let position = self.remainder + self.group as u64 * self.from;
        self.due += position / self.to;
        self.remainder = position % self.to;
        true
    }

    /// Outputs that exist after `inputs` inputs.
    pub(super) fn output_count_after(&self, inputs: u64) -> u64 {
        // Group g (from 1) is due when floor((g * group - delay - 1) * from / to) + reach <= inputs.
        let open = (i128::from(inputs) - i128::from(self.reach()) + 1) * i128::from(self.to) - 1;
        let outputs = self.delay as i128 + 1 + open.div_euclid(i128::from(self.from));
        let groups = outputs.div_euclid(self.group as i128).max(0);
        (groups * self.group as i128) as u64
    }

    /// The inputs after which at least `outputs` outputs exist for the first time.
    pub(super) fn input_count_for(&self, outputs: u64) -> u64 {
        if outputs == 0 {
            return 0;
        }
        let made = outputs.next_multiple_of(self.group as u64);
        let position = (i128::from(made) - self.delay as i128 - 1) * i128::from(self.from);
        let due = position.div_euclid(i128::from(self.to)) + i128::from(self.reach());
        due.max(1) as u64
    }

    /// The smallest `h` for which `output_count_after(n) >= floor((n - h) * to / from)` is proven: a group
    /// is at most `group - 1` outputs behind, and its margin is one input more than its filter.
    pub(super) fn holdback(&self) -> usize {
        1 + ((self.group as u64 - 1) * self.from).div_ceil(self.to) as usize
    }

    /// Most outputs that `inputs` inputs in one call can bring.
    pub(super) fn output_max(&self, inputs: usize) -> usize {
        let outputs =
            (inputs as u128 * u128::from(self.to)).div_ceil(u128::from(self.from)) as usize;
        // The groups that lie wholly inside the span, and one that was nearly due.
        (outputs / self.group + 2) * self.group
    }

    /// Room for the inputs of one group, what the last one left, and the silence of the alignment.
    pub(super) fn pending_max(&self) -> usize {
        ((self.group as f64 + 2.0) * self.step()).ceil() as usize + 8
    }
}

/// The greatest common divisor (Euclid).
fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATES: [(u32, u32); 9] = [
        (48_000, 16_000),
        (16_000, 48_000),
        (44_100, 48_000),
        (12_345, 16_000),
        (192_000, 8_000),
        (8_000, 192_000),
        (22_050, 44_100),
        (47_999, 48_000),
        (4_000, 4_001),
    ];

    fn schedule((from, to): (u32, u32)) -> Schedule {
        let sinc_len = (128 * from.div_ceil(to) as usize).next_multiple_of(8);
        let group = to.div_ceil(4_000) as usize;
        Schedule::new(
            SampleRate::of(from),
            SampleRate::of(to),
            sinc_len,
            64,
            group,
        )
    }

    #[test]
    fn the_closed_form_counts_what_the_calendar_makes() {
        for rates in RATES {
            let mut schedule = schedule(rates);
            let mut outputs = 0;
            assert_eq!(schedule.output_count_after(0), 0, "{rates:?}");
            for n in 1..20_000 {
                if schedule.take(1) {
                    outputs += schedule.group as u64;
                }
                assert!(
                    schedule.inputs_to_next() > 0,
                    "{rates:?}: two groups are due at once"
                );
                assert_eq!(schedule.output_count_after(n), outputs, "{rates:?} at {n}");
            }
        }
    }

    #[test]
    fn the_inputs_for_an_output_are_the_first_after_which_it_exists() {
        for rates in RATES {
            let schedule = schedule(rates);
            assert_eq!(schedule.input_count_for(0), 0, "{rates:?}");
            for outputs in 1..5_000 {
                let inputs = schedule.input_count_for(outputs);
                assert!(
                    schedule.output_count_after(inputs) >= outputs,
                    "{rates:?}: {outputs} are not there after {inputs}"
                );
                assert!(
                    schedule.output_count_after(inputs - 1) < outputs,
                    "{rates:?}: {outputs} were there before {inputs}"
                );
            }
        }
    }

    #[test]
    fn the_holdback_holds_and_is_tight() {
        for rates in RATES {
            let schedule = schedule(rates);
            let holds = |holdback: i128| {
                (0..20_000u64).all(|n| {
                    let wanted = (i128::from(n) - holdback) * i128::from(rates.1);
                    let wanted = wanted.div_euclid(i128::from(rates.0));
                    i128::from(schedule.output_count_after(n)) >= wanted
                })
            };
            let holdback = schedule.holdback() as i128;
            assert!(holds(holdback), "{rates:?}");
            // The delay is rounded up to whole outputs, which gives back at most one output's inputs.
            let slack = 2 + i128::from(rates.0.div_ceil(rates.1));
            assert!(
                !holds(holdback - slack),
                "{rates:?}: the hold-back is too pessimistic"
            );
        }
    }

    #[test]
    fn output_max_is_never_exceeded() {
        for rates in RATES {
            let schedule = schedule(rates);
            for len in [0u64, 1, 7, 480] {
                for n in 0..5_000 {
                    let made =
                        schedule.output_count_after(n + len) - schedule.output_count_after(n);
                    assert!(
                        made <= schedule.output_max(len as usize) as u64,
                        "{rates:?} {len} {n}"
                    );
                }
            }
        }
    }
}
