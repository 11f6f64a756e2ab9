//! Times how a host that scans for plugins meets the built bundle.

use std::process::ExitCode;
use std::time::Instant;

use crate::rig::open;
use crate::row::print;

/// Opens the built CLAP bundle and reads what it says of itself, as hosts do with every plugin that they find. To be
/// run once in a process: what is open is not read again.
pub fn of_the_bundle() -> ExitCode {
    let start = Instant::now();
    let Some(entry) = open() else {
        return ExitCode::FAILURE;
    };
    let factory = entry.get_plugin_factory();
    let named = factory
        .iter()
        .flat_map(|factory| factory.plugin_descriptors())
        .filter(|descriptor| descriptor.id().is_some() && descriptor.name().is_some())
        .count();
    let took = start.elapsed();
    if named == 0 {
        eprintln!("expected a plugin in the bundle, found none");
        return ExitCode::FAILURE;
    }
    print("scan", took.as_secs_f64() * 1e3, "ms", "");
    ExitCode::SUCCESS
}
