//! The range of a tensor, and how eight bits are laid over it.

use serde::{Deserialize, Serialize};

/// From where to where the values of a tensor go.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Range {
    /// The lowest value.
    pub low: f32,
    /// The highest value.
    pub high: f32,
}

impl Range {
    /// What holds both.
    pub fn union(self, other: Range) -> Range {
        Range {
            low: self.low.min(other.low),
            high: self.high.max(other.high),
        }
    }

    /// Scale and zero point of unsigned eight bits: `real = scale * (stored - zero_point)`.
    ///
    /// Zero is always among the values, because convolutions pad with it.
    pub fn scale_and_zero_point(self) -> (f32, u8) {
        let (low, high) = (self.low.min(0.0), self.high.max(0.0));
        let scale = (high - low) / 255.0;
        if !scale.is_normal() {
            return (1.0, 0);
        }
        (scale, (-low / scale).round().clamp(0.0, 255.0) as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_exact_and_the_ends_are_reached() {
        for (low, high) in [(-1.0, 3.0), (0.5, 2.0), (-4.0, -1.0), (-0.003, 0.001)] {
            let range = Range { low, high };
            let (scale, zero) = range.scale_and_zero_point();
            let back = |real: f32| {
                let stored = (real / scale).round() + f32::from(zero);
                scale * (stored.clamp(0.0, 255.0) - f32::from(zero))
            };
            assert_eq!(back(0.0), 0.0);
            for end in [low, high] {
                assert!(
                    (back(end) - end).abs() <= 0.51 * scale,
                    "{end} of {range:?}"
                );
            }
        }
    }

    #[test]
    fn a_tensor_of_zeros_has_a_scale_that_can_divide() {
        let silent = Range {
            low: 0.0,
            high: 0.0,
        };
        assert_eq!(silent.scale_and_zero_point(), (1.0, 0));
    }
}
