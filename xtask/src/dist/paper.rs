//! The texts that lie in an archive for people: how to install it, and the script that does.

use anyhow::{Result, ensure};

use super::tree::Tree;
use super::ware::Ware;

const INSTALL_LINUX: &str = include_str!("../../../release/INSTALL-linux.txt");
const INSTALL_MACOS: &str = include_str!("../../../release/INSTALL-macos.txt");
const INSTALL_WINDOWS: &str = include_str!("../../../release/INSTALL-windows.txt");
/// What all systems' texts end with.
const INSTALL_COMMON: &str = include_str!("../../../release/INSTALL-common.txt");
const SCRIPT: &str = include_str!("../../../release/install.sh");
const SCRIPT_WINDOWS: &str = include_str!("../../../release/install.bat");

/// Adds them; `glibc` is the version that programs for Linux need.
///
/// # Errors
/// If a text wants something that we do not know.
pub fn add(tree: &mut Tree, ware: &Ware, glibc: Option<&str>) -> Result<()> {
    let (text, script, name) = match ware.platform().system {
        "windows" => (INSTALL_WINDOWS, SCRIPT_WINDOWS, "install.bat"),
        "macos" => (INSTALL_MACOS, SCRIPT, "install.sh"),
        _ => (INSTALL_LINUX, SCRIPT, "install.sh"),
    };
    let filled = |text: &str| -> Result<String> {
        let text = filled(text, ware, glibc)?;
        Ok(if ware.is_for_windows() {
            // Old editors show, and the command interpreter understands, nothing else.
            text.replace('\n', "\r\n")
        } else {
            text
        })
    };
    tree.add_text("INSTALL.txt", filled(text)?)?;
    tree.add_script(name, filled(script)?)
}

/// The text with what it leaves open.
fn filled(text: &str, ware: &Ware, glibc: Option<&str>) -> Result<String> {
    let platform = ware.platform();
    let clap = if platform.system == "macos" {
        "Syrinx.clap"
    } else {
        "Syrinx"
    };
    // The one that holds others comes first.
    let open = [
        ("@COMMON@", Some(INSTALL_COMMON)),
        ("@VERSION@", Some(ware.version.as_str())),
        ("@SYSTEM@", Some(platform.system)),
        ("@ARCHITECTURE@", Some(platform.architecture)),
        ("@CLAP@", Some(clap)),
        ("@GLIBC@", glibc),
    ];
    let mut text = text.to_owned();
    for (mark, value) in open {
        if let Some(value) = value {
            text = text.replace(mark, value);
        }
    }
    let left = text.split_whitespace().find(|word| {
        let word = word.trim_matches(['\'', ',', '.']);
        word.len() > 2 && word.starts_with('@') && word.ends_with('@')
    });
    ensure!(
        left.is_none(),
        "nothing fills {left:?} of the texts for {}",
        ware.name()
    );
    Ok(text)
}

/// The script that installs `ware` on Linux or macOS.
///
/// # Errors
/// If it wants something that we do not know.
#[cfg(test)]
pub fn script(ware: &Ware) -> Result<String> {
    filled(SCRIPT, ware, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dist::tree::Source;

    fn texts(triple: &str, glibc: Option<&str>) -> Result<Vec<(String, bool, String)>> {
        let ware = Ware {
            version: "1.2.3".to_owned(),
            triple: triple.to_owned(),
        };
        let mut tree = Tree::default();
        add(&mut tree, &ware, glibc)?;
        let read = |source: &Source| match source {
            Source::Bytes(bytes) => String::from_utf8(bytes.clone()).unwrap(),
            Source::File(file) => panic!("{}", file.display()),
        };
        Ok(tree
            .entries()
            .map(|(path, entry)| (path.to_owned(), entry.executable, read(&entry.source)))
            .collect())
    }

    #[test]
    fn each_system_gets_its_own_and_nothing_is_left_open() {
        for (triple, script, words) in [
            (
                "x86_64-unknown-linux-gnu",
                "install.sh",
                "glibc 2.36 or newer",
            ),
            ("aarch64-apple-darwin", "install.sh", "com.apple.quarantine"),
            ("x86_64-pc-windows-gnu", "install.bat", "%LOCALAPPDATA%"),
        ] {
            let all = texts(triple, Some("2.36")).unwrap();
            assert_eq!(all[0].0, "INSTALL.txt");
            assert_eq!((all[1].0.as_str(), all[1].1), (script, true));
            for part in [words, "1.2.3", "syrinx.cdx.json", "self-test"] {
                assert!(all[0].2.contains(part), "{part} for {triple}");
            }
            assert!(!all.iter().any(|(_, _, text)| text.contains("@VERSION@")));
            let windows = triple.contains("windows");
            assert_eq!(all[1].2.contains("\r\n"), windows, "{triple}");
        }
    }

    #[test]
    fn a_text_that_stays_open_is_refused() {
        let error = texts("x86_64-unknown-linux-gnu", None).unwrap_err();
        assert!(error.to_string().contains("@GLIBC@"), "{error}");
    }
}
