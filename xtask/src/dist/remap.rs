//! Takes the folders of the machine that builds out of the programs: their messages name source files.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::process;

/// What to tell cargo, so that programs for `triple` name sources below `/cargo`, `/syrinx` and `/target`.
///
/// # Errors
/// If a folder is not known, or its name is not UTF-8.
pub fn cargo_options(triple: &str) -> Result<Vec<String>> {
    // Where two fit, the last one counts: the target folder may lie in the root.
    let folders = [
        (cargo_home()?, "/cargo"),
        (process::root()?, "/syrinx"),
        (process::target_dir()?, "/target"),
    ];
    options(triple, &folders)
}

fn options(triple: &str, folders: &[(PathBuf, &str)]) -> Result<Vec<String>> {
    let mut flags = Vec::new();
    for (folder, name) in folders {
        let folder = folder.to_str();
        let folder =
            folder.with_context(|| format!("the path that is to be {name} is not UTF-8"))?;
        flags.push(format!("--remap-path-prefix={folder}={name}"));
    }
    // JSON's strings are TOML's too.
    let flags = serde_json::to_string(&flags)?;
    Ok(vec![
        "--config".to_owned(),
        format!("target.{triple}.rustflags={flags}"),
    ])
}

/// Where cargo keeps the sources of packages.
fn cargo_home() -> Result<PathBuf> {
    if let Some(home) = std::env::var_os("CARGO_HOME") {
        return Ok(PathBuf::from(home));
    }
    let home = std::env::home_dir().context("this user has no home")?;
    Ok(home.join(".cargo"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_reads_what_it_is_told() {
        let folders = [(PathBuf::from(r#"C:\two "words""#), "/cargo")];
        let options = options("x86_64-pc-windows-gnu", &folders).unwrap();
        assert_eq!(options[0], "--config");
        let table: toml::Table = toml::from_str(&options[1]).unwrap();
        let flags = &table["target"]["x86_64-pc-windows-gnu"]["rustflags"];
        let expected = r#"--remap-path-prefix=C:\two "words"=/cargo"#;
        assert_eq!(flags[0].as_str(), Some(expected));
    }

    #[test]
    fn all_folders_of_this_machine_are_named() {
        let options = cargo_options("x86_64-unknown-linux-gnu").unwrap();
        let root = process::root().unwrap();
        assert!(
            options[1].contains(&format!("{}=/syrinx", root.display())),
            "{options:?}"
        );
    }
}
