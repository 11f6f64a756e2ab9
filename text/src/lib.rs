//! Turns text and SSML into what a speaking voice says: phones, stress, boundaries, pauses and prosody.
//!
//! No audio, networks or files. Words: a *script* is what a user writes, plain or SSML; a *segment* is one sentence
//! or clause, spoken in one go; a *phone* is one sound; a *span* is a range of bytes of the script.
//!
//! ```
//! use syrinx_text::{FrontEnd, Language, Script, spell};
//!
//! let script = Script::new("Hello, Dr. Smith. It's 5 o'clock.")?;
//! let segments: Vec<_> = FrontEnd::new(Language::English).segments(&script)?.collect();
//! assert_eq!(segments.len(), 2);
//! assert_eq!(spell(&segments[0].words[0].phones), "hh ax0 l ow1");
//! # Ok::<(), syrinx_text::TextError>(())
//! ```
#![forbid(unsafe_code)]

pub mod boundary;
mod cut;
mod english;
pub mod error;
pub mod front_end;
pub mod ipa;
mod item;
pub mod lexicon;
mod mandarin;
pub mod notice;
mod notices;
pub mod phone;
pub mod phone_set;
mod phoneme;
mod piece;
mod position;
pub mod prosody;
pub mod script;
pub mod segment;
pub mod segments;
mod ssml;
pub mod word;

pub use boundary::{Boundary, Ending, Pause};
pub use error::TextError;
pub use front_end::{FrontEnd, Language};
pub use ipa::{IpaStyle, spell_ipa};
pub use lexicon::Lexicon;
pub use notice::Notice;
pub use phone::{Alphabet, Phone, spell};
pub use phone_set::{PhoneSet, UnknownPhone};
pub use prosody::{Emotion, Prosody};
pub use script::Script;
pub use segment::{MAX_PHONES, Segment};
pub use segments::Segments;
pub use word::Word;
