//! Reads So-VITS-SVC's `feature_and_index.pkl`: a pickled dictionary of speakers' indexes.

use std::collections::BTreeMap;

use super::error::RetrievalError;
use super::faiss_file;
use super::feature_index::FeatureIndex;
use super::pickle::{Id, Pickle, Value};

/// Reads the index of every speaker, by the speaker's number. Each is kept by faiss as the bytes of its own file
/// format; nothing of the pickle is executed.
pub(super) fn read(
    file: &str,
    bytes: &[u8],
    dim: usize,
) -> Result<BTreeMap<usize, FeatureIndex>, RetrievalError> {
    let pickle = Pickle::read(file, bytes)?;
    let odd = |found: String| RetrievalError::Content {
        file: file.to_owned(),
        expected: "a dictionary of speakers' numbers and faiss indexes".to_owned(),
        found: format!(
            "{found}; So-VITS-SVC's export_index_for_onnx.py writes its indexes as Index-0.index, Index-1.index, …"
        ),
    };
    let entries = match pickle.value(pickle.root()) {
        Value::Dict(entries) if !entries.is_empty() => entries,
        _ => return Err(odd(pickle.describe(pickle.root()))),
    };
    let mut indexes = BTreeMap::new();
    let mut taken = 0;
    for (speaker, entry) in entries {
        let number = match pickle.value(*speaker) {
            Value::Int(number) => usize::try_from(*number).ok(),
            _ => None,
        };
        let number = number.ok_or_else(|| odd(pickle.describe(*speaker)))?;
        let index = serialized(&pickle, *entry).ok_or_else(|| odd(pickle.describe(*entry)))?;
        // A pickle may name one index for any number of speakers, which would fill the memory.
        taken += index.len();
        if taken > bytes.len() {
            return Err(odd(format!(
                "one index for many, speaker {number} among them"
            )));
        }
        let name = format!("{file}, speaker {number}");
        indexes.insert(number, faiss_file::read(&name, index, dim)?);
    }
    Ok(indexes)
}

/// The bytes in an object of faiss' Python classes.
fn serialized<'p>(pickle: &'p Pickle<'_>, id: Id) -> Option<&'p [u8]> {
    let (module, _, _, state) = pickle.object(id)?;
    let this = pickle.entry(state.filter(|_| module.starts_with("faiss"))?, "this")?;
    match pickle.value(this) {
        Value::Bytes(bytes) => Some(bytes),
        _ => None,
    }
}
