//! The voices that there are, and how others are brought in.

use std::path::PathBuf;
use std::sync::Arc;

/// A voice in the list.
#[derive(Clone, Debug, PartialEq)]
pub struct VoiceEntry {
    /// Where [`crate::Control::Voice`] stands for it.
    pub position: f32,
    /// What it is called.
    pub name: String,
    /// What tells it from others of the same name.
    pub hash: String,
}

/// What a voice says about itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VoiceCard {
    /// What kind of voice it is.
    pub kind: String,
    /// One or two sentences.
    pub description: String,
    /// Whom it can speak as.
    pub speakers: Vec<String>,
    /// Its licence.
    pub licence: String,
    /// Whose voice it is and what they agreed to.
    pub consent: String,
    /// The card, Markdown; empty without one.
    pub text: String,
    /// Where it lies.
    pub place: String,
    /// What is wrong with it.
    pub problem: Option<String>,
}

/// How an import goes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImportNews {
    /// What is being done; `None` while nothing is.
    pub stage: Option<String>,
    /// How far it is, 0 to 1, where that is known.
    pub share: Option<f32>,
    /// How the last one ended, in words.
    pub outcome: Option<Result<String, String>>,
}

/// The voices that there are, and how others are brought in. None of these waits for a disk.
pub trait Voices {
    /// Rises whenever what [`Voices::all`] or [`Voices::card`] gives has changed.
    fn version(&self) -> u64;
    /// All of them.
    fn all(&self) -> Vec<VoiceEntry>;
    /// What a voice says about itself; `None` while that is being read.
    fn card(&self, voice: &VoiceEntry) -> Option<Arc<VoiceCard>>;
    /// Imports a voice made of files, folders and zips, or a bundle as it is.
    fn import(&self, paths: Vec<PathBuf>);
    /// Lets the user point at files, and imports them.
    fn ask_for_files(&self);
    /// How the import goes.
    fn news(&self) -> ImportNews;
    /// Stops the import; once it has ended, forgets how.
    fn stop(&self);
}
