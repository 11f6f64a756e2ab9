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

/// Brings the library for `device` where it is missing, and returns its path.
///
/// # Errors
/// If there is none for this machine, or it cannot be downloaded.
pub fn ensure(device: RuntimeDevice) -> Result<PathBuf> {
    let wheel = wheel_for(device, std::env::consts::OS, std::env::consts::ARCH)?;
    let folder = home::data()?.join("runtime");
    ensure_in(&folder, &device.to_string(), &wheel, pip::download)
}

/// The library for `device`, if it has been brought.
pub fn find(device: RuntimeDevice) -> Option<PathBuf> {
    let wheel = wheel_for(device, std::env::consts::OS, std::env::consts::ARCH).ok()?;
    let folder = home::data().ok()?.join("runtime");
    installed(&folder.join(device.to_string()), &wheel)
}

fn wheel_for(device: RuntimeDevice, os: &str, architecture: &str) -> Result<Wheel> {
    match (device, os, architecture) {
        (RuntimeDevice::Cpu, "linux", "x86_64") => Ok(wheel::CPU_X86_64),
        (RuntimeDevice::Cpu, "linux", "aarch64") => Ok(wheel::CPU_AARCH64),
        (RuntimeDevice::Cuda, "linux", "x86_64") => Ok(wheel::CUDA_X86_64),
        _ => bail!(
            "no ONNX Runtime for {device} is pinned for {os} on {architecture}; install version 1.20 or later \
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
    wheel::unpack(&file, &unpacked)?;
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
    let library = target.join(format!("libonnxruntime.so.{}", wheel.version));
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
        for (device, os, architecture) in [
            (RuntimeDevice::Cuda, "linux", "aarch64"),
            (RuntimeDevice::Cpu, "macos", "aarch64"),
        ] {
            let message = wheel_for(device, os, architecture).unwrap_err().to_string();
            assert!(
                message.contains(os) && message.contains("SYRINX_ONNXRUNTIME"),
                "{message}"
            );
        }
    }
}
