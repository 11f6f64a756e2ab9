//! Writes networks of full size with random weights, for tests and measurements; `cargo xtask full-size` runs it.
//!
//! `full-size DIR [encoder|sovits|rvc]...`; all of them, if none is named.
#![forbid(unsafe_code)]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use syrinx_tests::full_size::Network;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let Some(folder) = arguments.next().map(PathBuf::from) else {
        eprintln!("error: expected a folder");
        return ExitCode::FAILURE;
    };
    let mut networks = Vec::new();
    for argument in arguments {
        match argument.to_str() {
            Some("encoder") => networks.push(Network::Encoder),
            Some("sovits") => networks.push(Network::SoVits),
            Some("rvc") => networks.push(Network::Rvc),
            _ => {
                eprintln!("error: expected encoder, sovits or rvc, found {argument:?}");
                return ExitCode::FAILURE;
            }
        }
    }
    if networks.is_empty() {
        networks.extend(Network::ALL);
    }
    for network in networks {
        let start = Instant::now();
        match network.make_in(&folder) {
            Ok(path) => println!(
                "{}: {} MB, {:.1} s",
                path.display(),
                network.graph().bytes() / 1_000_000,
                start.elapsed().as_secs_f64()
            ),
            Err(error) => {
                eprintln!("error: {}: {error}", folder.join(network.file()).display());
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}
