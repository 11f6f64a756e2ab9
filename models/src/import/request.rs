//! What is to be imported, and what the user says where files say nothing.

use std::path::PathBuf;

use syrinx_dsp::SampleRate;

use crate::svc::Unvoiced;

/// What is to be imported, and what the user says where files say nothing.
#[derive(Clone, Debug, Default)]
pub struct ImportRequest {
    /// Files, folders and zips.
    pub paths: Vec<PathBuf>,
    /// The folder in which the voice's own folder is made.
    pub out: PathBuf,
    /// The voice's name; without it that of a project file or the synthesizer.
    pub name: Option<String>,
    /// The licence; without it "unknown".
    pub licence: Option<String>,
    /// Whose voice it is and what they agreed to; without it "unknown".
    pub consent: Option<String>,
    /// The rate in samples per second, 8000 to 192,000; needed where no file states it.
    pub rate: Option<u32>,
    /// The content encoder.
    pub encoder: Option<PathBuf>,
    /// The F0 model; without one Syrinx's own tracker is used.
    pub f0: Option<PathBuf>,
    /// The feature index or file of k-means centres.
    pub index: Option<PathBuf>,
    /// The speakers' names in the order of their numbers.
    pub speakers: Vec<String>,
    /// What F0 is where there is none; without it as the kind of voice has it.
    pub unvoiced: Option<Unvoiced>,
    /// Whether a voice of the same name is replaced, be it a folder or a zip.
    pub replace: bool,
    /// Whether the voice becomes a zip, which is one file to pass on, instead of a folder.
    pub zip: bool,
    /// Speech to measure a parted voice's streams on; without it they are not measured.
    pub speech: Option<Speech>,
}

/// A recording of somebody speaking, mono.
#[derive(Clone, Debug, PartialEq)]
pub struct Speech {
    /// Its samples, -1 to 1.
    pub samples: Vec<f32>,
    /// Samples per second.
    pub rate: SampleRate,
}

/// Watches an import and stops it.
pub trait ImportObserver {
    /// A stage begins, such as "hashing"; `bytes` of work where that is known.
    fn stage(&mut self, what: &str, bytes: Option<u64>);

    /// This many bytes of the stage are done.
    fn progress(&mut self, _done: u64) {}

    /// Whether to stop now.
    fn cancelled(&self) -> bool {
        false
    }
}

impl ImportObserver for crate::progress::Quiet {
    fn stage(&mut self, _what: &str, _bytes: Option<u64>) {}
}
