//! Brings the ONNX Runtime library.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use super::wheel::{self, Wheel};
use super::{home, pip};

/// Says which wheel a folder was unpacked from; written last, so it also says that the folder is complete.
const MARK: &str = "wheel.sha256";

/// For which device the library is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RuntimeDevice {
    /// The processor
    Cpu,
    /// NVIDIA cards; the library is large and serves the processor as well
    Cuda,
}

impl fmt::Display for RuntimeDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            RuntimeDevice::Cpu => "cpu",
            RuntimeDevice::Cuda => "cuda",
        })
    }
}

/// A system that the library is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Platform<'a> {
    /// As Rust calls it: linux, windows, macos.
    pub system: &'a str,
    /// As Rust calls it: `x86_64`, `aarch64`.
    pub architecture: &'a str,
}

impl Platform<'_> {
    /// What this program was built for.
    pub const OWN: Platform<'static> = Platform {
        system: std::env::consts::OS,
        architecture: std::env::consts::ARCH,
    };

    /// What the target triple stands for; an unknown system keeps its name.
    pub fn of(triple: &str) -> Platform<'_> {
        let mut parts = triple.split('-');
        let architecture = parts.next().unwrap_or_default();
        let system = match (parts.next(), parts.next()) {
            (_, Some("darwin")) => "macos",
            (_, Some(system)) => system,
            (Some(system), None) => system,
            (None, None) => "",
        };
        Platform {
            system,
            architecture,
        }
    }

    /// The folder that holds the library, beside those of other systems. This system's has the name that programs
    /// look for.
    fn folder(self, device: RuntimeDevice) -> String {
        if self == Platform::OWN {
            device.to_string()
        } else {
            format!("{device}-{}-{}", self.system, self.architecture)
        }
    }
}

/// Brings the library for `device` of `platform` where it is missing, and returns its path.
///
/// # Errors
/// If there is none for it, or it cannot be downloaded.
pub fn ensure(device: RuntimeDevice, platform: Platform) -> Result<PathBuf> {
    let wheel = wheel_for(device, platform)?;
    let folder = home::data()?.join("runtime");
    ensure_in(&folder, &platform.folder(device), &wheel, pip::download)
}

/// The library for `device` of `platform`, if it has been brought.
pub fn find(device: RuntimeDevice, platform: Platform) -> Option<PathBuf> {
    let wheel = wheel_for(device, platform).ok()?;
    let folder = home::data().ok()?.join("runtime");
    installed(&folder.join(platform.folder(device)), &wheel)
}

fn wheel_for(device: RuntimeDevice, platform: Platform) -> Result<Wheel> {
    match (device, platform.system, platform.architecture) {
        (RuntimeDevice::Cpu, "linux", "x86_64") => Ok(wheel::CPU_X86_64),
        (RuntimeDevice::Cpu, "linux", "aarch64") => Ok(wheel::CPU_AARCH64),
        (RuntimeDevice::Cpu, "windows", "x86_64") => Ok(wheel::CPU_WINDOWS_X86_64),
        (RuntimeDevice::Cpu, "macos", "aarch64") => Ok(wheel::CPU_MACOS_AARCH64),
        (RuntimeDevice::Cuda, "linux", "x86_64") => Ok(wheel::CUDA_X86_64),
        (_, system, architecture) => bail!(
            "no ONNX Runtime for {device} is pinned for {system} on {architecture}; install version 1.20 or later \
             by hand and put its absolute path into SYRINX_ONNXRUNTIME, or do without: tract is built in"
        ),
    }
}

/// Unpacks the wheel that `download` brings into `folder/name`, unless it is there.
fn ensure_in(
    folder: &Path,
    name: &str,
    wheel: &Wheel,
    download: impl FnOnce(&Wheel, &Path) -> Result<PathBuf>,
) -> Result<PathBuf> {
    let target = folder.join(name);
    if let Some(library) = installed(&target, wheel) {
        return Ok(library);
    }
    println!(
        "Bringing {} {} ({} MB) ...",
        wheel.package,
        wheel.version,
        wheel.bytes / 1_000_000
    );
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    // Made aside, in the same file system, and moved into place at the end: nobody sees half of it.
    let aside = tempfile::Builder::new()
        .prefix(&format!(".{name}-"))
        .tempdir_in(folder)?;
    let (downloaded, unpacked) = (
        aside.path().join("downloaded"),
        aside.path().join("unpacked"),
    );
    std::fs::create_dir(&downloaded)?;
    std::fs::create_dir(&unpacked)?;
    let file = download(wheel, &downloaded)?;
    wheel::verify(wheel, &file)?;
    wheel::unpack(&file, wheel.library, &unpacked)?;
    std::fs::write(unpacked.join(MARK), wheel.sha256)?;
    if target.exists() {
        std::fs::rename(&target, aside.path().join("replaced"))?;
    }
    std::fs::rename(&unpacked, &target)
        .with_context(|| format!("cannot move the library to {}", target.display()))?;
    installed(&target, wheel).with_context(|| format!("{} is incomplete", target.display()))
}

/// The library in `target`, if it was unpacked from `wheel`.
fn installed(target: &Path, wheel: &Wheel) -> Option<PathBuf> {
    let mark = std::fs::read_to_string(target.join(MARK)).ok()?;
    let library = target.join(wheel.library);
    (mark == wheel.sha256 && library.is_file()).then_some(library)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// A wheel with a library of its own, and what it is known by.
    fn made_up(folder: &Path) -> (Wheel, PathBuf) {
        let file = folder.join("made_up.whl");
        let mut zip = zip::ZipWriter::new(std::fs::File::create(&file).unwrap());
        let options = zip::write::SimpleFileOptions::default()
            .last_modified_time(zip::DateTime::default())
            .compression_method(zip::CompressionMethod::Stored);
        zip.start_file("onnxruntime/capi/libonnxruntime.so.1.31.1", options)
            .unwrap();
        zip.write_all(b"library").unwrap();
        zip.finish().unwrap();
        let bytes = std::fs::read(&file).unwrap();
        let digest = <sha2::Sha256 as sha2::Digest>::digest(&bytes);
        let sha256: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let wheel = Wheel {
            sha256: Box::leak(sha256.into_boxed_str()),
            bytes: bytes.len() as u64,
            ..wheel::CPU_X86_64
        };
        (wheel, file)
    }

    #[test]
    fn a_library_is_brought_once() {
        let folder = tempfile::tempdir().unwrap();
        let (wheel, file) = made_up(folder.path());
        let home = folder.path().join("runtime");
        let first = ensure_in(&home, "cpu", &wheel, |_, into| {
            let copy = into.join("made_up.whl");
            std::fs::copy(&file, &copy)?;
            Ok(copy)
        });
        let library = first.unwrap();
        assert_eq!(std::fs::read(&library).unwrap(), b"library");
        let again = ensure_in(&home, "cpu", &wheel, |_, _| {
            bail!("must not download again")
        });
        assert_eq!(again.unwrap(), library);
        // Nothing but the folder itself is left.
        assert_eq!(std::fs::read_dir(&home).unwrap().count(), 1);

        std::fs::remove_file(&library).unwrap();
        let damaged = ensure_in(&home, "cpu", &wheel, |_, _| bail!("downloads"));
        assert_eq!(damaged.unwrap_err().to_string(), "downloads");
    }

    #[test]
    fn another_wheel_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let (_, file) = made_up(folder.path());
        let home = folder.path().join("runtime");
        std::fs::create_dir_all(home.join("cpu")).unwrap();
        std::fs::write(home.join("cpu/old"), b"old").unwrap();
        let result = ensure_in(&home, "cpu", &wheel::CPU_X86_64, |_, _| Ok(file));
        assert!(
            result
                .unwrap_err()
                .to_string()
                .contains(wheel::CPU_X86_64.sha256)
        );
        assert!(home.join("cpu/old").exists());
    }

    #[test]
    fn a_machine_without_a_wheel_is_told_what_to_do() {
        for (device, system, architecture) in [
            (RuntimeDevice::Cuda, "linux", "aarch64"),
            (RuntimeDevice::Cpu, "macos", "x86_64"),
        ] {
            let platform = Platform {
                system,
                architecture,
            };
            let message = wheel_for(device, platform).unwrap_err().to_string();
            assert!(
                message.contains(system) && message.contains("SYRINX_ONNXRUNTIME"),
                "{message}"
            );
        }
    }

    #[test]
    fn triples_stand_for_systems() {
        for (triple, system, architecture) in [
            ("x86_64-pc-windows-gnu", "windows", "x86_64"),
            ("x86_64-pc-windows-msvc", "windows", "x86_64"),
            ("aarch64-apple-darwin", "macos", "aarch64"),
            ("aarch64-unknown-linux-gnu", "linux", "aarch64"),
        ] {
            let expected = Platform {
                system,
                architecture,
            };
            assert_eq!(Platform::of(triple), expected);
        }
    }

    #[test]
    fn each_system_has_a_folder_of_its_own() {
        let windows = Platform::of("x86_64-pc-windows-gnu");
        if windows != Platform::OWN {
            assert_eq!(windows.folder(RuntimeDevice::Cpu), "cpu-windows-x86_64");
        }
        assert_eq!(Platform::OWN.folder(RuntimeDevice::Cpu), "cpu");
    }
}
