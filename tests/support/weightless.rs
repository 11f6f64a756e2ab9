//! Puts random weights into graphs whose own were taken out.

use std::io::{self, Cursor, Read, Write};

use serde::Deserialize;
use sha2::{Digest, Sha256};

/// Constants of SplitMix64 (Steele, Lea and Flood, 2014).
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
const FIRST: u64 = 0xBF58_476D_1CE4_E5B9;
const SECOND: u64 = 0x94D0_49BB_1331_11EB;

/// The mean of the sum of four numbers of 16 bits.
const MEAN: i32 = 2 * 65_535;

/// Weights that are made at once: few enough for the caches.
const BATCH: usize = 1 << 14;

/// Largest graph without its weights that is read; those here have less than a megabyte.
const MAX_REST: u64 = 1 << 24;

/// An ONNX file without its weights, and where which weights belong. `tests/full_size/take_out_weights.py` writes it.
#[derive(Debug)]
pub struct WeightlessGraph {
    rest: Vec<u8>,
    summary: Summary,
}

/// What `weights.json` says.
#[derive(Debug, Deserialize)]
struct Summary {
    bytes: u64,
    sha256: String,
    seed: u64,
    weights: Vec<Weights>,
}

/// One tensor of f32, normally distributed.
#[derive(Debug, Deserialize)]
struct Weights {
    name: String,
    shape: Vec<usize>,
    /// Where its bytes begin in the whole file.
    at: u64,
    count: usize,
    mean: f32,
    /// What a drawn number is multiplied by.
    step: f32,
}

impl WeightlessGraph {
    /// Reads the zip with a graph.
    ///
    /// # Errors
    /// If it is damaged, or its numbers do not fit together.
    pub fn read(zip: &[u8]) -> io::Result<WeightlessGraph> {
        let mut archive = zip::ZipArchive::new(Cursor::new(zip))?;
        let mut part = |name: &str| -> io::Result<Vec<u8>> {
            let mut bytes = Vec::new();
            let file = archive.by_name(name)?;
            file.take(MAX_REST).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        let graph = WeightlessGraph {
            rest: part("rest")?,
            summary: serde_json::from_slice(&part("weights.json")?)?,
        };
        graph.check()?;
        Ok(graph)
    }

    /// Whether the weights stand one behind another and fill exactly what the rest leaves.
    fn check(&self) -> io::Result<()> {
        let wrong = |what: String| Err(io::Error::new(io::ErrorKind::InvalidData, what));
        let (mut end, mut missing) = (0, 0);
        for weights in &self.summary.weights {
            let Weights { name, shape, .. } = weights;
            if shape.iter().product::<usize>() != weights.count {
                return wrong(format!(
                    "{name}: expected {} weights, found the shape {shape:?}",
                    weights.count
                ));
            }
            if weights.at < end {
                return wrong(format!(
                    "{name}: expected it behind {end}, found {}",
                    weights.at
                ));
            }
            let bytes = 4 * weights.count as u64;
            end = weights.at + bytes;
            missing += bytes;
        }
        let found = self.rest.len() as u64 + missing;
        if found != self.summary.bytes || end > found {
            return wrong(format!(
                "expected {} bytes with weights, found {found}",
                self.summary.bytes
            ));
        }
        Ok(())
    }

    /// How many bytes it has with weights.
    pub fn bytes(&self) -> u64 {
        self.summary.bytes
    }

    /// How many weights it lacks.
    pub fn weights(&self) -> usize {
        self.summary
            .weights
            .iter()
            .map(|weights| weights.count)
            .sum()
    }

    /// The SHA-256 of the file with weights, in hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.summary.sha256
    }

    /// Writes the whole ONNX file: the same bytes on every machine.
    ///
    /// # Errors
    /// If it cannot be written, or is not the file whose hash is known.
    pub fn write(&self, target: &mut impl Write) -> io::Result<()> {
        let mut hashed = Hashed {
            target,
            digest: Sha256::new(),
        };
        let (mut rest, mut end) = (&self.rest[..], 0);
        for (number, weights) in self.summary.weights.iter().enumerate() {
            let before;
            (before, rest) = rest.split_at((weights.at - end) as usize);
            hashed.put(before)?;
            weights.write(start(self.summary.seed, number as u64), &mut hashed)?;
            end = weights.at + 4 * weights.count as u64;
        }
        hashed.put(rest)?;
        let found: String = hashed
            .digest
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        if found != self.summary.sha256 {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!(
                    "expected a file of the hash {}, found {found}",
                    self.summary.sha256
                ),
            ));
        }
        Ok(())
    }
}

impl Weights {
    fn write(&self, start: u64, target: &mut Hashed<impl Write>) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(4 * BATCH);
        for first in (0..self.count).step_by(BATCH) {
            bytes.clear();
            for place in first..self.count.min(first + BATCH) {
                let drawn = drawn(start, place as u64) as f32;
                bytes.extend((self.mean + self.step * drawn).to_le_bytes());
            }
            target.put(&bytes)?;
        }
        Ok(())
    }
}

/// Where what is written is hashed as well.
struct Hashed<'a, W> {
    target: &'a mut W,
    digest: Sha256,
}

impl<W: Write> Hashed<'_, W> {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.digest.update(bytes);
        self.target.write_all(bytes)
    }
}

/// SplitMix64's finisher: every bit of the result depends on every bit of `x`.
fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(FIRST);
    let x = (x ^ (x >> 27)).wrapping_mul(SECOND);
    x ^ (x >> 31)
}

/// From where a tensor draws.
fn start(seed: u64, number: u64) -> u64 {
    mix(seed.wrapping_mul(GOLDEN).wrapping_add(number))
}

/// A whole number around 0 that follows from its place alone: the sum of four numbers of 16 bits, which is nearly
/// normal and needs no function that differs between machines.
fn drawn(start: u64, place: u64) -> i32 {
    let bits = mix(start.wrapping_add(GOLDEN.wrapping_mul(place + 1)));
    let part = |shift: u32| (bits >> shift & 0xFFFF) as i32;
    part(0) + part(16) + part(32) + part(48) - MEAN
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A graph of six bytes around two tensors.
    fn zipped(change: impl Fn(&mut serde_json::Value)) -> Vec<u8> {
        let mut summary = serde_json::json!({
            "bytes": 6 + 4 * 5, "sha256": "?", "seed": 7,
            "weights": [
                {"name": "a", "shape": [3], "at": 2, "count": 3, "mean": 1.5, "step": 0.0},
                {"name": "b", "shape": [1, 2], "at": 17, "count": 2, "mean": 0.0, "step": 1.0},
            ]
        });
        change(&mut summary);
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in [
            ("weights.json", summary.to_string().as_bytes()),
            ("rest", b"abcdef"),
        ] {
            zip.start_file(name, zip::write::SimpleFileOptions::default())
                .unwrap();
            zip.write_all(content).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn weights_stand_where_they_were() {
        let graph = WeightlessGraph::read(&zipped(|_| {})).unwrap();
        assert_eq!((graph.bytes(), graph.weights()), (26, 5));
        let mut file = Vec::new();
        let refused = graph.write(&mut file).unwrap_err().to_string();
        assert!(
            refused.contains("expected a file of the hash ?"),
            "{refused}"
        );
        let three = [1.5_f32; 3].map(f32::to_le_bytes).concat();
        assert_eq!(file.len(), 26);
        assert_eq!(file[..2], *b"ab");
        assert_eq!(file[2..14], three);
        assert_eq!(file[14..17], *b"cde");
        assert_eq!(file[25], b'f');
    }

    #[test]
    fn numbers_that_do_not_fit_together_are_refused() {
        let changes: [fn(&mut serde_json::Value); 4] = [
            |summary| summary["bytes"] = 27.into(),
            |summary| summary["weights"][0]["count"] = 4.into(),
            |summary| summary["weights"][1]["at"] = 13.into(),
            |summary| summary["weights"][1]["at"] = 19.into(),
        ];
        for (number, change) in changes.iter().enumerate() {
            let read = WeightlessGraph::read(&zipped(change));
            assert!(read.is_err(), "change {number}");
        }
        assert!(WeightlessGraph::read(b"PK").is_err());
    }

    #[test]
    fn what_is_drawn_is_nearly_normal() {
        let start = start(1, 0);
        let drawn: Vec<f64> = (0..100_000).map(|n| f64::from(drawn(start, n))).collect();
        let count = drawn.len() as f64;
        let mean = drawn.iter().sum::<f64>() / count;
        let moment = |power| drawn.iter().map(|x| x.powi(power)).sum::<f64>() / count;
        let deviation = moment(2).sqrt();
        // 37,837 by the formula; the mean of so many has a deviation of 120, and theirs one of 80.
        assert!(mean.abs() < 500.0, "{mean}");
        assert!((deviation - 37_837.2).abs() < 350.0, "{deviation}");
        // The sum of four has a kurtosis of 2.7, a single one of 1.8.
        assert!((moment(4) / deviation.powi(4) - 2.7).abs() < 0.1);
    }
}
