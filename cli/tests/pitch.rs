//! Sung recordings go through the default voice: scales, one note, second voices.

mod common;
#[path = "common/place.rs"]
#[allow(dead_code)]
mod place;

use common::{sung, write_wav};
use place::Place;
use syrinx_dsp::{F0Config, F0Tracker, Note};

/// The median pitch in the second half of each note of `sung`, as MIDI counts.
fn pitches(song: &[f32], notes: usize) -> Vec<f32> {
    let frames = F0Tracker::new(&F0Config::SPEECH_16K).unwrap().track(song);
    (0..notes)
        .map(|note| {
            // A note and its pause are 58 frames; the last 50 ms of the note are left to its end.
            let held = &frames[58 * note + 25..58 * note + 45];
            let mut voiced: Vec<f32> = held
                .iter()
                .filter(|frame| frame.voiced)
                .map(|frame| Note::from_hz(frame.hz).0)
                .collect();
            assert!(voiced.len() > 15, "note {note} sounds");
            voiced.sort_by(f32::total_cmp);
            voiced[voiced.len() / 2]
        })
        .collect()
}

#[track_caller]
fn assert_pitches(found: &[f32], expected: &[f32]) {
    for (found_one, expected_one) in found.iter().zip(expected) {
        assert!(
            (found_one - expected_one).abs() < 0.1,
            "{found:?} for {expected:?}"
        );
    }
}

#[test]
fn a_detuned_song_comes_out_on_the_scale() {
    // D minor, up to 40 cents beside its notes; of the last two, each is nearest to a note that it has not.
    let song = [49.6, 52.3, 53.4, 55.0, 56.7, 58.2, 51.4, 56.4];
    let tuned = [50.0, 52.0, 53.0, 55.0, 57.0, 58.0, 52.0, 57.0];
    let place = Place::new(16_000, 1);
    write_wav(&place.path("song.wav"), &sung(&song, 16_000), 16_000, 1);
    let scale = "--pitch-target scale --key D --scale minor --correction-speed 20";
    let streamed = format!("{scale} --streamed");
    for (options, expected) in [
        ("", &song),
        ("--pitch-target scale --correction-strength 0", &song),
        (scale, &tuned),
        (streamed.as_str(), &tuned),
        ("--pitch-target monotone --note A2", &[45.0; 8]),
    ] {
        place.ok(&format!(
            "convert song.wav out.wav --transpose=0 {options} --json"
        ));
        assert_pitches(&pitches(&place.samples("out.wav"), song.len()), expected);
    }
    let asked = &place.json("out.wav.json")["settings"]["pitch"];
    assert_eq!(asked["target"], "monotone");
    assert_eq!(asked["note"].as_f64(), Some(45.0));
}

#[test]
fn half_the_strength_is_half_the_way() {
    let place = Place::new(16_000, 1);
    let song = [57.4, 59.6];
    write_wav(&place.path("song.wav"), &sung(&song, 16_000), 16_000, 1);
    place.ok(
        "convert song.wav out.wav --transpose=0 --pitch-target scale --correction-strength 0.5 \
         --correction-speed 20",
    );
    assert_pitches(&pitches(&place.samples("out.wav"), 2), &[57.2, 59.8]);
}

#[test]
fn second_voices_sing_their_intervals_of_the_scale() {
    let song = [50.0, 52.0, 53.0, 57.0];
    let place = Place::new(16_000, 1);
    write_wav(&place.path("song.wav"), &sung(&song, 16_000), 16_000, 1);
    let harmony = "--transpose=0 --key D --scale minor --bit-depth 32f";
    for (options, expected) in [
        ("--harmony 3", [53.0, 55.0, 57.0, 60.0]),
        ("--harmony=-4 --streamed", [45.0, 46.0, 48.0, 52.0]),
    ] {
        place.ok(&format!(
            "convert song.wav lead.wav {harmony} --pitch-target scale"
        ));
        // What is left without the first voice is the second.
        place.ok(&format!(
            "convert song.wav both.wav {harmony} --pitch-target scale {options} --harmony-level 0 --json"
        ));
        let streamed = options.contains("--streamed");
        if streamed {
            place.ok(&format!(
                "convert song.wav lead.wav {harmony} --pitch-target scale --streamed"
            ));
        }
        let (both, lead) = (place.samples("both.wav"), place.samples("lead.wav"));
        assert_eq!(both.len(), lead.len());
        let second: Vec<f32> = both.iter().zip(&lead).map(|(a, b)| a - b).collect();
        assert_pitches(&pitches(&second, song.len()), &expected);
    }
    let asked = &place.json("both.wav.json")["settings"]["harmony"];
    assert_eq!(asked["degrees"][0], -3);
    assert_eq!(asked["level_db"], 0.0);
}
