//! Makes spoken words of letters as they are written: capitals, accents, letters of other kinds, very long words.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::english::dictionary;
use crate::english::said::Said;

/// The most letters of one word. The longest word in English dictionaries has 45; sounds of longer runs are guesses
/// anyway, and a segment must stay within its bound.
pub(crate) const MOST_LETTERS: usize = 50;
/// Abbreviations that look like words, but are spelled.
const SPELLED: &str = "AI AIDS CEO EU FAQ ID IT OK PC TV UK UN US USA";
/// All capitals up to this length are spelled, unless a dictionary has them as a word.
const MOST_SPELLED: usize = 5;

/// What a run of letters and apostrophes is spoken as.
pub(crate) fn said(written: &str) -> Vec<Said> {
    let written = plain_letters(written);
    let mut said = Vec::new();
    let mut rest = written.as_str();
    // Runs of letters that we can speak, and what lies between them.
    while let Some(first) = rest.chars().next() {
        let speakable = |c: char| c.is_ascii_alphabetic() || c == '\'';
        let run = rest
            .find(|c: char| speakable(c) != speakable(first))
            .unwrap_or(rest.len());
        let (part, behind) = rest.split_at(run);
        if speakable(first) {
            one_run(part.trim_matches('\''), &mut said);
        } else {
            said.push(Said::Skipped(part.to_string()));
        }
        rest = behind;
    }
    said
}

/// The letters without accents, ligatures and width, as far as they have a plain form.
pub(crate) fn plain_letters(written: &str) -> String {
    let mut plain = String::with_capacity(written.len());
    for c in written.nfkd().filter(|c| !is_combining_mark(*c)) {
        match c {
            'ß' => plain.push_str("ss"),
            'æ' | 'Æ' => plain.push_str("ae"),
            'œ' | 'Œ' => plain.push_str("oe"),
            'ø' | 'Ø' => plain.push('o'),
            'ł' | 'Ł' => plain.push('l'),
            'đ' | 'ð' | 'Đ' => plain.push('d'),
            'þ' | 'Þ' => plain.push_str("th"),
            'ı' => plain.push('i'),
            '’' | '\u{2bc}' => plain.push('\''),
            _ => plain.push(c),
        }
    }
    plain
}

fn one_run(run: &str, said: &mut Vec<Said>) {
    if run.is_empty() {
        return;
    }
    let letters = run.len();
    if letters > MOST_LETTERS {
        let (first, rest) = run.split_at(MOST_LETTERS);
        one_run(first, said);
        return one_run(rest, said);
    }
    let lower = run.to_ascii_lowercase();
    let known = dictionary::contains(&lower);
    if let Some(letters) = spelled_plural(run, known) {
        let (first, last) = letters.split_at(letters.len() - 1);
        said.extend(names(first));
        said.push(Said::word(&format!("{}'s", last.to_ascii_lowercase())));
        return;
    }
    if is_spelled(run, &lower, known) {
        said.extend(names(run));
        return;
    }
    match (known, hump(run)) {
        (false, Some(at)) => {
            one_run(&run[..at], said);
            one_run(&run[at..], said);
        }
        _ => said.push(Said::Word {
            text: lower,
            written: run.to_string(),
        }),
    }
}

/// The names of the letters.
fn names(run: &str) -> impl Iterator<Item = Said> {
    run.bytes()
        .filter(u8::is_ascii_alphabetic)
        .map(|letter| Said::Letter(char::from(letter.to_ascii_lowercase())))
}

/// The capitals of "XPQs" and "XPQ's", which are spelled with the plural at their end.
fn spelled_plural(run: &str, known: bool) -> Option<&str> {
    let capitals = run.strip_suffix("'s").or_else(|| run.strip_suffix('s'))?;
    let lower = capitals.to_ascii_lowercase();
    let spelled = capitals.len() > 1
        && is_capital(capitals)
        && is_spelled(capitals, &lower, dictionary::contains(&lower));
    (spelled && !known).then_some(capitals)
}

fn is_capital(run: &str) -> bool {
    run.bytes().all(|letter| letter.is_ascii_uppercase())
}

fn is_spelled(run: &str, lower: &str, known: bool) -> bool {
    let single = run.len() == 1 && !matches!(lower, "a" | "i");
    let listed = SPELLED.split(' ').any(|word| word == run);
    let vowels = lower.bytes().any(|letter| b"aeiouy".contains(&letter));
    let capitals = run.len() > 1 && is_capital(run);
    single
        || listed
        || !known
            && (capitals && run.len() <= MOST_SPELLED
                || !vowels && lower.len() > 1 && !INTERJECTIONS.contains(&lower))
}

/// Words without a vowel that are not spelled, because [`super::pronounce`] knows them.
const INTERJECTIONS: [&str; 8] = ["hm", "hmm", "mm", "mmm", "sh", "shh", "psst", "brr"];

/// Where a capital follows a small letter: "BlickSnarf" is spoken in two words.
fn hump(run: &str) -> Option<usize> {
    let bytes = run.as_bytes();
    (1..bytes.len())
        .find(|at| bytes[at - 1].is_ascii_lowercase() && bytes[*at].is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::english::said::shown;

    #[test]
    fn letters_become_words() {
        for (written, expected) in [
            ("Hello", "hello"),
            ("don’t", "don't"),
            ("NASA", "nasa"),
            ("XPQ", "X P Q"),
            ("US", "U S"),
            ("us", "us"),
            ("THE", "the"),
            ("XPQs", "X P q's"),
            ("XPQ's", "X P q's"),
            ("xyz", "xyz"),
            ("bcdf", "B C D F"),
            ("hmm", "hmm"),
            ("b", "B"),
            ("a", "a"),
            ("café", "cafe"),
            ("Straße", "strasse"),
            ("ﬁne", "fine"),
            ("BlickSnarf", "blick snarf"),
            ("привет", "<привет>"),
            ("a你b", "a <你> B"),
        ] {
            assert_eq!(shown(&said(written)), expected, "{written}");
        }
    }

    #[test]
    fn a_very_long_word_is_cut() {
        let found = said(&"ab".repeat(60));
        assert_eq!(found.len(), 3);
        assert_eq!(shown(&found).replace(' ', ""), "ab".repeat(60));
    }
}
