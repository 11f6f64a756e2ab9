//! Measures the loudness curve that 4.1 voices with a volume embedding take.

/// Root mean square per hop: frame `i` covers the `hop` samples around sample `i * hop`; the ends are continued
/// by reflection. Gives `audio.len() / hop` values.
///
/// Reference: the volume extractor of So-VITS-SVC 4.1-Stable (4.1-Latest does not reflect).
pub fn volume(audio: &[f32], hop: usize) -> Vec<f32> {
    let (count, left) = (audio.len() / hop, hop / 2);
    (0..count)
        .map(|frame| {
            let power: f64 = (0..hop)
                .map(|offset| {
                    let sample = reflected(audio, (frame * hop + offset) as i64 - left as i64);
                    f64::from(sample) * f64::from(sample)
                })
                .sum();
            (power / hop as f64).sqrt() as f32
        })
        .collect()
}

/// The sample at `index`, mirrored at both ends without repeating the end itself.
fn reflected(audio: &[f32], index: i64) -> f32 {
    let last = audio.len() as i64 - 1;
    let index = index.abs();
    let index = if index > last {
        2 * last - index
    } else {
        index
    };
    audio[index.clamp(0, last) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_frame_is_centred_on_the_first_sample() {
        let mut audio = vec![0.0; 32];
        audio[1] = 1.0;
        // Samples -4..4: the mirror image of sample 1 is sample -1, so it counts twice.
        assert_eq!(volume(&audio, 8), [0.5, 0.0, 0.0, 0.0]);
        assert_eq!(volume(&[0.25; 17], 8), [0.25, 0.25]);
        assert_eq!(volume(&[1.0], 8), [0.0; 0]);
    }
}
