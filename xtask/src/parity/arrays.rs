//! The arrays of one voice's run, as both sides wrote them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// A folder of raw little-endian arrays, and what they are.
pub struct Arrays {
    folder: PathBuf,
    request: Value,
}

impl Arrays {
    /// Opens what `tests/peers/stages.py` wrote.
    ///
    /// # Errors
    /// If its request is missing or damaged.
    pub fn open(folder: &Path) -> Result<Arrays> {
        let file = folder.join("request.json");
        let text = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        Ok(Arrays {
            folder: folder.to_owned(),
            request: serde_json::from_slice(&text)?,
        })
    }

    /// Whether the array is there.
    pub fn has(&self, name: &str) -> bool {
        ["f32", "i64"]
            .iter()
            .any(|kind| self.folder.join(format!("{name}.{kind}")).is_file())
    }

    /// An array of either kind.
    ///
    /// # Errors
    /// If it cannot be read, or its size is not a whole number of values.
    pub fn get(&self, name: &str) -> Result<Vec<f64>> {
        let floats = self.folder.join(format!("{name}.f32"));
        if floats.is_file() {
            let raw = fs::read(&floats)?;
            let (values, rest) = raw.as_chunks::<4>();
            ensure!(rest.is_empty(), "{} is cut off", floats.display());
            return Ok(values
                .iter()
                .map(|x| f64::from(f32::from_le_bytes(*x)))
                .collect());
        }
        let integers = self.folder.join(format!("{name}.i64"));
        let raw =
            fs::read(&integers).with_context(|| format!("cannot read {}", integers.display()))?;
        let (values, rest) = raw.as_chunks::<8>();
        ensure!(rest.is_empty(), "{} is cut off", integers.display());
        Ok(values
            .iter()
            .map(|x| i64::from_le_bytes(*x) as f64)
            .collect())
    }

    /// Samples per second of the audio.
    ///
    /// # Errors
    /// If the request does not say.
    pub fn rate(&self) -> Result<f64> {
        self.request["rate"].as_f64().context("no rate")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_are_read_and_a_cut_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, raw: &[u8]| fs::write(folder.path().join(name), raw).unwrap();
        write("request.json", b"{\"rate\": 44100}");
        write("a.f32", &1.5f32.to_le_bytes());
        write("b.i64", &(-3i64).to_le_bytes());
        write("c.f32", &[0; 5]);
        let arrays = Arrays::open(folder.path()).unwrap();
        assert_eq!(arrays.rate().unwrap(), 44_100.0);
        assert_eq!(arrays.get("a").unwrap(), [1.5]);
        assert_eq!(arrays.get("b").unwrap(), [-3.0]);
        assert!(arrays.get("c").is_err() && arrays.get("d").is_err());
        assert!(arrays.has("b") && !arrays.has("d"));
    }
}
