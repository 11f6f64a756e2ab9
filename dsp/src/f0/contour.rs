//! Turns tracked frames into the pitch inputs that generators expect.
//!
//! The arithmetic is that of So-VITS-SVC and RVC (the same in both), in double precision as there; the golden vectors in
//! `tests/golden/make_f0.py` are computed with numpy. F0 is in Hz, and 0 or less means unvoiced.

use super::F0Frame;
use crate::Semitones;

/// Lowest F0 with a coarse bin of its own, in Hz.
pub const COARSE_FLOOR_HZ: f32 = 50.0;

/// Highest F0 with a coarse bin of its own, in Hz.
pub const COARSE_CEILING_HZ: f32 = 1100.0;

/// Number of the highest coarse bin.
pub const COARSE_BINS: u16 = 255;

/// Writes 1 for voiced and 0 for unvoiced values of `f0` into `uv` (the generators' name), over the shorter length.
///
/// Call it before [`interpolate_unvoiced`], which forgets where the gaps were.
///
/// # Real-time safety
/// Does not allocate, lock or panic.
pub fn voiced_mask(f0: &[f32], uv: &mut [f32]) {
    for (&hz, uv) in f0.iter().zip(uv) {
        *uv = if hz > 0.0 { 1.0 } else { 0.0 };
    }
}

/// Fills the unvoiced gaps of `f0` in place: straight lines between voiced neighbours, the first and last voiced value
/// held to the ends, zeros when nothing is voiced (`numpy.interp`).
///
/// # Real-time safety
/// Does not allocate, lock or panic.
pub fn interpolate_unvoiced(f0: &mut [f32]) {
    let Some(first) = f0.iter().position(|&hz| hz > 0.0) else {
        f0.fill(0.0);
        return;
    };
    let value = f0[first];
    f0[..first].fill(value);
    let mut left = first;
    for right in first + 1..f0.len() {
        if f0[right] > 0.0 {
            fill_between(f0, left, right);
            left = right;
        }
    }
    let value = f0[left];
    f0[left..].fill(value);
}

fn fill_between(f0: &mut [f32], left: usize, right: usize) {
    let (from, to) = (f64::from(f0[left]), f64::from(f0[right]));
    let slope = (to - from) / (right - left) as f64;
    for (step, hz) in f0[left + 1..right].iter_mut().enumerate() {
        *hz = (slope * (step + 1) as f64 + from) as f32;
    }
}

/// Stretches or shrinks `source` to the length of `target` by picking element `floor(i * source.len() / target.len())`.
///
/// Exact where the reference (`torch.nn.functional.interpolate`, `mode="nearest"`) rounds the ratio to single precision.
/// An empty source gives zeros.
///
/// # Real-time safety
/// Does not allocate, lock or panic.
pub fn resize_nearest(source: &[f32], target: &mut [f32]) {
    let (from, to) = (source.len() as u64, target.len() as u64);
    for (index, value) in target.iter_mut().enumerate() {
        // The quotient is below `from`, so that it fits where `from` came from.
        let nearest = (index as u64 * from / to) as usize;
        *value = source.get(nearest).copied().unwrap_or(0.0);
    }
}

/// Coarse pitch bin, 1 to 255: 1 for unvoiced and everything at or below 50 Hz, 255 from 1100 Hz up, equally spaced on the
/// mel scale `1127 ln(1 + f/700)` between, rounded half to even. A value that is not a number counts as unvoiced.
///
/// # Real-time safety
/// Does not allocate, lock or panic.
pub fn coarse_bin(hz: f32) -> u16 {
    let mel = |hz: f32| 1127.0 * (1.0 + f64::from(hz) / 700.0).ln();
    if hz.is_nan() || hz <= 0.0 {
        return 1;
    }
    let (floor, ceiling) = (mel(COARSE_FLOOR_HZ), mel(COARSE_CEILING_HZ));
    let bin = (mel(hz) - floor) * f64::from(COARSE_BINS - 1) / (ceiling - floor) + 1.0;
    // In range after the clamp.
    bin.round_ties_even().clamp(1.0, f64::from(COARSE_BINS)) as u16
}

/// Shifts a contour in place by `interval`: `f0 * 2^(st/12)`. Unvoiced zeros stay.
///
/// # Real-time safety
/// Does not allocate, lock or panic.
pub fn transpose(f0: &mut [f32], interval: Semitones) {
    let ratio = (f64::from(interval.0) / 12.0).exp2();
    for hz in f0 {
        *hz = (f64::from(*hz) * ratio) as f32;
    }
}

/// Copies the F0 of `frames` into `f0`, 0 where unvoiced, over the shorter length.
///
/// # Real-time safety
/// Does not allocate, lock or panic.
pub fn from_frames(frames: &[F0Frame], f0: &mut [f32]) {
    for (frame, hz) in frames.iter().zip(f0) {
        *hz = if frame.voiced { frame.hz } else { 0.0 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Golden {
        gaps: Vec<Gap>,
        resizes: Vec<Resize>,
        coarse: Coarse,
        transposed: Vec<Transposed>,
    }

    #[derive(serde::Deserialize)]
    struct Gap {
        f0: Vec<f32>,
        uv: Vec<f32>,
        filled: Vec<f32>,
    }

    #[derive(serde::Deserialize)]
    struct Resize {
        source: Vec<f32>,
        target: Vec<f32>,
    }

    #[derive(serde::Deserialize)]
    struct Coarse {
        hz: Vec<f32>,
        bins: Vec<u16>,
    }

    #[derive(serde::Deserialize)]
    struct Transposed {
        semitones: f32,
        from: Vec<f32>,
        to: Vec<f32>,
    }

    fn golden() -> Golden {
        serde_json::from_str(include_str!("../../tests/golden/f0.json")).unwrap()
    }

    #[test]
    fn gaps_are_filled_as_numpy_interp_does() {
        let golden = golden();
        assert!(golden.gaps.len() >= 6);
        for Gap { f0, uv, filled } in golden.gaps {
            let (mut mask, mut contour) = (vec![9.0; f0.len()], f0.clone());
            voiced_mask(&f0, &mut mask);
            interpolate_unvoiced(&mut contour);
            assert_eq!(mask, uv);
            for (ours, numpy) in contour.iter().zip(&filled) {
                // One rounding to f32 of up to 1100 Hz; a neighbour's value would differ by whole Hz.
                assert!((ours - numpy).abs() < 1e-4, "{ours} for {numpy} in {f0:?}");
            }
        }
    }

    #[test]
    fn resizing_picks_the_reference_elements() {
        let golden = golden();
        assert!(golden.resizes.len() >= 8);
        for Resize { source, target } in golden.resizes {
            let mut ours = vec![-1.0; target.len()];
            resize_nearest(&source, &mut ours);
            assert_eq!(ours, target, "from {} to {}", source.len(), target.len());
        }
        let mut none = [7.0; 3];
        resize_nearest(&[], &mut none);
        assert_eq!(none, [0.0; 3]);
    }

    #[test]
    fn coarse_bins_equal_the_reference() {
        let Coarse { hz, bins } = golden().coarse;
        assert!(hz.len() > 2000);
        for (hz, bin) in hz.iter().zip(bins) {
            assert_eq!(coarse_bin(*hz), bin, "{hz} Hz");
        }
        assert_eq!([0.0, -3.0, f32::NAN, 50.0].map(coarse_bin), [1; 4]);
        assert_eq!([1100.0, f32::INFINITY].map(coarse_bin), [255; 2]);
    }

    #[test]
    fn transposing_equals_the_reference() {
        for Transposed {
            semitones,
            from,
            to,
        } in golden().transposed
        {
            let mut f0 = from;
            transpose(&mut f0, Semitones(semitones));
            for (ours, reference) in f0.iter().zip(to) {
                // Two units in the last place of f32: 0.0005 cents.
                assert!(
                    (ours - reference).abs() <= reference * 2.4e-7,
                    "{ours} for {reference}"
                );
            }
        }
    }

    #[test]
    fn unvoiced_frames_become_zero() {
        let frames = [
            F0Frame {
                hz: 200.0,
                voiced: true,
                confidence: 1.0,
            },
            F0Frame {
                hz: 0.0,
                voiced: false,
                confidence: 0.2,
            },
        ];
        let mut f0 = [9.0; 2];
        from_frames(&frames, &mut f0);
        assert_eq!(f0, [200.0, 0.0]);
    }
}
