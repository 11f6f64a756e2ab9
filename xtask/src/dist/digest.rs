//! SHA-256 of what goes into an archive, and of the archives.

use std::io::Read;

use anyhow::Result;
use sha2::{Digest, Sha256};

/// SHA-256 of all that `reader` gives, in hexadecimal.
///
/// # Errors
/// If it cannot be read.
pub fn sha256(reader: &mut dyn Read) -> Result<String> {
    let (mut hasher, mut buffer) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        let count = reader.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        hasher.update(&buffer[..count]);
    }
    let digest = hasher.finalize();
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_test_vector_of_the_standard() {
        assert_eq!(
            sha256(&mut "abc".as_bytes()).unwrap(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
