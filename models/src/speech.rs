//! Speech: text to a voice, streamed.
//!
//! ```text
//! script ─ front-end (syrinx-text) ─ Segment ─ SpeechVoice::prepare ─ Utterance::next_chunk ─ SpeechChunk
//! ```
//!
//! A [`SpeechVoice`] turns a segment, one sentence or clause, into an [`Utterance`], which gives its samples chunk after
//! chunk. [`TtsPipeline`] strings utterances and pauses together, prepares the next one before this one has ended, and
//! looks at a [`CancelFlag`] before every chunk. All of it is synchronous: whoever wants a thread brings one.

mod cancel;
mod chunk;
mod contract;
mod error;
#[cfg(test)]
pub(crate) mod fixtures;
mod found;
mod network;
mod pipeline;
mod sambert;
mod settings;
pub mod source_filter;
mod spec;
mod timing;
mod utterance;
mod vocoder;
mod voice;

/// The front-end: scripts to segments.
pub use syrinx_text as text;

pub use cancel::CancelFlag;
pub use chunk::SpeechChunk;
pub use contract::{
    SpeechContract, SpeechFile, SpeechFolder, SpeechKind, load_speech, read_speech_folder,
    recognise_speech,
};
pub(crate) use contract::{can_be_part, network_takes_symbols};
pub use error::SpeechError;
pub use found::FoundVoice;
pub use network::{PiperConfig, PiperPhonemes, TokenLexicon, Tokens};
pub use pipeline::{Speech, TtsPipeline};
pub use sambert::{KanTokens, SambertVoice};
pub use settings::SpeechSettings;
pub use spec::{SpeechVoiceSpec, Streaming};
pub use timing::{PhoneTiming, WordTiming};
pub use utterance::Utterance;
pub use voice::SpeechVoice;
