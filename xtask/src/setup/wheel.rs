//! The Python wheels that ONNX Runtime comes in, pinned, and how they are checked and unpacked.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};
use zip::ZipArchive;

/// A wheel of a package, for one machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wheel {
    /// The package's name.
    pub package: &'static str,
    /// Its version.
    pub version: &'static str,
    /// The platform tag.
    pub platform: &'static str,
    /// The file name of the library inside.
    pub library: &'static str,
    /// SHA-256 of the file.
    pub sha256: &'static str,
    /// Its size in bytes.
    pub bytes: u64,
}

/// What the wheels are known by: `cargo xtask setup runtime` accepts these bytes and no others. A new version
/// means a new hash for every line, from a download that was looked at.
pub const CPU_X86_64: Wheel = Wheel {
    package: "onnxruntime",
    version: "1.31.1",
    platform: "manylinux_2_28_x86_64",
    library: "libonnxruntime.so.1.31.1",
    sha256: "5752bd508126ae7c49894d3b9d2e83f0c3d487319246d04c444b393308d7ad7f",
    bytes: 23_753_652,
};

/// See [`CPU_X86_64`].
pub const CPU_AARCH64: Wheel = Wheel {
    package: "onnxruntime",
    version: "1.31.1",
    platform: "manylinux_2_28_aarch64",
    library: "libonnxruntime.so.1.31.1",
    sha256: "da05378364c44d4407e463982d2bf8d5e4cfea873283757e48beeb41df97b7f3",
    bytes: 21_413_526,
};

/// See [`CPU_X86_64`].
pub const CUDA_X86_64: Wheel = Wheel {
    package: "onnxruntime-gpu",
    version: "1.31.1",
    platform: "manylinux_2_28_x86_64",
    library: "libonnxruntime.so.1.31.1",
    sha256: "e26c475fe361b2015f45b4b824bd13f0bb20204e59b62814e6f0acd5f3d491a6",
    bytes: 255_560_985,
};

/// See [`CPU_X86_64`].
pub const CPU_WINDOWS_X86_64: Wheel = Wheel {
    package: "onnxruntime",
    version: "1.31.1",
    platform: "win_amd64",
    library: "onnxruntime.dll",
    sha256: "c3d91b5de31e2fc82d71bd65b2b22bddee8b49057a3a36338e9a868e0ea90c05",
    bytes: 14_885_761,
};

/// See [`CPU_X86_64`]. There is none for Macs with Intel's processors in this version.
pub const CPU_MACOS_AARCH64: Wheel = Wheel {
    package: "onnxruntime",
    version: "1.31.1",
    platform: "macosx_14_0_arm64",
    library: "libonnxruntime.1.31.1.dylib",
    sha256: "60b6b69bfe580eab576cacc5d132a0e9cf2a37fcfd18d46dd191042b1d1ed0d7",
    bytes: 20_871_676,
};

/// Checks that `file` is the wheel, byte for byte.
///
/// # Errors
/// If it is another file.
pub fn verify(wheel: &Wheel, file: &Path) -> Result<()> {
    let mut reader = File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut hasher = Sha256::new();
    let (mut bytes, mut buffer) = (0, vec![0; 1 << 16]);
    loop {
        let count = reader.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        hasher.update(&buffer[..count]);
        bytes += count as u64;
    }
    let sha256: String = hasher
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    ensure!(
        bytes == wheel.bytes && sha256 == wheel.sha256,
        "{} is not {} {}: expected {} bytes with SHA-256 {}, found {bytes} bytes with {sha256}",
        file.display(),
        wheel.package,
        wheel.version,
        wheel.bytes,
        wheel.sha256
    );
    Ok(())
}

/// Unpacks the libraries of an ONNX Runtime wheel and their licences into the folder `into`, and returns the
/// path of `library`, the main one, there.
///
/// # Errors
/// If the file is no zip or holds no such library.
pub fn unpack(file: &Path, library: &str, into: &Path) -> Result<PathBuf> {
    let mut zip = ZipArchive::new(File::open(file)?)
        .with_context(|| format!("{} is not a wheel", file.display()))?;
    let mut found = None;
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index)?;
        let entry_name = entry.name()?.into_owned();
        let Some(name) = wanted(&entry_name) else {
            continue;
        };
        let target = into.join(name);
        io::copy(&mut entry, &mut File::create(&target)?)
            .with_context(|| format!("cannot write {}", target.display()))?;
        if name == library {
            found = Some(target);
        }
    }
    match found {
        Some(found) => Ok(found),
        None => bail!("{} holds no {library}", file.display()),
    }
}

/// The file name under which an entry is kept; most of a wheel is Python, which is left out.
fn wanted(entry: &str) -> Option<&str> {
    let inside = entry.strip_prefix("onnxruntime/")?;
    if matches!(inside, "LICENSE" | "ThirdPartyNotices.txt") {
        return Some(inside);
    }
    let name = inside.strip_prefix("capi/")?;
    // Python's own modules are libraries too.
    let of_the_runtime = name.starts_with("libonnxruntime") || name.starts_with("onnxruntime");
    let library = name.contains(".so") || name.ends_with(".dylib") || name.ends_with(".dll");
    let pythons = name.starts_with("onnxruntime_pybind11");
    (of_the_runtime && library && !pythons && !name.contains('/')).then_some(name)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::write::SimpleFileOptions;

    use super::*;

    fn made_up_wheel(at: &Path, entries: &[&str]) {
        let mut zip = zip::ZipWriter::new(File::create(at).unwrap());
        for entry in entries {
            zip.start_file(*entry, SimpleFileOptions::default())
                .unwrap();
            zip.write_all(entry.as_bytes()).unwrap();
        }
        zip.finish().unwrap();
    }

    #[test]
    fn only_libraries_and_licences_are_unpacked() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x.whl");
        let out = folder.path().join("out");
        std::fs::create_dir(&out).unwrap();
        made_up_wheel(
            &file,
            &[
                "onnxruntime/capi/libonnxruntime.so.1.2.3",
                "onnxruntime/capi/libonnxruntime_providers_shared.so",
                "onnxruntime/capi/state.cpython-311.so",
                "onnxruntime/capi/onnxruntime_pybind11_state.so",
                "onnxruntime/capi/../../libonnxruntime.so",
                "onnxruntime/LICENSE",
                "onnxruntime/__init__.py",
            ],
        );
        let library = unpack(&file, "libonnxruntime.so.1.2.3", &out).unwrap();
        assert_eq!(library, out.join("libonnxruntime.so.1.2.3"));
        let mut names: Vec<_> = std::fs::read_dir(&out)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(
            names,
            [
                "LICENSE",
                "libonnxruntime.so.1.2.3",
                "libonnxruntime_providers_shared.so"
            ]
        );
        assert!(!folder.path().join("libonnxruntime.so").exists());
    }

    #[test]
    fn every_system_has_its_library() {
        let folder = tempfile::tempdir().unwrap();
        for (number, library) in ["onnxruntime.dll", "libonnxruntime.1.2.3.dylib"]
            .iter()
            .enumerate()
        {
            let file = folder.path().join(format!("{number}.whl"));
            let out = folder.path().join(number.to_string());
            std::fs::create_dir(&out).unwrap();
            let entry = format!("onnxruntime/capi/{library}");
            let python = "onnxruntime/capi/onnxruntime_pybind11_state.pyd";
            made_up_wheel(&file, &[&entry, python]);
            assert_eq!(unpack(&file, library, &out).unwrap(), out.join(library));
            assert_eq!(std::fs::read_dir(&out).unwrap().count(), 1);
        }
    }

    #[test]
    fn a_wheel_without_the_library_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x.whl");
        made_up_wheel(&file, &["onnxruntime/LICENSE"]);
        let message = unpack(&file, "onnxruntime.dll", folder.path())
            .unwrap_err()
            .to_string();
        assert!(message.contains("onnxruntime.dll"), "{message}");
    }

    #[test]
    fn another_file_is_refused_with_both_hashes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x.whl");
        std::fs::write(&file, b"abc").unwrap();
        let message = verify(&CPU_X86_64, &file).unwrap_err().to_string();
        // SHA-256 of "abc": the first test vector of FIPS 180-4.
        for part in [
            CPU_X86_64.sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a3",
            "found 3 bytes",
        ] {
            assert!(message.contains(part), "{part} in {message}");
        }
        let abc = Wheel {
            sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            bytes: 3,
            ..CPU_X86_64
        };
        verify(&abc, &file).unwrap();
    }
}
