//! Finds by how many samples one signal is late, and how far apart the two are then.

/// How two signals lie to each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alignment {
    /// Samples by which the second is later than the first; negative if earlier.
    pub late: isize,
    /// The greatest difference between samples at the same place, full scale being 1.
    pub difference: f32,
}

/// Looks for the shift, of at most `reach` samples either way, at which the signals are nearest to each other in
/// mean square, and measures the greatest difference there, leaving `reach` samples off at both ends.
///
/// `None` if the signals are shorter than that.
pub fn align(first: &[f32], second: &[f32], reach: usize) -> Option<Alignment> {
    let length = first.len().min(second.len());
    let kept = reach..length.checked_sub(reach).filter(|end| *end > reach)?;
    let shifted = |late: isize| {
        let start = kept.start.checked_add_signed(late)?;
        second.get(start..start + kept.len())
    };
    let distance = |other: &[f32]| -> f64 {
        first[kept.clone()]
            .iter()
            .zip(other)
            .map(|(a, b)| f64::from(a - b).powi(2))
            .sum()
    };
    let reach = isize::try_from(reach).ok()?;
    let late = (-reach..=reach)
        .filter_map(|late| Some((late, distance(shifted(late)?))))
        .min_by(|(_, a), (_, b)| a.total_cmp(b))?
        .0;
    let pairs = first[kept.clone()].iter().zip(shifted(late)?);
    let difference = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    Some(Alignment { late, difference })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noise by a linear congruence, -1 to 1.
    fn noise(length: usize) -> Vec<f32> {
        let mut state = 1u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 8_388_608.0 - 1.0
        };
        (0..length).map(|_| next()).collect()
    }

    #[test]
    fn a_delay_either_way_is_found_and_taken_away() {
        let signal = noise(2000);
        let late = [vec![0.0; 17], signal[..1983].to_vec()].concat();
        assert_eq!(
            align(&signal, &late, 40),
            Some(Alignment {
                late: 17,
                difference: 0.0
            })
        );
        assert_eq!(
            align(&late, &signal, 40),
            Some(Alignment {
                late: -17,
                difference: 0.0
            })
        );
    }

    #[test]
    fn one_wrong_sample_is_the_difference() {
        let signal = noise(1000);
        let mut other = signal.clone();
        other[500] += 0.25;
        let found = align(&signal, &other, 10).unwrap();
        assert_eq!(found.late, 0);
        assert!((found.difference - 0.25).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn signals_without_a_middle_cannot_be_aligned() {
        assert_eq!(align(&[0.0; 20], &[0.0; 20], 10), None);
    }
}
