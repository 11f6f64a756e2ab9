//! The entry points that hosts look for.
//!
//! The macros write C functions and pointers; everything unsafe in this crate is theirs.
#![allow(unsafe_code)]

use crate::VoicePlugin;

nice_plug::nice_export_clap!(VoicePlugin);
nice_plug::nice_export_vst3!(VoicePlugin);
