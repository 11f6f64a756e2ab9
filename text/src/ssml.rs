//! Reads SSML into pieces, and says of what it does not understand where it stands and what could stand there.

mod attributes;
mod elements;
mod prosody;
mod reader;

pub(crate) use reader::read;
