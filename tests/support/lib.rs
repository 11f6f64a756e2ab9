//! What the tests share: converters without networks, seeded signals, golden data.
#![forbid(unsafe_code)]

pub mod full_size;
pub mod hosts;
pub mod identity;
pub mod jackd;
pub mod parted;
pub mod signals;
pub mod sovits;
pub mod sung;
pub mod virtual_engine;
pub mod voices;
pub mod weightless;
