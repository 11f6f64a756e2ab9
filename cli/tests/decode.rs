//! Recordings of every format are decoded to their exact length, and damaged ones are told apart.

mod common;

use std::fs;
use std::path::Path;

use common::{data, tone, wav_head, write_wav};
use syrinx_cli::audio::{DecodeError, Recording, RecordingInfo};

fn decode(path: &Path) -> Result<(RecordingInfo, Vec<f32>), DecodeError> {
    let mut recording = Recording::open(path)?;
    let (mut samples, mut piece) = (Vec::new(), [0.0; 777]);
    loop {
        let count = recording.read_samples(&mut piece)?;
        samples.extend_from_slice(&piece[..count]);
        if count < piece.len() {
            return Ok((recording.info(), samples));
        }
    }
}

/// RMS of the difference over RMS of the expected signal.
fn error_ratio(expected: &[f32], found: &[f32]) -> f64 {
    let energy = |values: &mut dyn Iterator<Item = f32>| -> f64 {
        values.map(|value| f64::from(value).powi(2)).sum()
    };
    let difference = energy(&mut expected.iter().zip(found).map(|(a, b)| a - b));
    (difference / energy(&mut expected.iter().copied())).sqrt()
}

#[test]
fn every_format_gives_the_recording_in_its_length_and_place() {
    let expected = tone(8000);
    // FLAC is exact to the rounding of 16 bits (an error of 3e-5). The others are lossy, but a shift by a single
    // sample would be an error of 0.0785, the phase that the tone turns in one.
    for (name, tolerance) in [("tone.flac", 6e-5), ("tone.ogg", 0.03), ("tone.mp3", 0.03)] {
        let (info, found) = decode(&data(name)).unwrap();
        assert_eq!((info.rate.hz(), info.channels), (16_000, 1), "{name}");
        assert_eq!(found.len(), 8000, "{name}");
        assert_eq!(info.samples, Some(8000), "{name}");
        let error = error_ratio(&expected, &found);
        assert!(error < tolerance, "{name}: {error}");
    }
}

#[test]
fn channels_become_their_mean() {
    let (info, found) = decode(&data("stereo.flac")).unwrap();
    assert_eq!(info.channels, 2);
    let expected: Vec<f32> = tone(8000).iter().map(|sample| sample * 0.75).collect();
    assert!(error_ratio(&expected, &found) < 1e-4);

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wide.wav");
    let signal = tone(3000);
    for channels in [2u16, 6, 18, 19, 32] {
        write_wav(&path, &signal, 192_000, channels);
        let (info, found) = decode(&path).unwrap();
        assert_eq!(
            (info.rate.hz(), info.channels),
            (192_000, usize::from(channels))
        );
        let share = (1..=channels).map(|n| 1.0 / f32::from(n)).sum::<f32>() / f32::from(channels);
        let expected: Vec<f32> = signal.iter().map(|sample| sample * share).collect();
        assert_eq!(found.len(), expected.len(), "{channels} channels");
        assert!(error_ratio(&expected, &found) < 1e-6, "{channels} channels");
    }
}

#[test]
fn a_recording_that_is_cut_off_says_how_much_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut");
    let mut wav = wav_head(8000, 16_000);
    wav.extend(std::iter::repeat_n(1u8, 5000));
    fs::write(&path, wav).unwrap();
    let error = decode(&path).unwrap_err();
    assert!(
        matches!(
            error,
            DecodeError::CutOff {
                expected: 8000,
                found: 2500
            }
        ),
        "{error}"
    );

    for name in ["tone.flac", "tone.mp3"] {
        let whole = fs::read(data(name)).unwrap();
        fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        let error = decode(&path).unwrap_err();
        let is_told = match error {
            DecodeError::CutOff { expected, found } => expected == 8000 && found < 7000,
            DecodeError::Damaged { sample, .. } => sample < 7000,
            _ => false,
        };
        assert!(is_told, "{name}: {error}");
    }

    write_wav(&path, &tone(4000), 16_000, 32);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let error = decode(&path).unwrap_err();
    assert!(
        matches!(
            error,
            DecodeError::CutOff {
                expected: 4000,
                found: 1900..2000
            }
        ),
        "{error}"
    );
}

#[test]
fn a_flipped_bit_in_a_flac_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flipped.flac");
    let whole = fs::read(data("tone.flac")).unwrap();
    let flip = |place: usize| {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x10;
        fs::write(&path, bytes).unwrap();
        decode(&path).unwrap_err()
    };
    let error = flip(whole.len() / 2);
    let is_told = matches!(
        error,
        DecodeError::Damaged { .. } | DecodeError::CutOff { .. }
    );
    assert!(is_told, "{error}");
    // In the checksum over all samples, 16 bytes from byte 26 on.
    let error = flip(30);
    assert!(matches!(error, DecodeError::Checksum), "{error}");
}

#[test]
fn a_stream_of_unknown_length_is_read_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("piped.wav");
    let mut wav = wav_head(0, 16_000);
    // What programs write that cannot go back to the header.
    wav[4..8].copy_from_slice(&[0xff; 4]);
    wav[40..44].copy_from_slice(&[0xff; 4]);
    wav.extend((0..3001i16).flat_map(i16::to_le_bytes));
    fs::write(&path, wav).unwrap();
    let (info, found) = decode(&path).unwrap();
    assert_eq!(info.samples, None);
    assert_eq!(found.len(), 3001);
    assert_eq!(found[3000], 3000.0 / 32_768.0);
}

#[test]
fn what_is_no_recording_is_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    assert!(matches!(
        decode(&write("empty.wav", b"")),
        Err(DecodeError::EmptyFile)
    ));
    let text = "not a recording, though long enough to look inside. ".repeat(100);
    let error = decode(&write("text.wav", text.as_bytes())).unwrap_err();
    assert!(matches!(error, DecodeError::Unrecognised(_)), "{error}");
    let error = decode(&write("none.wav", &wav_head(0, 16_000))).unwrap_err();
    assert!(matches!(error, DecodeError::NoSamples), "{error}");
    assert!(matches!(
        decode(folder.path()),
        Err(DecodeError::NotAFile("a folder"))
    ));
    for rate in [7999, 192_001] {
        let mut wav = wav_head(1, rate);
        wav.extend([0, 0]);
        let error = decode(&write("rate.wav", &wav)).unwrap_err();
        assert!(
            matches!(error, DecodeError::Rate { found, .. } if found == rate),
            "{error}"
        );
    }
}
