//! Sorts found files by what they can be in a voice.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::error::ImportError;
use super::facts::GraphFacts;
use super::request::ImportObserver;
use super::source::{FoundFile, ending, is_checkpoint};
use super::speaking;
use super::texts::{self, VoiceText};
use crate::bundle::{MAX_FILE_BYTES, MAX_MANIFEST_BYTES};
use crate::dialect::{ContentDialect, F0Dialect, SynthesizerDialect, nearest};
use crate::error::LoadError;
use crate::model::{ElementType, TensorSpec};

/// A graph that speaks.
#[derive(Clone, Debug)]
pub(super) struct FoundSynthesizer {
    pub(super) file: FoundFile,
    pub(super) dialect: SynthesizerDialect,
    /// The width of the content, where declared.
    pub(super) dim: Option<usize>,
    /// How many speakers it mixes, where it mixes.
    pub(super) mixes: Option<usize>,
    /// How many speakers it knows, where that can be told.
    pub(super) knows: Option<usize>,
    /// What its exporter wrote into it.
    pub(super) text: Option<VoiceText>,
}

/// A graph that gives content.
#[derive(Clone, Debug)]
pub(super) struct FoundEncoder {
    pub(super) file: FoundFile,
    /// The widths that it can give; `None` is any.
    pub(super) dims: Vec<Option<usize>>,
}

impl FoundEncoder {
    /// Whether it can give content of a width.
    pub(super) fn gives(&self, dim: Option<usize>) -> bool {
        let fits = |given: &Option<usize>| dim.is_none() || given.is_none() || *given == dim;
        self.dims.iter().any(fits)
    }

    /// Its name without the ending: that of the encoder, in the files of all programs.
    pub(super) fn name(&self) -> String {
        let stem = self.file.path.file_stem().unwrap_or_default();
        stem.to_string_lossy().into_owned()
    }
}

/// Found files by what they can be.
#[derive(Clone, Debug, Default)]
pub(super) struct Candidates {
    pub(super) synthesizers: Vec<FoundSynthesizer>,
    pub(super) encoders: Vec<FoundEncoder>,
    pub(super) f0: Vec<FoundFile>,
    pub(super) indexes: Vec<FoundFile>,
    pub(super) centres: Vec<FoundFile>,
    pub(super) texts: Vec<VoiceText>,
    /// Weights without a network.
    pub(super) checkpoints: Vec<FoundFile>,
    /// Manifests of voices that were imported already.
    pub(super) voices: Vec<FoundFile>,
    /// What is of no use, with the reason.
    pub(super) left_out: Vec<(PathBuf, String)>,
}

/// What is expected of a graph.
const GRAPHS: &str = "a synthesizer of So-VITS-SVC or RVC, a content encoder or an F0 model";

impl Candidates {
    /// Looks into every file.
    pub(super) fn sort(
        files: &[FoundFile],
        observer: &mut dyn ImportObserver,
    ) -> Result<Candidates, ImportError> {
        let mut found = Candidates::default();
        found.look_into(files, observer)?;
        Ok(found)
    }

    /// Looks into more files. One that the user named must be of use; of others it is kept why they are not.
    pub(super) fn look_into(
        &mut self,
        files: &[FoundFile],
        observer: &mut dyn ImportObserver,
    ) -> Result<(), ImportError> {
        for file in files {
            if observer.cancelled() {
                return Err(ImportError::Stopped);
            }
            observer.stage(&format!("reading {}", file.name()), None);
            match self.add(file) {
                Err(error) if file.named => return Err(error),
                Err(error) => self
                    .left_out
                    .push((file.shown.clone(), reason(file, &error))),
                Ok(()) => {}
            }
        }
        Ok(())
    }

    fn add(&mut self, file: &FoundFile) -> Result<(), ImportError> {
        let name = file.name().to_lowercase();
        let taken = file.clone();
        match ending(&file.path).as_str() {
            "onnx" => return self.add_graph(file),
            "json" => return self.add_text(file),
            // The quantiser without the vectors, which RVC writes on the way.
            "index" if name.starts_with("trained") && !file.named => {}
            "index" => self.indexes.push(taken),
            "pkl" if name.contains("index") || file.named => self.indexes.push(taken),
            "npy" if name.contains("kmeans") => self.centres.push(taken),
            "npy" if file.named => self.indexes.push(taken),
            "pt" if name.contains("kmeans") => self.centres.push(taken),
            "pt" => self.checkpoints.push(taken),
            _ if is_checkpoint(&file.path) => self.checkpoints.push(taken),
            _ if file.named => {
                return Err(ImportError::Unrecognised {
                    path: file.shown.clone(),
                    expected: format!("{GRAPHS} (.onnx), config.json, .index or a zip"),
                    found: "a file of another ending".to_owned(),
                });
            }
            _ => {}
        }
        Ok(())
    }

    fn add_text(&mut self, file: &FoundFile) -> Result<(), ImportError> {
        let text = read(file, MAX_MANIFEST_BYTES)?;
        match texts::of_file(file, &text) {
            Some(text) => self.texts.push(text),
            None if texts::is_voice(&text) => self.voices.push(file.clone()),
            None if file.named => {
                return Err(ImportError::Unrecognised {
                    path: file.shown.clone(),
                    expected: "So-VITS-SVC's config.json or a project of MoeVS".to_owned(),
                    found: "another JSON file".to_owned(),
                });
            }
            // Folders are full of them.
            None => {}
        }
        Ok(())
    }

    fn add_graph(&mut self, file: &FoundFile) -> Result<(), ImportError> {
        let onnx = read(file, MAX_FILE_BYTES)?;
        let name = file.shown.display().to_string();
        let facts = GraphFacts::read(&name, &onnx).map_err(|error| no_graph(file, error))?;
        let (inputs, outputs) = facts.specs().map_err(|reason| {
            let reason = reason.strip_prefix(&format!("{name}: ")).unwrap_or(reason);
            unrecognised(file, format!("{reason}; export it with 32-bit floats"))
        })?;
        if let Some(dialect) = SynthesizerDialect::recognise(inputs, outputs) {
            self.synthesizers.push(FoundSynthesizer {
                dim: content_dim(dialect, inputs),
                mixes: mixes(inputs),
                knows: mixes(inputs).or(facts.speakers),
                text: texts::of_metadata(file, &facts.metadata),
                dialect,
                file: file.clone(),
            });
            return Ok(());
        }
        if F0Dialect::recognise(inputs, outputs).is_some() {
            self.f0.push(file.clone());
            return Ok(());
        }
        let content = ContentDialect::all(inputs, outputs);
        if content.is_empty() && speaking::is_network(inputs) {
            return Err(ImportError::Unrecognised {
                path: file.shown.clone(),
                expected: "with a network that speaks its symbols".to_owned(),
                found: "it alone; name its configuration (.onnx.json), manifest or table (tokens.txt) as well"
                    .to_owned(),
            });
        }
        if content.is_empty() {
            return Err(unrecognised(file, explain(inputs, outputs)));
        }
        self.encoders.push(FoundEncoder {
            dims: content.iter().map(|dialect| dialect.dim).collect(),
            file: file.clone(),
        });
        Ok(())
    }
}

/// What an error says beside the name of its file.
fn reason(file: &FoundFile, error: &ImportError) -> String {
    let (text, name) = (error.to_string(), file.shown.display().to_string());
    match text.strip_prefix(&format!("{name}: ")) {
        Some(rest) => rest.to_owned(),
        None => text,
    }
}

/// The error for a file that is no graph at all, or one that is refused before it is looked at.
fn no_graph(file: &FoundFile, error: LoadError) -> ImportError {
    let other = match &error {
        LoadError::Graph { reason, .. } => reason.strip_prefix("not an ONNX file: "),
        _ => None,
    };
    let Some(other) = other.map(str::to_owned) else {
        return ImportError::Graph(error);
    };
    ImportError::Unrecognised {
        path: file.shown.clone(),
        expected: "an ONNX file".to_owned(),
        found: format!("another or a damaged one ({other})"),
    }
}

/// The error for a graph of no contract.
fn unrecognised(file: &FoundFile, found: String) -> ImportError {
    ImportError::Unrecognised {
        path: file.shown.clone(),
        expected: GRAPHS.to_owned(),
        found,
    }
}

fn explain(inputs: &[TensorSpec], outputs: &[TensorSpec]) -> String {
    let list = |specs: &[TensorSpec]| {
        let words: Vec<String> = specs.iter().map(TensorSpec::to_string).collect();
        words.join(", ")
    };
    let what = format!("{} → {}", list(inputs), list(outputs));
    match nearest(inputs, outputs) {
        Some(nearest) => format!("{what} ({nearest})"),
        None => what,
    }
}

fn content_dim(dialect: SynthesizerDialect, inputs: &[TensorSpec]) -> Option<usize> {
    let content = inputs
        .iter()
        .find(|input| input.name == dialect.content_input())?;
    *content.shape.get(dialect.width_axis())?
}

fn mixes(inputs: &[TensorSpec]) -> Option<usize> {
    let mix = inputs.iter().find(|input| {
        matches!(input.name.as_str(), "sid" | "ds") && input.element == ElementType::F32
    })?;
    *mix.shape.get(1)?
}

/// The content of a file of at most `limit` bytes.
pub(super) fn read(file: &FoundFile, limit: u64) -> Result<Vec<u8>, ImportError> {
    let refuse = |reason: String| ImportError::file(&file.shown, reason);
    read_path(&file.path, limit).map_err(refuse)
}

fn read_path(path: &Path, limit: u64) -> Result<Vec<u8>, String> {
    let failed = |error: std::io::Error| error.to_string();
    let file = File::open(path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    if size > limit {
        return Err(format!("expected at most {limit} bytes, found {size}"));
    }
    let mut content = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    file.take(limit).read_to_end(&mut content).map_err(failed)?;
    Ok(content)
}
