//! Converts what the peers measured on a recording, stage by stage; `cargo xtask parity` runs it and compares.
//!
//! `svc-measured FOLDER BACKEND` reads the `request.json` and the arrays that `tests/peers/stages.py` wrote, and adds
//! what Syrinx makes of them as `syrinx_*`: raw little-endian numbers.

mod folder;
mod rvc;
mod so_vits;
mod whole_rvc;

use std::path::Path;
use std::process::ExitCode;

use folder::{Failure, Folder};
use syrinx_models::runtime::RuntimeConfig;
use syrinx_models::{Backend, Runtime};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (folder, backend) = (arguments.next(), arguments.next());
    match (folder, backend) {
        (Some(folder), Some(backend)) => match run(Path::new(&folder), &backend) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("error: {error}");
                ExitCode::FAILURE
            }
        },
        _ => {
            eprintln!("expected a folder and a backend (onnxruntime or tract)");
            ExitCode::FAILURE
        }
    }
}

fn run(folder: &Path, backend: &str) -> Result<(), Failure> {
    let folder = Folder::open(folder)?;
    let runtime = Runtime::new(RuntimeConfig {
        backend: Some(backend.parse::<Backend>()?),
        threads: std::thread::available_parallelism().map_or(1, usize::from),
        ..RuntimeConfig::default()
    })?;
    match folder.text("kind")? {
        "so-vits" => so_vits::convert(&runtime, &folder),
        "rvc" => {
            rvc::convert(&runtime, &folder)?;
            whole_rvc::convert(&runtime, &folder)
        }
        other => Err(format!("expected so-vits or rvc, found {other:?}").into()),
    }
}
