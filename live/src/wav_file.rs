//! A mono WAV file of floats that is whole at any moment, with where it comes from.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use hound::{SampleFormat, WavSpec, WavWriter};

/// Samples after which another file is begun: what 32-bit sizes count, less a MiB for what stands beside them.
pub(crate) const MOST_SAMPLES: u64 = (u32::MAX as u64 - (1 << 20)) / 4;

/// The name of the entry for the program that made a file.
const SOFTWARE: [u8; 4] = *b"ISFT";

/// The name of the entry for comments.
const COMMENT: [u8; 4] = *b"ICMT";

/// The program, as `syrinx convert` names itself in its files too.
const PROGRAM: &str = concat!("Syrinx ", env!("CARGO_PKG_VERSION"));

/// A mono WAV file of floats: peaks beyond full scale stay what they are.
pub(crate) struct WavFile {
    writer: WavWriter<BufWriter<File>>,
    path: PathBuf,
}

impl WavFile {
    /// Begins a file that does not exist yet, at `rate` Hz.
    pub fn create(path: &Path, rate: u32) -> io::Result<WavFile> {
        let spec = WavSpec {
            channels: 1,
            sample_rate: rate,
            bits_per_sample: 32,
            sample_format: SampleFormat::Float,
        };
        let file = OpenOptions::new().write(true).create_new(true).open(path)?;
        let writer = WavWriter::new(BufWriter::new(file), spec).map_err(from_hound)?;
        let mut file = WavFile {
            writer,
            path: path.to_owned(),
        };
        file.flush()?;
        Ok(file)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a sample.
    pub fn write(&mut self, sample: f32) -> io::Result<()> {
        self.writer.write_sample(sample).map_err(from_hound)
    }

    /// Brings the file and the length in its header up to what was written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.writer.flush().map_err(from_hound)
    }

    /// Ends the file, with `about` as its comment.
    pub fn finish(self, about: &str) -> io::Result<PathBuf> {
        self.writer.finalize().map_err(from_hound)?;
        let mut file = OpenOptions::new().read(true).write(true).open(&self.path)?;
        append_info(&mut file, about)?;
        Ok(self.path)
    }
}

/// Appends a LIST/INFO chunk ("Multimedia Programming Interface and Data Specifications 1.0", IBM and Microsoft 1991,
/// section 2) and corrects the size in the header.
fn append_info(file: &mut File, about: &str) -> io::Result<()> {
    let mut body = b"INFO".to_vec();
    for (name, text) in [(SOFTWARE, PROGRAM), (COMMENT, about)] {
        let text = text.replace('\0', "");
        push_chunk(&mut body, name, &[text.as_bytes(), &[0]].concat());
    }
    let mut chunk = Vec::new();
    push_chunk(&mut chunk, *b"LIST", &body);
    file.seek(SeekFrom::End(0))?;
    file.write_all(&chunk)?;
    let size = u32::try_from(file.stream_position()? - 8).map_err(io::Error::other)?;
    file.seek(SeekFrom::Start(4))?;
    file.write_all(&size.to_le_bytes())
}

/// A chunk, filled up to an even length.
fn push_chunk(bytes: &mut Vec<u8>, name: [u8; 4], body: &[u8]) {
    bytes.extend_from_slice(&name);
    bytes.extend_from_slice(&(body.len() as u32).to_le_bytes());
    bytes.extend_from_slice(body);
    if body.len() % 2 == 1 {
        bytes.push(0);
    }
}

fn from_hound(error: hound::Error) -> io::Error {
    match error {
        hound::Error::IoError(error) => error,
        other => io::Error::other(other),
    }
}
