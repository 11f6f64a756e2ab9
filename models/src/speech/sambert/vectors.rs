//! A table of vectors, one for each emotion or speaker, and mixtures of its rows.

use crate::speech::contract::SpeechFile;
use crate::speech::error::SpeechError;

/// A table of vectors.
#[derive(Clone, Debug)]
pub(super) struct Vectors {
    values: Vec<f32>,
    units: usize,
}

impl Vectors {
    /// Reads `rows` rows of `units` values, f32 with the low byte first.
    ///
    /// # Errors
    /// If there are more or fewer bytes, or a value is not finite.
    pub(super) fn parse(
        file: &SpeechFile,
        rows: usize,
        units: usize,
    ) -> Result<Vectors, SpeechError> {
        let wrong = |expected: String, found: String| SpeechError::File {
            file: file.name.clone(),
            expected,
            found,
        };
        let bytes = rows * units * size_of::<f32>();
        if file.bytes.len() != bytes {
            return Err(wrong(
                format!("{rows} rows of {units} values, {bytes} bytes"),
                format!("{} bytes", file.bytes.len()),
            ));
        }
        let (quads, _) = file.bytes.as_chunks();
        let values: Vec<f32> = quads.iter().copied().map(f32::from_le_bytes).collect();
        match values.iter().position(|value| !value.is_finite()) {
            Some(place) => Err(wrong(
                "finite values".to_owned(),
                format!("{} in row {}", values[place], place / units),
            )),
            None => Ok(Vectors { values, units }),
        }
    }

    /// A row.
    pub(super) fn row(&self, number: usize) -> &[f32] {
        &self.values[number * self.units..(number + 1) * self.units]
    }

    /// From the row `from` by the share `amount` to the row `to`: 0 is the one, 1 exactly the other, and 2 as much again
    /// beyond it.
    pub(super) fn mixed(&self, from: usize, to: usize, amount: f32) -> Vec<f32> {
        let pairs = self.row(from).iter().zip(self.row(to));
        pairs
            .map(|(a, b)| a * (1.0 - amount) + b * amount)
            .collect()
    }
}
