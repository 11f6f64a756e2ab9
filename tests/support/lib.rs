//! What the tests share: seeded signals, golden data, temporary bundles.
#![forbid(unsafe_code)]
