//! Where recordings are cut, and in how much memory.

use super::*;

const RATE: SampleRate = SampleRate::of(8_000);

fn slice(samples: &[f32], config: &SlicerConfig, block: usize) -> (Vec<Piece>, usize) {
    let mut slicer = Slicer::new(config, RATE).unwrap();
    let mut pieces = Vec::new();
    for part in samples.chunks(block) {
        slicer.push(part, &mut pieces);
    }
    slicer.finish(&mut pieces);
    (pieces, slicer.peak_buffered())
}

fn tone(seconds: f64) -> Vec<f32> {
    let count = (seconds * f64::from(RATE.hz())) as usize;
    (0..count).map(|n| 0.3 * (n as f32 * 0.2).sin()).collect()
}

fn silence(seconds: f64) -> Vec<f32> {
    vec![0.0; (seconds * f64::from(RATE.hz())) as usize]
}

/// Puts the pieces together again; overlaps must repeat what was there.
fn assembled(pieces: &[Piece], overlap: usize) -> Vec<f32> {
    let mut out: Vec<f32> = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Silence(count) => out.resize(out.len() + count, 0.0),
            Piece::Speech {
                start,
                samples,
                joins,
                ..
            } => {
                let shared = if *joins { overlap } else { 0 };
                assert_eq!(*start as usize + shared, out.len());
                assert_eq!(samples[..shared], out[out.len() - shared..]);
                out.extend(&samples[shared..]);
            }
        }
    }
    out
}

#[test]
fn pieces_are_the_recording_and_do_not_depend_on_blocks() {
    let parts = [
        silence(7.0),
        tone(6.0),
        silence(0.7),
        tone(70.3),
        silence(13.0),
        tone(0.31),
    ];
    let samples = parts.concat();
    let config = SlicerConfig::default();
    let (pieces, _) = slice(&samples, &config, 8_000);
    let overlap = Slicer::new(&config, RATE).unwrap().overlap();
    assert_eq!(assembled(&pieces, overlap), samples);
    assert!(pieces.iter().any(|piece| matches!(
        piece,
        Piece::Speech {
            continues: true,
            ..
        }
    )));
    for block in [1, 159, 4_096, samples.len()] {
        assert_eq!(slice(&samples, &config, block).0, pieces, "block {block}");
    }
}

#[test]
fn memory_is_bounded_for_endless_speech_and_endless_silence() {
    let config = SlicerConfig::default();
    let second = RATE.hz() as usize;
    // Longest piece, overlap, what is kept of a pause, and the level's window.
    let bound = 35_700 * second / 1_000;
    for part in [
        tone(1.0),
        silence(1.0),
        [tone(0.5), silence(0.25), tone(0.25)].concat(),
    ] {
        let mut slicer = Slicer::new(&config, RATE).unwrap();
        let (mut pieces, mut handed_out) = (Vec::new(), 0);
        for _ in 0..1800 {
            slicer.push(&part, &mut pieces);
            handed_out += pieces.drain(..).count();
        }
        assert!(
            slicer.peak_buffered() <= bound,
            "{} samples",
            slicer.peak_buffered()
        );
        assert!(handed_out > 50);
    }
}

#[test]
fn a_recording_without_a_loud_frame_is_silence() {
    for seconds in [0.0001, 0.01, 3.0, 30.0] {
        let (pieces, _) = slice(
            &vec![0.002; (seconds * 8000.0) as usize + 1],
            &SlicerConfig::default(),
            512,
        );
        assert!(
            pieces
                .iter()
                .all(|piece| matches!(piece, Piece::Silence(_))),
            "{seconds} s"
        );
    }
    assert_eq!(slice(&[], &SlicerConfig::default(), 512).0, []);
}

#[test]
fn settings_out_of_range_are_refused() {
    let defaults = SlicerConfig::default();
    for wrong in [
        SlicerConfig {
            hop_ms: 0.0,
            ..defaults.clone()
        },
        SlicerConfig {
            min_interval_ms: 5.0,
            ..defaults.clone()
        },
        SlicerConfig {
            max_piece_ms: 100.0,
            ..defaults.clone()
        },
        SlicerConfig {
            threshold_db: f32::NAN,
            ..defaults.clone()
        },
        SlicerConfig {
            max_silence_kept_ms: f64::INFINITY,
            ..defaults
        },
    ] {
        assert!(
            matches!(Slicer::new(&wrong, RATE), Err(ConvertError::Setting { .. })),
            "{wrong:?}"
        );
    }
}
