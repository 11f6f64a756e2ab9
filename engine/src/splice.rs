//! Puts something else in the place of missing sound, without a click on either side.

/// Length of both transitions: a step spread over 5 ms is no click any more, and longer would smear the gap.
const MS: f64 = 5.0;

/// Puts a fallback in the place of missing sound, sample by sample.
///
/// Where sound comes back the two are cross-faded. Where it ends there is nothing left to fade, so the step that
/// the change would make is added and falls to zero. At rest sound passes bit-exact. Adds no latency.
///
/// # Real-time safety
/// Does not allocate, lock or panic.
#[derive(Clone, Debug)]
pub struct Splice {
    length: usize,
    present: bool,
    /// Samples of the cross-fade that are done.
    faded: usize,
    offset: f32,
    /// Samples until the added step is gone.
    falling: usize,
    last: f32,
}

impl Splice {
    /// At rest on sound, at `rate` samples per second.
    pub fn new(rate: f64) -> Splice {
        let length = ((rate * MS / 1e3) as usize).max(1);
        Splice {
            length,
            present: true,
            faded: length,
            offset: 0.0,
            falling: 0,
            last: 0.0,
        }
    }

    /// The next sample: `sound` where it is `present`, else `fallback`.
    #[inline]
    pub fn next(&mut self, present: bool, sound: f32, fallback: f32) -> f32 {
        if present != self.present {
            self.present = present;
            self.faded = 0;
            if !present {
                self.offset = self.last - fallback;
                self.falling = self.length;
            }
        }
        let mut value = match present {
            false => fallback,
            true if self.faded == self.length => sound,
            true => {
                self.faded += 1;
                fallback + (sound - fallback) * (self.faded as f32 / self.length as f32)
            }
        };
        if self.falling > 0 {
            self.falling -= 1;
            value += self.offset * (self.falling as f32 / self.length as f32);
        }
        self.last = value;
        value
    }

    /// At rest on what is heard already, `present` or not: the change was made elsewhere.
    pub fn settle(&mut self, present: bool) {
        self.present = present;
        self.faded = self.length;
        self.falling = 0;
    }

    /// At rest on sound again.
    pub fn reset(&mut self) {
        self.present = true;
        self.faded = self.length;
        self.falling = 0;
        self.last = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_side_of_a_gap_clicks_and_the_rest_is_exact() {
        let mut splice = Splice::new(48_000.0);
        let sound = |n: usize| 0.8 * (n as f32 * 0.03).cos();
        let gap = 1000..3000;
        let output: Vec<f32> = (0..5000)
            .map(|n| splice.next(!gap.contains(&n), sound(n), 0.0))
            .collect();
        let jump = output
            .windows(2)
            .map(|w| (w[1] - w[0]).abs())
            .fold(0.0, f32::max);
        // The sound itself moves by 0.024 a sample, a step of 0.8 over 240 samples by 0.0034.
        assert!(jump < 0.028, "jump of {jump}");
        let length = splice.length;
        assert!((0..1000).all(|n| output[n] == sound(n)));
        assert!(output[1000 + length..3000].iter().all(|&x| x == 0.0));
        assert!((3000 + length..5000).all(|n| output[n] == sound(n)));
        assert!(
            (output[1000] - output[999]).abs() < 0.005,
            "the gap begins where the sound was"
        );
    }
}
