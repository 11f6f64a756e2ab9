//! Makes one channel of many: their mean.

use super::decode_error::DecodeError;

/// Appends the mean of all channels of `interleaved` to `mono`, so that nothing clips that did not before.
///
/// `first_sample` is the position of the first frame, for messages.
///
/// # Errors
/// If a value is infinite or not a number.
pub fn downmix(
    interleaved: &[f32],
    channels: usize,
    first_sample: u64,
    mono: &mut Vec<f32>,
) -> Result<(), DecodeError> {
    let scale = 1.0 / channels as f64;
    mono.reserve(interleaved.len() / channels);
    for (index, frame) in interleaved.chunks_exact(channels).enumerate() {
        let sum: f64 = frame.iter().copied().map(f64::from).sum();
        if !sum.is_finite() {
            return Err(not_finite(frame, first_sample + index as u64));
        }
        mono.push((sum * scale) as f32);
    }
    Ok(())
}

fn not_finite(frame: &[f32], sample: u64) -> DecodeError {
    let channel = frame
        .iter()
        .position(|value| !value.is_finite())
        .unwrap_or(0);
    DecodeError::NotFinite {
        sample,
        channel: channel + 1,
        found: frame[channel],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_of_the_channels_comes_out() {
        let mut mono = vec![9.0];
        downmix(&[1.0, 0.0, 0.5, -0.5, -1.0, -0.5], 2, 0, &mut mono).unwrap();
        assert_eq!(mono, [9.0, 0.5, 0.0, -0.75]);
    }

    #[test]
    fn one_channel_is_bit_identical() {
        let samples = [0.1f32, -0.999_999_94, 1.0, f32::MIN_POSITIVE];
        let mut mono = Vec::new();
        downmix(&samples, 1, 0, &mut mono).unwrap();
        assert_eq!(mono, samples);
    }

    #[test]
    fn a_value_that_is_no_number_is_named_with_its_place() {
        let error = downmix(&[0.0, 0.0, 0.0, f32::NAN], 2, 100, &mut Vec::new()).unwrap_err();
        assert!(
            matches!(
                error,
                DecodeError::NotFinite {
                    sample: 101,
                    channel: 2,
                    ..
                }
            ),
            "found {error}"
        );
        let error = downmix(&[f32::INFINITY], 1, 7, &mut Vec::new()).unwrap_err();
        assert!(matches!(
            error,
            DecodeError::NotFinite {
                sample: 7,
                channel: 1,
                ..
            }
        ));
    }
}
