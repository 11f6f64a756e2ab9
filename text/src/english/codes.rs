//! The byte codes of phones in our data files; `text/training/phones.py` counts alike.

use crate::phone::{ARPABET, Phone, VOWELS};

/// The phone of a code: three codes a vowel, one for each stress, then the consonants.
pub(crate) fn phone_of(code: u8) -> Option<Phone> {
    let code = usize::from(code);
    match VOWELS.get(code / 3) {
        Some(vowel) => Phone::arpabet(vowel, [0, 1, 2][code % 3]),
        None => Phone::arpabet(ARPABET.get(code - 2 * VOWELS.len())?, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_count_vowels_by_stress_and_then_consonants() {
        assert_eq!(phone_of(0), Phone::arpabet("aa", 0));
        assert_eq!(phone_of(5), Phone::arpabet("ae", 2));
        assert_eq!(phone_of(47), Phone::arpabet("uw", 2));
        assert_eq!(phone_of(48), Phone::arpabet("b", 0));
        assert_eq!(phone_of(71), Phone::arpabet("zh", 0));
        assert_eq!(phone_of(72), None);
    }
}
