//! Live use.
