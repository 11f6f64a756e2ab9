//! Syllables of Mandarin: from pinyin to the initials and finals that KAN-TTS gives its voices.
//!
//! KAN-TTS knows a syllable as two phones that both bear its tone. The rules here restore what pinyin's spelling
//! abbreviates; which names the phones have is a fact about those voices.

use std::borrow::Cow;

use crate::phone::{Alphabet, Phone};

/// Longest first, so that "zh" is not taken for "z".
const INITIALS: [&str; 23] = [
    "zh", "ch", "sh", "b", "p", "m", "f", "d", "t", "n", "l", "g", "k", "h", "j", "q", "x", "r",
    "z", "c", "s", "y", "w",
];
/// What may follow an initial, as KAN-TTS calls it; with an "r" behind it, it is the final with erhua.
const FINALS: [&str; 38] = [
    "a", "ai", "an", "ang", "ao", "e", "ei", "en", "eng", "er", "i", "ih", "ii", "ia", "ian",
    "iang", "iao", "ie", "in", "ing", "iong", "iou", "o", "ong", "ou", "u", "ua", "uai", "uan",
    "uang", "uei", "uen", "uo", "v", "van", "ve", "vn", "io",
];

/// The two phones of a syllable of pinyin such as "hao3", "lv4", "er2" or, with erhua, "huar1"; `None` for what is no
/// syllable. Tones are 1 to 5; without a digit, 5, the neutral tone.
pub(crate) fn syllable(pinyin: &str) -> Option<[Phone; 2]> {
    let lower = pinyin
        .to_lowercase()
        .replace("u:", "v")
        .replace('ü', "v")
        .replace('ê', "ei");
    let letters = lower.trim_end_matches(|c: char| c.is_ascii_digit());
    let tone = match &lower[letters.len()..] {
        "" | "0" | "5" => 5,
        "1" => 1,
        "2" => 2,
        "3" => 3,
        "4" => 4,
        _ => return None,
    };
    let letters = match letters {
        // Interjections of a nasal alone; the nearest syllable that voices have.
        "n" | "ng" | "m" | "hm" | "hng" => "en",
        other => other,
    };
    let (initial, rest) = match INITIALS
        .iter()
        .find_map(|initial| Some((*initial, letters.strip_prefix(initial)?)))
    {
        Some(parts) => parts,
        None => ("", letters),
    };
    let (plain, erhua) = match rest.strip_suffix('r') {
        Some(plain) if rest != "er" || !initial.is_empty() => (plain, "r"),
        _ => (rest, ""),
    };
    let last = format!("{}{erhua}", full_final(initial, plain)?);
    let first = match initial {
        "" => format!(
            "g{}",
            letters
                .chars()
                .next()
                .filter(|c| matches!(c, 'a' | 'e' | 'o'))?
        ),
        "x" => "xx_c".to_string(),
        _ => format!("{initial}_c"),
    };
    Some([
        phone(first, tone, true),
        phone(format!("{last}_c"), tone, false),
    ])
}

/// The final in full: "iou" for the "iu" of "liu", "v" for the "u" of "ju".
fn full_final(initial: &str, written: &str) -> Option<String> {
    let palatal = matches!(initial, "j" | "q" | "x" | "y");
    let full = match (initial, written) {
        ("zh" | "ch" | "sh" | "r", "i") => "ih".to_string(),
        ("z" | "c" | "s", "i") => "ii".to_string(),
        (_, "iu") => "iou".to_string(),
        (_, "ui") => "uei".to_string(),
        ("n" | "l", "ue") => "ve".to_string(),
        _ if palatal && written.starts_with('u') => format!("v{}", &written[1..]),
        (_, "un") => "uen".to_string(),
        _ => written.to_string(),
    };
    FINALS.contains(&full.as_str()).then_some(full)
}

fn phone(symbol: String, tone: u8, starts_syllable: bool) -> Phone {
    Phone {
        alphabet: Alphabet::KanTts,
        symbol: Cow::Owned(symbol),
        stress_or_tone: tone,
        starts_syllable,
    }
}

/// Syllables of pinyin with spaces between them.
///
/// # Errors
/// With the first that is none.
pub(crate) fn pinyin_phones(written: &str) -> Result<Vec<Phone>, String> {
    let mut phones = Vec::new();
    for one in written.split_whitespace() {
        phones.extend(syllable(one).ok_or_else(|| one.to_string())?);
    }
    Ok(phones)
}

/// Pairs of initial and final as KAN-TTS calls them, the tone at the final: "n_c i_c3 h_c ao_c3".
///
/// # Errors
/// With the first symbol that is not the one or the other.
pub(crate) fn kan_phones(written: &str) -> Result<Vec<Phone>, String> {
    let symbols: Vec<&str> = written.split_whitespace().collect();
    let mut phones = Vec::new();
    for pair in symbols.chunks(2) {
        let [first, last] = pair else {
            return Err(pair[0].to_string());
        };
        if !is_initial(first) {
            return Err((*first).to_string());
        }
        let name = last.trim_end_matches(|c: char| c.is_ascii_digit());
        let tone = match &last[name.len()..] {
            "1" => 1,
            "2" => 2,
            "3" => 3,
            "4" => 4,
            "5" | "" => 5,
            _ => return Err((*last).to_string()),
        };
        if !is_final(name) {
            return Err((*last).to_string());
        }
        phones.push(phone((*first).to_string(), tone, true));
        phones.push(phone(name.to_string(), tone, false));
    }
    Ok(phones)
}

fn is_initial(symbol: &str) -> bool {
    matches!(symbol, "ga" | "ge" | "go" | "xx_c")
        || symbol
            .strip_suffix("_c")
            .is_some_and(|name| name != "x" && INITIALS.contains(&name))
}

fn is_final(symbol: &str) -> bool {
    symbol.strip_suffix("_c").is_some_and(|name| {
        FINALS.contains(&name)
            || name
                .strip_suffix('r')
                .is_some_and(|plain| FINALS.contains(&plain))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::spell;

    fn kan(pinyin: &str) -> String {
        spell(&syllable(pinyin).unwrap_or_else(|| panic!("{pinyin} is a syllable")))
    }

    /// The syllables of the standard language, by initial, as the tables of textbooks have them.
    const STANDARD: &[(&str, &str)] = &[
        ("", "a ai an ang ao e ei en eng er o ou"),
        ("b", "a ai an ang ao ei en eng i ian iao ie in ing o u"),
        ("p", "a ai an ang ao ei en eng i ian iao ie in ing o ou u"),
        (
            "m",
            "a ai an ang ao e ei en eng i ian iao ie in ing iu o ou u",
        ),
        ("f", "a an ang ei en eng o ou u"),
        (
            "d",
            "a ai an ang ao e ei en eng i ia ian iao ie ing iu ong ou u uan ui un uo",
        ),
        (
            "t",
            "a ai an ang ao e eng i ian iao ie ing ong ou u uan ui un uo",
        ),
        (
            "n",
            "a ai an ang ao e ei en eng i ian iang iao ie in ing iu ong ou u uan uo v ve",
        ),
        (
            "l",
            "a ai an ang ao e ei eng i ia ian iang iao ie in ing iu o ong ou u uan un uo v ve",
        ),
        (
            "g",
            "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
        ),
        (
            "k",
            "a ai an ang ao e en eng ong ou u ua uai uan uang ui un uo",
        ),
        (
            "h",
            "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
        ),
        ("j", "i ia ian iang iao ie in ing iong iu u uan ue un"),
        ("q", "i ia ian iang iao ie in ing iong iu u uan ue un"),
        ("x", "i ia ian iang iao ie in ing iong iu u uan ue un"),
        (
            "zh",
            "a ai an ang ao e ei en eng i ong ou u ua uai uan uang ui un uo",
        ),
        (
            "ch",
            "a ai an ang ao e en eng i ong ou u ua uai uan uang ui un uo",
        ),
        (
            "sh",
            "a ai an ang ao e ei en eng i ou u ua uai uan uang ui un uo",
        ),
        ("r", "an ang ao e en eng i ong ou u uan ui un uo"),
        ("z", "a ai an ang ao e ei en eng i ong ou u uan ui un uo"),
        ("c", "a ai an ang ao e en eng i ong ou u uan ui un uo"),
        ("s", "a ai an ang ao e en eng i ong ou u uan ui un uo"),
        ("y", "a an ang ao e i in ing o ong ou u uan ue un"),
        ("w", "a ai an ang ei en eng o u"),
    ];

    #[test]
    fn every_standard_syllable_has_its_phones_and_no_two_the_same() {
        let mut seen = std::collections::HashMap::new();
        for (initial, finals) in STANDARD {
            for last in finals.split(' ') {
                let pinyin = format!("{initial}{last}");
                for tone in 1..=5 {
                    let phones = kan(&format!("{pinyin}{tone}"));
                    assert_eq!(
                        kan_phones(&phones.replacen(&format!("{tone} "), " ", 1))
                            .map(|phones| spell(&phones)),
                        Ok(phones)
                    );
                }
                if let Some(other) = seen.insert(kan(&pinyin), pinyin.clone()) {
                    panic!("{other} and {pinyin} are the same");
                }
            }
        }
        let all: usize = STANDARD
            .iter()
            .map(|(_, finals)| finals.split(' ').count())
            .sum();
        assert_eq!(seen.len(), all);
    }

    #[test]
    fn spellings_are_restored() {
        for (pinyin, phones) in [
            ("ni3", "n_c3 i_c3"),
            ("zhi1", "zh_c1 ih_c1"),
            ("si4", "s_c4 ii_c4"),
            ("liu2", "l_c2 iou_c2"),
            ("gui4", "g_c4 uei_c4"),
            ("chun1", "ch_c1 uen_c1"),
            ("jun1", "j_c1 vn_c1"),
            ("xue2", "xx_c2 ve_c2"),
            ("lüe4", "l_c4 ve_c4"),
            ("lu:4", "l_c4 v_c4"),
            ("yuan2", "y_c2 van_c2"),
            ("you3", "y_c3 ou_c3"),
            ("wei4", "w_c4 ei_c4"),
            ("an1", "ga1 an_c1"),
            ("er2", "ge2 er_c2"),
            ("ou3", "go3 ou_c3"),
            ("de", "d_c5 e_c5"),
            ("huar1", "h_c1 uar_c1"),
            ("shir4", "sh_c4 ihr_c4"),
            ("ger1", "g_c1 er_c1"),
        ] {
            assert_eq!(kan(pinyin), phones);
        }
    }

    #[test]
    fn what_is_no_syllable_is_none() {
        for wrong in [
            "", "3", "b", "zz1", "hao9", "hao33", "你", "bx", "iang1", "qwerty",
        ] {
            assert_eq!(syllable(wrong), None, "{wrong}");
        }
        assert_eq!(kan_phones("n_c i_c3 h_c"), Err("h_c".to_string()));
        assert_eq!(kan_phones("i_c3 n_c"), Err("i_c3".to_string()));
        assert_eq!(kan_phones("n_c i_c9"), Err("i_c9".to_string()));
        assert_eq!(pinyin_phones("ni3 foo"), Err("foo".to_string()));
    }
}
