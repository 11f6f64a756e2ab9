//! Keeps breath and voiceless consonants out of retrieval, which smears them (RVC's "protect").

use crate::error::RunError;

/// The largest amount that protects anything; RVC's own default is 0.33.
pub const PROTECT_OFF: f32 = 0.5;

/// F0 below it, in Hz, counts as unvoiced.
const VOICED_FROM_HZ: f32 = 1.0;

/// Blends what `content` was `before` retrieval back in where `f0` says unvoiced (below 1 Hz):
/// `amount * content + (1 - amount) * before`. Voiced frames stay as they are, and so does everything at
/// [`PROTECT_OFF`] and above.
///
/// `content` and `before` are rows of `dim` values on the grid of `f0`, in Hz: 10 ms in RVC, whose content of 20 ms
/// is doubled first ([`doubled`]). RVC's later versions carry F0 on through unvoiced stretches, so there it acts
/// only where nothing at all is voiced.
///
/// Reference: RVC, `infer/vc/pipeline.py` (2023 to 2026 alike). Adds no latency.
///
/// # Errors
/// If the three are not of one length in frames.
pub fn protect(
    content: &mut [f32],
    before: &[f32],
    dim: usize,
    f0: &[f32],
    amount: f32,
) -> Result<(), RunError> {
    let wanted = f0.len() * dim;
    for (name, found) in [
        ("content", content.len()),
        ("unretrieved content", before.len()),
    ] {
        if found != wanted || dim == 0 {
            return Err(RunError::Input {
                name: name.to_owned(),
                expected: format!("{} frames of {dim} values, as F0 has", f0.len()),
                found: format!("{found} values"),
            });
        }
    }
    if amount >= PROTECT_OFF {
        return Ok(());
    }
    let rows = content.chunks_exact_mut(dim).zip(before.chunks_exact(dim));
    for ((row, before), f0) in rows.zip(f0) {
        if *f0 < VOICED_FROM_HZ {
            super::mix(row, before, 1.0 - amount);
        }
    }
    Ok(())
}

/// Each row of `content` twice, which takes it from 20 ms to 10 ms (nearest, as RVC does).
pub fn doubled(content: &[f32], dim: usize) -> Vec<f32> {
    let mut rows = Vec::with_capacity(2 * content.len());
    for row in content.chunks_exact(dim.max(1)) {
        rows.extend_from_slice(row);
        rows.extend_from_slice(row);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_that_do_not_match_are_refused() {
        let error = protect(&mut [0.0; 6], &[0.0; 6], 2, &[0.0; 2], 0.2).unwrap_err();
        assert_eq!(
            error.to_string(),
            "input \"content\": expected 2 frames of 2 values, as F0 has, found 6 values"
        );
        assert!(protect(&mut [0.0; 4], &[0.0; 6], 2, &[0.0; 2], 0.2).is_err());
        assert!(protect(&mut [], &[], 0, &[0.0; 2], 0.2).is_err());
    }

    #[test]
    fn rows_are_doubled_in_place() {
        assert_eq!(
            doubled(&[1.0, 2.0, 3.0, 4.0], 2),
            [1.0, 2.0, 1.0, 2.0, 3.0, 4.0, 3.0, 4.0]
        );
        assert!(doubled(&[], 0).is_empty());
    }
}
