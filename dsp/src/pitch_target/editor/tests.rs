use std::f32::consts::TAU;

use super::*;
use crate::{ScaleKind, Semitones};

/// A cent, in semitones.
const CENT: f32 = 0.01;

fn editor(target: PitchTarget, vibrato: f32) -> PitchEditor {
    let mut editor = PitchEditor::new(10.0).unwrap();
    editor.set(PitchSettings {
        target,
        vibrato,
        ..PitchSettings::default()
    });
    editor
}

/// What becomes of frames at these pitches.
fn edited(editor: &mut PitchEditor, pitches: impl IntoIterator<Item = f32>) -> Vec<f32> {
    pitches
        .into_iter()
        .map(|pitch| Note::from_hz(editor.next_frame(Note(pitch).to_hz())).0)
        .collect()
}

/// F0 in Hz of the same pitches.
fn hz(pitches: &[f32]) -> Vec<f32> {
    pitches.iter().map(|&pitch| Note(pitch).to_hz()).collect()
}

fn vibrato(n: usize) -> f32 {
    0.6 * (TAU * 5.5 * n as f32 / 100.0).sin()
}

fn held(note: Option<f32>, glide_ms: f32) -> PitchSettings {
    PitchSettings {
        target: PitchTarget::Held {
            note: note.map(Note),
            bend: 0.0,
            bend_range: Semitones(2.0),
            glide_ms,
        },
        ..PitchSettings::default()
    }
}

fn c_major(strength: f32, speed_ms: f32) -> PitchTarget {
    PitchTarget::Scale {
        scale: Scale::of(0, ScaleKind::Major).unwrap(),
        strength,
        speed_ms,
    }
}

const NOTES: [f32; 8] = [60.0, 62.0, 64.0, 65.0, 67.0, 69.0, 71.0, 72.0];

/// The scale, half a second for each note, `off` semitones beside it, without a breath between the notes.
fn sung_scale(off: f32) -> Vec<f32> {
    NOTES.iter().flat_map(|note| vec![note + off; 50]).collect()
}

#[track_caller]
fn assert_near(found: f32, expected: f32, tolerance: f32) {
    assert!(
        (found - expected).abs() < tolerance,
        "{found} for {expected}"
    );
}

#[test]
fn a_detuned_scale_comes_onto_the_notes() {
    for off in [-0.4, -0.2, 0.0, 0.3, 0.4] {
        let led = edited(&mut editor(c_major(1.0, 50.0), 1.0), sung_scale(off));
        for (note, frames) in NOTES.iter().zip(led.chunks_exact(50)) {
            // The last 150 ms: the note was found after 150, and 4 time constants leave two cents of a semitone.
            for &pitch in &frames[35..] {
                assert_near(pitch, *note, 5.0 * CENT);
            }
        }
        let half = edited(&mut editor(c_major(0.5, 50.0), 1.0), sung_scale(off));
        assert_near(half[49], 60.0 + off / 2.0, 2.0 * CENT);
    }
}

#[test]
fn strength_0_and_the_neutral_settings_touch_nothing() {
    let contour: Vec<f32> = sung_scale(0.4)
        .iter()
        .enumerate()
        .map(|(n, pitch)| match n % 90 {
            0..15 => 0.0,
            _ => Note(pitch + vibrato(n)).to_hz(),
        })
        .collect();
    for target in [PitchTarget::Free, c_major(0.0, 20.0)] {
        let mut led = contour.clone();
        editor(target, 1.0).process(&mut led);
        assert_eq!(led, contour, "{target:?}");
    }
}

#[test]
fn slow_correction_leaves_the_vibrato() {
    let pitches = |off: f32| (0..300).map(move |n| 62.0 + off + vibrato(n));
    let led = edited(&mut editor(c_major(1.0, 300.0), 1.0), pitches(0.2));
    let (low, high) = bounds(&led[200..]);
    // Of the 120 cents from low to high a time constant of 300 ms, 0.5 Hz, takes a tenth at most.
    assert!(high - low > 1.0, "{low} to {high}");
    assert_near((high + low) / 2.0, 62.0, 5.0 * CENT);
    let hard = edited(&mut editor(c_major(1.0, 0.0), 1.0), pitches(0.0));
    assert!(hard.iter().all(|pitch| (pitch - 62.0).abs() < CENT));
}

fn bounds(pitches: &[f32]) -> (f32, f32) {
    let low = pitches.iter().copied().fold(f32::MAX, f32::min);
    (low, pitches.iter().copied().fold(f32::MIN, f32::max))
}

#[test]
fn wobbling_around_a_border_stays_on_one_note() {
    let target = PitchTarget::Scale {
        scale: Scale::CHROMATIC,
        strength: 1.0,
        speed_ms: 0.0,
    };
    let led = edited(
        &mut editor(target, 1.0),
        (0..1000).map(|n| 60.5 + vibrato(n) / 3.0),
    );
    // A hundredth of a cent; the other note is a hundred away.
    assert!(led.iter().all(|pitch| (pitch - led[0]).abs() < 0.01 * CENT));
}

#[test]
fn depth_0_takes_the_vibrato_and_lets_steps_arrive() {
    let note = |n| match n {
        0..300 => 60.0,
        300..600 => 61.0,
        _ => 65.0,
    };
    let led = edited(
        &mut editor(PitchTarget::Free, 0.0),
        (0..900).map(|n| note(n) + vibrato(n)),
    );
    for (n, &pitch) in led.iter().enumerate() {
        // 360 ms after a step both means have forgotten what was before it.
        if n % 300 >= 40 {
            assert_near(pitch, note(n), 3.0 * CENT);
        }
    }
    // A leap is no vibrato: it does not slide.
    assert_near(led[601], 65.0, 0.7);
}

#[test]
fn depth_2_doubles_the_vibrato_and_no_step() {
    let deep = edited(
        &mut editor(PitchTarget::Free, 2.0),
        (0..300).map(|n| 60.0 + vibrato(n)),
    );
    let (low, high) = bounds(&deep[100..]);
    // Twice 60 cents, less what the frames miss of the peaks and the slow contour keeps.
    assert_near(low, 58.8, 5.0 * CENT);
    assert_near(high, 61.2, 5.0 * CENT);
    let step = edited(
        &mut editor(PitchTarget::Free, 2.0),
        (0..200).map(|n| if n < 100 { 60.0 } else { 61.0 }),
    );
    let (low, high) = bounds(&step);
    assert!(low > 60.0 - CENT && high < 61.0 + CENT, "{low} to {high}");
}

#[test]
fn a_glide_arrives_in_its_time_and_not_before() {
    for (glide_ms, frames) in [(400.0, 40), (95.0, 9), (0.0, 0)] {
        let mut editor = PitchEditor::new(10.0).unwrap();
        editor.set(held(Some(57.0), glide_ms));
        let start = edited(&mut editor, [55.3; 20]);
        // The voice begins on the note.
        start
            .iter()
            .for_each(|&pitch| assert_near(pitch, 57.0, CENT));
        editor.set(held(Some(64.0), glide_ms));
        let glide = edited(&mut editor, [55.3; 60]);
        for (n, &pitch) in glide.iter().enumerate() {
            let share = ((n + 1) as f32 / frames.max(1) as f32).min(1.0);
            assert_near(pitch, 57.0 + 7.0 * share, CENT);
        }
    }
}

#[test]
fn a_note_begins_from_the_sung_pitch_and_sounds_on_until_the_voice_pauses() {
    let mut editor = PitchEditor::new(10.0).unwrap();
    editor.set(held(None, 100.0));
    assert_near(edited(&mut editor, [55.0; 10])[9], 55.0, CENT);
    editor.set(held(Some(60.0), 100.0));
    let glide = edited(&mut editor, [55.0; 10]);
    assert_near(glide[4], 57.5, CENT);
    assert_near(glide[9], 60.0, CENT);

    editor.set(held(None, 100.0));
    assert_near(edited(&mut editor, [55.0; 30])[29], 60.0, CENT);
    // A consonant is no pause.
    assert_eq!([0.0; 9].map(|f0| editor.next_frame(f0)), [0.0; 9]);
    assert_near(edited(&mut editor, [55.0])[0], 60.0, CENT);
    (0..10).for_each(|_| _ = editor.next_frame(0.0));
    assert_near(edited(&mut editor, [55.0])[0], 55.0, CENT);
}

#[test]
fn the_wheel_bends_and_vibrato_rides_on_the_note() {
    let mut editor = editor(
        PitchTarget::Held {
            note: Some(Note(60.0)),
            bend: -0.5,
            bend_range: Semitones(12.0),
            glide_ms: 0.0,
        },
        1.0,
    );
    let (low, high) = bounds(&edited(&mut editor, (0..200).map(|n| 50.0 + vibrato(n)))[100..]);
    assert_near(low, 53.4, 5.0 * CENT);
    assert_near(high, 54.6, 5.0 * CENT);
    // Speech that falls through a fifth is no vibrato.
    let fall = edited(&mut editor, (0..200).map(|n| 57.0 - 7.0 * n as f32 / 200.0));
    assert!(fall[20..].iter().all(|pitch| (pitch - 54.0).abs() < CENT));
}

#[test]
fn monotone_is_the_note_and_unvoiced_frames_stay_so() {
    let mut editor = editor(PitchTarget::Monotone { note: Note(57.0) }, 2.0);
    for n in 0..200 {
        let sung = match n % 40 {
            0..12 => [0.0, -1.0, f32::NAN, f32::INFINITY][n % 4],
            _ => Note(50.0 + vibrato(n)).to_hz(),
        };
        let expected = if n % 40 < 12 { 0.0 } else { Note(57.0).to_hz() };
        assert_eq!(editor.next_frame(sung), expected, "frame {n}");
    }
}

#[test]
fn a_pause_ends_what_is_known_of_a_note() {
    let target = c_major(1.0, 400.0);
    let mut editor = editor(target, 0.5);
    let phrase: Vec<f32> = (0..100).map(|n| 62.3 + vibrato(n)).collect();
    let first = edited(&mut editor, phrase.clone());
    (0..10).for_each(|_| _ = editor.next_frame(0.0));
    assert_eq!(edited(&mut editor, phrase.clone()), first);
    assert_ne!(edited(&mut editor, phrase.clone()), first, "no pause");
    editor.reset();
    assert_eq!(edited(&mut editor, phrase), first);
}

#[test]
fn blocks_of_any_size_give_the_same() {
    let pitches: Vec<f32> = sung_scale(0.35)
        .iter()
        .enumerate()
        .map(|(n, pitch)| pitch + vibrato(n))
        .collect();
    let mut contour = hz(&pitches);
    contour[130..145].fill(0.0);
    for target in [PitchTarget::Free, c_major(0.8, 30.0)] {
        let mut whole = contour.clone();
        editor(target, 1.5).process(&mut whole);
        assert_ne!(whole, contour);
        for size in [1, 2, 7, 64, 399] {
            let mut led = contour.clone();
            let mut editor = editor(target, 1.5);
            led.chunks_mut(size).for_each(|block| editor.process(block));
            assert_eq!(led, whole, "blocks of {size}");
        }
    }
}

#[test]
fn frames_out_of_range_are_refused() {
    for frame_ms in [4.9, 20.1, f32::NAN] {
        assert!(PitchEditor::new(frame_ms).is_err(), "{frame_ms}");
    }
}
