//! Decides which feature index or k-means centres a voice gets, and lays them out by speaker.

use std::collections::BTreeMap;

use super::candidates::{Candidates, FoundSynthesizer, read};
use super::centres;
use super::choose::Wanted;
use super::error::ImportError;
use super::indexes;
use super::plan::Content;
use super::source::{FoundFile, ending};
use super::texts::VoiceText;
use crate::bundle::MAX_FILE_BYTES;
use crate::svc::retrieval::Retrieval;

/// What a voice's content is blended with, and what is worth knowing about the choice.
#[derive(Debug, Default)]
pub(super) struct ChosenRetrieval {
    pub(super) file: Option<(&'static str, Content)>,
    /// The numbers of speakers who have no index where others have.
    pub(super) mute: Vec<u32>,
    pub(super) notes: Vec<String>,
}

/// The index or the centres for `synthesizer`, proven to fit.
///
/// # Errors
/// If one does not fit, or several could be meant.
pub(super) fn choose(
    found: &Candidates,
    synthesizer: &FoundSynthesizer,
    text: &VoiceText,
    speakers: &[(String, u32)],
) -> Result<ChosenRetrieval, ImportError> {
    // Without a declared width every file would fit; no public voice is without.
    let dim = synthesizer.dim.unwrap_or(768);
    let folder = synthesizer.file.path.parent();
    let wanted = Wanted {
        what: "feature index",
        advice: "name the one with --index",
        beside: folder,
    };
    let numbered = match found.indexes.as_slice() {
        // Somebody means it for all speakers, or there is but one.
        [only] if only.named || speakers.len() == 1 => BTreeMap::new(),
        all => indexes::numbered(all, folder),
    };
    let index = match numbered.is_empty() {
        true => wanted.one_of(&found.indexes.iter().collect::<Vec<_>>(), |file| file)?,
        false => None,
    };
    let several = Wanted {
        what: "file of k-means centres",
        ..wanted
    };
    let centres = several.one_of(&found.centres.iter().collect::<Vec<_>>(), |file| file)?;
    let mut chosen = ChosenRetrieval::default();
    if !numbered.is_empty() {
        let file = indexes::join(&numbered, dim)?;
        for (name, number) in speakers {
            if !numbered.contains_key(number) {
                chosen.mute.push(*number);
                let note = format!("there is no index for {name}, who cannot be chosen");
                chosen.notes.push(note);
            }
        }
        chosen.file = Some(("index", file));
    } else if let Some(file) = index {
        let bytes = read(file, MAX_FILE_BYTES)?;
        Retrieval::read_index(&file.shown.display().to_string(), &bytes, dim)?;
        chosen.file = Some(("index", Content::File(file.clone())));
    }
    match centres {
        Some(file) if chosen.file.is_some() => {
            let name = file.name();
            chosen
                .notes
                .push(format!("left out {name}: there is an index"));
        }
        Some(file) => {
            let each = text.centres.filter(|_| speakers.len() > 1);
            let laid_out = centres::lay_out(file, dim, each, speakers)?;
            chosen.file = Some(("centres", laid_out));
        }
        None => {}
    }
    Ok(chosen)
}

/// Sorts the file that was given with `--index` by its kind.
pub(super) fn take_flag(file: FoundFile, found: &mut Candidates) -> Result<(), ImportError> {
    (found.indexes, found.centres) = (Vec::new(), Vec::new());
    let kmeans = file.name().to_lowercase().contains("kmeans");
    match ending(&file.path).as_str() {
        "index" | "pkl" => found.indexes.push(file),
        "npy" if !kmeans => found.indexes.push(file),
        "npy" | "pt" => found.centres.push(file),
        other => {
            return Err(ImportError::Unrecognised {
                path: file.shown,
                expected:
                    "a feature index (.index, .npy, .pkl) or k-means centres (.pt, KMeans.npy)"
                        .to_owned(),
                found: format!("a file that ends in {other:?}"),
            });
        }
    }
    Ok(())
}
