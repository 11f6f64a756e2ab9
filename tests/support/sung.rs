//! A scale that a voice is to sing, and how far what it sang lies from it.

use syrinx_dsp::f0::tracker::{F0Config, F0Tracker};
use syrinx_dsp::{Note, SampleRate, resample_all};

use crate::signals::vowel;

/// C3 to C4 as MIDI numbers notes: a major scale in the middle of the default voice.
pub const SCALE: [u8; 8] = [48, 50, 52, 53, 55, 57, 59, 60];

/// How long each note is held, in seconds.
pub const NOTE_SECONDS: f64 = 0.5;

/// What is sung over the scale: a vowel that slides through pitches of its own.
pub fn input(rate: SampleRate) -> Vec<f32> {
    let seconds = SCALE.len() as f64 * NOTE_SECONDS;
    vowel(rate, seconds, 140.0, 175.0)
}

/// Where the note of this place in the scale begins, in samples.
pub fn begins(place: usize, rate: SampleRate) -> usize {
    (place as f64 * NOTE_SECONDS * f64::from(rate.hz())).round() as usize
}

/// How far the steady part of each note lies from it, in cents: the median over its frames. `heard` begins with the
/// first note.
///
/// # Panics
/// If a note is not voiced throughout, or the largest share of its frames lies elsewhere than the median.
pub fn cents(heard: &[f32], rate: SampleRate) -> Vec<f32> {
    let at = |seconds: f64| (seconds * f64::from(rate.hz())) as usize;
    let measure = |(place, note): (usize, &u8)| {
        let start = begins(place, rate);
        // Behind the change, and before the next one is near: the tracker looks at 50 ms.
        let steady = &heard[start + at(0.15)..start + at(NOTE_SECONDS - 0.05)];
        cents_of(steady, rate, f32::from(*note))
    };
    SCALE.iter().enumerate().map(measure).collect()
}

/// How far a steady stretch lies from a note, in cents: the median over its frames.
///
/// # Panics
/// As [`cents`].
pub fn cents_of(steady: &[f32], rate: SampleRate, note: f32) -> f32 {
    let steady = resample_all(steady, rate, SampleRate::of(16_000)).expect("a usual rate");
    let mut tracker = F0Tracker::new(&F0Config::SPEECH_16K).expect("in range");
    let frames = tracker.track(&steady);
    let voiced = frames.iter().filter(|frame| frame.voiced);
    let mut found: Vec<f32> = voiced
        .map(|frame| 100.0 * (Note::from_hz(frame.hz).0 - note))
        .collect();
    assert!(found.len() * 10 >= frames.len() * 8, "note {note} is heard");
    found.sort_by(f32::total_cmp);
    let (low, high) = (found[found.len() / 10], found[found.len() * 9 / 10]);
    assert!(high - low < 40.0, "note {note} is steady: {low} to {high}");
    found[found.len() / 2]
}
