//! Makes the plugin's bundles for hosts, and puts the programs beside them.

mod font_licences;
mod framework;
mod mends;
mod mirror;
mod programs;
mod runtime;
mod shadow;
pub mod swap;

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::setup::{self, Platform};
use crate::{artifacts, process};
use shadow::ShadowWorkspace;

pub use mirror::{copy_if_different, remove};
pub use programs::Programs;

/// The plugin's package, by whose name the bundler works.
const PACKAGE: &str = "syrinx-plugin";
/// What the plugin is called, as in `bundler.toml`.
pub const NAME: &str = "Syrinx";
/// What a library is staged as; the bundler takes it for the name of a cargo profile.
const STAGED: &str = "staged";

/// Build the plugin as VST3 and CLAP into target/bundled/, and the programs into target/bundled/bin/.
///
/// Without --release, the plugin is optimised but checks itself (assertions); with it, it is as people use it. For
/// another system all goes into target/TRIPLE/bundled/; what is missing of Rust for it is brought, its linker is not
/// (`cargo xtask setup system windows` brings the one for Windows).
#[derive(Args, Clone, Debug, Default)]
#[command(
    after_help = "Examples:\n  cargo xtask bundle --release\n  cargo xtask bundle --release --with-runtime\n  \
                        cargo xtask bundle --release --with-runtime --target x86_64-pc-windows-gnu"
)]
pub struct BundleArgs {
    /// Build as people use it
    #[arg(long, conflicts_with = "profile")]
    release: bool,

    /// Build with this profile of cargo's
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,

    /// Build for this system (a target triple of Rust's)
    #[arg(long, value_name = "TRIPLE")]
    target: Option<String>,

    /// Bring the ONNX Runtime library first, where it is missing
    #[arg(long)]
    with_runtime: bool,

    /// What else cargo is told.
    #[arg(skip)]
    more: Vec<String>,
}

impl BundleArgs {
    /// The profile that tests use, or the one that people use.
    pub fn for_host(release: bool) -> BundleArgs {
        BundleArgs {
            release,
            ..BundleArgs::default()
        }
    }

    /// The same, but the ONNX Runtime library is brought first where that is asked for.
    pub fn with_runtime(self, with_runtime: bool) -> BundleArgs {
        BundleArgs {
            with_runtime,
            ..self
        }
    }

    /// The same for another system.
    pub fn for_target(self, triple: &str) -> BundleArgs {
        BundleArgs {
            target: Some(triple.to_owned()),
            ..self
        }
    }

    /// The same, but cargo is told these options too.
    pub fn with_cargo_options(self, more: Vec<String>) -> BundleArgs {
        BundleArgs { more, ..self }
    }

    /// The system that the bundles are for.
    fn platform(&self) -> Platform<'_> {
        self.target.as_deref().map_or(Platform::OWN, Platform::of)
    }

    /// What to tell cargo.
    fn cargo_options(&self) -> Vec<String> {
        let mut options = Vec::new();
        if self.release {
            options.push("--release".to_string());
        }
        if let Some(profile) = &self.profile {
            options.extend(["--profile".to_string(), profile.clone()]);
        }
        if let Some(target) = &self.target {
            options.extend(["--target".to_string(), target.clone()]);
        }
        options.extend(self.more.iter().cloned());
        options
    }
}

/// What was made.
pub struct Bundled {
    /// The folder of the bundles.
    pub folder: PathBuf,
    /// The VST3 bundle.
    pub vst3: PathBuf,
    /// The CLAP bundle; where that is a single file, the folder of it and of what it needs.
    pub clap: PathBuf,
    /// The programs.
    pub programs: Programs,
}

/// Makes the bundles and says where they are.
///
/// # Errors
/// If something does not compile or cannot be written.
pub fn run(args: &BundleArgs) -> Result<()> {
    let bundled = make(args)?;
    for (what, path) in [("VST3", &bundled.vst3), ("CLAP", &bundled.clap)] {
        println!("{what:<12} {}", path.display());
    }
    for program in bundled.programs.all() {
        println!("{:<12} {}", "program", program.display());
    }
    Ok(())
}

/// Makes the bundles and the programs.
///
/// # Errors
/// If something does not compile or cannot be written.
pub fn make(args: &BundleArgs) -> Result<Bundled> {
    if let Some(triple) = &args.target {
        setup::ensure_rust_target(triple)?;
    }
    if args.with_runtime {
        setup::ensure_runtime_for(args.platform())?;
    }
    let metadata = process::metadata()?;
    let target = metadata["target_directory"]
        .as_str()
        .map(PathBuf::from)
        .context("cargo metadata names no target folder")?;
    let work = target.join("mended");
    fs::create_dir_all(&work).with_context(|| format!("cannot make {}", work.display()))?;
    let _alone = lock(&work.join("lock"))?;

    let mended = framework::mended_copies(&metadata, &work)?;
    let shadow = ShadowWorkspace::update(&process::root()?, &work.join("workspace"), &mended)?;
    let built = artifacts::build(shadow.build(&target)?.args(args.cargo_options()))?;
    let library = artifacts::shared_library(&built, shadow::LIBRARY)?;
    let programs = programs::build(&args.cargo_options(), args.platform())?;

    let staged = stage(&library, &work.join(STAGED), args)?;
    let runtime = runtime::find(args.platform());
    runtime::report(runtime.as_deref());
    if let Some(runtime) = &runtime {
        runtime::put_beside(runtime, &staged.binaries)?;
    }
    font_licences::put_beside(&metadata, &staged.binaries)?;
    let folder = target
        .join(args.target.as_deref().unwrap_or_default())
        .join("bundled");
    // Not beside the bundles: where case does not count, `syrinx` and `Syrinx` are one name.
    let bin = folder.join("bin");
    let named = |staged: &Path| folder.join(staged.file_name().unwrap_or_default());
    let (vst3, clap) = (named(&staged.vst3), named(&staged.clap));
    swap::put_in_place(&staged.vst3, &vst3)?;
    swap::put_in_place(&staged.clap, &clap)?;
    let programs = programs.copied(&bin)?;
    if let Some(runtime) = &runtime {
        runtime::put_beside(runtime, &[bin])?;
    }
    Ok(Bundled {
        programs,
        folder,
        vst3,
        clap,
    })
}

/// Bundles that are complete but not yet where they belong.
struct Staged {
    vst3: PathBuf,
    clap: PathBuf,
    /// The folders in which the bundles keep the plugin's library.
    binaries: [PathBuf; 2],
}

/// Makes the bundles of `library` in the folder `work`.
fn stage(library: &Path, work: &Path, args: &BundleArgs) -> Result<Staged> {
    if work.exists() {
        remove(work)?;
    }
    let name = library
        .file_name()
        .and_then(|name| name.to_str())
        .context("the library has no name")?
        .replace(shadow::LIBRARY, &PACKAGE.replace('-', "_"));
    let place = match &args.target {
        Some(target) => work.join(target).join(STAGED),
        None => work.join(STAGED),
    };
    copy_if_different(library, &place.join(name))?;
    let mut options = vec![format!("--profile={STAGED}")];
    options.extend(
        args.target
            .iter()
            .map(|target| format!("--target={target}")),
    );
    // The bundler reads `bundler.toml` there.
    std::env::set_current_dir(process::root()?)?;
    nice_plug_xtask::bundle(work, PACKAGE, &options, false)?;

    let made = work.join("bundled");
    let (vst3, file) = (
        made.join(format!("{NAME}.vst3")),
        made.join(format!("{NAME}.clap")),
    );
    for bundle in [&vst3, &file] {
        ensure!(
            bundle.exists(),
            "{} was not made: does the plugin export that format?",
            bundle.display()
        );
    }
    // A single file gets a folder, in which there is room for the ONNX Runtime library; on macOS the bundle is
    // a folder itself.
    let clap = if file.is_dir() {
        file
    } else {
        let folder = made.join(NAME);
        fs::create_dir(&folder)?;
        fs::rename(&file, folder.join(format!("{NAME}.clap")))?;
        folder
    };
    let binaries = [folder_of_library(&vst3)?, folder_of_library(&clap)?];
    Ok(Staged {
        vst3,
        clap,
        binaries,
    })
}

/// The folder inside a bundle that holds the plugin's library: the deepest one, there being one branch only.
fn folder_of_library(bundle: &Path) -> Result<PathBuf> {
    let mut folder = bundle.to_path_buf();
    loop {
        let inside = fs::read_dir(&folder)?
            .map(|entry| Ok(entry?.path()))
            .collect::<Result<Vec<_>>>()?;
        match inside.into_iter().find(|path| path.is_dir()) {
            Some(deeper) => folder = deeper,
            None => return Ok(folder),
        }
    }
}

/// Waits until no other bundling works in the same folder, and keeps others away until the file is dropped.
fn lock(path: &Path) -> Result<File> {
    let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    file.lock()
        .with_context(|| format!("cannot lock {}", path.display()))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_is_told_profile_and_target() {
        assert!(BundleArgs::for_host(false).cargo_options().is_empty());
        assert_eq!(BundleArgs::for_host(true).cargo_options(), ["--release"]);
        let args = BundleArgs {
            profile: Some("slow".to_string()),
            target: Some("a-b-c".to_string()),
            ..BundleArgs::default()
        };
        assert_eq!(
            args.cargo_options(),
            ["--profile", "slow", "--target", "a-b-c"]
        );
    }

    #[test]
    fn the_bundlers_name_is_ours() {
        let text = fs::read_to_string(process::root().unwrap().join("bundler.toml")).unwrap();
        let names: toml::Table = toml::from_str(&text).unwrap();
        assert_eq!(names[PACKAGE]["name"].as_str(), Some(NAME));
    }

    #[test]
    fn the_library_lies_in_the_deepest_folder() {
        let folder = tempfile::tempdir().unwrap();
        let deepest = folder.path().join("Contents/x86_64-linux");
        fs::create_dir_all(&deepest).unwrap();
        fs::write(deepest.join("a.so"), "").unwrap();
        assert_eq!(folder_of_library(folder.path()).unwrap(), deepest);
        assert_eq!(folder_of_library(&deepest).unwrap(), deepest);
    }
}
