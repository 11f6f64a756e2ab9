//! Parts the phones of an English word into syllables: each gets as many consonants before its vowel as may begin a word.

use crate::phone::Phone;

/// Pairs of consonants that begin English words.
const PAIRS: &str = "b-l b-r b-y d-r d-w d-y f-l f-r f-y g-l g-r g-w g-y hh-w hh-y k-l k-r k-w k-y m-y n-y p-l p-r p-y \
                     s-f s-k s-l s-m s-n s-p s-t s-w sh-l sh-m sh-n sh-r t-r t-w t-y th-r th-w v-y";
/// Triples of consonants that begin English words.
const TRIPLES: &str = "s-k-r s-k-w s-k-y s-p-l s-p-r s-p-y s-t-r s-t-y";

/// Marks the phones that syllables begin with.
pub(crate) fn mark(phones: &mut [Phone]) {
    let mut end_of_last: Option<usize> = None;
    for at in 0..phones.len() {
        phones[at].starts_syllable = false;
        if !phones[at].is_vowel() {
            continue;
        }
        let start = match end_of_last {
            None => 0,
            Some(vowel) => onset(phones, vowel + 1, at),
        };
        phones[start].starts_syllable = true;
        end_of_last = Some(at);
    }
    if end_of_last.is_none() && !phones.is_empty() {
        phones[0].starts_syllable = true;
    }
}

/// Where the longest possible onset of the vowel at `vowel` begins, not before `least`.
fn onset(phones: &[Phone], least: usize, vowel: usize) -> usize {
    (least..vowel)
        .find(|start| may_begin_a_word(&phones[*start..vowel]))
        .unwrap_or(vowel)
}

fn may_begin_a_word(consonants: &[Phone]) -> bool {
    let joined = consonants
        .iter()
        .map(|phone| &*phone.symbol)
        .collect::<Vec<_>>()
        .join("-");
    match consonants.len() {
        1 => joined != "ng",
        2 => PAIRS.split_whitespace().any(|pair| pair == joined),
        3 => TRIPLES.split_whitespace().any(|triple| triple == joined),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::arpabet_phones;

    fn parted(phones: &str) -> String {
        let mut phones = arpabet_phones(phones).unwrap();
        mark(&mut phones);
        let mut text = String::new();
        for (at, phone) in phones.iter().enumerate() {
            let gap = if at == 0 {
                ""
            } else if phone.starts_syllable {
                " . "
            } else {
                " "
            };
            text.push_str(gap);
            text.push_str(&phone.symbol);
        }
        text
    }

    #[test]
    fn consonants_go_to_the_syllable_behind_as_far_as_words_begin_so() {
        assert_eq!(parted("hh ax l ow1"), "hh ax . l ow");
        assert_eq!(parted("eh1 k s t r ax"), "eh k . s t r ax");
        assert_eq!(parted("s ih1 ng ih ng"), "s ih ng . ih ng");
        assert_eq!(parted("ax b jh eh1 k t"), "ax b . jh eh k t");
        assert_eq!(parted("b iy1 ih ng"), "b iy . ih ng");
    }

    #[test]
    fn the_first_syllable_begins_with_the_word_and_so_does_a_word_without_vowels() {
        assert_eq!(parted("p s t"), "p s t");
        let mut phones = arpabet_phones("v l aa1").unwrap();
        mark(&mut phones);
        assert!(phones[0].starts_syllable && !phones[1].starts_syllable);
    }
}
