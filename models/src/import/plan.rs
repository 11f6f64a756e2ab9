//! Decides which files make the voice, and what is missing.

use std::path::PathBuf;

use super::candidates::{Candidates, FoundSynthesizer};
use super::choose::Wanted;
use super::encoder_files::{self, ChosenEncoder};
use super::error::ImportError;
use super::request::ImportRequest;
use super::retrieval_files;
use super::source::{FoundFile, short};
use super::speakers::speakers;
use super::texts::VoiceText;
use crate::bundle::VoiceKindName;
use crate::dialect::SynthesizerDialect;

/// Frames of RVC per second.
const RVC_FRAMES: u32 = 100;

/// The product of the upsampling rates of every So-VITS-SVC configuration for 44.1 kHz.
const SO_VITS_HOP: u32 = 512;

/// A file of a voice that is about to be written.
#[derive(Clone, Debug)]
pub(super) enum Content {
    /// As it was found.
    File(FoundFile),
    /// Made of what was found; its ending, and its bytes.
    Made(&'static str, Vec<u8>),
}

/// A voice that is about to be written.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) kind: VoiceKindName,
    pub(super) dialect: SynthesizerDialect,
    pub(super) name: String,
    pub(super) rate: u32,
    /// Samples per frame, where a file states it.
    pub(super) hop: Option<u32>,
    pub(super) speakers: Vec<(String, u32)>,
    pub(super) synthesizer: FoundFile,
    /// The other files by role.
    pub(super) files: Vec<(&'static str, Content)>,
    /// The numbers of speakers that cannot be chosen, as they have no index.
    pub(super) mute: Vec<u32>,
    /// What was found and left out, and other things worth knowing.
    pub(super) notes: Vec<String>,
}

impl Plan {
    /// Samples per frame: what a file states, else what voices of this kind have.
    pub(super) fn hop(&self) -> u32 {
        self.hop.unwrap_or(match self.kind {
            VoiceKindName::Rvc => self.rate / RVC_FRAMES,
            _ => SO_VITS_HOP,
        })
    }

    /// Where the user has what is in the bundle under a role.
    pub(super) fn file_of(&self, role: &str) -> Option<PathBuf> {
        if matches!(role, "synthesizer" | "head" | "generator") {
            return Some(self.synthesizer.shown.clone());
        }
        let (_, content) = self.files.iter().find(|(known, _)| *known == role)?;
        match content {
            Content::File(file) => Some(file.shown.clone()),
            Content::Made(..) => None,
        }
    }
}

/// Decides for what was found and asked.
pub(super) fn plan(found: &Candidates, request: &ImportRequest) -> Result<Plan, ImportError> {
    let project = project(found)?;
    let synthesizer = synthesizer(found, request, project)?;
    let text = text(found, synthesizer, project)?;
    let encoder = encoder_files::choose(found, synthesizer, text.encoder.as_deref());
    let (ChosenEncoder { encoder, note }, rate) = match (encoder, rate(request, &text, synthesizer))
    {
        (Ok(encoder), Ok(rate)) => (encoder, rate),
        (Err(error), Err(other)) => return Err(error.and(other)),
        (Err(error), _) | (_, Err(error)) => return Err(error),
    };
    let mut notes: Vec<String> = note.into_iter().collect();
    let kind = match synthesizer.dialect {
        SynthesizerDialect::SoVits | SynthesizerDialect::SoVitsVcClient => VoiceKindName::SoVits,
        _ => VoiceKindName::Rvc,
    };
    let name = name(request, &text, synthesizer);
    let speakers = speakers(request, &text, synthesizer, &name)?;
    let mut files = vec![("encoder", Content::File(encoder.file.clone()))];
    files.extend(f0(found, synthesizer)?.map(|file| ("f0", Content::File(file))));
    let retrieval = retrieval_files::choose(found, synthesizer, &text, &speakers)?;
    notes.extend(retrieval.notes);
    files.extend(retrieval.file);
    for (path, what) in &found.left_out {
        notes.push(format!("left out {}: {what}", short(path)));
    }
    for file in &found.checkpoints {
        notes.push(format!(
            "left out {}: weights without a network",
            file.name()
        ));
    }
    Ok(Plan {
        kind,
        dialect: synthesizer.dialect,
        rate,
        hop: match kind {
            // The rate decides it, whatever a project says.
            VoiceKindName::Rvc => None,
            _ => text.hop,
        },
        speakers,
        name,
        synthesizer: synthesizer.file.clone(),
        files,
        mute: retrieval.mute,
        notes,
    })
}

/// The one project of MoeVS, if there is one.
fn project(found: &Candidates) -> Result<Option<&VoiceText>, ImportError> {
    let projects = found.texts.iter().filter(|text| text.folder.is_some());
    let wanted = Wanted {
        what: "MoeVS project",
        advice: "name the .json of one of them as well",
        beside: None,
    };
    wanted.one_of(&projects.collect::<Vec<_>>(), |text| &text.file)
}

fn synthesizer<'a>(
    found: &'a Candidates,
    request: &ImportRequest,
    project: Option<&VoiceText>,
) -> Result<&'a FoundSynthesizer, ImportError> {
    let belongs = |candidate: &&FoundSynthesizer| match project.and_then(|it| it.folder.as_ref()) {
        Some(folder) => {
            let parent = candidate
                .file
                .path
                .parent()
                .and_then(|path| path.file_name());
            parent.is_some_and(|parent| parent == folder.as_str())
                || candidate.file.name().starts_with(folder.as_str())
        }
        None => true,
    };
    let mut fitting: Vec<&FoundSynthesizer> = found.synthesizers.iter().filter(belongs).collect();
    if fitting.is_empty() {
        fitting = found.synthesizers.iter().collect();
    }
    let wanted = Wanted {
        what: "synthesizer",
        advice: "name the one that is meant as well, by its own path",
        beside: None,
    };
    wanted
        .one_of(&fitting, |one| &one.file)?
        .ok_or_else(|| no_synthesizer(found, request))
}

/// Why there is nothing to import, by what was found instead.
fn no_synthesizer(found: &Candidates, request: &ImportRequest) -> ImportError {
    if let Some(file) = found.voices.first() {
        return ImportError::Unrecognised {
            path: file.shown.clone(),
            expected: "an export to make a voice of".to_owned(),
            found: "a voice of Syrinx; its folder or zip is used as it is".to_owned(),
        };
    }
    if let Some(file) = found.checkpoints.first() {
        return ImportError::checkpoint(&file.shown);
    }
    let asked: Vec<String> = request
        .paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let seen = match found.left_out.first() {
        Some((path, what)) => format!("{}: {what}", path.display()),
        None if !found.encoders.is_empty() => "content encoders alone".to_owned(),
        None => "none".to_owned(),
    };
    ImportError::NoSynthesizer {
        asked: asked.join(", "),
        found: seen,
    }
}

/// What is known of the voice besides its graph: what the project says, else what the exporter wrote into the graph, else
/// the configuration.
fn text(
    found: &Candidates,
    synthesizer: &FoundSynthesizer,
    project: Option<&VoiceText>,
) -> Result<VoiceText, ImportError> {
    let configurations = found.texts.iter().filter(|text| text.folder.is_none());
    let wanted = Wanted {
        what: "configuration",
        advice: "name the config.json of this voice as well",
        beside: synthesizer.file.path.parent(),
    };
    let known = project.into_iter().chain(synthesizer.text.as_ref());
    let known = known.cloned().reduce(|first, second| first.or(&second));
    let configuration = wanted.one_of(&configurations.collect::<Vec<_>>(), |text| &text.file);
    match (known, configuration) {
        (Some(known), Ok(Some(text))) => Ok(known.or(text)),
        // Whose the configurations are does not matter where all is known.
        (Some(known), _) => Ok(known),
        (None, text) => Ok(text?.cloned().unwrap_or_default()),
    }
}

fn f0(
    found: &Candidates,
    synthesizer: &FoundSynthesizer,
) -> Result<Option<FoundFile>, ImportError> {
    let wanted = Wanted {
        what: "F0 model",
        advice: "name the one with --f0",
        beside: synthesizer.file.path.parent(),
    };
    let models: Vec<&FoundFile> = found.f0.iter().collect();
    Ok(wanted.one_of(&models, |file| file)?.cloned())
}

fn rate(
    request: &ImportRequest,
    text: &VoiceText,
    synthesizer: &FoundSynthesizer,
) -> Result<u32, ImportError> {
    let rate = request
        .rate
        .or(text.rate)
        .ok_or_else(|| ImportError::Missing {
            what: format!(
                "the rate, which {} does not state and no configuration beside it,",
                synthesizer.file.name()
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

fn name(request: &ImportRequest, text: &VoiceText, synthesizer: &FoundSynthesizer) -> String {
    let stem = synthesizer.file.path.file_stem().unwrap_or_default();
    let stem = stem.to_string_lossy();
    let stem = stem.trim_end_matches("_SoVits").trim_end_matches("_RVC");
    request
        .name
        .clone()
        .or_else(|| text.name.clone())
        .filter(|name| !name.trim().is_empty())
        .unwrap_or_else(|| stem.to_owned())
}
