//! Decides which content encoder a voice gets, and looks for it where programs keep theirs.

use std::fs;
use std::path::{Path, PathBuf};

use super::candidates::{Candidates, FoundEncoder, FoundSynthesizer};
use super::choose::Wanted;
use super::encoder_names::{are_one, recognise, usual};
use super::error::ImportError;
use super::request::ImportObserver;
use super::source::{FoundFile, ending, lying_in};

/// Folders in which MoeVS and So-VITS-SVC keep content encoders.
const FOLDERS: [&str; 2] = ["hubert", "pretrain"];

/// How far up they are: beside `Models/Mei/Mei_SoVits.onnx` in MoeVS.
const LEVELS: usize = 3;

/// The encoder that a voice gets, and what is worth knowing about the choice.
pub(super) struct ChosenEncoder<'a> {
    pub(super) encoder: &'a FoundEncoder,
    pub(super) note: Option<String>,
}

/// Adds the encoders that projects and configurations name, from where their programs keep them, if none of those that
/// were found will do.
pub(super) fn look_around(
    found: &mut Candidates,
    observer: &mut dyn ImportObserver,
) -> Result<(), ImportError> {
    let fits = |encoder: &FoundEncoder| {
        let mut synthesizers = found.synthesizers.iter();
        synthesizers.any(|synthesizer| encoder.gives(synthesizer.dim))
    };
    if found.encoders.iter().any(fits) {
        return Ok(());
    }
    let graphs = found.synthesizers.iter().map(|one| &one.file);
    let places: Vec<&FoundFile> = graphs
        .chain(found.texts.iter().map(|text| &text.file))
        .filter(|file| !file.is_unpacked())
        .collect();
    let named: Vec<String> = found
        .texts
        .iter()
        .filter_map(|text| text.encoder.clone())
        .collect();
    let folders = places.iter().flat_map(|file| around(&file.path));
    let files = folders.flat_map(|folder| lying_in(&folder));
    let mut files: Vec<FoundFile> = files
        .filter(|file| ending(&file.path) == "onnx")
        .filter(|file| {
            let stem = file.path.file_stem().unwrap_or_default().to_string_lossy();
            named.iter().any(|name| are_one(name, &stem))
        })
        .collect();
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files.dedup();
    found.look_into(&files, observer)
}

/// The folders of encoders around a file, the nearest first.
fn around(path: &Path) -> Vec<PathBuf> {
    // A relative path does not show what lies above it.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let above = path.ancestors().skip(1).take(LEVELS);
    above
        .flat_map(|folder| FOLDERS.map(|name| folder.join(name)))
        .collect()
}

/// The encoder for `synthesizer`; `name` is what its program calls the one that it was trained with.
///
/// # Errors
/// If there is none, none of its width, or several that could be meant.
pub(super) fn choose<'a>(
    found: &'a Candidates,
    synthesizer: &FoundSynthesizer,
    name: Option<&str>,
) -> Result<ChosenEncoder<'a>, ImportError> {
    if found.encoders.is_empty() {
        return Err(missing(found, synthesizer, name));
    }
    let fitting = found
        .encoders
        .iter()
        .filter(|one| one.gives(synthesizer.dim));
    let fitting: Vec<&FoundEncoder> = fitting.collect();
    let wanted = Wanted {
        what: "content encoder",
        advice: "name the one with --encoder",
        beside: synthesizer.file.path.parent(),
    };
    let called = |one: &&&FoundEncoder| name.is_some_and(|name| are_one(name, &one.name()));
    let encoder = match fitting.iter().find(called) {
        Some(one) => Some(*one),
        None => wanted.one_of(&fitting, |one| &one.file)?,
    };
    match encoder {
        Some(encoder) => Ok(ChosenEncoder {
            encoder,
            note: name.and_then(|name| another(encoder, name)),
        }),
        None => Err(ImportError::Width {
            encoder: found.encoders[0].file.shown.clone(),
            synthesizer: synthesizer.file.shown.clone(),
            expected: synthesizer.dim.unwrap_or(0),
            found: words(&found.encoders[0].dims),
        }),
    }
}

/// Says that the encoder has the name of another one than the voice was trained with.
fn another(encoder: &FoundEncoder, name: &str) -> Option<String> {
    let wanted = recognise(name)?;
    recognise(&encoder.name()).filter(|known| *known != wanted)?;
    Some(format!(
        "trained with {}, and {} has another's name; if words are unclear, give the right one with --encoder",
        wanted.file,
        encoder.file.name()
    ))
}

fn missing(found: &Candidates, synthesizer: &FoundSynthesizer, name: Option<&str>) -> ImportError {
    let known = name.and_then(recognise);
    let called = match (name, known, synthesizer.dim.and_then(usual)) {
        (Some(_), Some(known), _) => format!(" {}", known.file),
        (Some(name), None, _) => format!(" {name:?}"),
        (None, _, Some(usual)) => format!(" (usually {})", usual.file),
        (None, ..) => String::new(),
    };
    let width = synthesizer
        .dim
        .map(|dim| format!(", {dim} values per frame,"));
    let left_out = found
        .left_out
        .iter()
        .map(|(path, what)| format!(" ({} is of no use: {what})", path.display()));
    ImportError::Missing {
        what: format!(
            "the content encoder{called}{} that {} was trained with{}",
            width.unwrap_or_default(),
            synthesizer.file.name(),
            left_out.collect::<String>()
        ),
        flag: "--encoder FILE",
    }
}

fn words(dims: &[Option<usize>]) -> String {
    let words: Vec<String> = dims.iter().flatten().map(usize::to_string).collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::SynthesizerDialect;
    use crate::import::texts::VoiceText;
    use crate::progress::Quiet;

    const ENCODER: &[u8] = include_bytes!("../../../tests/golden/sovits/encoder_256.onnx");

    /// What is found around a voice that lies at `path`, and that the user has at `shown`.
    fn around_voice(path: &Path, shown: &Path) -> Vec<String> {
        let file = FoundFile {
            path: path.to_owned(),
            shown: shown.to_owned(),
            named: false,
        };
        let synthesizer = FoundSynthesizer {
            file: file.clone(),
            dialect: SynthesizerDialect::SoVits,
            dim: Some(256),
            mixes: None,
            knows: None,
            text: None,
        };
        let text = VoiceText {
            file,
            encoder: Some("vec256l9".to_owned()),
            ..VoiceText::default()
        };
        let mut found = Candidates {
            synthesizers: vec![synthesizer],
            texts: vec![text],
            ..Candidates::default()
        };
        look_around(&mut found, &mut Quiet).unwrap();
        let encoders = found.encoders.iter();
        encoders.map(|encoder| encoder.file.name()).collect()
    }

    #[test]
    fn encoders_are_looked_for_by_name_and_never_around_what_was_unpacked() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("hubert")).unwrap();
        for name in ["vec-256-layer-9.onnx", "hubert-soft.onnx"] {
            fs::write(path("hubert").join(name), ENCODER).unwrap();
        }
        let voice = path("Models/Mei/Mei_SoVits.onnx");
        assert_eq!(around_voice(&voice, &voice), ["vec-256-layer-9.onnx"]);
        // The folder of temporary files, in which others may write.
        assert!(around_voice(&voice, &path("voice.zip/Mei_SoVits.onnx")).is_empty());
        let deeper = path("a/Models/Mei/Mei_SoVits.onnx");
        assert!(around_voice(&deeper, &deeper).is_empty());
    }
}
