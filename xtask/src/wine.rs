//! A Windows of the tests' own: a Wine prefix in the target folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::process;

/// What is built for Windows and run here.
pub const TARGET: &str = "x86_64-pc-windows-gnu";

/// Names what cargo runs its programs with.
const RUNNER: &str = "CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER";

/// Where Debian puts the program itself; `wine` is a script that asks for 32 bits, too, at every start.
const DEBIANS: &str = "/usr/lib/wine/wine64";

/// Written last: the prefix is complete.
const MARK: &str = "complete";

/// The compiler for Windows.
const COMPILER: &str = "x86_64-w64-mingw32-gcc";

/// The library that Wine 8 lacks, and where its source is.
const STUB: &str = "bcryptprimitives.dll";
const STUB_SOURCE: &str = "xtask/windows/bcryptprimitives.c";

/// A prefix, ready for programs. Dropped, what still runs in it ends.
pub struct Wine {
    prefix: PathBuf,
    program: PathBuf,
}

impl Wine {
    /// Makes the prefix in the folder `target` unless it is there.
    ///
    /// # Errors
    /// If Wine or the compiler is missing or refuses.
    pub fn prepare(target: &Path) -> Result<Wine> {
        let wine = Wine {
            prefix: target.join("wine"),
            program: program(),
        };
        let mark = wine.prefix.join(MARK);
        if !mark.is_file() {
            if wine.prefix.exists() {
                fs::remove_dir_all(&wine.prefix)?;
            }
            fs::create_dir_all(target)?;
            println!("Making a Windows in {} ...", wine.prefix.display());
            process::run(wine.command().args(["wineboot", "--init"]))
                .context("is Wine there? `cargo xtask setup system windows` brings it")?;
            wine.put_stub()?;
            fs::write(mark, "")?;
        }
        Ok(wine)
    }

    /// Tells `command` how to run what is built for Windows: as cargo's runner, and for tests that start it
    /// themselves `SYRINX_WINE` names the program.
    pub fn tell(&self, command: &mut Command) {
        for (name, value) in self.environment() {
            command.env(name, value);
        }
        command
            .env("SYRINX_WINE", &self.program)
            .env(RUNNER, &self.program);
    }

    /// What runs a program for Windows.
    pub fn start(&self, program: &Path) -> Command {
        let mut command = self.command();
        command.arg(program);
        command
    }

    /// The prefix's environment.
    fn environment(&self) -> [(&'static str, PathBuf); 3] {
        [
            ("WINEPREFIX", self.prefix.clone()),
            // What it logs about itself is of no use to a test.
            ("WINEDEBUG", "-all".into()),
            // It offers to download these in a window.
            ("WINEDLLOVERRIDES", "mscoree,mshtml=".into()),
        ]
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.envs(self.environment()).stdin(Stdio::null());
        command
    }

    /// Puts the library that this Wine lacks where its own are.
    fn put_stub(&self) -> Result<()> {
        let system = self.prefix.join("drive_c/windows/system32");
        ensure!(
            system.is_dir(),
            "Wine made no {}; is it the 64-bit one?",
            system.display()
        );
        let stub = system.join(STUB);
        if stub.exists() {
            return Ok(());
        }
        let mut compile = Command::new(COMPILER);
        compile
            .args(["-shared", "-O2", "-s", "-Wall", "-Werror", "-o"])
            .arg(&stub)
            .arg(process::root()?.join(STUB_SOURCE))
            .arg("-ladvapi32");
        process::run(&mut compile)
            .context("is mingw there? `cargo xtask setup system windows` brings it")
    }
}

impl Drop for Wine {
    fn drop(&mut self) {
        // Nothing of it may go on after the tests; nothing may run already.
        let _ = Command::new("wineserver")
            .arg("--kill")
            .envs(self.environment())
            .stderr(Stdio::null())
            .status();
    }
}

/// A path as programs under Wine have it: drive Z is the root.
pub fn on_drive(path: &Path) -> String {
    format!("Z:{}", path.display()).replace('/', "\\")
}

/// Wine's program for 64 bits.
fn program() -> PathBuf {
    let debians = Path::new(DEBIANS);
    if debians.is_file() {
        debians.to_owned()
    } else {
        "wine".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_lies_on_drive_z() {
        assert_eq!(on_drive(Path::new("/a/b c.wav")), "Z:\\a\\b c.wav");
    }
}
