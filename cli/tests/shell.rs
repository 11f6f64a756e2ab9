//! `syrinx completions` and `syrinx man`: shells and readers of manuals take what is printed.

mod common;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use common::{names_in, syrinx};

const SUBCOMMANDS: [&str; 7] = [
    "convert",
    "speak",
    "voices",
    "doctor",
    "self-test",
    "completions",
    "man",
];

/// What is printed.
fn printed(arguments: &[&str]) -> String {
    let home = tempfile::tempdir().unwrap();
    let run = syrinx(home.path(), arguments);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.stderr.is_empty(), "{run:?}");
    assert!(names_in(home.path()).is_empty());
    run.stdout
}

/// Whether a program takes a text without complaint; true where there is no such program.
fn is_taken(program: &str, arguments: &[&str], text: &str) -> bool {
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        eprintln!("{program} is not there; not tried");
        return true;
    };
    let mut into = child.stdin.take().unwrap();
    into.write_all(text.as_bytes()).unwrap();
    drop(into);
    let output = child.wait_with_output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    eprint!("{complaint}");
    output.status.success() && complaint.is_empty()
}

#[test]
fn completions_are_scripts_of_their_shells() {
    for (shell, check) in [
        ("bash", Some("-n")),
        ("zsh", Some("-n")),
        ("fish", Some("--no-execute")),
        ("powershell", None),
        ("elvish", None),
    ] {
        let script = printed(&["completions", shell]);
        for name in SUBCOMMANDS {
            assert!(script.contains(name), "{shell}: {name}");
        }
        assert!(script.contains("pitch-target"), "{shell}");
        let is_right = check.is_none_or(|check| is_taken(shell, &[check], &script));
        assert!(is_right, "{shell} refuses its script");
    }
    assert!(!is_taken_by_bash("if then (") || which("bash").is_none());
}

fn is_taken_by_bash(script: &str) -> bool {
    is_taken("bash", &["-n"], script)
}

fn which(program: &str) -> Option<()> {
    let found = Command::new(program).arg("--version").output();
    found.is_ok().then_some(())
}

#[test]
fn an_unknown_shell_is_a_wrong_command_line() {
    let home = tempfile::tempdir().unwrap();
    let run = syrinx(home.path(), &["completions", "dos"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.contains("bash"), "{run:?}");
}

#[test]
fn the_manual_is_printed_or_written_with_a_page_for_each_subcommand() {
    let page = printed(&["man"]);
    assert!(page.contains(".SH NAME\nsyrinx \\- "), "{page}");
    for title in ["SYNOPSIS", "EXAMPLES"] {
        assert!(page.contains(&format!(".SH {title}\n")), "{title}: {page}");
    }
    let home = tempfile::tempdir().unwrap();
    let run = syrinx(home.path(), &["man", "share/man 1"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let folder = home.path().join("share/man 1");
    let names = names_in(&folder);
    assert!(names.contains(&"syrinx.1".to_owned()), "{names:?}");
    assert!(names.contains(&"syrinx-voices-import.1".to_owned()));
    for name in SUBCOMMANDS {
        let page = page_of(&folder, &format!("syrinx-{name}.1"));
        assert!(page.contains(".SH NAME\n") && page.contains(".SH EXAMPLES\n"));
    }
    assert_eq!(page_of(&folder, "syrinx.1"), page);
    for name in &names {
        let page = page_of(&folder, name);
        assert!(
            is_taken("groff", &["-man", "-ww", "-Tutf8"], &page),
            "{name}"
        );
    }
    // Again, over what is there.
    let run = syrinx(home.path(), &["man", "share/man 1"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(names_in(&folder), names);
}

fn page_of(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}
