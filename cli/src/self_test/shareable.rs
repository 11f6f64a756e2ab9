//! Takes out of a sentence what says who somebody is: names of the user and the machine, and folders.

use std::env;
use std::path::Path;

/// Variables that hold folders, and what stands for each in a report.
const FOLDERS: [(&str, &str); 8] = [
    ("SYRINX_ONNXRUNTIME", "$SYRINX_ONNXRUNTIME"),
    ("SYRINX_HOME", "$SYRINX_HOME"),
    ("XDG_DATA_HOME", "$XDG_DATA_HOME"),
    ("LOCALAPPDATA", "$LOCALAPPDATA"),
    ("APPDATA", "$APPDATA"),
    ("HOME", "~"),
    ("USERPROFILE", "~"),
    ("TMPDIR", "$TMPDIR"),
];

/// Variables that hold names, and what stands for each.
const NAMES: [(&str, &str); 6] = [
    ("USER", "(user)"),
    ("LOGNAME", "(user)"),
    ("USERNAME", "(user)"),
    ("HOSTNAME", "(machine)"),
    ("COMPUTERNAME", "(machine)"),
    ("USERDOMAIN", "(machine)"),
];

/// Names that say nothing, and would only spoil sentences.
const NOBODY: [&str; 4] = ["root", "user", "admin", "localhost"];

/// The shortest name that is taken out: shorter ones are parts of every sentence.
const SHORTEST_NAME: usize = 3;

/// What stands for a path that is none of those that are known.
const SOMEWHERE: &str = "(a path)";

/// What is taken out of sentences.
#[derive(Clone, Debug, Default)]
pub(super) struct Shareable {
    /// What is replaced by what, longest first.
    folders: Vec<(String, &'static str)>,
    names: Vec<(String, &'static str)>,
}

impl Shareable {
    /// For the user who runs this program.
    pub(super) fn of_this_user() -> Shareable {
        let mut found = Shareable::by(|name| env::var_os(name)?.into_string().ok());
        let places = [
            (env::current_exe().ok(), "$PROGRAM"),
            (env::current_dir().ok(), "$PWD"),
        ];
        for (path, stands) in places {
            if let Some(path) = path {
                found.folder(&path.to_string_lossy(), stands);
            }
        }
        found.sort();
        found
    }

    fn by(variable: impl Fn(&str) -> Option<String>) -> Shareable {
        let mut found = Shareable::default();
        for (name, stands) in FOLDERS {
            if let Some(folder) = variable(name) {
                found.folder(&folder, stands);
            }
        }
        for (name, stands) in NAMES {
            let value = variable(name).unwrap_or_default();
            if value.chars().count() >= SHORTEST_NAME && !NOBODY.contains(&value.as_str()) {
                found.names.push((value, stands));
            }
        }
        found.sort();
        found
    }

    fn folder(&mut self, folder: &str, stands: &'static str) {
        let folder = folder.trim_end_matches(['/', '\\']);
        // The root is in every path.
        if Path::new(folder).is_absolute() && folder.len() > 3 {
            self.folders.push((folder.to_owned(), stands));
        }
    }

    fn sort(&mut self) {
        self.folders
            .sort_by_key(|(folder, _)| std::cmp::Reverse(folder.len()));
        self.names
            .sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    }

    /// The sentence without them.
    pub(super) fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (folder, stands) in &self.folders {
            text = replace(&text, folder, stands);
        }
        let words: Vec<String> = text.split(' ').map(without_path).collect();
        let mut text = words.join(" ");
        for (name, stands) in &self.names {
            text = replace(&text, name, stands);
        }
        text
    }
}

/// Replaces `what` wherever it is not a part of a longer word.
fn replace(text: &str, what: &str, stands: &str) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some(place) = rest.find(what) {
        let (before, found) = rest.split_at(place);
        let after = &found[what.len()..];
        let is_within = before
            .chars()
            .next_back()
            .is_some_and(char::is_alphanumeric)
            || after.starts_with(char::is_alphanumeric);
        result.push_str(before);
        result.push_str(if is_within { what } else { stands });
        rest = after;
    }
    result.push_str(rest);
    result
}

/// A word, or what stands for it where it is a path that was not known.
fn without_path(word: &str) -> String {
    let marks: &[char] = &['(', ')', '"', '\'', '`', ',', ';', ':', '.'];
    let bare = word.trim_matches(marks);
    let is_known = bare.starts_with(['~', '$']);
    match !is_known && bare.contains(['/', '\\']) {
        true => word.replacen(bare, SOMEWHERE, 1),
        false => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shareable() -> Shareable {
        let root = if cfg!(windows) { "C:" } else { "" };
        Shareable::by(move |name| {
            Some(match name {
                "HOME" => format!("{root}/home/anna k"),
                "SYRINX_ONNXRUNTIME" => format!("{root}/home/anna k/my libs/lib.so"),
                "USER" => "anna".to_owned(),
                "USERNAME" => "ed".to_owned(),
                "HOSTNAME" => "annas-laptop".to_owned(),
                "COMPUTERNAME" => "root".to_owned(),
                _ => return None,
            })
        })
    }

    #[test]
    fn folders_and_names_are_taken_out() {
        let root = if cfg!(windows) { "C:" } else { "" };
        for (text, expected) in [
            ("@/home/anna k/x.so: too short", "~/x.so: too short"),
            ("(@/home/anna k/my libs/lib.so)", "($SYRINX_ONNXRUNTIME)"),
            ("in @/home/anna kopf/x", "in (a path) (a path)"),
            (
                "cannot open \"@/opt/b/c.so\", why",
                "cannot open \"(a path)\", why",
            ),
            ("C:\\Users\\Anna\\lib.dll failed", "(a path) failed"),
            (
                "anna on annas-laptop: annalist",
                "(user) on (machine): annalist",
            ),
            ("a root needed: failed", "a root needed: failed"),
            ("76.4 ms, 12 %: fine", "76.4 ms, 12 %: fine"),
        ] {
            let text = text.replace('@', root);
            assert_eq!(shareable().text(&text), expected);
        }
    }

    #[test]
    fn the_root_is_no_folder_to_look_for() {
        let shareable = Shareable::by(|name| (name == "HOME").then(|| "/".to_owned()));
        assert!(shareable.folders.is_empty());
    }
}
