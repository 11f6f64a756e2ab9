//! Finds which of several names people mean by what they type.

/// The place of the name that `text` means: the one with the same letters in any case; or else the only one that begins
/// with these words; or else the only one that begins with these letters. `None` where there is no such name, or more
/// than one. How many spaces there are does not count.
pub fn find<T: AsRef<str>>(text: &str, names: impl IntoIterator<Item = T>) -> Option<usize> {
    let wanted = plain(text);
    if wanted.is_empty() {
        return None;
    }
    let (mut by_words, mut by_letters) = (Vec::new(), Vec::new());
    for (index, name) in names.into_iter().enumerate() {
        match plain(name.as_ref()).strip_prefix(&wanted) {
            Some("") => return Some(index),
            Some(rest) if rest.starts_with(' ') => by_words.push(index),
            Some(_) => by_letters.push(index),
            None => {}
        }
    }
    let found = if by_words.is_empty() {
        by_letters
    } else {
        by_words
    };
    match found[..] {
        [only] => Some(only),
        _ => None,
    }
}

/// In small letters, with single spaces.
fn plain(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 4] = ["Low latency", "Lowest latency", "Best", "Best of all"];

    #[test]
    fn names_are_found_in_any_case_and_by_their_beginnings() {
        for (text, expected) in [
            ("Low latency", 0),
            ("LOW LATENCY", 0),
            ("  low   latency ", 0),
            ("low", 0),
            ("low l", 0),
            ("lowest", 1),
            ("lowe", 1),
            ("best", 2),
            ("Best O", 3),
        ] {
            assert_eq!(find(text, NAMES), Some(expected), "{text:?}");
        }
        assert_eq!(find("\u{c4}rger", ["\u{e4}rger"]), Some(0));
    }

    #[test]
    fn what_could_be_two_or_none_is_refused() {
        for text in [
            "",
            " ",
            "l",
            "lo",
            "b",
            "worst",
            "best of all men",
            "latency",
        ] {
            assert_eq!(find(text, NAMES), None, "{text:?}");
        }
        assert_eq!(find("a", Vec::<String>::new()), None);
    }
}
