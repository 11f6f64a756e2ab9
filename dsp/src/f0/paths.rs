//! Chooses among the candidates of successive frames: the cheapest path wins, a few frames late (Viterbi).

use super::F0Frame;
use super::yin::{CANDIDATES, Candidate};

/// Cost of being unvoiced, on the scale of the aperiodicity: a lone frame is voiced below it. Larger calls more noise
/// voiced, smaller loses breathy and noisy voices. At this value no frame of 100 s of white noise was voiced, and no frame
/// of vowels 5 dB above such noise was lost.
const UNVOICED_COST: f32 = 0.36;

/// Cost of a change of voicing, per 10 ms of hop: one frame must differ clearly before the voicing follows it.
const VOICING_CHANGE_COST: f32 = 0.12;

/// Cost of a step of one octave within 10 ms. Fast song and speech move by less than 0.1 octave in that time, which
/// costs less than the frame-to-frame change of the aperiodicity.
const JUMP_COST: f32 = 0.6;

/// States of a frame: its candidates and "unvoiced", which is the last.
const STATES: usize = CANDIDATES + 1;
const UNVOICED: usize = CANDIDATES;

/// One frame's states in the Viterbi search.
#[derive(Clone, Copy, Debug)]
struct Column {
    candidates: [Candidate; CANDIDATES],
    count: usize,
    cost: [f32; STATES],
    from: [usize; STATES],
}

impl Column {
    const EMPTY: Column = Column {
        candidates: [Candidate {
            hz: 0.0,
            aperiodicity: 1.0,
            cost: 1.0,
        }; CANDIDATES],
        count: 0,
        cost: [0.0; STATES],
        from: [UNVOICED; STATES],
    };

    fn states(&self) -> impl Iterator<Item = usize> + use<> {
        (0..self.count).chain(std::iter::once(UNVOICED))
    }

    fn cheapest(&self) -> usize {
        self.states()
            .min_by(|&a, &b| self.cost[a].total_cmp(&self.cost[b]))
            .unwrap_or(UNVOICED)
    }

    fn frame(&self, state: usize) -> F0Frame {
        let shown = if state == UNVOICED { 0 } else { state };
        let aperiodicity = if shown < self.count {
            self.candidates[shown].aperiodicity
        } else {
            1.0
        };
        let voiced = state != UNVOICED;
        F0Frame {
            hz: if voiced {
                self.candidates[state].hz
            } else {
                0.0
            },
            voiced,
            confidence: (1.0 - aperiodicity).clamp(0.0, 1.0),
        }
    }
}

/// The cheapest ways through the last frames' candidates (Viterbi), decided a fixed number of frames late.
#[derive(Clone, Debug)]
pub(super) struct Paths {
    columns: Vec<Column>,
    /// Columns seen since the start, at most one more than the lookahead.
    seen: usize,
    newest: usize,
    change_cost: f32,
    jump_cost: f32,
}

impl Paths {
    /// `hop_in_10_ms` scales the costs of change: in twice the time, twice as much may happen.
    pub(super) fn new(lookahead: usize, hop_in_10_ms: f32) -> Paths {
        Paths {
            columns: vec![Column::EMPTY; lookahead + 1],
            seen: 0,
            newest: 0,
            change_cost: VOICING_CHANGE_COST / hop_in_10_ms,
            jump_cost: JUMP_COST / hop_in_10_ms,
        }
    }

    pub(super) fn reset(&mut self) {
        self.columns.fill(Column::EMPTY);
        self.seen = 0;
        self.newest = 0;
    }

    /// Adds a frame's candidates, and decides the frame that is `lookahead` frames back.
    pub(super) fn advance(&mut self, candidates: &[Candidate]) -> Option<F0Frame> {
        let previous = self.columns[self.newest];
        let mut column = Column {
            count: candidates.len(),
            ..Column::EMPTY
        };
        column.candidates[..candidates.len()].copy_from_slice(candidates);
        for state in column.states() {
            let own = if state == UNVOICED {
                UNVOICED_COST
            } else {
                column.candidates[state].cost
            };
            let (mut best, mut from) = (f32::INFINITY, UNVOICED);
            for before in previous.states() {
                let cost =
                    previous.cost[before] + self.step_cost(&previous, before, &column, state);
                if cost < best {
                    (best, from) = (cost, before);
                }
            }
            column.cost[state] = own + best;
            column.from[state] = from;
        }
        // Only differences matter: kept near 0, the costs never lose precision.
        let cheapest = column.cost[column.cheapest()];
        column.cost.iter_mut().for_each(|cost| *cost -= cheapest);
        self.newest = (self.newest + 1) % self.columns.len();
        self.columns[self.newest] = column;
        self.seen = (self.seen + 1).min(self.columns.len());
        (self.seen == self.columns.len()).then(|| self.decide())
    }

    fn step_cost(&self, previous: &Column, before: usize, column: &Column, state: usize) -> f32 {
        match (before == UNVOICED, state == UNVOICED) {
            (true, true) => 0.0,
            (false, false) => {
                let ratio = column.candidates[state].hz / previous.candidates[before].hz;
                self.jump_cost * ratio.log2().abs()
            }
            _ => self.change_cost,
        }
    }

    /// Follows the cheapest path back to the oldest column.
    fn decide(&self) -> F0Frame {
        let count = self.columns.len();
        let mut state = self.columns[self.newest].cheapest();
        let mut index = self.newest;
        for _ in 1..count {
            state = self.columns[index].from[state];
            index = (index + count - 1) % count;
        }
        self.columns[index].frame(state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(hz: f32, cost: f32) -> Candidate {
        Candidate {
            hz,
            aperiodicity: cost,
            cost,
        }
    }

    fn decide(lookahead: usize, frames: &[&[Candidate]]) -> Vec<f32> {
        let mut paths = Paths::new(lookahead, 1.0);
        let mut hz: Vec<f32> = frames
            .iter()
            .filter_map(|f| paths.advance(f))
            .map(|f| f.hz)
            .collect();
        hz.extend(
            (0..lookahead)
                .filter_map(|_| paths.advance(&[]))
                .map(|f| f.hz),
        );
        hz
    }

    #[test]
    fn lookahead_takes_back_a_wrong_octave_at_the_onset() {
        let clear = [candidate(100.0, 0.02)];
        let torn = [candidate(200.0, 0.05), candidate(100.0, 0.1)];
        let frames: [&[Candidate]; 5] = [&[], &torn, &clear, &clear, &clear];
        assert_eq!(decide(0, &frames), [0.0, 200.0, 100.0, 100.0, 100.0]);
        assert_eq!(decide(2, &frames), [0.0, 100.0, 100.0, 100.0, 100.0]);
    }

    #[test]
    fn a_lone_octave_jump_and_a_lone_voiced_frame_are_smoothed_away() {
        let clear = [candidate(100.0, 0.02)];
        let jump = [candidate(200.0, 0.02), candidate(101.0, 0.2)];
        let frames: [&[Candidate]; 5] = [&clear, &clear, &jump, &clear, &clear];
        assert_eq!(decide(2, &frames), [100.0, 100.0, 101.0, 100.0, 100.0]);
        let blip = [candidate(300.0, 0.2)];
        assert_eq!(decide(2, &[&[], &blip, &[], &[]]), [0.0; 4]);
        // The same dip is voiced when it lasts.
        assert_eq!(decide(2, &[&blip, &blip, &blip]), [300.0; 3]);
    }

    #[test]
    fn costs_stay_bounded() {
        let mut paths = Paths::new(2, 1.0);
        let poor = [candidate(100.0, 0.5)];
        (0..100_000).for_each(|_| _ = paths.advance(&poor));
        assert!(
            paths
                .columns
                .iter()
                .flat_map(|c| c.cost)
                .all(|cost| cost.abs() < 10.0)
        );
    }
}
