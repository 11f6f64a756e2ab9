//! What the command is made of.
