//! Joins converted pieces to one recording.

/// Share of an overlap that is cross-faded, in the middle; the rest on both sides is taken from the piece that
/// has more context there. Reference: `lgr` of So-VITS-SVC, 0.75.
const FADED: f64 = 0.75;

/// Joins converted pieces, cross-fading where they overlap.
#[derive(Debug)]
pub(super) struct Joiner {
    overlap: usize,
    /// The end of the last piece, if the next one begins with the same.
    tail: Vec<f32>,
}

impl Joiner {
    /// A joiner of pieces that overlap by `overlap` samples where they were cut by force.
    pub(super) fn new(overlap: usize) -> Joiner {
        Joiner {
            overlap,
            tail: Vec::new(),
        }
    }

    /// Takes the next piece, at least as long as the overlaps that it is part of, and appends what is final.
    pub(super) fn push(
        &mut self,
        piece: &[f32],
        joins: bool,
        continues: bool,
        output: &mut Vec<f32>,
    ) {
        let mut rest = piece;
        if joins {
            let shared = self.overlap.min(self.tail.len()).min(piece.len());
            let faded = (shared as f64 * FADED) as usize;
            let old = (shared - faded) / 2;
            for (index, (from, to)) in self.tail.iter().zip(piece).take(shared).enumerate() {
                // 0 before the faded part, 1 behind it, straight in between.
                let along = (index as f64 - old as f64) / (faded.max(2) - 1) as f64;
                let share = along.clamp(0.0, 1.0) as f32;
                output.push((1.0 - share) * from + share * to);
            }
            rest = &piece[shared..];
        }
        self.tail.clear();
        if continues {
            let (now, later) = rest.split_at(rest.len().saturating_sub(self.overlap));
            self.tail.extend_from_slice(later);
            rest = now;
        }
        output.extend_from_slice(rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_inner_three_quarters_are_faded() {
        let mut joiner = Joiner::new(8);
        let mut output = Vec::new();
        joiner.push(&[1.0; 20], false, true, &mut output);
        assert_eq!(output.len(), 12);
        joiner.push(&[2.0; 18], true, false, &mut output);
        assert_eq!(output.len(), 30);
        let expected = [1.0, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.0];
        for (ours, expected) in output[12..20].iter().zip(expected) {
            assert!((ours - expected).abs() < 1e-6, "{output:?}");
        }
        assert_eq!(output[..12], [1.0; 12]);
        assert_eq!(output[20..], [2.0; 10]);
    }
}
