//! Against the cuts of `tests/golden/rvc_file/make_rvc_file.py`, and what is heard around them.

use serde::Deserialize;

use super::*;
use crate::svc::fixtures::{bytes, uniform};

#[derive(Deserialize)]
struct Golden {
    cuts: Cuts,
}

#[derive(Deserialize)]
struct Cuts {
    lengths: Lengths,
    cases: Vec<Case>,
    square: Vec<u64>,
}

#[derive(Clone, Copy, Deserialize)]
struct Lengths {
    pad: usize,
    search: usize,
    spacing: usize,
    longest: usize,
}

#[derive(Deserialize)]
struct Case {
    samples: usize,
    cuts: Vec<u64>,
}

fn golden() -> (PieceLengths, Cuts) {
    let golden: Golden = serde_json::from_slice(&bytes("rvc_file/golden.json")).unwrap();
    let stated = golden.cuts.lengths;
    let lengths = PieceLengths {
        pad: stated.pad,
        search: stated.search,
        spacing: stated.spacing,
        longest: stated.longest,
    };
    (lengths, golden.cuts)
}

/// The script's recording.
fn recording(count: usize) -> Vec<f64> {
    let level = |n: i32| (f64::from((n % 5_000 - 2_500).abs()) / 2_500.0) as f32;
    let noise = uniform(count, 9);
    let noise = noise.iter().zip(0..);
    noise.map(|(x, n)| f64::from(x * level(n))).collect()
}

fn pieces(lengths: PieceLengths, samples: &[f64], block: usize) -> Vec<QuietPiece> {
    let (mut cutter, mut pieces) = (QuietCutter::new(lengths), Vec::new());
    for part in samples.chunks(block) {
        cutter.push(part, &mut pieces);
    }
    cutter.finish(&mut pieces);
    pieces
}

/// Where pieces but the last end; they have no gaps between them.
fn ends(pieces: &[QuietPiece], total: usize) -> Vec<u64> {
    let (mut position, mut ends) = (0, Vec::new());
    for (index, piece) in pieces.iter().enumerate() {
        assert_eq!(piece.start, position);
        assert_eq!(piece.last, index + 1 == pieces.len());
        position += piece.length as u64;
        ends.push(position);
    }
    assert_eq!(ends.pop(), Some(total as u64));
    ends
}

#[test]
fn recordings_are_cut_where_rvc_cuts() {
    let (lengths, golden) = golden();
    assert!(golden.cases.len() >= 12);
    for case in golden.cases {
        let samples = recording(case.samples);
        for block in [1_000, 160, samples.len()] {
            let pieces = pieces(lengths, &samples, block);
            assert_eq!(ends(&pieces, case.samples), case.cuts, "{}", case.samples);
        }
    }
    let square: Vec<f64> = (0..70_000)
        .map(|n| if n / 80 % 2 == 0 { 0.25 } else { -0.25 })
        .collect();
    let pieces = pieces(lengths, &square, 999);
    assert_eq!(ends(&pieces, 70_000), golden.square, "the first of equals");
}

/// RVC sums 80 samples before a place and 80 from it on.
#[test]
fn a_pause_of_ten_milliseconds_is_cut_in_its_middle() {
    let (lengths, _) = golden();
    for (middle, cut) in [(27_359, 27_200), (27_360, 27_360), (27_361, 27_360)] {
        let mut samples = vec![0.5; 60_000];
        samples[middle - 80..middle + 80].fill(0.0);
        let pieces = pieces(lengths, &samples, 500);
        assert_eq!(ends(&pieces, 60_000), [cut], "{middle}");
    }
}

#[test]
fn a_piece_hears_what_is_around_it_and_mirrors_the_ends() {
    let (lengths, _) = golden();
    // Numbered samples: each says where it was.
    let numbered: Vec<f64> = (0..70_000).map(|n| f64::from(n) + 1.0).collect();
    let pieces = pieces(lengths, &numbered, 777);
    // The quietest place of what grows is the beginning of each search.
    assert_eq!(ends(&pieces, 70_000), [24_000, 56_000]);
    let pad = lengths.pad as i64;
    for piece in &pieces {
        let heard = |range: &Range<usize>| piece.speech[range.clone()].to_vec();
        let last = 69_999;
        let mirrored = |at: i64| (last - (last - at.abs()).abs()) as f32 + 1.0;
        let start = piece.start as i64;
        let more = if piece.last { 0 } else { FRAME as i64 };
        let end = start + piece.length as i64 + pad + more;
        let expected: Vec<f32> = (start - pad..end).map(mirrored).collect();
        assert_eq!(heard(&piece.padded), expected);
        // F0 begins on a grid of 32 frames, a second before at least, and ends with the recording or a second later.
        let first = start - pad - piece.padded.start as i64;
        assert_eq!((first + pad) % GRID as i64, 0);
        assert!(first == -pad || start - pad - first >= CONTEXT as i64);
        let beyond = first + piece.speech.len() as i64;
        assert!(beyond == last + 1 + pad || beyond == end + CONTEXT as i64);
        let around: Vec<f32> = (first..beyond).map(mirrored).collect();
        assert_eq!(piece.speech, around);
    }
}

#[test]
fn the_shortest_recordings_swing_between_their_ends() {
    let (lengths, _) = golden();
    assert!(pieces(lengths, &[], 1).is_empty());
    let one = pieces(lengths, &[0.5], 1);
    assert_eq!((one.len(), one[0].length), (1, 1));
    assert_eq!(one[0].speech, vec![0.5; 2 * lengths.pad + 1]);
    let three = pieces(lengths, &[1.0, 2.0, 3.0], 1);
    let pad = lengths.pad;
    assert_eq!(
        three[0].speech[pad - 5..pad + 8],
        [
            2.0, 1.0, 2.0, 3.0, 2.0, 1.0, 2.0, 3.0, 2.0, 1.0, 2.0, 3.0, 2.0
        ]
    );
}

#[test]
fn no_more_is_held_than_stated() {
    let (lengths, _) = golden();
    let bound = lengths.spacing + 2 * lengths.search + 2 * lengths.pad + 3 * 16_000;
    let (mut cutter, mut pieces, mut most) = (QuietCutter::new(lengths), Vec::new(), 0);
    for part in recording(600_000).chunks(1_024) {
        cutter.push(part, &mut pieces);
        most = most.max(cutter.buffer.len());
    }
    assert!(pieces.len() > 15);
    assert!(most <= bound, "{most} of {bound}");
    let longest = pieces.iter().map(|piece| piece.length).max().unwrap();
    assert!(longest <= lengths.spacing + 2 * lengths.search);
}
