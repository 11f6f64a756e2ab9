//! Reads a table of lines to speak, and checks all of it before the first is spoken.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use csv::{ReaderBuilder, StringRecord};

use super::columns::{CellError, Columns};
use super::output_name::{EXPECTED_OUTPUT, output_of};
use super::request::Request;
use super::text_file::read_text;
use crate::error::CliError;

/// What is put behind the table. Where it does not come out as a row of its own, a quotation mark was left open, and the
/// rest of the table would be taken for one cell.
const END: &str = "end of the table";

/// One line to speak.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    /// What it is called in messages: the table and the line.
    pub(super) name: String,
    /// The file to write, below the folder of outputs.
    pub(super) output: PathBuf,
    /// A file with its script; otherwise the request holds it.
    file: Option<PathBuf>,
    request: Request,
}

impl Row {
    /// The request, its script read.
    ///
    /// # Errors
    /// If the script is in a file that cannot be read.
    pub(super) fn request(&self) -> Result<Request, CliError> {
        let mut request = self.request.clone();
        if let Some(file) = &self.file {
            let text = read_text(file);
            request.text = text.map_err(|error| CliError::other(&request.name, error))?;
        }
        Ok(request)
    }

    /// The voice as asked for.
    pub(super) fn voice(&self) -> &str {
        &self.request.voice
    }
}

/// The rows that can be spoken, and what is wrong with the others.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) rows: Vec<Row>,
    pub(super) refused: Vec<CliError>,
}

impl Table {
    /// Reads the table at `path`; what a row leaves empty is as in `plain`.
    ///
    /// # Errors
    /// If it cannot be read, its columns are not known, or two rows would be written to the same file.
    pub(super) fn read(path: &Path, plain: &Request) -> Result<Table, CliError> {
        let text = read_text(path)?;
        Table::parse(path, &text, plain)
    }

    fn parse(path: &Path, text: &str, plain: &Request) -> Result<Table, CliError> {
        let text = format!("{}\n{END}\n", text.trim_start_matches('\u{feff}'));
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let mut lines = Lines::new(&text);
        let mut records = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| CliError::other(path.display(), error))?;
            let name = format!("{}, line {}", path.display(), lines.of(&record));
            records.push((name, record));
        }
        check_end(records.pop())?;
        let mut records = records.into_iter();
        let first = || (format!("{}, line 1", path.display()), StringRecord::new());
        let (name, header) = records.next().unwrap_or_else(first);
        let columns = Columns::read(&header).map_err(|(expected, found)| {
            CliError::other(name, format_args!("expected {expected}, found {found}"))
        })?;
        let mut table = Table::default();
        for (place, (name, record)) in records.enumerate() {
            match row(path, name, &columns, &record, place + 1, plain) {
                Ok(row) => table.rows.push(row),
                Err(error) => table.refused.push(error),
            }
        }
        if table.rows.is_empty() && table.refused.is_empty() {
            return Err(CliError::other(
                path.display(),
                "expected rows below the names of columns, found none",
            ));
        }
        table.check_outputs()?;
        Ok(table)
    }

    /// Refuses two rows that would be written to the same file, also where only the case of letters differs: that is the
    /// same file on some systems.
    fn check_outputs(&self) -> Result<(), CliError> {
        let mut taken: HashMap<String, &Row> = HashMap::new();
        for row in &self.rows {
            let output = row.output.to_string_lossy().to_lowercase();
            if let Some(other) = taken.insert(output, row) {
                return Err(CliError::other(
                    format_args!("{}, column output", row.name),
                    format_args!(
                        "expected a name of its own, found {}, as in {}",
                        row.output.display(),
                        other.name
                    ),
                ));
            }
        }
        Ok(())
    }
}

/// Says in which line a record begins. The reader's own numbers are one too few behind "\r\n".
struct Lines<'a> {
    text: &'a str,
    /// The place up to which lines were counted, and the line there, from 1.
    at: usize,
    line: usize,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Lines<'a> {
        Lines {
            text,
            at: 0,
            line: 1,
        }
    }

    /// The line of the next record, from 1.
    fn of(&mut self, record: &StringRecord) -> usize {
        let start = record
            .position()
            .map_or(0, |start| start.byte() as usize)
            .max(self.at);
        let bytes = self.text.as_bytes();
        // What ends the line before, and empty lines, belong to the record.
        let ends = bytes[start..]
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'));
        let end = start + ends.count();
        let passed = bytes[self.at..end].iter();
        self.line += passed.filter(|byte| **byte == b'\n').count();
        self.at = end;
        self.line
    }
}

/// Refuses a table behind which something else than [`END`] comes out.
fn check_end(last: Option<(String, StringRecord)>) -> Result<(), CliError> {
    match last {
        Some((name, record)) if record.len() != 1 || record.get(0) != Some(END) => {
            Err(CliError::other(
                name,
                "expected a closing quotation mark, found the end of the table",
            ))
        }
        _ => Ok(()),
    }
}

fn row(
    path: &Path,
    name: String,
    columns: &Columns,
    record: &StringRecord,
    number: usize,
    plain: &Request,
) -> Result<Row, CliError> {
    if record.len() != columns.count() {
        return Err(CliError::other(
            name,
            format_args!(
                "expected {} cells, as in the first line, found {}; text with commas stands between quotation marks",
                columns.count(),
                record.len()
            ),
        ));
    }
    let wrong = |(column, expected, found): CellError| {
        CliError::other(
            format_args!("{name}, column {column}"),
            format_args!("expected {expected}, found {found:?}"),
        )
    };
    let mut request = plain.clone();
    columns.fill(record, &mut request).map_err(wrong)?;
    let text = columns.cell(record, "text");
    let file = columns.cell(record, "file");
    let column = match (text, file) {
        (Some(text), None) => {
            text.clone_into(&mut request.text);
            "text"
        }
        (None, Some(_)) => "file",
        (None, None) => {
            let (column, expected) = match columns.has("text") {
                true => ("text", "words"),
                false => ("file", "a file"),
            };
            return Err(wrong((column, expected.to_owned(), String::new())));
        }
        (Some(_), Some(file)) => {
            let expected = "nothing beside a text".to_owned();
            return Err(wrong(("file", expected, file.to_owned())));
        }
    };
    request.name = format!("{name}, column {column}");
    let output = columns.cell(record, "output").map(str::trim);
    let output = match output {
        Some(output) => output_of(output)
            .ok_or_else(|| wrong(("output", EXPECTED_OUTPUT.to_owned(), output.to_owned())))?,
        None => PathBuf::from(format!("{number:04}.wav")),
    };
    let beside = path.parent().unwrap_or(Path::new(""));
    Ok(Row {
        name,
        output,
        file: file.map(|file| beside.join(file.trim())),
        request,
    })
}

#[cfg(test)]
mod tests {
    use syrinx_models::speech::SpeechSettings;
    use syrinx_models::speech::text::Language;

    use super::*;

    fn plain() -> Request {
        Request {
            name: String::new(),
            text: String::new(),
            voice: "default".to_owned(),
            language: None,
            settings: SpeechSettings::default(),
            seed: 5,
        }
    }

    fn read(text: &str) -> Result<Table, String> {
        let path = Path::new("in/lines.csv");
        Table::parse(path, text, &plain()).map_err(|error| error.to_string())
    }

    fn refused(text: &str) -> Vec<String> {
        let table = read(text).unwrap();
        table.refused.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn rows_say_what_differs_from_the_command_line() {
        let text = "\u{feff}Text, voice ,seed,rate,language,emotion,output\r\n\
                    \"Grüße, \"\"Welt\"\"!\",anna,7,1.5,zh,happy,a/b\r\n\
                    \r\n\
                    \"two\nlines\",,,,,,\n\
                    three,,,,,,Dr. Smith\n";
        let table = read(text).unwrap();
        assert!(table.refused.is_empty(), "{:?}", table.refused);
        let [first, second, third] = table.rows.as_slice() else {
            panic!("{table:?}")
        };
        let request = first.request().unwrap();
        assert_eq!(request.text, "Grüße, \"Welt\"!");
        assert_eq!((request.voice.as_str(), request.seed), ("anna", 7));
        assert_eq!(request.language, Some(Language::Mandarin));
        assert_eq!(request.settings.rate, 1.5);
        assert_eq!(request.settings.emotion.as_deref(), Some("happy"));
        assert_eq!(first.output, Path::new("a/b.wav"));
        assert_eq!(first.name, "in/lines.csv, line 2");
        let request = second.request().unwrap();
        assert_eq!(request.text, "two\nlines");
        assert_eq!((request.seed, request.language), (5, None));
        assert_eq!(second.output, Path::new("0002.wav"));
        assert_eq!(second.name, "in/lines.csv, line 4");
        // The quoted line break counts.
        assert_eq!(third.name, "in/lines.csv, line 6");
        assert_eq!(third.output, Path::new("Dr. Smith.wav"));
    }

    #[test]
    fn a_table_that_cannot_be_meant_is_refused_as_a_whole() {
        for (text, says) in [
            ("", "line 1: expected a column text or file, found "),
            (
                "voice,rate\na,1\n",
                "line 1: expected a column text or file, found voice, rate",
            ),
            (
                "text\n\n",
                "lines.csv: expected rows below the names of columns, found none",
            ),
            ("text,shout\na,1\n", "line 1: expected columns text, file,"),
            ("text,shout\na,1\n", "found \"shout\""),
            (
                "text,Text\na,1\n",
                "line 1: expected every column once, found \"text\" twice",
            ),
            (
                "text,output\na,x\nb,y\nc,X.wav\n",
                "line 4, column output: expected a name of its own, found X.wav, as in in/lines.csv, line 2",
            ),
            // The second row is called by its number.
            (
                "text,output\na,0002\nb,\n",
                "line 3, column output: expected a name of its own",
            ),
            (
                "text,rate\nfine,1\n\"never closed,1\nmore,1\n",
                "line 3: expected a closing quotation mark",
            ),
        ] {
            let error = read(text).unwrap_err();
            assert!(
                error.starts_with("in/lines.csv") && error.contains(says),
                "{error}"
            );
        }
    }

    #[test]
    fn a_row_that_is_wrong_names_its_cell_and_harms_no_other() {
        let text = "text,file,rate,seed,language,output\n\
                    good,,,,,\n\
                    ,,,,,\n\
                    a,b.txt,,,,\n\
                    a,,9,,,\n\
                    a,,nan,,,\n\
                    a,,,-1,,\n\
                    a,,,,de,\n\
                    a,,,,,../x\n\
                    a,,,,,x.mp3\n\
                    a,with,commas,too,many,of,them\n\
                    ,b.txt,,,,last\n\
                    a,,,,,aux\n";
        let says = [
            "line 3, column text: expected words, found \"\"",
            "line 4, column file: expected nothing beside a text, found \"b.txt\"",
            "line 5, column rate: expected 0.25 to 4, found \"9\"",
            "line 6, column rate: expected 0.25 to 4, found \"nan\"",
            "line 7, column seed: expected a whole number of 0 or more, found \"-1\"",
            "line 8, column language: expected en or zh, found \"de\"",
            "line 9, column output: expected a name below the folder of outputs",
            "line 10, column output: expected a name below the folder of outputs",
            "line 11: expected 6 cells, as in the first line, found 7;",
            "line 13, column output: expected a name below the folder of outputs",
        ];
        let refused = refused(text);
        assert_eq!(refused.len(), says.len(), "{refused:#?}");
        for (error, says) in refused.iter().zip(says) {
            assert!(
                error.starts_with(&format!("in/lines.csv, {says}")),
                "{error}"
            );
        }
        let rows = read(text).unwrap().rows;
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[1].file.as_deref(), Some(Path::new("in/b.txt")));
    }
}
