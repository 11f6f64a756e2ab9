//! The live program.
fn main() {}
