//! Brings what building and testing need but the repository does not hold: ONNX Runtime, Python packages,
//! system packages.
//!
//! Everything goes into one data directory (`$SYRINX_HOME`, else `$XDG_DATA_HOME/syrinx`, else
//! `~/.local/share/syrinx`), is checked, and is brought once: a second call finds it there and needs no network.

mod home;
mod pip;
mod python;
mod runtime;
mod system;
mod wheel;

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, Subcommand};

use runtime::RuntimeDevice;

/// Bring ONNX Runtime, Python packages or system packages; what is there already is left alone.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cargo xtask setup runtime\n  cargo xtask setup runtime --device cuda\n  \
                        cargo xtask setup python models/training/requirements.txt\n  cargo xtask setup system"
)]
pub struct SetupArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    /// The ONNX Runtime library, which runs large networks faster than the built-in backend
    Runtime {
        /// For which device
        #[arg(long, value_enum, default_value_t = RuntimeDevice::Cpu)]
        device: RuntimeDevice,
    },
    /// A Python with the packages of a requirements file
    Python {
        /// The requirements file
        requirements: PathBuf,
    },
    /// Debian packages: the synthesizers and recordings that training and the demo use
    System {
        /// Packages by name; without any, all that the repository uses
        packages: Vec<String>,
    },
}

/// Brings one thing and says where it is.
///
/// # Errors
/// If it cannot be brought; the message says what to do.
pub fn run(args: &SetupArgs) -> Result<()> {
    match &args.what {
        What::Runtime { device } => {
            let library = runtime::ensure(*device)?;
            println!("ONNX Runtime: {}", library.display());
            if *device == RuntimeDevice::Cuda {
                println!(
                    "It needs the NVIDIA driver, CUDA 13 and cuDNN 9 on the system; `syrinx doctor` tries it."
                );
            }
        }
        What::Python { requirements } => println!("{}", ensure_python(requirements)?.display()),
        What::System { packages } if packages.is_empty() => ensure_system(&system::PACKAGES)?,
        What::System { packages } => {
            ensure_system(&packages.iter().map(String::as_str).collect::<Vec<_>>())?;
        }
    }
    Ok(())
}

/// Brings the ONNX Runtime library for the CPU and returns its path.
///
/// # Errors
/// If it cannot be brought.
pub fn ensure_runtime() -> Result<PathBuf> {
    runtime::ensure(RuntimeDevice::Cpu)
}

/// The ONNX Runtime library for the CPU, if it has been brought.
pub fn installed_runtime() -> Option<PathBuf> {
    runtime::find(RuntimeDevice::Cpu)
}

/// Brings a Python with the packages of the file `requirements` and returns the interpreter's path.
///
/// # Errors
/// If it cannot be brought.
pub fn ensure_python(requirements: &Path) -> Result<PathBuf> {
    python::ensure(requirements)
}

/// Installs those of the Debian packages that are missing.
///
/// # Errors
/// If some are missing and cannot be installed; the message says what to type.
pub fn ensure_system(packages: &[&str]) -> Result<()> {
    system::ensure(packages)
}
