//! Sorts found files by what they can be in a voice.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::error::ImportError;
use super::facts::GraphFacts;
use super::request::ImportObserver;
use super::source::{FoundFile, ending};
use super::texts::{self, VoiceText};
use crate::bundle::{MAX_FILE_BYTES, MAX_MANIFEST_BYTES};
use crate::dialect::{ContentDialect, F0Dialect, SynthesizerDialect, nearest};
use crate::model::{ElementType, TensorSpec};

/// A graph that speaks.
#[derive(Clone, Debug)]
pub(super) struct FoundSynthesizer {
    pub(super) path: PathBuf,
    pub(super) dialect: SynthesizerDialect,
    /// The width of the content, where declared.
    pub(super) dim: Option<usize>,
    /// How many speakers it mixes, where it mixes.
    pub(super) mixes: Option<usize>,
    /// What its exporter wrote into it.
    pub(super) text: Option<VoiceText>,
}

/// A graph that gives content.
#[derive(Clone, Debug)]
pub(super) struct FoundEncoder {
    pub(super) path: PathBuf,
    /// The widths that it can give; `None` is any.
    pub(super) dims: Vec<Option<usize>>,
}

impl FoundEncoder {
    /// Whether it can give content of a width.
    pub(super) fn gives(&self, dim: Option<usize>) -> bool {
        let fits = |given: &Option<usize>| dim.is_none() || given.is_none() || *given == dim;
        self.dims.iter().any(fits)
    }
}

/// Found files by what they can be.
#[derive(Clone, Debug, Default)]
pub(super) struct Candidates {
    pub(super) synthesizers: Vec<FoundSynthesizer>,
    pub(super) encoders: Vec<FoundEncoder>,
    pub(super) f0: Vec<PathBuf>,
    pub(super) indexes: Vec<PathBuf>,
    pub(super) centres: Vec<PathBuf>,
    pub(super) texts: Vec<VoiceText>,
    pub(super) checkpoints: Vec<PathBuf>,
    /// Graphs of no contract, with what they are.
    pub(super) unknown: Vec<(PathBuf, String)>,
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
        for file in files {
            if observer.cancelled() {
                return Err(ImportError::Stopped);
            }
            observer.stage(&format!("reading {}", short(&file.path)), None);
            found.add(file)?;
        }
        Ok(found)
    }

    fn add(&mut self, file: &FoundFile) -> Result<(), ImportError> {
        let path = file.path.clone();
        let name = short(&path);
        match ending(&path).as_str() {
            "onnx" => return self.add_graph(file),
            "json" => match texts::of_file(&path, &read(&path, MAX_MANIFEST_BYTES)?) {
                Some(text) => self.texts.push(text),
                None if file.named => {
                    return Err(ImportError::Unrecognised {
                        path,
                        expected: "So-VITS-SVC's config.json or a project of MoeVS".to_owned(),
                        found: "another JSON file".to_owned(),
                    });
                }
                None => {}
            },
            // The quantiser without the vectors, which RVC writes on the way.
            "index" if name.starts_with("trained") && !file.named => {}
            "index" => self.indexes.push(path),
            "pkl" if name.contains("index") || file.named => self.indexes.push(path),
            "npy" if name.to_lowercase().contains("kmeans") => self.centres.push(path),
            "npy" if file.named => self.indexes.push(path),
            "pt" if name.to_lowercase().contains("kmeans") => self.centres.push(path),
            "pth" | "ckpt" | "pt" => self.checkpoints.push(path),
            _ if file.named => {
                return Err(ImportError::Unrecognised {
                    path,
                    expected: format!("{GRAPHS} (.onnx), config.json, .index or a zip"),
                    found: "a file of another ending".to_owned(),
                });
            }
            _ => {}
        }
        Ok(())
    }

    fn add_graph(&mut self, file: &FoundFile) -> Result<(), ImportError> {
        let path = file.path.clone();
        let onnx = read(&path, MAX_FILE_BYTES)?;
        let facts =
            GraphFacts::read(&path.display().to_string(), &onnx).map_err(ImportError::Graph)?;
        let refused = match facts.specs() {
            Err(reason) => format!("{reason}; export it with 32-bit floats"),
            Ok((inputs, outputs)) => {
                if let Some(dialect) = SynthesizerDialect::recognise(inputs, outputs) {
                    self.synthesizers.push(FoundSynthesizer {
                        dim: content_dim(dialect, inputs),
                        mixes: mixes(inputs),
                        text: texts::of_metadata(&path, &facts.metadata),
                        dialect,
                        path,
                    });
                    return Ok(());
                }
                if F0Dialect::recognise(inputs, outputs).is_some() {
                    self.f0.push(path);
                    return Ok(());
                }
                let content = ContentDialect::all(inputs, outputs);
                if !content.is_empty() {
                    let dims = content.iter().map(|dialect| dialect.dim).collect();
                    self.encoders.push(FoundEncoder { path, dims });
                    return Ok(());
                }
                explain(inputs, outputs)
            }
        };
        if file.named {
            return Err(unrecognised(path, refused));
        }
        self.unknown.push((path, refused));
        Ok(())
    }
}

/// The error for a graph of no contract.
pub(super) fn unrecognised(path: PathBuf, found: String) -> ImportError {
    ImportError::Unrecognised {
        path,
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

/// The name without its folder, for messages.
pub(super) fn short(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// The content of a file of at most `limit` bytes.
pub(super) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, ImportError> {
    let refuse = |error: std::io::Error| ImportError::file(path, error);
    let file = File::open(path).map_err(refuse)?;
    let size = file.metadata().map_err(refuse)?.len();
    if size > limit {
        let reason = format!("expected at most {limit} bytes, found {size}");
        return Err(ImportError::file(path, reason));
    }
    let mut content = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    file.take(limit).read_to_end(&mut content).map_err(refuse)?;
    Ok(content)
}
