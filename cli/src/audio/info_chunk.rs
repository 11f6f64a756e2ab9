//! Text in a WAV file: the RIFF LIST/INFO chunk, appended and read back.
//!
//! The format is that of "Multimedia Programming Interface and Data Specifications 1.0" (IBM and Microsoft,
//! 1991), section 2: entries of a four-letter name and a NUL-terminated text, each padded to an even length.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

/// The name of the entry for the program that made a file.
pub const SOFTWARE: [u8; 4] = *b"ISFT";

/// The name of the entry for comments.
pub const COMMENT: [u8; 4] = *b"ICMT";

/// Bytes of an INFO chunk that are read at most; ours has a few hundred.
const MAX_INFO: u32 = 1 << 20;

/// A named text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InfoEntry {
    /// Four letters, such as [`SOFTWARE`].
    pub name: [u8; 4],
    /// The text, without NUL.
    pub text: String,
}

impl InfoEntry {
    /// An entry; NUL characters, which would end the text early, are left out.
    pub fn new(name: [u8; 4], text: &str) -> InfoEntry {
        InfoEntry {
            name,
            text: text.replace('\0', ""),
        }
    }
}

/// Appends a LIST/INFO chunk to a complete WAV file and corrects the size in its header.
///
/// # Errors
/// If the file cannot be written.
pub fn append(file: &mut File, entries: &[InfoEntry]) -> io::Result<()> {
    let mut body = b"INFO".to_vec();
    for entry in entries {
        push_chunk(
            &mut body,
            entry.name,
            &[entry.text.as_bytes(), &[0]].concat(),
        );
    }
    let mut chunk = Vec::new();
    push_chunk(&mut chunk, *b"LIST", &body);
    let end = file.seek(SeekFrom::End(0))?;
    if end % 2 == 1 {
        file.write_all(&[0])?;
    }
    file.write_all(&chunk)?;
    let riff_size = u32::try_from(file.stream_position()? - 8).map_err(io::Error::other)?;
    file.seek(SeekFrom::Start(4))?;
    file.write_all(&riff_size.to_le_bytes())
}

fn push_chunk(bytes: &mut Vec<u8>, name: [u8; 4], body: &[u8]) {
    bytes.extend_from_slice(&name);
    bytes.extend_from_slice(&(body.len() as u32).to_le_bytes());
    bytes.extend_from_slice(body);
    if body.len() % 2 == 1 {
        bytes.push(0);
    }
}

/// The entries of the first LIST/INFO chunk of a WAV file; none where there is no such chunk.
///
/// # Errors
/// If the file cannot be read.
pub fn read(file: &mut File) -> io::Result<Vec<InfoEntry>> {
    let mut start = [0; 12];
    file.seek(SeekFrom::Start(0))?;
    if file.read_exact(&mut start).is_err() || !start.starts_with(b"RIFF") {
        return Ok(Vec::new());
    }
    let mut header = [0; 8];
    while file.read_exact(&mut header).is_ok() {
        let (name, size) = split_header(header);
        if name == *b"LIST" && (4..=MAX_INFO).contains(&size) {
            let mut body = Vec::new();
            Read::take(&mut *file, u64::from(size)).read_to_end(&mut body)?;
            if let Some(entries) = body.strip_prefix(b"INFO") {
                return Ok(entries_in(entries));
            }
            file.seek(SeekFrom::Current(i64::from(size % 2)))?;
        } else {
            file.seek(SeekFrom::Current(i64::from(size) + i64::from(size % 2)))?;
        }
    }
    Ok(Vec::new())
}

fn split_header(header: [u8; 8]) -> ([u8; 4], u32) {
    let [a, b, c, d, sizes @ ..] = header;
    ([a, b, c, d], u32::from_le_bytes(sizes))
}

fn entries_in(mut body: &[u8]) -> Vec<InfoEntry> {
    let mut entries = Vec::new();
    while let Some((header, rest)) = body.split_first_chunk::<8>() {
        let (name, size) = split_header(*header);
        let size = (size as usize).min(rest.len());
        let text = rest[..size]
            .split(|byte| *byte == 0)
            .next()
            .unwrap_or_default();
        entries.push(InfoEntry::new(name, &String::from_utf8_lossy(text)));
        body = &rest[(size + size % 2).min(rest.len())..];
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A WAV file of `bytes` 8-bit samples.
    fn wav(bytes: u32) -> Vec<u8> {
        let mut file = b"RIFF".to_vec();
        file.extend_from_slice(&(36 + bytes).to_le_bytes());
        file.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
        file.extend_from_slice(&8000u32.to_le_bytes());
        file.extend_from_slice(&8000u32.to_le_bytes());
        file.extend_from_slice(b"\x01\0\x08\0data");
        file.extend_from_slice(&bytes.to_le_bytes());
        file.extend(std::iter::repeat_n(128u8, bytes as usize));
        file
    }

    #[test]
    fn what_is_appended_is_read_back_and_the_samples_stay() {
        for samples in [4, 5] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.wav");
            std::fs::write(&path, wav(samples)).unwrap();
            let entries = [
                InfoEntry::new(SOFTWARE, "Syrinx 1.2.3"),
                InfoEntry::new(COMMENT, "größe: even?"),
            ];
            let mut file = File::options().read(true).write(true).open(&path).unwrap();
            append(&mut file, &entries).unwrap();
            assert_eq!(read(&mut file).unwrap(), entries);
            let bytes = std::fs::read(&path).unwrap();
            assert_eq!(bytes.len() % 2, 0);
            let size = u32::from_le_bytes(bytes[4..8].try_into().unwrap());
            assert_eq!(size as usize, bytes.len() - 8);
            let mut reader = hound::WavReader::open(&path).unwrap();
            assert_eq!(
                reader.samples::<i8>().filter(Result::is_ok).count(),
                samples as usize
            );
        }
    }

    #[test]
    fn a_file_without_or_with_a_broken_chunk_has_no_entries() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        let mut broken = wav(4);
        broken.extend_from_slice(b"LIST\xff\xff\xff\xffINFO");
        for bytes in [wav(4), broken, b"RIFF".to_vec(), Vec::new()] {
            std::fs::write(&path, bytes).unwrap();
            assert_eq!(read(&mut File::open(&path).unwrap()).unwrap(), []);
        }
    }
}
