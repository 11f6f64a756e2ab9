//! Decides which files make the voice, and what is missing.

use std::path::PathBuf;

use super::candidates::{Candidates, FoundEncoder, FoundSynthesizer, read, short, unrecognised};
use super::error::ImportError;
use super::request::ImportRequest;
use super::texts::VoiceText;
use crate::bundle::{MAX_FILE_BYTES, VoiceKindName};
use crate::dialect::SynthesizerDialect;
use crate::svc::retrieval::Retrieval;

/// The product of the upsampling rates of every So-VITS-SVC configuration for 44.1 kHz.
const SO_VITS_HOP: u32 = 512;

/// Frames of RVC per second.
const RVC_FRAMES: u32 = 100;

/// Names of a voice and its speakers are as long as manifests allow.
const MAX_NAME_BYTES: usize = 200;

/// A voice that is about to be written.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) kind: VoiceKindName,
    pub(super) dialect: SynthesizerDialect,
    pub(super) name: String,
    pub(super) rate: u32,
    pub(super) hop: u32,
    pub(super) speakers: Vec<(String, u32)>,
    pub(super) synthesizer: PathBuf,
    /// The other files by role.
    pub(super) files: Vec<(&'static str, PathBuf)>,
    /// What was found and left out, and other things worth knowing.
    pub(super) notes: Vec<String>,
}

/// Decides for what was found and asked.
pub(super) fn plan(found: &Candidates, request: &ImportRequest) -> Result<Plan, ImportError> {
    let project = project(found)?;
    let synthesizer = synthesizer(found, project)?;
    let text = text(found, synthesizer, project)?;
    let encoder = encoder(found, synthesizer, text)?;
    let kind = match synthesizer.dialect {
        SynthesizerDialect::SoVits | SynthesizerDialect::SoVitsVcClient => VoiceKindName::SoVits,
        _ => VoiceKindName::Rvc,
    };
    let rate = rate(request, text, synthesizer)?;
    let name = name(request, text, synthesizer);
    let mut notes = Vec::new();
    let mut files = vec![("encoder", encoder.path.clone())];
    if let Some(f0) = single("F0 model", &found.f0, "name the one with --f0")? {
        files.push(("f0", f0.clone()));
    }
    files.extend(retrieval(found, synthesizer, &mut notes)?);
    for (path, what) in &found.unknown {
        notes.push(format!("left out {}: {what}", short(path)));
    }
    for path in &found.checkpoints {
        notes.push(format!("left out {}: a PyTorch checkpoint", short(path)));
    }
    Ok(Plan {
        kind,
        dialect: synthesizer.dialect,
        hop: match kind {
            VoiceKindName::Rvc => rate / RVC_FRAMES,
            _ => text.and_then(|text| text.hop).unwrap_or(SO_VITS_HOP),
        },
        speakers: speakers(request, text, synthesizer, &name)?,
        name,
        rate,
        synthesizer: synthesizer.path.clone(),
        files,
        notes,
    })
}

/// The one project of MoeVS, if there is one.
fn project(found: &Candidates) -> Result<Option<&VoiceText>, ImportError> {
    let projects = || found.texts.iter().filter(|text| text.folder.is_some());
    match projects().count() {
        0 | 1 => Ok(projects().next()),
        _ => Err(several(
            "MoeVS project",
            projects().map(|text| &text.path),
            "import the folder of one voice",
        )),
    }
}

fn synthesizer<'a>(
    found: &'a Candidates,
    project: Option<&VoiceText>,
) -> Result<&'a FoundSynthesizer, ImportError> {
    let belongs = |candidate: &&FoundSynthesizer| match project.and_then(|it| it.folder.as_ref()) {
        Some(folder) => short(&candidate.path).starts_with(folder.as_str()),
        None => true,
    };
    let mut fitting: Vec<&FoundSynthesizer> = found.synthesizers.iter().filter(belongs).collect();
    if fitting.is_empty() {
        fitting = found.synthesizers.iter().collect();
    }
    match fitting.as_slice() {
        [one] => Ok(one),
        [] => Err(no_synthesizer(found)),
        many => Err(several(
            "synthesizer",
            many.iter().map(|one| &one.path),
            "import one at a time",
        )),
    }
}

fn no_synthesizer(found: &Candidates) -> ImportError {
    if let Some((path, what)) = found.unknown.first() {
        return unrecognised(path.clone(), what.clone());
    }
    if let Some(path) = found.checkpoints.first() {
        return ImportError::Checkpoint { path: path.clone() };
    }
    ImportError::Missing {
        what: "a synthesizer (.onnx of So-VITS-SVC or RVC)".to_owned(),
        flag: "its file, folder or zip",
    }
}

/// What is known of the voice besides its graph: the project, what the exporter wrote, or the configuration.
fn text<'a>(
    found: &'a Candidates,
    synthesizer: &'a FoundSynthesizer,
    project: Option<&'a VoiceText>,
) -> Result<Option<&'a VoiceText>, ImportError> {
    if let Some(known) = project.or(synthesizer.text.as_ref()) {
        return Ok(Some(known));
    }
    let folder = synthesizer.path.parent();
    let beside = found.texts.iter().filter(|it| it.path.parent() == folder);
    let beside: Vec<&VoiceText> = beside.collect();
    let all: Vec<&VoiceText> = found.texts.iter().collect();
    let configurations = if beside.is_empty() { all } else { beside };
    match configurations.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        many => Err(several(
            "configuration",
            many.iter().map(|text| &text.path),
            "give the files of one voice",
        )),
    }
}

fn encoder<'a>(
    found: &'a Candidates,
    synthesizer: &FoundSynthesizer,
    text: Option<&VoiceText>,
) -> Result<&'a FoundEncoder, ImportError> {
    let wanted = text.and_then(|text| text.encoder.as_deref());
    if found.encoders.is_empty() {
        let width = synthesizer
            .dim
            .map(|dim| format!(" of {dim} values per frame"));
        let called = wanted.map(|name| format!(" ({name})"));
        return Err(ImportError::Missing {
            what: format!(
                "the content encoder{}{} that {} was trained with",
                width.unwrap_or_default(),
                called.unwrap_or_default(),
                short(&synthesizer.path)
            ),
            flag: "--encoder PATH",
        });
    }
    let fitting = found
        .encoders
        .iter()
        .filter(|one| one.gives(synthesizer.dim));
    let fitting: Vec<&FoundEncoder> = fitting.collect();
    let called = |one: &&&FoundEncoder| {
        let stem = one.path.file_stem().unwrap_or_default().to_string_lossy();
        wanted == Some(&*stem)
    };
    match fitting.as_slice() {
        [one] => Ok(one),
        [] => Err(ImportError::Width {
            encoder: found.encoders[0].path.clone(),
            synthesizer: synthesizer.path.clone(),
            expected: synthesizer.dim.unwrap_or(0),
            found: words(&found.encoders[0].dims),
        }),
        many => many.iter().find(called).copied().ok_or_else(|| {
            several(
                "content encoder",
                many.iter().map(|one| &one.path),
                "name the one with --encoder",
            )
        }),
    }
}

fn words(dims: &[Option<usize>]) -> String {
    let words: Vec<String> = dims.iter().flatten().map(usize::to_string).collect();
    words.join(", ")
}

fn rate(
    request: &ImportRequest,
    text: Option<&VoiceText>,
    synthesizer: &FoundSynthesizer,
) -> Result<u32, ImportError> {
    let stated = text.and_then(|text| text.rate);
    let rate = request
        .rate
        .or(stated)
        .ok_or_else(|| ImportError::Missing {
            what: format!(
                "the rate, which {} does not state and no configuration beside it,",
                short(&synthesizer.path)
            ),
            flag: "--rate HZ (RVC: 32000, 40000 or 48000; So-VITS-SVC: 44100)",
        })?;
    match rate {
        8000..=192_000 => Ok(rate),
        other => Err(ImportError::Value {
            name: "--rate",
            expected: "8000 to 192000".to_owned(),
            found: other.to_string(),
        }),
    }
}

fn name(
    request: &ImportRequest,
    text: Option<&VoiceText>,
    synthesizer: &FoundSynthesizer,
) -> String {
    let stem = synthesizer.path.file_stem().unwrap_or_default();
    let stem = stem.to_string_lossy();
    let stem = stem.trim_end_matches("_SoVits").trim_end_matches("_RVC");
    request
        .name
        .clone()
        .or_else(|| text.and_then(|text| text.name.clone()))
        .filter(|name| !name.trim().is_empty())
        .unwrap_or_else(|| stem.to_owned())
}

fn speakers(
    request: &ImportRequest,
    text: Option<&VoiceText>,
    synthesizer: &FoundSynthesizer,
    name: &str,
) -> Result<Vec<(String, u32)>, ImportError> {
    let known = text.map(|text| text.speakers.clone()).unwrap_or_default();
    let mut speakers: Vec<(String, u32)> = match (request.speakers.is_empty(), known.is_empty()) {
        (false, _) => request.speakers.iter().cloned().zip(0..).collect(),
        (true, false) => known,
        (true, true) => match synthesizer.mixes {
            Some(count) => (0..u32::try_from(count).unwrap_or(u32::MAX))
                .map(|number| (format!("speaker {number}"), number))
                .collect(),
            None => vec![(name.to_owned(), 0)],
        },
    };
    if let Some(count) = synthesizer.mixes {
        if request.speakers.len() > count {
            return Err(ImportError::Value {
                name: "--speakers",
                expected: format!("at most {count} names"),
                found: request.speakers.len().to_string(),
            });
        }
        // A configuration can list more than the graph was exported with.
        speakers.retain(|(_, number)| (*number as usize) < count);
    }
    Ok(speakers)
}

/// The index or the centres, proven to fit.
fn retrieval(
    found: &Candidates,
    synthesizer: &FoundSynthesizer,
    notes: &mut Vec<String>,
) -> Result<Option<(&'static str, PathBuf)>, ImportError> {
    let advice = "name the one with --index";
    let index = single("feature index", &found.indexes, advice)?;
    let centres = single("file of k-means centres", &found.centres, advice)?;
    // Without a declared width every file would fit; no public voice is without.
    let dim = synthesizer.dim.unwrap_or(768);
    match (index, centres) {
        (Some(path), other) => {
            Retrieval::read_index(
                &path.display().to_string(),
                &read(path, MAX_FILE_BYTES)?,
                dim,
            )?;
            notes.extend(other.map(|path| format!("left out {}: there is an index", short(path))));
            Ok(Some(("index", path.clone())))
        }
        (None, Some(path)) => {
            let bytes = read(path, MAX_FILE_BYTES)?;
            Retrieval::read_centres(&path.display().to_string(), &bytes, dim, None)?;
            Ok(Some(("centres", path.clone())))
        }
        (None, None) => Ok(None),
    }
}

fn single<'a>(
    what: &'static str,
    paths: &'a [PathBuf],
    advice: &'static str,
) -> Result<Option<&'a PathBuf>, ImportError> {
    match paths {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        many => Err(several(what, many.iter(), advice)),
    }
}

fn several<'a>(
    what: &'static str,
    paths: impl Iterator<Item = &'a PathBuf>,
    advice: &'static str,
) -> ImportError {
    let paths: Vec<String> = paths.map(|path| path.display().to_string()).collect();
    ImportError::Several {
        what,
        found: paths.join(", "),
        advice,
    }
}

/// Names as manifests take them: plain text of some length.
pub(super) fn check_name(flag: &'static str, name: &str) -> Result<(), ImportError> {
    let plain = !name.trim().is_empty() && !name.chars().any(char::is_control);
    if plain && name.len() <= MAX_NAME_BYTES {
        return Ok(());
    }
    Err(ImportError::Value {
        name: flag,
        expected: format!("1 to {MAX_NAME_BYTES} bytes of plain text"),
        found: format!("{:?}", name.chars().take(40).collect::<String>()),
    })
}
