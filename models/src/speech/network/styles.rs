//! Reads a table of styles: for each speaker a vector for every number of symbols (`voices.bin`).

use crate::speech::error::SpeechError;

/// The styles of speakers, as Kokoro has them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Styles {
    values: Vec<f32>,
    /// The numbers of symbols that there is a vector for: 0 to `lengths - 1`.
    lengths: usize,
    width: usize,
}

impl Styles {
    /// How many numbers of symbols there are vectors for.
    pub(crate) fn lengths(&self) -> usize {
        self.lengths
    }

    /// Reads raw little-endian f32 for `speakers` speakers; `dimensions` is the metadata's "510,1,256".
    ///
    /// # Errors
    /// If the dimensions are not three, or the bytes are more or fewer.
    pub(crate) fn parse(
        file: &str,
        bytes: &[u8],
        dimensions: &str,
        speakers: usize,
    ) -> Result<Styles, SpeechError> {
        let refuse = |file: String, expected: String, found: String| SpeechError::File {
            file,
            expected,
            found,
        };
        let sizes: Option<Vec<usize>> = dimensions
            .split(',')
            .map(|size| size.trim().parse().ok())
            .collect();
        let Some([lengths @ 1..=1_000_000, 1, width @ 1..=1_000_000]) = sizes.as_deref() else {
            return Err(refuse(
                "metadata style_dim".to_owned(),
                "three numbers, the second of them 1".to_owned(),
                dimensions.to_owned(),
            ));
        };
        let expected = lengths
            .checked_mul(*width)
            .and_then(|size| size.checked_mul(4 * speakers));
        if expected != Some(bytes.len()) {
            return Err(refuse(
                file.to_owned(),
                format!("{speakers} speakers of {lengths} times {width} numbers of 4 bytes"),
                format!("{} bytes", bytes.len()),
            ));
        }
        let (numbers, _) = bytes.as_chunks::<4>();
        Ok(Styles {
            values: numbers
                .iter()
                .map(|four| f32::from_le_bytes(*four))
                .collect(),
            lengths: *lengths,
            width: *width,
        })
    }

    /// How many values a style has.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// The style of a speaker for this many symbols, those around them not counted.
    ///
    /// # Errors
    /// If there are more symbols than the voice has styles for.
    pub(crate) fn row(&self, speaker: usize, symbols: usize) -> Result<&[f32], SpeechError> {
        let row = (speaker * self.lengths + symbols) * self.width;
        match self.values.get(row..row + self.width) {
            Some(style) if symbols < self.lengths => Ok(style),
            _ => Err(SpeechError::Setting {
                name: "sentence",
                expected: format!("at most {} symbols", self.lengths - 1),
                found: symbols.to_string(),
            }),
        }
    }
}
