//! Gathers what goes into one archive.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::digest::sha256;
use super::linked::Linked;
use super::sbom::{self, Part};
use super::tree::Tree;
use super::ware::Ware;
use super::{comforts, compilers, glibc, paper, third_party};
use crate::bundle::Bundled;
use crate::{process, setup};

/// What is there under the root of the repository, and where it goes.
const FROM_ROOT: [(&str, &str); 8] = [
    ("LICENSE-APACHE", "LICENSE-APACHE"),
    ("LICENSE-MIT", "LICENSE-MIT"),
    ("models/voices/default/card.md", "voices/default.md"),
    ("models/voices/speech/card.md", "voices/speech.md"),
    // The cards name it for the licences of what the voices learnt from.
    (
        "models/training/README.md",
        "voices/models/training/README.md",
    ),
    ("text/data/LICENSE-CMUDICT", "licences/LICENSE-CMUDICT"),
    (
        "text/data/LICENSE-FESTLEX-CMU",
        "licences/LICENSE-FESTLEX-CMU",
    ),
    ("text/data/LICENSE-JIEBA", "licences/LICENSE-JIEBA"),
];

/// What an archive is made of.
pub struct Ingredients<'a> {
    /// Which archive.
    pub ware: &'a Ware,
    /// The plugin and the programs for its system.
    pub bundled: &'a Bundled,
    /// The program `syrinx` for this system, built from the same source.
    pub own_program: &'a Path,
    /// The packages that they are linked from.
    pub linked: &'a Linked,
    /// The time of it all, in seconds since 1970.
    pub seconds: u64,
}

impl Ingredients<'_> {
    /// All files of the archive.
    ///
    /// # Errors
    /// If something is missing, or the licence of something is.
    pub fn tree(&self) -> Result<Tree> {
        let mut tree = Tree::default();
        for bundle in [&self.bundled.vst3, &self.bundled.clap] {
            let name = bundle.file_name().context("a bundle without a name")?;
            tree.add_folder(&name.to_string_lossy(), bundle)?;
        }
        let mut parts = self.add_programs(&mut tree)?;
        let root = process::root()?;
        for (from, to) in FROM_ROOT {
            tree.add_file(to, &root.join(from), false)?;
        }
        comforts::add(&mut tree, self.own_program)?;
        paper::add(&mut tree, self.ware, self.glibc()?.as_deref())?;
        parts.extend(compilers::add(&mut tree, self.ware)?);
        let notices = third_party::notices(&self.ware.name(), &self.linked.packages)?;
        tree.add_text("THIRD-PARTY.txt", notices)?;
        let list = sbom::json(self.ware, self.seconds, self.linked, &parts)?;
        tree.add_text("syrinx.cdx.json", list)?;
        Ok(tree)
    }

    /// The programs, and the runtime library where they look for it.
    fn add_programs(&self, tree: &mut Tree) -> Result<Vec<Part>> {
        let programs = &self.bundled.programs;
        ensure!(
            programs.live.is_some(),
            "syrinx-live was not built, and belongs to an archive"
        );
        for program in programs.all() {
            let name = program.file_name().unwrap_or_default().to_string_lossy();
            tree.add_file(&format!("bin/{name}"), program, true)?;
        }
        let folder = programs
            .command
            .parent()
            .context("a program in no folder")?;
        self.add_runtime(tree, folder)
    }

    /// The runtime library that lies beside the programs, and its licences.
    fn add_runtime(&self, tree: &mut Tree, folder: &Path) -> Result<Vec<Part>> {
        let place = if self.ware.is_for_windows() {
            "bin"
        } else {
            "lib/syrinx"
        };
        let mut parts = Vec::new();
        let entries =
            fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
        for entry in entries {
            let file = entry?.path();
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            if !name.contains("onnxruntime") {
                continue;
            }
            if name.ends_with(".txt") {
                tree.add_file(&format!("licences/{name}"), &file, false)?;
                continue;
            }
            tree.add_file(&format!("{place}/{name}"), &file, true)?;
            if !name.contains("providers") {
                parts.push(runtime_part(&file)?);
            }
        }
        ensure!(
            parts.len() == 1,
            "expected one ONNX Runtime library in {}, found {}",
            folder.display(),
            parts.len()
        );
        Ok(parts)
    }

    fn glibc(&self) -> Result<Option<String>> {
        if self.ware.platform().system != "linux" {
            return Ok(None);
        }
        glibc::needed(self.bundled.programs.all()).map(Some)
    }
}

fn runtime_part(library: &Path) -> Result<Part> {
    let version = setup::RUNTIME_VERSION;
    let mut file =
        fs::File::open(library).with_context(|| format!("cannot read {}", library.display()))?;
    Ok(Part {
        name: "onnxruntime".to_owned(),
        version: version.to_owned(),
        licence: "MIT".to_owned(),
        origin: format!("pkg:pypi/onnxruntime@{version}"),
        sha256: Some(sha256(&mut file)?),
    })
}

#[cfg(all(test, unix))]
mod tests {
    use std::collections::BTreeSet;
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::bundle::Programs;

    /// Bundles with nothing in them but names, and a program that stands in for `syrinx`.
    fn made_up(folder: &Path, windows: bool) -> Bundled {
        let write = |name: &str| {
            let file = folder.join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            let script = "#!/bin/sh\nif [ $1 = man ]; then echo x >$2/syrinx.1; else echo $2; fi\n# GLIBC_2.31.\n";
            fs::write(&file, script).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
            file
        };
        let (ending, runtime) = if windows {
            (".exe", "onnxruntime.dll")
        } else {
            ("", "libonnxruntime.so.1.2.3")
        };
        for name in ["onnxruntime-LICENSE.txt", runtime, "former"] {
            write(&format!("bin/{name}"));
        }
        write("Syrinx.vst3/Contents/x/Syrinx.so");
        write("Syrinx/Syrinx.clap");
        Bundled {
            folder: folder.to_owned(),
            vst3: folder.join("Syrinx.vst3"),
            clap: folder.join("Syrinx"),
            programs: Programs {
                command: write(&format!("bin/syrinx{ending}")),
                live: Some(write(&format!("bin/syrinx-live{ending}"))),
            },
        }
    }

    fn gathered(triple: &str, bundled: &Bundled) -> Result<BTreeSet<String>> {
        let ware = Ware {
            version: "1.2.3".to_owned(),
            triple: triple.to_owned(),
        };
        let ingredients = Ingredients {
            ware: &ware,
            bundled,
            own_program: &bundled.programs.command,
            linked: &Linked::default(),
            seconds: 0,
        };
        let tree = ingredients.tree()?;
        Ok(tree.entries().map(|(path, _)| path.to_owned()).collect())
    }

    #[test]
    fn an_archive_for_linux_has_all_in_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let bundled = made_up(folder.path(), false);
        let found = gathered("x86_64-unknown-linux-gnu", &bundled).unwrap();
        for path in [
            "INSTALL.txt",
            "LICENSE-MIT",
            "Syrinx.vst3/Contents/x/Syrinx.so",
            "Syrinx/Syrinx.clap",
            "THIRD-PARTY.txt",
            "bin/syrinx",
            "bin/syrinx-live",
            "install.sh",
            "lib/syrinx/libonnxruntime.so.1.2.3",
            "licences/LICENSE-CMUDICT",
            "licences/onnxruntime-LICENSE.txt",
            "licences/rust-library-COPYRIGHT.html",
            "share/completions/syrinx.bash",
            "share/man/syrinx.1",
            "syrinx.cdx.json",
            "voices/default.md",
        ] {
            assert!(found.contains(path), "{path} is not in {found:?}");
        }
        assert!(!found.contains("bin/former"));
    }

    #[test]
    fn on_windows_the_runtime_lies_beside_the_programs() {
        let folder = tempfile::tempdir().unwrap();
        let bundled = made_up(folder.path(), true);
        // Not -gnu, whose licences are there only where its compiler is.
        let found = gathered("x86_64-pc-windows-msvc", &bundled).unwrap();
        for path in ["bin/onnxruntime.dll", "bin/syrinx.exe", "install.bat"] {
            assert!(found.contains(path), "{path} is not in {found:?}");
        }
    }

    #[test]
    fn an_archive_without_runtime_or_live_program_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let mut bundled = made_up(folder.path(), false);
        bundled.programs.live = None;
        let of_linux = "x86_64-unknown-linux-gnu";
        let error = gathered(of_linux, &bundled).unwrap_err();
        assert!(error.to_string().contains("syrinx-live"), "{error}");
        let bundled = made_up(folder.path(), false);
        fs::remove_file(folder.path().join("bin/libonnxruntime.so.1.2.3")).unwrap();
        let error = gathered(of_linux, &bundled).unwrap_err();
        assert!(error.to_string().contains("found 0"), "{error}");
    }
}
