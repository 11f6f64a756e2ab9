//! Which packages the plugin and the programs are linked from, for one system.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use serde_json::Value;

use crate::process;

/// The packages of what we ship: the command, the program for live use, and the plugin.
const SHIPPED: [&str; 3] = ["syrinx", "syrinx-live", "syrinx-plugin"];

/// A package by name and version.
pub type Key = (String, String);

/// A package that somebody else wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its licence, as its manifest writes it.
    pub license: Option<String>,
    /// The file that its manifest names instead of a licence, or beside it.
    pub license_file: Option<PathBuf>,
    /// Where its manifest lies.
    pub manifest_path: PathBuf,
    /// Its authors, as it names them.
    pub authors: Vec<String>,
    /// Where its source is kept.
    pub repository: Option<String>,
    /// SHA-256 of the package as the registry keeps it.
    #[serde(skip)]
    pub checksum: Option<String>,
}

impl Package {
    /// What it is found by.
    pub fn key(&self) -> Key {
        (self.name.clone(), self.version.clone())
    }

    /// The folder that it lies in.
    pub fn folder(&self) -> &Path {
        self.manifest_path.parent().unwrap_or(Path::new(""))
    }
}

/// All packages of one system, in order, and who uses whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Linked {
    /// The packages of others.
    pub packages: Vec<Package>,
    /// What each uses, ours among them.
    pub uses: BTreeMap<Key, BTreeSet<Key>>,
}

/// Asks cargo what is linked for the system `triple`: with the features of the whole workspace, as it is built, and
/// without what only runs while compiling (build scripts, macros).
///
/// `cargo metadata` alone would name packages that optional features mention but nobody enables.
///
/// # Errors
/// If cargo cannot be asked.
pub fn of(triple: &str) -> Result<Linked> {
    let mut tree = process::cargo(["tree", "--locked", "--workspace", "--target", triple])?;
    tree.args(["-e", "normal,no-proc-macro", "--prefix", "depth"]);
    let tree = process::capture(tree.args(["--format", "\t{p}"]))?;
    let lock = process::root()?.join("Cargo.lock");
    let lock =
        fs::read_to_string(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
    join(graph(&tree)?, &process::metadata()?, &lock)
}

/// Who uses whom, by the lines of `cargo tree`: depth, tab, name, version. A package that was shown before is not shown
/// again with what it uses.
fn graph(tree: &str) -> Result<BTreeMap<Key, BTreeSet<Key>>> {
    let mut uses: BTreeMap<Key, BTreeSet<Key>> = BTreeMap::new();
    let mut above: Vec<Key> = Vec::new();
    for line in tree.lines().filter(|line| !line.is_empty()) {
        let (depth, key) =
            parsed(line).with_context(|| format!("cargo tree shows the line {line:?}"))?;
        above.truncate(depth);
        ensure!(above.len() == depth, "cargo tree skips a level at {line:?}");
        if let Some(user) = above.last() {
            uses.entry(user.clone()).or_default().insert(key.clone());
        }
        uses.entry(key.clone()).or_default();
        above.push(key);
    }
    Ok(uses)
}

fn parsed(line: &str) -> Option<(usize, Key)> {
    let (depth, package) = line.split_once('\t')?;
    let mut words = package.split(' ');
    let (name, version) = (words.next()?, words.next()?.strip_prefix('v')?);
    Some((depth.parse().ok()?, (name.to_owned(), version.to_owned())))
}

/// What is reached from the shipped packages, with what cargo and the lock file know of it.
fn join(uses: BTreeMap<Key, BTreeSet<Key>>, metadata: &Value, lock: &str) -> Result<Linked> {
    let mut waiting: Vec<Key> = Vec::new();
    for name in SHIPPED {
        let root = uses.keys().find(|(known, _)| known == name);
        waiting.push(
            root.with_context(|| format!("cargo tree does not show {name}"))?
                .clone(),
        );
    }
    let mut reached = BTreeMap::new();
    while let Some(key) = waiting.pop() {
        let used = uses.get(&key).cloned().unwrap_or_default();
        if reached.insert(key, used.clone()).is_none() {
            waiting.extend(used);
        }
    }
    let checksums = checksums(lock)?;
    let mut packages = Vec::new();
    for key in reached.keys() {
        let Some(mut package) = described(key, metadata)? else {
            continue;
        };
        package.checksum = checksums.get(key).cloned();
        packages.push(package);
    }
    Ok(Linked {
        packages,
        uses: reached,
    })
}

/// The package, unless it is one of ours.
fn described((name, version): &Key, metadata: &Value) -> Result<Option<Package>> {
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let mut found =
        packages.filter(|package| package["name"] == **name && package["version"] == **version);
    let (Some(package), None) = (found.next(), found.next()) else {
        bail!("cargo metadata does not name {name} {version} exactly once");
    };
    if package["source"].is_null() {
        return Ok(None);
    }
    let package = Package::deserialize(package);
    package
        .map(Some)
        .with_context(|| format!("cargo metadata describes {name} {version} in another way"))
}

/// The part of `Cargo.lock` that we read.
#[derive(Deserialize)]
struct Lock {
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
    checksum: Option<String>,
}

fn checksums(lock: &str) -> Result<BTreeMap<Key, String>> {
    let lock: Lock = toml::from_str(lock).context("Cargo.lock cannot be read")?;
    let known = lock.package.into_iter();
    Ok(known
        .filter_map(|package| Some(((package.name, package.version), package.checksum?)))
        .collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TREE: &str = "0\tsyrinx v0.1.0 (/x/cli)\n1\ta v1.0.0\n2\tb v2.0.0\n1\tb v2.0.0\n\n\
                        0\tsyrinx-live v0.1.0 (/x/live)\n1\ta v1.0.0 (*)\n\n\
                        0\tsyrinx-plugin v0.1.0 (/x/plugin)\n\n0\txtask v0.1.0 (/x/xtask)\n1\tc v3.0.0\n";

    fn metadata() -> Value {
        let package = |name: &str, version: &str, source: Option<&str>| {
            json!({"name": name, "version": version, "source": source, "license": "MIT",
                   "license_file": null, "manifest_path": "/y/Cargo.toml", "authors": [], "repository": null})
        };
        json!({"packages": [
            package("syrinx", "0.1.0", None), package("syrinx-live", "0.1.0", None),
            package("syrinx-plugin", "0.1.0", None), package("a", "1.0.0", Some("registry")),
            package("b", "2.0.0", Some("registry")), package("c", "3.0.0", Some("registry")),
        ]})
    }

    const LOCK: &str = "[[package]]\nname = \"b\"\nversion = \"2.0.0\"\nchecksum = \"0b\"\n";

    #[test]
    fn what_the_shipped_packages_use_is_linked_and_nothing_else() {
        let linked = join(graph(TREE).unwrap(), &metadata(), LOCK).unwrap();
        let names: Vec<_> = linked
            .packages
            .iter()
            .map(|package| package.name.as_str())
            .collect();
        assert_eq!(names, ["a", "b"]);
        assert_eq!(linked.packages[1].checksum.as_deref(), Some("0b"));
        let key = |name: &str, version: &str| (name.to_owned(), version.to_owned());
        assert_eq!(
            linked.uses[&key("a", "1.0.0")],
            BTreeSet::from([key("b", "2.0.0")])
        );
        assert!(!linked.uses.contains_key(&key("c", "3.0.0")));
    }

    #[test]
    fn a_tree_that_cannot_be_read_or_lacks_a_program_is_refused() {
        for tree in ["0 syrinx v0.1.0", "1\tsyrinx v0.1.0", "0\tsyrinx"] {
            assert!(graph(tree).is_err(), "{tree}");
        }
        let without_live = TREE.replace("syrinx-live", "other");
        let message = join(graph(&without_live).unwrap(), &metadata(), LOCK).unwrap_err();
        assert!(message.to_string().contains("syrinx-live"), "{message}");
    }

    #[test]
    fn our_own_programs_link_what_they_must_and_no_macro() {
        let linked = of(&super::super::ware::host_triple().unwrap()).unwrap();
        let has = |name: &str| linked.packages.iter().any(|package| package.name == name);
        for name in ["tract-onnx", "nice-plug", "egui", "ort", "cpal", "clap"] {
            assert!(has(name), "{name}");
        }
        for name in [
            "serde_derive",
            "syn",
            "criterion",
            "clack-host",
            "wgpu",
            "syrinx-dsp",
        ] {
            assert!(!has(name), "{name}");
        }
        assert!(
            linked
                .packages
                .iter()
                .all(|package| package.checksum.is_some())
        );
    }
}
