//! Turns text and SSML into what a speaking voice says: phones, stress, boundaries, pauses and prosody.
//!
//! No audio, networks or files. Words: a *script* is what a user writes, plain or SSML; a *segment* is one sentence
//! or clause, spoken in one go; a *phone* is one sound; a *span* is a range of bytes of the script.
#![forbid(unsafe_code)]

pub mod boundary;
pub mod error;
pub mod notice;
pub mod phone;
pub mod phone_set;
pub mod prosody;
pub mod segment;
pub mod word;

pub use boundary::{Boundary, Ending, Pause};
pub use error::TextError;
pub use notice::Notice;
pub use phone::{Alphabet, Phone};
pub use phone_set::{PhoneSet, UnknownPhone};
pub use prosody::{Emotion, Prosody};
pub use segment::Segment;
pub use word::Word;
