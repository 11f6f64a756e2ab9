//! Runs the installer on a made-up archive, in a home with blanks in its name.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::{paper, ware};

/// An unpacked archive and an empty home.
struct Stage {
    folder: tempfile::TempDir,
}

impl Stage {
    fn new() -> Stage {
        let stage = Stage {
            folder: tempfile::Builder::new()
                .prefix("two words ")
                .tempdir()
                .unwrap(),
        };
        fs::create_dir(stage.home()).unwrap();
        let ware = ware::Ware {
            version: "1.2.3".to_owned(),
            triple: ware::host_triple().unwrap(),
        };
        stage.write("install.sh", &paper::script(&ware).unwrap());
        for name in [
            "Syrinx.vst3/Contents/x/Syrinx.so",
            "Syrinx/Syrinx.clap",
            "Syrinx.clap/Contents/MacOS/Syrinx",
            "bin/syrinx",
            "bin/syrinx-live",
            "lib/syrinx/libonnxruntime.so.1",
            "share/completions/syrinx.bash",
            "share/completions/_syrinx",
            "share/completions/syrinx.fish",
            "share/man/syrinx.1",
        ] {
            stage.write(name, "1");
        }
        stage
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("the home")
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join("the archive").join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let file = self.at(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new("sh")
            .arg(self.at("install.sh"))
            .args(arguments)
            .env("HOME", self.home())
            .current_dir(self.folder.path())
            .output()
            .unwrap()
    }

    fn says(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// All files in the home, and all folders that hold none.
    fn found(&self) -> Vec<String> {
        let mut found = Vec::new();
        walk(&self.home(), &self.home(), &mut found);
        found.sort();
        found
    }
}

fn walk(root: &Path, folder: &Path, found: &mut Vec<String>) {
    let mut entries = fs::read_dir(folder).unwrap().peekable();
    if entries.peek().is_none() && folder != root {
        found.push(format!("{}/", folder.strip_prefix(root).unwrap().display()));
    }
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(root, &path, found);
        } else {
            found.push(path.strip_prefix(root).unwrap().display().to_string());
        }
    }
}

#[cfg(target_os = "linux")]
const PLUGINS: [&str; 2] = [
    ".clap/Syrinx/Syrinx.clap",
    ".vst3/Syrinx.vst3/Contents/x/Syrinx.so",
];
#[cfg(not(target_os = "linux"))]
const PLUGINS: [&str; 2] = [
    "Library/Audio/Plug-Ins/CLAP/Syrinx.clap/Contents/MacOS/Syrinx",
    "Library/Audio/Plug-Ins/VST3/Syrinx.vst3/Contents/x/Syrinx.so",
];

#[test]
fn it_puts_all_in_place_twice_and_takes_all_away() {
    let stage = Stage::new();
    let said = stage.says(&[]);
    assert!(
        said.contains("installed") && said.contains("bin/syrinx self-test"),
        "{said}"
    );
    let first = stage.found();
    for file in PLUGINS.into_iter().chain([
        ".local/bin/syrinx",
        ".local/bin/syrinx-live",
        ".local/lib/syrinx/libonnxruntime.so.1",
        ".local/share/man/man1/syrinx.1",
        ".local/share/zsh/site-functions/_syrinx",
    ]) {
        assert!(
            first.iter().any(|found| found == file),
            "{file} is not in {first:?}"
        );
    }
    stage.says(&[]);
    assert_eq!(stage.found(), first);
    assert!(stage.says(&["--uninstall"]).contains("removed"));
    assert_eq!(stage.found(), Vec::<String>::new());
    assert!(
        stage
            .says(&["--uninstall"])
            .contains("nothing is installed")
    );
}

#[test]
fn a_new_version_replaces_the_old_one() {
    let stage = Stage::new();
    stage.says(&[]);
    fs::remove_file(stage.at("lib/syrinx/libonnxruntime.so.1")).unwrap();
    fs::remove_file(stage.at("Syrinx.vst3/Contents/x/Syrinx.so")).unwrap();
    stage.write("lib/syrinx/libonnxruntime.so.2", "2");
    stage.write("Syrinx.vst3/Contents/y/Syrinx.so", "2");
    stage.write("bin/syrinx", "2");
    stage.says(&[]);
    let found = stage.found();
    let has = |end: &str| found.iter().any(|file| file.ends_with(end));
    assert!(
        has("libonnxruntime.so.2") && has("y/Syrinx.so"),
        "{found:?}"
    );
    assert!(
        !has("libonnxruntime.so.1") && !has("x/Syrinx.so"),
        "{found:?}"
    );
    assert_eq!(
        fs::read_to_string(stage.home().join(".local/bin/syrinx")).unwrap(),
        "2"
    );
    stage.says(&["--uninstall"]);
    assert_eq!(stage.found(), Vec::<String>::new());
}

#[test]
fn what_is_not_ours_stays() {
    let stage = Stage::new();
    for file in [".local/bin/other", ".local/lib/syrinx/mine"] {
        fs::create_dir_all(stage.home().join(file).parent().unwrap()).unwrap();
        fs::write(stage.home().join(file), "").unwrap();
    }
    let before = stage.found();
    stage.says(&["--prefix", "the home/.local"]);
    stage.says(&["--prefix=the home/.local/", "--uninstall"]);
    assert_eq!(stage.found(), before);
}

#[test]
fn an_installation_that_broke_off_can_be_taken_away() {
    let stage = Stage::new();
    stage.says(&[]);
    fs::remove_file(stage.at("share/completions/syrinx.fish")).unwrap();
    assert!(!stage.run(&[]).status.success());
    stage.says(&["--uninstall"]);
    assert_eq!(stage.found(), Vec::<String>::new());
    assert!(!stage.run(&[]).status.success());
    assert!(!stage.found().is_empty());
    stage.says(&["--uninstall"]);
    assert_eq!(stage.found(), Vec::<String>::new());
}

#[test]
fn another_machine_and_unknown_words_are_refused() {
    let stage = Stage::new();
    let output = stage.run(&["--prefix"]);
    assert!(!output.status.success());
    assert!(!stage.run(&["--elsewhere"]).status.success());
    let other = ware::Ware {
        version: "1.2.3".to_owned(),
        triple: "riscv64-unknown-linux-gnu".to_owned(),
    };
    stage.write("install.sh", &paper::script(&other).unwrap());
    let output = stage.run(&[]);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && message.contains("riscv64"),
        "{message}"
    );
    assert_eq!(stage.found(), Vec::<String>::new());
}
