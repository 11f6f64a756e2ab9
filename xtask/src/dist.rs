//! Makes the archives that people download, one for each system.

mod archive;
mod comforts;
mod commit_time;
mod compilers;
mod contents;
mod digest;
mod glibc;
mod licence_texts;
mod linked;
mod paper;
mod remap;
mod sbom;
mod sizes;
mod sums;
mod third_party;
mod tree;
mod ware;

#[cfg(all(test, unix))]
mod install_test;

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::bundle::{self, BundleArgs, Bundled};
use crate::licences::{self, LicencesArgs};
use crate::process;
use contents::Ingredients;
use sizes::Sizes;
use tree::Tree;
use ware::Ware;
pub use ware::host_triple;

/// Make the archives that people download, one for each system, and the list of their SHA-256.
///
/// Each holds the plugin, the programs, the ONNX Runtime library, completions and manual pages, the licences of
/// everything inside, a list of parts for machines, an installer and a text that says what to do. The same files make
/// the same archive, byte for byte; its times are the commit's, or SOURCE_DATE_EPOCH.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  cargo xtask dist --check\n  \
                  cargo xtask dist --target x86_64-unknown-linux-gnu --target x86_64-pc-windows-gnu")]
pub struct DistArgs {
    /// For this system (a target triple of Rust's), and so on [default: this one]
    #[arg(long = "target", value_name = "TRIPLE")]
    targets: Vec<String>,

    /// Into this folder [default: dist in cargo's target folder]
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,

    /// Gather and pack everything a second time and compare the bytes
    #[arg(long)]
    check: bool,

    /// Pack what checks itself, as the tests use it
    #[arg(long)]
    debug: bool,
}

/// Makes the archives and says how large they are.
///
/// # Errors
/// If something cannot be built, has no licence, or an archive is too large.
pub fn run(args: &DistArgs) -> Result<()> {
    licences::run(&LicencesArgs {})?;
    let own = ware::host_triple()?;
    let mut wares = wares(args, &own)?;
    // Its program serves the other systems too.
    wares.sort_by_key(|ware| ware.triple != own);
    let out = match &args.out {
        Some(folder) => std::path::absolute(folder)?,
        None => process::target_dir()?.join("dist"),
    };
    fs::create_dir_all(&out).with_context(|| format!("cannot make {}", out.display()))?;
    let mut own_program = None;
    let mut all = Vec::new();
    for ware in &wares {
        let bundled = build(args, ware, &own)?;
        if ware.triple == own {
            own_program = Some(bundled.programs.command.clone());
        }
        if own_program.is_none() {
            // That of the tests: what it writes of its commands does not depend on how it is optimised.
            own_program = Some(process::build_syrinx(false)?);
        }
        let own_program = own_program
            .as_deref()
            .context("no program of this system")?;
        let ingredients = Ingredients {
            ware,
            bundled: &bundled,
            own_program,
            linked: &linked::of(&ware.triple)?,
            seconds: commit_time::commit_time()?,
        };
        all.push(make(&ingredients, &out, args.check)?);
    }
    let version = &wares.first().context("no system is named")?.version;
    print!("\n{}", sums::write(&out, &format!("syrinx-{version}-"))?);
    print!("\n{}", sizes::table(&all));
    sizes::ensure_within_limit(&all)
}

/// What is to be made, each archive once.
fn wares(args: &DistArgs, own: &str) -> Result<Vec<Ware>> {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let triples = match &args.targets[..] {
        [] => vec![own.to_owned()],
        named => named.to_vec(),
    };
    let mut wares: Vec<Ware> = Vec::new();
    for triple in triples {
        let ware = Ware {
            version: version.clone(),
            triple,
        };
        ware.ensure_known()?;
        let twin = wares.iter().find(|known| known.file() == ware.file());
        ensure!(
            twin.is_none(),
            "{} would be made twice: for {:?} and {}",
            ware.file(),
            twin.map(|ware| &ware.triple),
            ware.triple
        );
        wares.push(ware);
    }
    Ok(wares)
}

/// Builds plugin and programs for one system; those for tests are taken as they are.
fn build(args: &DistArgs, ware: &Ware, own: &str) -> Result<Bundled> {
    if !args.debug {
        return build_release(&ware.triple);
    }
    let bundle = BundleArgs::for_host(false).with_runtime(true);
    bundle::make(&match ware.triple == own {
        true => bundle,
        false => bundle.for_target(&ware.triple),
    })
}

/// Builds plugin and programs for one system as people get them: without the names of this machine's folders.
///
/// # Errors
/// If something cannot be built.
pub fn build_release(triple: &str) -> Result<Bundled> {
    let options = remap::cargo_options(triple)?;
    let bundle = BundleArgs::for_host(true)
        .with_runtime(true)
        .with_cargo_options(options);
    bundle::make(&match triple == ware::host_triple()? {
        true => bundle,
        false => bundle.for_target(triple),
    })
}

/// Gathers and packs.
fn make(ingredients: &Ingredients, out: &Path, check: bool) -> Result<Sizes> {
    let tree = ingredients.tree()?;
    let name = ingredients.ware.file();
    let file = out.join(&name);
    write(&tree, ingredients, &file)?;
    if check {
        compare(ingredients, &file)?;
    }
    Sizes::of(&name, fs::metadata(&file)?.len(), &tree)
}

/// Packs into `file`; nobody sees half of it.
fn write(tree: &Tree, ingredients: &Ingredients, file: &Path) -> Result<()> {
    let folder = file.parent().context("an archive in no folder")?;
    let part = tempfile::Builder::new()
        .prefix(".packing-")
        .tempfile_in(folder)
        .with_context(|| format!("cannot write into {}", folder.display()))?;
    let Ingredients { ware, seconds, .. } = ingredients;
    let writer = BufWriter::new(part.as_file());
    archive::pack(tree, &ware.name(), *seconds, ware.equal_files(), writer)?;
    let written = part.persist(file);
    let written = written.with_context(|| format!("cannot write {}", file.display()))?;
    readable(&written)
}

/// For all to read: temporary files are for their owner alone.
#[cfg(unix)]
fn readable(file: &File) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    Ok(file.set_permissions(fs::Permissions::from_mode(0o644))?)
}

#[cfg(not(unix))]
fn readable(_: &File) -> Result<()> {
    Ok(())
}

/// Gathers and packs again and compares with what lies there.
fn compare(ingredients: &Ingredients, file: &Path) -> Result<()> {
    let Ingredients { ware, seconds, .. } = ingredients;
    let mut again = Vec::new();
    archive::pack(
        &ingredients.tree()?,
        &ware.name(),
        *seconds,
        ware.equal_files(),
        &mut again,
    )?;
    let first = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    ensure!(
        first == again,
        "{} has other bytes when it is packed again",
        file.display()
    );
    println!("{} comes out the same twice", ware.file());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(targets: &[&str]) -> DistArgs {
        DistArgs {
            targets: targets.iter().map(|target| (*target).to_owned()).collect(),
            out: None,
            check: false,
            debug: false,
        }
    }

    #[test]
    fn without_a_system_it_is_this_one_and_none_is_made_twice() {
        let own = "x86_64-unknown-linux-gnu";
        let made = wares(&args(&[]), own).unwrap();
        assert_eq!(made.len(), 1);
        assert_eq!(made[0].triple, own);
        let windows = ["x86_64-pc-windows-gnu", "x86_64-pc-windows-msvc"];
        let error = wares(&args(&windows), own).unwrap_err().to_string();
        assert!(
            error.contains("windows-msvc") && error.contains("windows-gnu"),
            "{error}"
        );
        assert!(wares(&args(&["wasm32-unknown-unknown"]), own).is_err());
    }
}
