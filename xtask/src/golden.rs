//! Makes the golden data of the tests again with the scripts beside it, to compare or to replace it.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use serde_json::Value;

use crate::golden_compare::{Difference, compare};
use crate::{process, setup};

/// Where makers are looked for: `make_NAME.py`, which writes its files beside itself or prints NAME.json.
const FOLDERS: [&str; 4] = ["dsp", "models", "cli", "tests"];
/// The Python packages of makers that have no `requirements.txt` of their own.
const REQUIREMENTS: &str = "tests/golden/requirements.txt";

/// Compare the golden data of the tests with what its scripts make, or replace it.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cargo xtask golden --list\n  cargo xtask golden --check\n  \
                        cargo xtask golden --bless mel"
)]
pub struct GoldenArgs {
    /// Only these (all, if none is named)
    names: Vec<String>,

    /// Make the data again and compare (what happens when nothing else is asked for)
    #[arg(long)]
    check: bool,

    /// Make the data again and replace the committed files that differ
    #[arg(long, conflicts_with = "check")]
    bless: bool,

    /// Say which scripts there are
    #[arg(long, conflicts_with_all = ["check", "bless"])]
    list: bool,
}

/// A script that makes golden data, which is kept beside it.
#[derive(Debug, PartialEq)]
struct Maker {
    name: String,
    script: PathBuf,
}

/// Lists, compares or replaces.
///
/// # Errors
/// If a name is unknown, a script fails, or, when comparing, a file differs or is missing.
pub fn run(args: &GoldenArgs) -> Result<()> {
    let root = process::root()?;
    let makers = chosen(makers(&root)?, &args.names)?;
    if args.list {
        for maker in &makers {
            println!(
                "{:<16} {}",
                maker.name,
                maker.script.strip_prefix(&root)?.display()
            );
        }
        return Ok(());
    }
    let mut different = 0;
    for maker in &makers {
        different += maker.make_and_settle(&root, args.bless)?;
    }
    if different > 0 && !args.bless {
        bail!("{different} golden files differ; `cargo xtask golden --bless` replaces them");
    }
    Ok(())
}

fn makers(root: &Path) -> Result<Vec<Maker>> {
    let mut makers = Vec::new();
    for folder in FOLDERS {
        for file in files_below(&root.join(folder))? {
            let stem = file.file_stem().and_then(OsStr::to_str).unwrap_or_default();
            if let Some(name) = stem.strip_prefix("make_").filter(|_| is_python(&file)) {
                makers.push(Maker {
                    name: name.to_string(),
                    script: file.clone(),
                });
            }
        }
    }
    makers.sort_by(|a, b| a.script.cmp(&b.script));
    Ok(makers)
}

fn chosen(makers: Vec<Maker>, names: &[String]) -> Result<Vec<Maker>> {
    if let Some(unknown) = names
        .iter()
        .find(|name| makers.iter().all(|maker| maker.name != **name))
    {
        let known: Vec<_> = makers.iter().map(|maker| maker.name.as_str()).collect();
        bail!(
            "no golden data named {unknown:?}; there are: {}",
            known.join(", ")
        );
    }
    let is_chosen = |maker: &Maker| names.is_empty() || names.contains(&maker.name);
    Ok(makers.into_iter().filter(is_chosen).collect())
}

impl Maker {
    /// Runs the script aside; returns how many files differ from the committed ones.
    fn make_and_settle(&self, root: &Path, bless: bool) -> Result<usize> {
        let home = self.script.parent().context("a script in no folder")?;
        let own = home.join("requirements.txt");
        let requirements = if own.is_file() {
            own
        } else {
            root.join(REQUIREMENTS)
        };
        let python = setup::ensure_python(&requirements)?;

        let aside = tempfile::tempdir()?;
        let made = self.make(&python, home, aside.path())?;
        ensure!(!made.is_empty(), "{} made no file", self.script.display());

        let mut different = 0;
        for file in &made {
            let inside = file.strip_prefix(aside.path())?;
            let committed = home.join(inside);
            let difference = compare(file, &committed)?;
            println!(
                "{:<16} {:<44} {difference}",
                self.name,
                inside.display().to_string()
            );
            if difference != Difference::None {
                different += 1;
                if bless {
                    replace(&committed, file)?;
                }
            }
        }
        Ok(different)
    }

    /// Runs a copy of the script in the folder `aside`, so that what it writes beside itself, or prints, is made
    /// there; returns those files.
    fn make(&self, python: &Path, home: &Path, aside: &Path) -> Result<Vec<PathBuf>> {
        let mut copies = Vec::new();
        for file in files_below(home)?
            .into_iter()
            .filter(|file| is_python(file))
        {
            let copy = aside.join(file.strip_prefix(home)?);
            fs::create_dir_all(copy.parent().context("a file in no folder")?)?;
            fs::copy(&file, &copy)?;
            copies.push(copy);
        }
        let copy = aside.join(self.script.strip_prefix(home)?);
        let printed = process::capture(
            Command::new(python)
                .arg("-B")
                .arg(copy)
                .current_dir(aside)
                .stderr(Stdio::inherit()),
        )?;

        let data = aside.join(format!("{}.json", self.name));
        if !data.exists() && serde_json::from_str::<Value>(&printed).is_ok() {
            fs::write(data, printed)?;
        } else {
            print!("{printed}");
        }
        let is_made = |file: &PathBuf| !copies.contains(file);
        Ok(files_below(aside)?.into_iter().filter(is_made).collect())
    }
}

fn is_python(file: &Path) -> bool {
    file.extension() == Some(OsStr::new("py"))
}

/// Puts a copy of `new` in the place of `old`, whole or not at all.
fn replace(old: &Path, new: &Path) -> Result<()> {
    let folder = old.parent().context("a file in no folder")?;
    fs::create_dir_all(folder)?;
    let aside = tempfile::NamedTempFile::new_in(folder)?;
    fs::write(aside.path(), fs::read(new)?)?;
    aside
        .persist(old)
        .with_context(|| format!("cannot replace {}", old.display()))?;
    Ok(())
}

/// All files in the folder and in those inside it, sorted; no folder, no files.
fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut waiting = vec![folder.to_path_buf()];
    while let Some(folder) = waiting.pop() {
        if !folder.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            // Links are not followed: they could lead round in a circle.
            if entry.file_type()?.is_dir() {
                waiting.push(entry.path());
            } else {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makers_are_found_by_their_name_anywhere_below_the_folders() {
        let root = tempfile::tempdir().unwrap();
        for file in [
            "dsp/tests/golden/make_mel.py",
            "tests/golden/svc/make_sovits.py",
            "tests/make_note.txt",
            "other/make_elsewhere.py",
            "tests/golden/compare.py",
        ] {
            let file = root.path().join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "").unwrap();
        }
        let found = makers(root.path()).unwrap();
        let names: Vec<_> = found.iter().map(|maker| maker.name.as_str()).collect();
        assert_eq!(names, ["mel", "sovits"]);
        assert!(
            chosen(found, &["pitch".to_string()])
                .unwrap_err()
                .to_string()
                .contains("mel, sovits")
        );
    }

    #[test]
    fn a_replaced_file_holds_the_new_content_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (folder.path().join("in/old"), folder.path().join("new"));
        fs::write(&new, "second").unwrap();
        replace(&old, &new).unwrap();
        assert_eq!(fs::read_to_string(&old).unwrap(), "second");
        assert_eq!(files_below(&folder.path().join("in")).unwrap(), [old]);
    }
}
