//! Takes fields from the bytes of an untrusted file, one after the other, and says where one is missing.

use super::error::RetrievalError;

/// A place in the bytes of a file. Nothing is allocated before the bytes for it are known to be there.
pub(super) struct Fields<'a> {
    file: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Fields<'a> {
    pub(super) fn new(file: &'a str, bytes: &'a [u8]) -> Fields<'a> {
        Fields { file, bytes, at: 0 }
    }

    pub(super) fn file(&self) -> &'a str {
        self.file
    }

    /// Bytes before the next field.
    pub(super) fn offset(&self) -> usize {
        self.at
    }

    /// Bytes after the place.
    pub(super) fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// `count * size` bytes; the product cannot overflow.
    pub(super) fn take(
        &mut self,
        part: &str,
        count: u64,
        size: u64,
    ) -> Result<&'a [u8], RetrievalError> {
        let wanted = u128::from(count) * u128::from(size);
        if wanted > self.left() as u128 {
            return Err(RetrievalError::Truncated {
                file: self.file.to_owned(),
                part: part.to_owned(),
                offset: self.at,
                expected: wanted,
                found: self.left(),
            });
        }
        let start = self.at;
        self.at += wanted as usize;
        Ok(&self.bytes[start..self.at])
    }

    fn array<const N: usize>(&mut self, part: &str) -> Result<[u8; N], RetrievalError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(part, N as u64, 1)?);
        Ok(array)
    }

    pub(super) fn u8(&mut self, part: &str) -> Result<u8, RetrievalError> {
        Ok(self.array::<1>(part)?[0])
    }

    pub(super) fn u16(&mut self, part: &str) -> Result<u16, RetrievalError> {
        Ok(u16::from_le_bytes(self.array(part)?))
    }

    pub(super) fn u32(&mut self, part: &str) -> Result<u32, RetrievalError> {
        Ok(u32::from_le_bytes(self.array(part)?))
    }

    pub(super) fn i32(&mut self, part: &str) -> Result<i32, RetrievalError> {
        Ok(i32::from_le_bytes(self.array(part)?))
    }

    pub(super) fn u64(&mut self, part: &str) -> Result<u64, RetrievalError> {
        Ok(u64::from_le_bytes(self.array(part)?))
    }

    pub(super) fn f64_be(&mut self, part: &str) -> Result<f64, RetrievalError> {
        Ok(f64::from_be_bytes(self.array(part)?))
    }

    /// Four characters that name a part of a faiss index.
    pub(super) fn fourcc(&mut self, part: &str) -> Result<[u8; 4], RetrievalError> {
        self.array(part)
    }

    /// The bytes up to a line's end, which is left away.
    pub(super) fn line(&mut self, part: &str) -> Result<&'a [u8], RetrievalError> {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|byte| *byte == b'\n');
        let Some(length) = length else {
            return Err(self.malformed(part, self.at, "a line's end", "none"));
        };
        self.at += length + 1;
        Ok(&rest[..length])
    }

    /// Appends `count` finite values to `values`.
    pub(super) fn f32s(
        &mut self,
        part: &str,
        count: u64,
        values: &mut Vec<f32>,
    ) -> Result<(), RetrievalError> {
        let start = self.at;
        let bytes = self.take(part, count, 4)?;
        let from = values.len();
        values.extend(bytes.as_chunks().0.iter().copied().map(f32::from_le_bytes));
        let odd = values[from..].iter().position(|value| !value.is_finite());
        match odd {
            None => Ok(()),
            Some(index) => Err(self.malformed(
                part,
                start + 4 * index,
                "finite values",
                &values[from + index].to_string(),
            )),
        }
    }

    /// The error for a field that starts at `offset`.
    pub(super) fn malformed(
        &self,
        part: &str,
        offset: usize,
        expected: &str,
        found: &str,
    ) -> RetrievalError {
        RetrievalError::Malformed {
            file: self.file.to_owned(),
            part: part.to_owned(),
            offset,
            expected: expected.to_owned(),
            found: found.to_owned(),
        }
    }

    /// `Ok` at the end of the bytes.
    pub(super) fn end(&self) -> Result<(), RetrievalError> {
        if self.left() == 0 {
            return Ok(());
        }
        let found = format!("{} more bytes", self.left());
        Err(self.malformed("the end", self.at, "nothing more", &found))
    }
}
