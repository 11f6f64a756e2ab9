//! Names of outputs in tables: such as every system can have, so that a table means the same on all of them.

use std::path::{Component, Path, PathBuf};

use syrinx_models::voices;

/// What such a name is, in words.
pub(super) const EXPECTED_OUTPUT: &str = "a name below the folder of outputs that ends in .wav or in nothing, and that \
                                          every system allows";

/// Letters that Windows allows in no name.
const FORBIDDEN: &[char] = &['\\', ':', '<', '>', '"', '|', '?', '*'];

/// The longest name that can be that of a device, as CONOUT$ is.
const LONGEST_DEVICE: usize = 8;

/// The file of a name: below the folder of outputs, with ".wav" behind it where it has no ending. `None` where it is no
/// such name.
pub(super) fn output_of(name: &str) -> Option<PathBuf> {
    let path = Path::new(name);
    let is_below = path
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    // Before the system parts it, by signs of its own.
    if name.is_empty() || name.contains(FORBIDDEN) || name.ends_with('/') || !is_below {
        return None;
    }
    let ending = path.extension().unwrap_or_default().to_string_lossy();
    let is_ending = ending.len() <= 4 && ending.starts_with(|first: char| first.is_alphabetic());
    let file = match ending.to_lowercase().as_str() {
        "wav" => path.to_owned(),
        _ if is_ending => return None,
        _ => PathBuf::from(format!("{name}.wav")),
    };
    let mut parts = file.iter().map(|part| part.to_string_lossy());
    parts.all(|part| is_portable(&part)).then_some(file)
}

/// Whether a part of a path is a name on every system. Windows reads some names as devices, whatever their ending, and
/// takes dots and blanks from the end of others.
fn is_portable(part: &str) -> bool {
    !part.contains(char::is_control) && !part.ends_with(['.', ' ']) && !is_device(part)
}

fn is_device(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or_default().trim();
    // What is no device is called by its name.
    (1..=LONGEST_DEVICE).contains(&stem.len()) && voices::file_name(stem) != stem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_files() {
        for (name, file) in [
            ("a", "a.wav"),
            ("a.WAV", "a.WAV"),
            ("deep/er/two", "deep/er/two.wav"),
            ("Dr. Smith", "Dr. Smith.wav"),
            ("Mr. Smith Jr.", "Mr. Smith Jr..wav"),
            ("梅", "梅.wav"),
            ("console/auxiliary.wav", "console/auxiliary.wav"),
            ("com10", "com10.wav"),
        ] {
            assert_eq!(output_of(name).as_deref(), Some(Path::new(file)), "{name}");
        }
    }

    #[test]
    fn names_that_some_system_lacks_are_refused() {
        for name in [
            "",
            ".",
            "../x",
            "/x",
            "x/",
            "x.mp3",
            "a\\b",
            "C:x",
            "what?",
            "a*b",
            "a|b",
            "<a>",
            "\"a\"",
            "a\tb",
            "con",
            "CON.wav",
            "nul.x.wav",
            "aux /b",
            "lpt1/x.wav",
            "end./x.wav",
            "end /x.wav",
        ] {
            assert_eq!(output_of(name), None, "{name:?}");
        }
    }
}
