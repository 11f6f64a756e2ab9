//! Puts the bundles where hosts look for them, and the programs where the shell does.

use std::env::consts::OS;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::bundle::{self, BundleArgs, NAME, copy_if_different, remove, swap};

/// Build the plugin and the programs and put them into this user's folders.
///
/// Linux: ~/.vst3, ~/.clap and ~/.local/bin. macOS: ~/Library/Audio/Plug-Ins and ~/.local/bin. Windows:
/// %LOCALAPPDATA%\\Programs\\Common and %LOCALAPPDATA%\\Programs\\Syrinx.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  cargo xtask install\n  cargo xtask install --uninstall")]
pub struct InstallArgs {
    /// Install what checks itself, as the tests use it
    #[arg(long)]
    debug: bool,

    /// Bring the ONNX Runtime library first, where it is missing
    #[arg(long)]
    with_runtime: bool,

    /// Remove what was installed
    #[arg(long, conflicts_with_all = ["debug", "with_runtime"])]
    uninstall: bool,
}

/// Where things go on one system.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Places {
    vst3: PathBuf,
    clap: PathBuf,
    programs: PathBuf,
}

/// Installs, or removes, and says what went where.
///
/// # Errors
/// If something cannot be built or written.
pub fn run(args: &InstallArgs) -> Result<()> {
    let places = places(OS, |name| std::env::var_os(name))?;
    if args.uninstall {
        return uninstall(&places);
    }
    let bundled = bundle::make(&BundleArgs::for_host(!args.debug).with_runtime(args.with_runtime))?;
    install(&bundled.vst3, &places.vst3)?;
    install(&bundled.clap, &places.clap)?;
    for program in bundled.programs.all() {
        install(program, &places.programs)?;
    }
    Ok(())
}

/// Where this user's hosts and shell look.
fn places(os: &str, variable: impl Fn(&str) -> Option<OsString>) -> Result<Places> {
    let folder = |name: &str| {
        variable(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
            .with_context(|| format!("{name} is not set to an absolute path"))
    };
    Ok(match os {
        "macos" => {
            let home = folder("HOME")?;
            let plugins = home.join("Library/Audio/Plug-Ins");
            Places {
                vst3: plugins.join("VST3"),
                clap: plugins.join("CLAP"),
                programs: home.join(".local/bin"),
            }
        }
        "windows" => {
            let programs = folder("LOCALAPPDATA")?.join("Programs");
            let common = programs.join("Common");
            Places {
                vst3: common.join("VST3"),
                clap: common.join("CLAP"),
                programs: programs.join(NAME),
            }
        }
        "linux" => {
            let home = folder("HOME")?;
            Places {
                vst3: home.join(".vst3"),
                clap: home.join(".clap"),
                programs: home.join(".local/bin"),
            }
        }
        _ => bail!("no folders for plugins are known on {os}"),
    })
}

/// Copies a file or folder into the folder `into`, in place of what was there.
fn install(what: &Path, into: &Path) -> Result<()> {
    let name = what.file_name().context("a bundle without a name")?;
    fs::create_dir_all(into).with_context(|| format!("cannot make {}", into.display()))?;
    // Copied aside, in the same file system, so that it can take its place at once.
    let aside = tempfile::Builder::new()
        .prefix(".syrinx-")
        .tempdir_in(into)
        .with_context(|| format!("cannot write into {}", into.display()))?;
    let copy = aside.path().join(name);
    copy_all(what, &copy)?;
    let place = into.join(name);
    swap::put_in_place(&copy, &place)?;
    println!("installed {}", place.display());
    Ok(())
}

fn copy_all(from: &Path, to: &Path) -> Result<()> {
    if !from.is_dir() {
        return copy_if_different(from, to);
    }
    fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        copy_all(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

/// Removes what [`run`] installs, and nothing else.
fn uninstall(places: &Places) -> Result<()> {
    let bundle = |extension: &str| format!("{NAME}.{extension}");
    let program = |name: &str| {
        places
            .programs
            .join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    };
    let clap = if OS == "macos" {
        bundle("clap")
    } else {
        NAME.to_string()
    };
    let installed = [
        places.vst3.join(bundle("vst3")),
        places.clap.join(clap),
        program("syrinx"),
        program("syrinx-live"),
    ];
    let mut found = false;
    for path in installed
        .iter()
        .filter(|path| path.symlink_metadata().is_ok())
    {
        remove(path)?;
        println!("removed {}", path.display());
        found = true;
    }
    if !found {
        println!("nothing is installed");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_system_has_its_folders() {
        let variable = |name: &str| (name == "HOME").then(|| "/h".into());
        let linux = places("linux", variable).unwrap();
        assert_eq!(linux.vst3, Path::new("/h/.vst3"));
        assert_eq!(linux.clap, Path::new("/h/.clap"));
        let mac = places("macos", variable).unwrap();
        assert_eq!(mac.vst3, Path::new("/h/Library/Audio/Plug-Ins/VST3"));
        assert!(
            places("windows", variable)
                .unwrap_err()
                .to_string()
                .contains("LOCALAPPDATA")
        );
        assert!(places("plan9", variable).is_err());
        assert!(places("linux", |_| Some("relative".into())).is_err());
    }

    #[test]
    #[cfg(not(target_os = "macos"))]
    fn what_is_installed_replaces_and_is_removed_alone() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let places = Places {
            vst3: at("vst3"),
            clap: at("clap"),
            programs: at("bin"),
        };
        let bundle = at("Syrinx.vst3");
        fs::create_dir_all(bundle.join("Contents")).unwrap();
        fs::write(bundle.join("Contents/old"), "").unwrap();
        install(&bundle, &places.vst3).unwrap();
        fs::rename(bundle.join("Contents/old"), bundle.join("Contents/new")).unwrap();
        install(&bundle, &places.vst3).unwrap();
        let installed = places.vst3.join("Syrinx.vst3/Contents");
        assert!(installed.join("new").is_file() && !installed.join("old").exists());
        assert_eq!(fs::read_dir(&places.vst3).unwrap().count(), 1);

        fs::create_dir(places.vst3.join("Other.vst3")).unwrap();
        uninstall(&places).unwrap();
        assert!(!places.vst3.join("Syrinx.vst3").exists());
        assert!(places.vst3.join("Other.vst3").exists());
    }
}
