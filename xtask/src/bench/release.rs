//! Weighs what people install, and times how a host's scan meets it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::artifacts;
use crate::bench::row::{Row, median};
use crate::bundle::Bundled;
use crate::dist;
use crate::process::{self, cargo};
use crate::setup::{self, Platform};
use crate::wine::{self, Wine};

/// The program that scans, of the package `syrinx-tests`, and its part. It is built for development: what it does itself
/// takes no time.
const PROGRAM: &str = "bench-plugin";
const PART: &str = "scan";

/// How often each number is taken.
const RUNS: usize = 7;

/// Linux forgets here what it has read of files, where one may tell it to.
const FORGET: &str = "/proc/sys/vm/drop_caches";

/// What is built for one system, and what runs its programs here.
pub struct ReleaseBench {
    system: String,
    bundled: Bundled,
    program: PathBuf,
    wine: Option<Wine>,
}

impl ReleaseBench {
    /// Builds for this system, and for Windows where it can be run.
    ///
    /// # Errors
    /// If something does not compile or cannot be brought.
    pub fn all() -> Result<Vec<ReleaseBench>> {
        let own = dist::host_triple()?;
        let mut all = vec![ReleaseBench::new(&own, None)?];
        if cfg!(target_os = "linux") {
            setup::ensure_system_for_windows()?;
            let wine = Wine::prepare(&process::target_dir()?)?;
            all.push(ReleaseBench::new(wine::TARGET, Some(wine))?);
        }
        Ok(all)
    }

    fn new(triple: &str, wine: Option<Wine>) -> Result<ReleaseBench> {
        let bundled = dist::build_release(triple)?;
        let mut command = cargo(["build", "--locked", "--workspace", "--bin", PROGRAM])?;
        if wine.is_some() {
            command.args(["--target", triple]);
        }
        let built = artifacts::build(&mut command)?;
        let Platform {
            system,
            architecture,
        } = Platform::of(triple);
        Ok(ReleaseBench {
            system: format!("{system}-{architecture}"),
            bundled,
            program: artifacts::program(&built, PROGRAM)?,
            wine,
        })
    }

    /// Sizes of plugin and programs, and the time of a scan: with nothing of it in memory, and again.
    pub fn rows(&self) -> Vec<Row> {
        let programs = self.bundled.programs.all();
        let mut rows: Vec<Row> = [self.plugin()]
            .into_iter()
            .chain(programs.into_iter().map(|path| Ok(path.to_owned())))
            .map(|path| self.size(path))
            .collect();
        rows.push(self.scan("cold scan", true));
        rows.push(self.scan("scan again", false));
        rows
    }

    /// The plugin's own binary.
    fn plugin(&self) -> Result<PathBuf> {
        let folder = self.bundled.vst3.join("Contents");
        let of_systems = fs::read_dir(&folder)?.flatten().map(|entry| entry.path());
        let files = of_systems.flat_map(fs::read_dir).flatten().flatten();
        files
            .map(|entry| entry.path())
            .find(|path| path.file_stem().is_some_and(|stem| stem == "Syrinx"))
            .with_context(|| format!("no plugin in {}", folder.display()))
    }

    fn size(&self, path: Result<PathBuf>) -> Row {
        let weighed = path.and_then(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            Ok((name.into_owned(), fs::metadata(&path)?.len()))
        });
        match weighed {
            Ok((name, bytes)) => Row::new(self.named(&name), bytes as f64 / 1e6, "MB"),
            Err(error) => Row::missing(self.named("plugin"), format!("{error:#}")),
        }
    }

    fn scan(&self, what: &str, cold: bool) -> Row {
        let times: Result<Vec<f64>> = (0..RUNS).map(|_| self.scan_once(cold)).collect();
        let name = self.named(what);
        match times.map(|times| median(&times).unwrap_or(f64::NAN)) {
            Ok(ms) => Row::new(name, ms, "ms").note(format!(
                "median of {RUNS} processes; CLAP, opened and asked what it is{}{}",
                if cold { ", no file cached" } else { "" },
                if self.wine.is_some() { "; Wine" } else { "" },
            )),
            Err(error) => Row::missing(name, format!("{error:#}")),
        }
    }

    fn scan_once(&self, cold: bool) -> Result<f64> {
        let mut command = self.command();
        if cold {
            forget_files()?;
        }
        time_from(&process::capture(&mut command)?)
    }

    fn command(&self) -> Command {
        let bundles = &self.bundled.folder;
        let mut command = match &self.wine {
            Some(wine) => wine.start(&self.program),
            None => Command::new(&self.program),
        };
        command.arg(PART);
        match self.wine {
            Some(_) => command.env("SYRINX_BUNDLES", wine::on_drive(bundles)),
            None => command.env("SYRINX_BUNDLES", bundles),
        };
        command
    }

    fn named(&self, what: &str) -> String {
        format!("{what}, {}", self.system)
    }
}

/// Lets the system forget what it has read of files.
fn forget_files() -> Result<()> {
    if !Path::new(FORGET).exists() {
        bail!("only Linux can be told to forget what it has read");
    }
    // What is not yet written cannot be forgotten.
    process::capture(&mut Command::new("sync"))?;
    fs::write(FORGET, "3").with_context(|| format!("{FORGET}: only root may"))
}

/// The number that the program printed, among what others may say.
fn time_from(printed: &str) -> Result<f64> {
    let numbers = printed
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut times = numbers.filter_map(|number| number["value"].as_f64());
    times
        .next()
        .with_context(|| format!("`{PROGRAM} {PART}` printed no number: {}", printed.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_found_among_what_others_say() {
        let printed =
            "a library speaks\n{\"name\": \"scan\", \"value\": 12.5, \"unit\": \"ms\"}\r\n";
        assert_eq!(time_from(printed).unwrap(), 12.5);
        assert!(time_from("nothing").is_err());
    }
}
