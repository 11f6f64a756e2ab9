//! Opens the built plugin's window on a screen, takes a picture of each page at both scales, and keeps them where
//! `SYRINX_PICTURES` says.
#![cfg(target_os = "linux")]

#[path = "host_clap/rig.rs"]
#[allow(dead_code)] // Written for another test as well.
mod rig;

use std::collections::BTreeSet;
use std::fs;
use std::io::BufWriter;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rig::{Rig, Screen, open};
use serde_json::json;

/// The pages with the codes of their keys (1 to 4 on a keyboard of PCs).
const PAGES: [(&str, u8); 4] = [
    ("voice", 10),
    ("pitch", 11),
    ("speech", 12),
    ("browser", 13),
];
/// The size in points: that of a new window.
const SIZE: (u16, u16) = (840, 700);
/// The largest picture: they are kept with the source.
const LARGEST: u64 = 250_000;
/// How long a window may take to show another page, before the test gives up.
const PATIENCE: Duration = Duration::from_secs(20);
const RATE: f64 = 48_000.0;
/// Samples in a block.
const BLOCK: usize = 480;
/// Blocks after which a window has shown a new page: one and a half seconds, for software that draws.
const SETTLED: usize = 150;

/// Somebody who sings up and down in halves of a second, with breaths between.
fn song() -> Vec<f32> {
    let notes = [57, 59, 60, 62, 64, 62, 60, 59, 57, 55];
    let mut phase = 0.0_f64;
    let mut song = Vec::new();
    for note in notes {
        let length = (RATE * 0.5) as usize;
        for index in 0..length {
            let vibrato = (index as f64 / RATE * 33.0).sin() * 0.3;
            let hz = 440.0 * ((f64::from(note) + vibrato - 69.0) / 12.0).exp2();
            phase = (phase + hz / RATE).fract();
            let voice: f64 = (1..12)
                .map(|k| (f64::from(k) * phase * std::f64::consts::TAU).sin() / f64::from(k))
                .sum();
            let breath = if index > length * 9 / 10 { 0.0 } else { 0.12 };
            song.push((voice * breath) as f32);
        }
    }
    song
}

/// Writes a picture with the upper six bits of each colour: nobody sees the difference, and it is a third smaller.
fn write_png(path: &Path, (width, height): (u16, u16), pixels: &[u8]) {
    let pixels: Vec<u8> = pixels.iter().map(|value| value & !3).collect();
    let file = fs::File::create(path).expect("a file");
    let mut encoder = png::Encoder::new(BufWriter::new(file), width.into(), height.into());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::High);
    encoder.set_filter(png::Filter::Adaptive);
    let mut writer = encoder.write_header().expect("a header");
    writer.write_image_data(&pixels).expect("pixels");
}

/// The colours of a picture: letters alone have dozens, an empty window has one.
fn colours(pixels: &[u8]) -> usize {
    let set: BTreeSet<&[u8]> = pixels.chunks_exact(3).collect();
    set.len()
}

/// Plays on in the time that it takes, as a host does, and shows what the plugin wants shown.
fn play(rig: &mut Rig, song: &[f32], at: &mut usize, blocks: usize) {
    for _ in 0..blocks {
        let end = (*at + BLOCK).min(song.len());
        let (mut left, mut right) = (song[*at..end].to_vec(), song[*at..end].to_vec());
        rig.process(&mut left, &mut right, &[]);
        rig.idle();
        *at = end % song.len();
        sleep(Duration::from_millis(10));
    }
}

#[test]
fn every_page_is_seen_at_both_scales() {
    let Some(screen) = Screen::connect() else {
        return;
    };
    let Some(entry) = open() else { return };
    // A relative path is one in the repository.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let kept = std::env::var_os("SYRINX_PICTURES").map(|path| root.join(path));
    let scratch = tempfile::tempdir().expect("a folder");
    let folder = kept.as_deref().unwrap_or(scratch.path());
    fs::create_dir_all(folder).expect("the folder");
    let song = song();
    for scale in [1, 2] {
        let size = (scale * SIZE.0, scale * SIZE.1);
        let saved = json!([SIZE.0, SIZE.1, 100 * scale]);
        let mut rig = Rig::with_field(&entry, "editor-size", &saved);
        // Shares of their ranges: -40 dB, three semitones up, led to the notes of a scale, C major.
        for (name, share) in [
            ("Gate", 4.0 / 7.0),
            ("Transpose", 29.0 / 48.0),
            ("Pitch Target", 1.0 / 3.0),
            ("Scale", 1.0 / 5.0),
        ] {
            let param = rig.param(name);
            let value = param.min + share * (param.max - param.min);
            rig.set_inactive(param.id, value);
        }
        rig.set_offline(true);
        rig.activate(RATE, BLOCK as u32);
        rig.run(&song, &[BLOCK]);
        rig.open_and_close_editor(&screen, |rig| {
            let mut at = 0;
            let mut seen: Vec<Vec<u8>> = Vec::new();
            for (name, key) in PAGES {
                screen.press_with_ctrl(key);
                let begun = Instant::now();
                let picture = loop {
                    play(rig, &song, &mut at, SETTLED);
                    let picture = screen.picture(size);
                    let new = seen.iter().all(|other| differ(other, &picture));
                    if colours(&picture) > 50 && new {
                        break picture;
                    }
                    assert!(begun.elapsed() < PATIENCE, "{name} is not seen");
                };
                let path = folder.join(format!("editor-{name}-{scale}x.png"));
                write_png(&path, size, &picture);
                let bytes = fs::metadata(&path).expect("a picture").len();
                assert!(bytes < LARGEST, "{}: {bytes} bytes", path.display());
                seen.push(picture);
            }
        });
    }
}

/// Whether two pictures are of different pages: what moves on one of them is less than a tenth of it.
fn differ(one: &[u8], other: &[u8]) -> bool {
    let pairs = one.chunks_exact(3).zip(other.chunks_exact(3));
    let changed = pairs.filter(|(a, b)| a != b).count();
    30 * changed > one.len()
}
