//! The columns of a table of lines to speak: which there are, and what a cell of each may hold.

use clap::ValueEnum;
use csv::StringRecord;

use super::request::Request;
use crate::args::{
    INTONATION_RANGE, LanguageArg, PAUSE_RANGE, RATE_RANGE, SHARE_RANGE, TRANSPOSE_RANGE,
    VOLUME_RANGE_DB, between,
};

/// The columns that a table may have.
const KNOWN: [&str; 15] = [
    "text",
    "file",
    "output",
    "voice",
    "language",
    "speaker",
    "seed",
    "rate",
    "pitch",
    "intonation",
    "volume",
    "pause",
    "emotion",
    "intensity",
    "variation",
];

/// What is wrong with a cell: its column, what was expected, and what was found.
pub(super) type CellError = (&'static str, String, String);

/// The columns of a table, in its order.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Columns(Vec<&'static str>);

impl Columns {
    /// Reads the first row of a table.
    ///
    /// # Errors
    /// If a column is unknown or there twice, or none says what to speak: what was expected and found.
    pub(super) fn read(header: &StringRecord) -> Result<Columns, (String, String)> {
        let mut columns = Vec::new();
        for cell in header {
            let name = cell.trim().to_lowercase();
            let known = KNOWN.into_iter().find(|known| *known == name);
            let Some(known) = known else {
                return Err((format!("columns {}", KNOWN.join(", ")), format!("{cell:?}")));
            };
            if columns.contains(&known) {
                return Err(("every column once".to_owned(), format!("{known:?} twice")));
            }
            columns.push(known);
        }
        match columns.contains(&"text") || columns.contains(&"file") {
            true => Ok(Columns(columns)),
            false => Err(("a column text or file".to_owned(), columns.join(", "))),
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// Whether there is this one.
    pub(super) fn has(&self, column: &str) -> bool {
        self.0.contains(&column)
    }

    /// What stands in a column; nothing where it is empty or there is no such column.
    pub(super) fn cell<'a>(&self, record: &'a StringRecord, column: &str) -> Option<&'a str> {
        let place = self.0.iter().position(|name| *name == column)?;
        record.get(place).filter(|cell| !cell.trim().is_empty())
    }

    /// Puts what a row says into `request`; what it leaves empty stays.
    ///
    /// # Errors
    /// With the first cell that holds something else than its column takes.
    pub(super) fn fill(
        &self,
        record: &StringRecord,
        request: &mut Request,
    ) -> Result<(), CellError> {
        let text = |column| self.cell(record, column).map(|cell| cell.trim().to_owned());
        if let Some(voice) = text("voice") {
            request.voice = voice;
        }
        if let Some(language) = text("language") {
            let asked = LanguageArg::from_str(&language, false);
            let asked = asked.map_err(|_| ("language", "en or zh".to_owned(), language))?;
            request.language = Some(asked.into());
        }
        if let Some(seed) = text("seed") {
            let number = seed.parse();
            let expected = "a whole number of 0 or more".to_owned();
            request.seed = number.map_err(|_| ("seed", expected, seed))?;
        }
        let settings = &mut request.settings;
        settings.speaker = text("speaker").or_else(|| settings.speaker.take());
        settings.emotion = text("emotion").or_else(|| settings.emotion.take());
        for (column, range, value) in [
            ("rate", RATE_RANGE, &mut settings.rate),
            ("pitch", TRANSPOSE_RANGE, &mut settings.pitch),
            ("intonation", INTONATION_RANGE, &mut settings.intonation),
            ("volume", VOLUME_RANGE_DB, &mut settings.volume),
            ("pause", PAUSE_RANGE, &mut settings.pause),
            ("intensity", SHARE_RANGE, &mut settings.intensity),
            ("variation", SHARE_RANGE, &mut settings.variation),
        ] {
            let Some(cell) = text(column) else { continue };
            let number = between(range.0, range.1)(&cell);
            let expected = format!("{} to {}", range.0, range.1);
            *value = number.map_err(|_| (column, expected, cell))?;
        }
        Ok(())
    }
}
