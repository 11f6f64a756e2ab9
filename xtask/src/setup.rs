//! Brings what building and testing need but the repository does not hold: ONNX Runtime, Python packages,
//! system packages.
//!
//! Everything goes into one data directory (`$SYRINX_HOME`, else `$XDG_DATA_HOME/syrinx`, else
//! `~/.local/share/syrinx`), is checked, and is brought once: a second call finds it there and needs no network.

mod home;
mod pip;
mod python;
mod runtime;
mod rust_target;
mod system;
mod wheel;

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::process;
pub use runtime::Platform;
use runtime::RuntimeDevice;
use system::Group;

/// Which version of ONNX Runtime is brought.
pub const RUNTIME_VERSION: &str = wheel::CPU_X86_64.version;

/// Bring ONNX Runtime, Python packages or system packages; what is there already is left alone.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cargo xtask setup runtime\n  cargo xtask setup runtime --device cuda\n  \
                        cargo xtask setup python models/training/requirements.txt\n  cargo xtask setup system building"
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
        /// For this system (a target triple of Rust's) [default: this one]
        #[arg(long, value_name = "TRIPLE")]
        target: Option<String>,
    },
    /// A Python with the packages of a requirements file
    Python {
        /// The requirements file
        requirements: PathBuf,
    },
    /// A Python with the hosts that tests load the plugin into
    Hosts,
    /// Debian packages: what syrinx-live is built upon, what the tests in hosts run in, what training uses
    System {
        /// Groups (building, hosts, windows, apple, training) or packages by name; without any, all that the repository uses
        packages: Vec<String>,
    },
}

/// Brings one thing and says where it is.
///
/// # Errors
/// If it cannot be brought; the message says what to do.
pub fn run(args: &SetupArgs) -> Result<()> {
    match &args.what {
        What::Runtime { device, target } => {
            let platform = target.as_deref().map_or(Platform::OWN, Platform::of);
            let library = runtime::ensure(*device, platform)?;
            println!("ONNX Runtime: {}", library.display());
            if *device == RuntimeDevice::Cuda {
                println!(
                    "It needs the NVIDIA driver, CUDA 13 and cuDNN 9 on the system; `syrinx doctor` tries it."
                );
            }
        }
        What::Python { requirements } => println!("{}", ensure_python(requirements)?.display()),
        What::Hosts => println!("{}", ensure_hosts()?.display()),
        What::System { packages } => ensure_system(&system::packages_of(packages))?,
    }
    Ok(())
}

/// Brings the ONNX Runtime library for the CPU of this system and returns its path.
///
/// # Errors
/// If it cannot be brought.
pub fn ensure_runtime() -> Result<PathBuf> {
    ensure_runtime_for(Platform::OWN)
}

/// The same for any system.
///
/// # Errors
/// If it cannot be brought, or there is none for that system.
pub fn ensure_runtime_for(platform: Platform) -> Result<PathBuf> {
    runtime::ensure(RuntimeDevice::Cpu, platform)
}

/// The ONNX Runtime library for the CPU of a system, if it has been brought.
pub fn installed_runtime(platform: Platform) -> Option<PathBuf> {
    runtime::find(RuntimeDevice::Cpu, platform)
}

/// Brings Rust's standard library for the target `triple`.
///
/// # Errors
/// If rustup does not know the target, or is not there.
pub fn ensure_rust_target(triple: &str) -> Result<()> {
    rust_target::ensure(triple)
}

/// The data directory: where everything that is brought goes, and what is made of it.
///
/// # Errors
/// If none of the variables names an absolute path.
pub fn data_folder() -> Result<PathBuf> {
    home::data()
}

/// Brings a Python with the packages of the file `requirements` and returns the interpreter's path.
///
/// # Errors
/// If it cannot be brought.
pub fn ensure_python(requirements: &Path) -> Result<PathBuf> {
    python::ensure(requirements)
}

/// Brings a Python with the hosts that tests load the plugin into, and returns the interpreter's path.
///
/// # Errors
/// If it cannot be brought.
pub fn ensure_hosts() -> Result<PathBuf> {
    python::ensure(&process::root()?.join("xtask/hosts/requirements.txt"))
}

/// Installs what the gate needs of the system: to build `syrinx-live`, and to run the tests in hosts.
///
/// Where the packages have other names it says which those are and goes on: a step that lacks one fails by itself.
///
/// # Errors
/// If some are missing and this user may not install; the message says what to type.
pub fn ensure_system_for_tests() -> Result<()> {
    let groups = [Group::Building, Group::Hosts];
    let packages: Vec<_> = groups
        .iter()
        .flat_map(|group| group.packages())
        .copied()
        .collect();
    // Other systems than Linux have their audio libraries built in.
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    if !system::has_apt() {
        println!(
            "no apt-get on this system: expected to be there under their names here: {}",
            packages.join(", ")
        );
        return Ok(());
    }
    ensure_system(&packages)
}

/// Installs what building for Windows, and running what was built, needs of this system.
///
/// # Errors
/// If something is missing and cannot be installed; the message says what to type.
pub fn ensure_system_for_windows() -> Result<()> {
    system::ensure(Group::Windows.packages())
}

/// Installs what checking for macOS needs of this system.
///
/// # Errors
/// If something is missing and cannot be installed; the message says what to type.
pub fn ensure_system_for_apple() -> Result<()> {
    system::ensure(Group::Apple.packages())
}

/// Installs those of the Debian packages that are missing.
///
/// # Errors
/// If some are missing and cannot be installed; the message says what to type.
pub fn ensure_system(packages: &[&str]) -> Result<()> {
    system::ensure(packages)
}
