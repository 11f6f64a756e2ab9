//! Spells a word in IPA.

use syrinx_text::{Alphabet, IpaStyle, Word, spell_ipa};

/// The word in IPA; `None` if its phones are not known in IPA.
pub(super) fn spelled(word: &Word, style: IpaStyle) -> Option<String> {
    let foreign = |alphabet| alphabet != Alphabet::Arpabet && alphabet != Alphabet::Ipa;
    if word.ipa.is_none() && word.phones.iter().any(|phone| foreign(phone.alphabet)) {
        return None;
    }
    Some(spell_ipa(word, style))
}

/// A character of IPA that Unicode has as one and as two: voices have either.
pub(super) fn parts(character: char) -> Option<[char; 2]> {
    Some(match character {
        'ç' => ['c', '\u{327}'],
        'ã' => ['a', '\u{303}'],
        'ẽ' => ['e', '\u{303}'],
        'ĩ' => ['i', '\u{303}'],
        'õ' => ['o', '\u{303}'],
        'ũ' => ['u', '\u{303}'],
        _ => return None,
    })
}
