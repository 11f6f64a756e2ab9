//! A picture in memory: pixels, lines and small text, written as PNG.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use anyhow::{Context, Result};
use font8x8::legacy::BASIC_LEGACY;

/// Red, green and blue, 0 to 255 each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour(pub [u8; 3]);

/// Nine colours of matplotlib's viridis, at equal distances: dark is low, and equal steps look equal.
const VIRIDIS: [[u8; 3]; 9] = [
    [68, 1, 84],
    [71, 44, 122],
    [59, 81, 139],
    [44, 113, 142],
    [33, 144, 141],
    [39, 173, 129],
    [92, 200, 99],
    [170, 220, 50],
    [253, 231, 37],
];

impl Colour {
    pub const WHITE: Colour = Colour([255; 3]);
    pub const INK: Colour = Colour([30; 3]);

    /// The colour of a value from 0 (dark blue) to 1 (yellow); values outside are held there.
    pub fn viridis(value: f32) -> Colour {
        let at = if value.is_nan() {
            0.0
        } else {
            value.clamp(0.0, 1.0) * (VIRIDIS.len() - 1) as f32
        };
        let below = (at as usize).min(VIRIDIS.len() - 2);
        let part = at - below as f32;
        let mix = |i: usize| {
            f32::from(VIRIDIS[below][i]) * (1.0 - part) + f32::from(VIRIDIS[below + 1][i]) * part
        };
        Colour([
            mix(0).round() as u8,
            mix(1).round() as u8,
            mix(2).round() as u8,
        ])
    }
}

/// A picture; places are counted from the upper left corner, and what falls outside is not drawn.
pub struct Picture {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Picture {
    pub fn new(width: usize, height: usize, paper: Colour) -> Picture {
        Picture {
            width,
            height,
            pixels: paper.0.repeat(width * height),
        }
    }

    pub fn set(&mut self, x: usize, y: usize, colour: Colour) {
        if x < self.width && y < self.height {
            let at = 3 * (y * self.width + x);
            self.pixels[at..at + 3].copy_from_slice(&colour.0);
        }
    }

    pub fn line_right(&mut self, x: usize, y: usize, length: usize) {
        (x..x + length).for_each(|x| self.set(x, y, Colour::INK));
    }

    pub fn line_down(&mut self, x: usize, y: usize, length: usize) {
        (y..y + length).for_each(|y| self.set(x, y, Colour::INK));
    }

    /// Writes ASCII text; a letter is 8 times `scale` pixels wide and high.
    pub fn text(&mut self, x: usize, y: usize, scale: usize, text: &str) {
        for (index, letter) in text.chars().enumerate() {
            let Some(rows) = BASIC_LEGACY.get(letter as usize) else {
                continue;
            };
            for (place, row) in (0..64).map(|place| (place, rows[place / 8])) {
                if row >> (place % 8) & 1 == 1 {
                    let left = x + (8 * index + place % 8) * scale;
                    let top = y + place / 8 * scale;
                    for dot in 0..scale * scale {
                        self.set(left + dot % scale, top + dot / scale, Colour::INK);
                    }
                }
            }
        }
    }

    /// Writes the picture to a file.
    pub fn write_png(&self, file: &Path) -> Result<()> {
        let describe = || format!("cannot write {}", file.display());
        let writer = BufWriter::new(File::create(file).with_context(describe)?);
        let mut encoder = png::Encoder::new(
            writer,
            u32::try_from(self.width)?,
            u32::try_from(self.height)?,
        );
        encoder.set_color(png::ColorType::Rgb);
        let mut writer = encoder.write_header().with_context(describe)?;
        writer
            .write_image_data(&self.pixels)
            .with_context(describe)?;
        writer.finish().with_context(describe)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inked(picture: &Picture) -> usize {
        picture
            .pixels
            .chunks(3)
            .filter(|pixel| **pixel == Colour::INK.0)
            .count()
    }

    #[test]
    fn colours_run_from_dark_to_light_and_hold_at_the_ends() {
        assert_eq!(Colour::viridis(-5.0), Colour(VIRIDIS[0]));
        assert_eq!(Colour::viridis(9.0), Colour(VIRIDIS[8]));
        assert_eq!(Colour::viridis(0.5), Colour(VIRIDIS[4]));
        assert_eq!(Colour::viridis(f32::NAN), Colour(VIRIDIS[0]));
        let brightness = |value: f32| {
            Colour::viridis(value)
                .0
                .iter()
                .map(|c| u32::from(*c))
                .sum::<u32>()
        };
        assert!(brightness(0.0) < brightness(0.5) && brightness(0.5) < brightness(1.0));
    }

    #[test]
    fn text_has_ink_that_grows_with_the_square_of_its_scale() {
        let draw = |scale: usize| {
            let mut picture = Picture::new(64, 64, Colour::WHITE);
            picture.text(2, 2, scale, "8k");
            inked(&picture)
        };
        assert!(draw(1) > 20);
        assert_eq!(draw(3), 9 * draw(1));
    }

    #[test]
    fn drawing_outside_is_left_out() {
        let mut picture = Picture::new(4, 4, Colour::WHITE);
        picture.text(100, 100, 2, "x");
        picture.line_right(2, 3, 50);
        assert_eq!(inked(&picture), 2);
    }

    #[test]
    fn a_png_holds_the_pixels() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.png");
        let mut picture = Picture::new(5, 3, Colour::WHITE);
        picture.set(4, 2, Colour([1, 2, 3]));
        picture.write_png(&file).unwrap();
        let mut reader = png::Decoder::new(std::io::BufReader::new(File::open(&file).unwrap()))
            .read_info()
            .unwrap();
        let mut pixels = vec![0; 45];
        reader.next_frame(&mut pixels).unwrap();
        assert_eq!(pixels, picture.pixels);
    }
}
