//! Draws recordings as spectrograms: time to the right, mel frequency upwards, level as colour.

use std::path::Path;

use anyhow::{Result, ensure};
use realfft::RealFftPlanner;

use crate::picture::{Colour, Picture};
use crate::wav::Recording;

/// Length of the analysis window: long enough to part the harmonics of a low voice (a Hann window parts what lies
/// 4 / length apart: 83 Hz), short enough to show syllables.
const WINDOW_SECONDS: f64 = 0.048;
/// Top of the frequency axis: all that a recording at 16 kHz holds.
const TOP_HZ: f64 = 8000.0;
/// Levels this far below the panel's loud points are drawn as silence.
const RANGE_DB: f32 = 60.0;
/// The share of points that are drawn as loudest: a click must not darken all the speech.
const LOUD_SHARE: f64 = 0.002;
/// Speech falls by about as much towards high frequencies: raising them shows fricatives beside vowels.
const RISE_DB_PER_OCTAVE: f32 = 6.0;
/// Frequency below which nothing is lowered in turn.
const RISE_FROM_HZ: f64 = 500.0;
/// Ticks of the frequency axis.
const TICKS_HZ: [(f64, &str); 6] = [
    (250.0, "250"),
    (500.0, "500"),
    (1000.0, "1k"),
    (2000.0, "2k"),
    (4000.0, "4k"),
    (8000.0, "8k Hz"),
];

/// Size of a panel's picture of levels, in pixels.
const PANEL: (usize, usize) = (1120, 300);
const LEFT: usize = 64;
const ABOVE: usize = 34;
const BELOW: usize = 30;
const RIGHT: usize = 24;

/// Draws the recordings below each other on one time axis, each with its title.
///
/// # Errors
/// If there is nothing to draw, or the file cannot be written.
pub fn draw(panels: &[(&str, &Recording)], file: &Path) -> Result<()> {
    let seconds = panels
        .iter()
        .map(|(_, recording)| recording.duration())
        .fold(0.0, f64::max);
    ensure!(seconds > 0.0, "no sound to draw");
    let height = panels.len() * (ABOVE + PANEL.1 + BELOW);
    let mut picture = Picture::new(LEFT + PANEL.0 + RIGHT, height, Colour::WHITE);
    for (index, (title, recording)) in panels.iter().enumerate() {
        let top = index * (ABOVE + PANEL.1 + BELOW) + ABOVE;
        picture.text(LEFT, top - 24, 2, title);
        draw_levels(&mut picture, top, &levels(recording, seconds, PANEL));
        draw_axes(&mut picture, top, seconds);
    }
    picture.write_png(file)
}

fn draw_levels(picture: &mut Picture, top: usize, columns: &[Vec<f32>]) {
    for (x, column) in columns.iter().enumerate() {
        for (y, level) in column.iter().enumerate() {
            picture.set(
                LEFT + x,
                top + PANEL.1 - 1 - y,
                Colour::viridis(1.0 + level / RANGE_DB),
            );
        }
    }
}

fn draw_axes(picture: &mut Picture, top: usize, seconds: f64) {
    let (width, height) = PANEL;
    for (hz, label) in TICKS_HZ {
        let up = (mel(hz) / mel(TOP_HZ) * (height - 1) as f64).round() as usize;
        let y = top + height - 1 - up;
        picture.line_right(LEFT - 6, y, 6);
        picture.text(
            (LEFT - 8).saturating_sub(8 * label.len()),
            y.saturating_sub(3),
            1,
            label,
        );
    }
    for second in 0..=seconds as usize {
        let x = LEFT + (second as f64 / seconds * (width - 1) as f64).round() as usize;
        picture.line_down(x, top + height, 6);
        let label = format!("{second}");
        picture.text(x - 4 * label.len(), top + height + 10, 1, &label);
    }
    picture.text(LEFT + width / 2 - 28, top + height + 20, 1, "seconds");
}

/// Level in dB against the panel's loud points, for each column from the left and each row from below.
fn levels(recording: &Recording, seconds: f64, (columns, rows): (usize, usize)) -> Vec<Vec<f32>> {
    let rate = f64::from(recording.rate);
    let window = (WINDOW_SECONDS * rate).round() as usize;
    // Padded to twice the window or more, so that neighbouring rows differ at low frequencies.
    let size = (2 * window).next_power_of_two();
    let hann: Vec<f32> = (0..window)
        .map(|i| 0.5 - 0.5 * (std::f32::consts::TAU * i as f32 / window as f32).cos())
        .collect();
    let fft = RealFftPlanner::<f32>::new().plan_fft_forward(size);
    let (mut frame, mut spectrum) = (fft.make_input_vec(), fft.make_output_vec());

    let mut power = Vec::with_capacity(columns);
    for column in 0..columns {
        let centre = (column as f64 + 0.5) / columns as f64 * seconds * rate;
        let start = centre.round() as isize - window as isize / 2;
        frame.fill(0.0);
        for (i, weight) in hann.iter().enumerate() {
            let sample = usize::try_from(start + i as isize)
                .ok()
                .and_then(|at| recording.samples.get(at));
            frame[i] = sample.copied().unwrap_or(0.0) * weight;
        }
        fft.process(&mut frame, &mut spectrum)
            .expect("the vectors are the plan's own");
        let bins: Vec<f32> = spectrum.iter().map(|bin| bin.norm_sqr()).collect();
        power.push(
            (0..rows)
                .map(|row| power_of_row(&bins, rate, size, row, rows))
                .collect::<Vec<_>>(),
        );
    }
    let rise: Vec<f32> = (0..rows)
        .map(|row| raised_by(row_hz(row as f64, rows)))
        .collect();
    for column in &mut power {
        for (value, rise) in column.iter_mut().zip(&rise) {
            *value = 10.0 * value.max(f32::MIN_POSITIVE).log10() + rise;
        }
    }
    let mut sorted: Vec<f32> = power.iter().flatten().copied().collect();
    sorted.sort_by(f32::total_cmp);
    let loud = sorted[sorted.len() - 1 - (sorted.len() as f64 * LOUD_SHARE) as usize];
    power.iter_mut().flatten().for_each(|level| *level -= loud);
    power
}

/// By how many dB a frequency is raised.
fn raised_by(hz: f64) -> f32 {
    RISE_DB_PER_OCTAVE * (hz / RISE_FROM_HZ).max(1.0).log2() as f32
}

/// The frequency of a row, counted from below.
fn row_hz(row: f64, rows: usize) -> f64 {
    mel_to_hz(row / (rows - 1) as f64 * mel(TOP_HZ))
}

/// The greatest power among the bins that a row covers, or between the two bins around it.
fn power_of_row(bins: &[f32], rate: f64, size: usize, row: usize, rows: usize) -> f32 {
    let hz = |row: f64| row_hz(row, rows);
    let bin = |hz: f64| hz / rate * size as f64;
    let (low, high) = (
        bin(hz(row as f64 - 0.5)).max(0.0),
        bin(hz(row as f64 + 0.5)),
    );
    let covered = low.ceil() as usize..=high.floor() as usize;
    let greatest = covered
        .filter_map(|at| bins.get(at).copied())
        .reduce(f32::max);
    greatest.unwrap_or_else(|| {
        let at = (low + high) / 2.0;
        let (below, part) = (at.floor() as usize, at.fract() as f32);
        let value = |bin: usize| bins.get(bin).copied().unwrap_or(0.0);
        value(below) * (1.0 - part) + value(below + 1) * part
    })
}

/// The mel scale of O'Shaughnessy (HTK).
fn mel(hz: f64) -> f64 {
    2595.0 * (1.0 + hz / 700.0).log10()
}

fn mel_to_hz(mel: f64) -> f64 {
    700.0 * (10f64.powf(mel / 2595.0) - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(hz: f64, rate: u32, seconds: f64) -> Recording {
        let step = std::f64::consts::TAU * hz / f64::from(rate);
        let length = (f64::from(rate) * seconds) as usize;
        Recording {
            rate,
            samples: (0..length)
                .map(|i| (step * i as f64).sin() as f32)
                .collect(),
        }
    }

    #[test]
    fn a_tone_is_brightest_at_the_row_of_its_frequency_at_any_rate() {
        let rows = 200;
        for (hz, rate) in [
            (300.0, 16000),
            (1000.0, 16000),
            (1000.0, 44100),
            (6000.0, 48000),
        ] {
            let levels = levels(&sine(hz, rate, 1.0), 1.0, (21, rows));
            let brightest = (0..rows)
                .max_by(|a, b| levels[10][*a].total_cmp(&levels[10][*b]))
                .unwrap();
            let expected = mel(hz) / mel(TOP_HZ) * (rows - 1) as f64;
            // One row is 14 mel; half an FFT bin at 300 Hz is 12 mel.
            assert!(
                (brightest as f64 - expected).abs() <= 1.5,
                "{hz} Hz: row {brightest}, not {expected:.1}"
            );
        }
    }

    #[test]
    fn a_shorter_recording_is_silent_to_the_right_of_its_end() {
        let levels = levels(&sine(1000.0, 16000, 0.5), 1.0, (10, 100));
        let loudest = |column: &Vec<f32>| column.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        assert!(loudest(&levels[2]) > -1.0);
        assert!(loudest(&levels[7]) < -100.0);
    }

    #[test]
    fn mel_and_hertz_invert_each_other() {
        assert!(
            (mel(1000.0) - 1000.0).abs() < 0.1,
            "1000 Hz is 1000 mel by definition"
        );
        assert!((mel_to_hz(mel(3210.0)) - 3210.0).abs() < 1e-6);
    }
}
