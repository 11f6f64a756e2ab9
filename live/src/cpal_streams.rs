//! Opens streams of any sample format as streams of one channel of `f32`.

use std::time::Duration;

use cpal::traits::DeviceTrait;
use cpal::{
    Device, Error, FromSample, InputCallbackInfo, OutputCallbackInfo, Sample, SampleFormat,
    SizedSample, Stream,
};

use crate::cpal_devices::Opening;

/// Frames that are converted at once; longer blocks of a device are cut. Longer than any that is of live use.
pub const LONGEST: usize = 16_384;

/// How long opening may take before the device counts as stuck.
const OPENING_LIMIT: Duration = Duration::from_secs(5);

/// Which channel of an input is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputChannel {
    /// The mean of all.
    Mean,
    /// One, counted from 0.
    One(usize),
}

/// Opens an input; `take` gets blocks of one channel, and how long before the callback the first frame was captured.
///
/// # Errors
/// If the device refuses.
pub fn open_input(
    device: &Device,
    opening: &Opening,
    channel: InputChannel,
    take: impl FnMut(&[f32], Duration) + Send + 'static,
    on_error: impl FnMut(Error) + Send + 'static,
) -> Result<Stream, Error> {
    match opening.format {
        SampleFormat::F32 => input::<f32>(device, opening, channel, take, on_error),
        SampleFormat::F64 => input::<f64>(device, opening, channel, take, on_error),
        SampleFormat::I32 => input::<i32>(device, opening, channel, take, on_error),
        SampleFormat::I24 => input::<cpal::I24>(device, opening, channel, take, on_error),
        SampleFormat::I16 => input::<i16>(device, opening, channel, take, on_error),
        SampleFormat::U16 => input::<u16>(device, opening, channel, take, on_error),
        _ => input::<u8>(device, opening, channel, take, on_error),
    }
}

/// Opens an output; `give` fills blocks of one channel, which all channels get, and is told how long after the
/// callback the first frame will be heard.
///
/// # Errors
/// If the device refuses.
pub fn open_output(
    device: &Device,
    opening: &Opening,
    give: impl FnMut(&mut [f32], Duration) + Send + 'static,
    on_error: impl FnMut(Error) + Send + 'static,
) -> Result<Stream, Error> {
    match opening.format {
        SampleFormat::F32 => output::<f32>(device, opening, give, on_error),
        SampleFormat::F64 => output::<f64>(device, opening, give, on_error),
        SampleFormat::I32 => output::<i32>(device, opening, give, on_error),
        SampleFormat::I24 => output::<cpal::I24>(device, opening, give, on_error),
        SampleFormat::I16 => output::<i16>(device, opening, give, on_error),
        SampleFormat::U16 => output::<u16>(device, opening, give, on_error),
        _ => output::<u8>(device, opening, give, on_error),
    }
}

fn input<T>(
    device: &Device,
    opening: &Opening,
    channel: InputChannel,
    mut take: impl FnMut(&[f32], Duration) + Send + 'static,
    on_error: impl FnMut(Error) + Send + 'static,
) -> Result<Stream, Error>
where
    T: SizedSample,
    f32: FromSample<T>,
{
    let channels = usize::from(opening.config.channels).max(1);
    let mut mono = vec![0.0; LONGEST];
    let callback = move |data: &[T], info: &InputCallbackInfo| {
        let times = info.timestamp();
        let age = times.callback.saturating_duration_since(times.capture);
        for part in data.chunks(LONGEST * channels) {
            let frames = part.len() / channels;
            mix_down(part, channels, channel, &mut mono[..frames]);
            take(&mono[..frames], age);
        }
    };
    device.build_input_stream(opening.config, callback, on_error, Some(OPENING_LIMIT))
}

/// One channel of interleaved samples, or the mean of all.
fn mix_down<T>(interleaved: &[T], channels: usize, channel: InputChannel, mono: &mut [f32])
where
    T: Sample,
    f32: FromSample<T>,
{
    for (sample, frame) in mono.iter_mut().zip(interleaved.chunks_exact(channels)) {
        *sample = match channel {
            InputChannel::One(channel) => frame.get(channel).map_or(0.0, |s| f32::from_sample(*s)),
            InputChannel::Mean => {
                frame.iter().map(|s| f32::from_sample(*s)).sum::<f32>() / channels as f32
            }
        };
    }
}

fn output<T>(
    device: &Device,
    opening: &Opening,
    mut give: impl FnMut(&mut [f32], Duration) + Send + 'static,
    on_error: impl FnMut(Error) + Send + 'static,
) -> Result<Stream, Error>
where
    T: SizedSample + FromSample<f32>,
{
    let channels = usize::from(opening.config.channels).max(1);
    let mut mono = vec![0.0; LONGEST];
    let callback = move |data: &mut [T], info: &OutputCallbackInfo| {
        let times = info.timestamp();
        let ahead = times.playback.saturating_duration_since(times.callback);
        for part in data.chunks_mut(LONGEST * channels) {
            let frames = part.len() / channels;
            give(&mut mono[..frames], ahead);
            spread(&mono[..frames], channels, part);
        }
    };
    device.build_output_stream(opening.config, callback, on_error, Some(OPENING_LIMIT))
}

/// One channel into all of an interleaved block. Whole numbers end at full scale instead of turning over.
fn spread<T>(mono: &[f32], channels: usize, interleaved: &mut [T])
where
    T: Sample + FromSample<f32>,
{
    for (frame, sample) in interleaved.chunks_exact_mut(channels).zip(mono) {
        frame.fill(T::from_sample(sample.clamp(-1.0, 1.0)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_become_floats_and_back() {
        let interleaved: [i16; 6] = [0, 16384, -32768, 0, 8192, 8192];
        let mut mono = [9.0; 3];
        mix_down(&interleaved, 2, InputChannel::Mean, &mut mono);
        assert_eq!(mono, [0.25, -0.5, 0.25]);
        mix_down(&interleaved, 2, InputChannel::One(1), &mut mono);
        assert_eq!(mono, [0.5, 0.0, 0.25]);
        mix_down(&interleaved, 2, InputChannel::One(5), &mut mono);
        assert_eq!(mono, [0.0; 3]);
        let mut out = [7_i16; 6];
        spread(&[0.5, -3.0, 3.0], 2, &mut out);
        assert_eq!(out, [16384, 16384, -32768, -32768, 32767, 32767]);
    }
}
