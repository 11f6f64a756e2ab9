//! Says how the file of a voice is called.

/// Names that Windows keeps for devices, with any ending.
const DEVICES: [&str; 4] = ["CON", "PRN", "AUX", "NUL"];
const NUMBERED_DEVICES: [&str; 2] = ["COM", "LPT"];

/// The longest name, in bytes of UTF-8: half of the 255 that file systems allow, the rest for what stands before and
/// behind it while it is written.
const LONGEST: usize = 128;

/// The name of a voice as its file or folder may be called on every system.
///
/// By it the voice is asked for, so nothing in it may look like a path; Windows knows more letters that no name may have,
/// names of devices, and takes blanks from the end. A name of which nothing is left becomes "voice".
pub fn file_name(name: &str) -> String {
    let plain = |letter: char| match letter {
        '/' | '\\' | ':' | '.' | '"' | '*' | '?' | '<' | '>' | '|' => '-',
        other if other.is_control() => '-',
        other => other,
    };
    let name = name.trim();
    let plain: String = name[..name.floor_char_boundary(LONGEST)]
        .chars()
        .map(plain)
        .collect();
    let plain = plain.trim();
    match plain {
        "" => "voice".to_owned(),
        device if is_device(device) => format!("{device}-"),
        other => other.to_owned(),
    }
}

fn is_device(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let numbered = NUMBERED_DEVICES.iter().any(|device| {
        name.strip_prefix(device).is_some_and(|number| {
            number.len() == 1 && number != "0" && number.parse::<u8>().is_ok()
        })
    });
    numbered || DEVICES.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_file_on_every_system() {
        for (name, file) in [
            ("Mei", "Mei"),
            ("  Mei Lin ", "Mei Lin"),
            ("梅 Ünï", "梅 Ünï"),
            ("../up", "---up"),
            ("C:\\x", "C--x"),
            ("a\nb", "a-b"),
            ("con", "con-"),
            ("LPT1", "LPT1-"),
            ("COM0", "COM0"),
            ("COM10", "COM10"),
            ("console", "console"),
            (" ", "voice"),
        ] {
            assert_eq!(file_name(name), file, "{name:?}");
        }
        assert_eq!(file_name(&"梅".repeat(300)), "梅".repeat(LONGEST / 3));
    }
}
