//! Finds how long clicks were under way from an output to an input.

use std::f32::consts::TAU;

/// Length of a click: long enough to be found in noise, short enough to be placed to a tenth of a millisecond.
const CLICK_MS: f32 = 5.0;

/// A click rises from here to there in Hz, which every loudspeaker and microphone carries.
const SWEEP_HZ: (f32, f32) = (1_000.0, 4_000.0);

/// Its amplitude: -6 dB, loud and yet not clipped by what follows.
const AMPLITUDE: f32 = 0.5;

/// Seconds from click to click, and the longest way that can be told apart from the next one's.
pub(crate) const INTERVAL: f64 = 0.7;

/// How far a click must stand out of what else is heard. The highest of 30 000 values of noise stands at 4.5 times their
/// root mean square, a click on a clean line at 50 times.
const STANDS_OUT: f32 = 8.0;

/// The quietest click that counts, of full scale: -80 dB is what 16 bits still carry.
const QUIETEST: f32 = 1e-4;

/// How long the way from an output to an input is, in milliseconds.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct RoundTrip {
    /// The median.
    pub median_ms: f64,
    /// The shortest.
    pub shortest_ms: f64,
    /// The longest.
    pub longest_ms: f64,
    /// How many clicks were sent.
    pub sent: usize,
    /// How many of them were heard.
    pub heard: usize,
}

/// What an input heard.
#[derive(Clone, Debug, Default)]
pub(crate) struct Capture {
    /// Samples of one channel.
    pub samples: Vec<f32>,
    /// Where blocks began, and when their callbacks ran, in seconds.
    pub blocks: Vec<(usize, f64)>,
}

impl Capture {
    /// When a sample came, as if blocks were played while they are handed over.
    fn time_of(&self, at: usize, rate: f64) -> Option<f64> {
        let before = self.blocks.partition_point(|(start, _)| *start <= at);
        let (start, time) = self.blocks.get(before.checked_sub(1)?)?;
        Some(time + (at - start) as f64 / rate)
    }
}

/// A click at `rate` Hz: a short sweep that fades in and out.
pub(crate) fn click(rate: u32) -> Vec<f32> {
    let rate = rate as f32;
    let length = (CLICK_MS / 1e3 * rate) as usize;
    let seconds = length as f32 / rate;
    let slope = (SWEEP_HZ.1 - SWEEP_HZ.0) / seconds;
    (0..length)
        .map(|at| {
            let time = at as f32 / rate;
            let phase = TAU * (SWEEP_HZ.0 * time + 0.5 * slope * time * time);
            let window = 0.5 - 0.5 * (TAU * at as f32 / length as f32).cos();
            AMPLITUDE * window * phase.sin()
        })
        .collect()
}

impl RoundTrip {
    /// How long the clicks that began at the times `sent`, in seconds, were under way to `heard`. `None` if none was
    /// heard.
    pub(crate) fn of(sent: &[f64], heard: &Capture, rate: u32) -> Option<RoundTrip> {
        let click = click(rate);
        let mut found: Vec<f64> = sent
            .iter()
            .filter_map(|sent| way(*sent, heard, &click, f64::from(rate)))
            .map(|seconds| seconds * 1e3)
            .collect();
        found.sort_by(f64::total_cmp);
        let middle = found.len() / 2;
        Some(RoundTrip {
            median_ms: *found.get(middle)?,
            shortest_ms: *found.first()?,
            longest_ms: *found.last()?,
            sent: sent.len(),
            heard: found.len(),
        })
    }
}

/// How long one click was under way, by the correlation with it.
fn way(sent: f64, heard: &Capture, click: &[f32], rate: f64) -> Option<f64> {
    let in_time = |at: &usize| {
        let time = heard.time_of(*at, rate);
        time.is_some_and(|time| time >= sent && time < sent + INTERVAL)
    };
    let energy: f32 = click.iter().map(|sample| sample * sample).sum();
    let last = heard.samples.len().checked_sub(click.len())?;
    let matches: Vec<(usize, f32)> = (0..last)
        .filter(in_time)
        .map(|at| {
            let pairs = heard.samples[at..].iter().zip(click);
            (at, pairs.map(|(a, b)| a * b).sum::<f32>() / energy)
        })
        .collect();
    let squares: f32 = matches.iter().map(|(_, match_)| match_ * match_).sum();
    let rms = (squares / matches.len().max(1) as f32).sqrt();
    // A cable may turn the sign.
    let best = matches
        .iter()
        .max_by(|(_, a), (_, b)| a.abs().total_cmp(&b.abs()))?;
    let stands_out = best.1.abs() > STANDS_OUT * rms && best.1.abs() * AMPLITUDE > QUIETEST;
    let time = heard.time_of(best.0, rate)?;
    stands_out.then_some(time - sent)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 48_000;

    /// A line that delays by so many samples, turns the sign and adds noise.
    fn line(delay: usize, noise: f32, clicks: usize) -> (Vec<f64>, Capture) {
        let click = click(RATE);
        let interval = (INTERVAL * f64::from(RATE)) as usize;
        let mut capture = Capture {
            samples: vec![0.0; (clicks + 1) * interval],
            blocks: Vec::new(),
        };
        let mut state = 1_u32;
        for sample in &mut capture.samples {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *sample = noise * ((state >> 8) as f32 / 8_388_608.0 - 1.0);
        }
        // Blocks of changing length, as devices have.
        let mut start = 0;
        for length in [256, 700, 33].into_iter().cycle() {
            if start >= capture.samples.len() {
                break;
            }
            capture.blocks.push((start, start as f64 / f64::from(RATE)));
            start += length;
        }
        let sent = (0..clicks).map(|number| {
            let at = number * interval + 1_000;
            for (offset, sample) in click.iter().enumerate() {
                capture.samples[at + delay + offset] -= 0.1 * sample;
            }
            at as f64 / f64::from(RATE)
        });
        let sent = sent.collect();
        (sent, capture)
    }

    #[test]
    fn a_known_delay_is_found_to_the_sample() {
        for delay in [0, 1, 4_321, 28_000] {
            let (sent, heard) = line(delay, 0.0, 5);
            let trip = RoundTrip::of(&sent, &heard, RATE).unwrap();
            let expected = delay as f64 / 48.0;
            // Half a sample is 0.01 ms.
            assert!((trip.median_ms - expected).abs() < 0.01, "{trip:?}");
            assert_eq!((trip.sent, trip.heard), (5, 5));
        }
    }

    #[test]
    fn noise_as_loud_as_the_click_moves_nothing_and_alone_is_no_click() {
        let (sent, heard) = line(4_800, 0.05, 5);
        let trip = RoundTrip::of(&sent, &heard, RATE).unwrap();
        assert!((trip.median_ms - 100.0).abs() < 0.1, "{trip:?}");
        let (_, noise) = line(0, 0.5, 0);
        assert_eq!(RoundTrip::of(&[0.0], &noise, RATE), None);
        let (_, silence) = line(0, 0.0, 0);
        assert_eq!(RoundTrip::of(&[0.0], &silence, RATE), None);
    }
}
