//! Changes the tones of Mandarin syllables as their neighbours want it.

use std::ops::Range;

/// One syllable of a clause, before its phones are known.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Syllable {
    /// The character that it is written with.
    pub han: char,
    /// The bytes of the text.
    pub range: Range<usize>,
    /// Pinyin without the tone.
    pub letters: String,
    /// 1 to 4, and 5 for the neutral tone.
    pub tone: u8,
    /// Whether a word begins here.
    pub begins_word: bool,
    /// Whether a user's lexicon gave it, so that it stays as it is.
    pub fixed: bool,
}

const NUMERALS: &str = "零一二三四五六七八九十两点幺第";
/// Behind 一, these make a number of it whose tone changes as before other words.
const LARGE: &str = "百千万亿";

/// Applies the rules for 不, 一, and third tones.
pub(crate) fn apply(syllables: &mut [Syllable]) {
    bu_and_yi(syllables);
    third_tones(syllables);
}

/// 不 rises before a fourth tone; 一 rises before a fourth tone and falls before the others, but not where it counts.
/// Between the two halves of a doubled word both are neutral: 看一看, 是不是.
fn bu_and_yi(syllables: &mut [Syllable]) {
    for at in 0..syllables.len() {
        if syllables[at].fixed || !matches!(syllables[at].han, '不' | '一') {
            continue;
        }
        let before = at.checked_sub(1).map(|before| syllables[before].han);
        let Some(next) = syllables.get(at + 1).map(|next| (next.han, next.tone)) else {
            continue;
        };
        let doubled = before == Some(next.0) && !NUMERALS.contains(next.0);
        let counts = before.is_some_and(|han| NUMERALS.contains(han))
            || NUMERALS.contains(next.0)
            || "月日号年".contains(next.0);
        // A measure that has lost its tone, as 个, had the fourth.
        let falls = next.1 == 4 || next.1 == 5 && next.0 == '个';
        syllables[at].tone = match syllables[at].han {
            _ if doubled => 5,
            '不' if falls => 2,
            '不' => 4,
            _ if counts && !LARGE.contains(next.0) => 1,
            _ if falls => 2,
            _ => 4,
        };
    }
}

/// A third tone before a third tone rises: within words, and between words of which one has a single syllable.
fn third_tones(syllables: &mut [Syllable]) {
    let third: Vec<bool> = syllables.iter().map(|one| one.tone == 3).collect();
    let length = |at: usize| {
        let start = (0..=at)
            .rev()
            .find(|start| syllables[*start].begins_word)
            .unwrap_or(0);
        let end = (at + 1..syllables.len())
            .find(|end| syllables[*end].begins_word)
            .unwrap_or(syllables.len());
        end - start
    };
    let rising: Vec<usize> = (0..syllables.len().saturating_sub(1))
        .filter(|at| {
            let joined = !syllables[at + 1].begins_word || length(*at) == 1 || length(at + 1) == 1;
            third[*at] && third[at + 1] && joined && !syllables[*at].fixed
        })
        .collect();
    for at in rising {
        syllables[at].tone = 2;
    }
}

/// Words that end in 儿 and keep it as a syllable of its own.
const FULL_ER: &str = "女婴幼少孤男健胎育生小";

/// Joins 儿 with the syllable before it, 花儿 as "huar"; `exists` tells which syllables there are.
pub(crate) fn erhua(syllables: Vec<Syllable>, exists: impl Fn(&str) -> bool) -> Vec<Syllable> {
    let mut joined: Vec<Syllable> = Vec::with_capacity(syllables.len());
    for one in syllables {
        if let Some(last) = joined.last_mut().filter(|last| {
            one.han == '儿'
                && !one.fixed
                && !last.fixed
                && !FULL_ER.contains(last.han)
                && !last.letters.ends_with('r')
        }) {
            let with_r = format!("{}r", last.letters);
            if exists(&with_r) && !one.begins_word {
                last.letters = with_r;
                last.range.end = one.range.end;
                continue;
            }
        }
        joined.push(one);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words parted by spaces, with the tones that dictionaries give.
    fn tones(words: &str, tones: &[u8]) -> Vec<u8> {
        let mut syllables = Vec::new();
        for word in words.split(' ') {
            for (at, han) in word.chars().enumerate() {
                let tone = tones[syllables.len()];
                syllables.push(Syllable {
                    han,
                    range: 0..1,
                    letters: String::new(),
                    tone,
                    begins_word: at == 0,
                    fixed: false,
                });
            }
        }
        apply(&mut syllables);
        syllables.iter().map(|one| one.tone).collect()
    }

    #[test]
    fn third_tones_rise_before_third_tones() {
        assert_eq!(tones("你好", &[3, 3]), [2, 3]);
        assert_eq!(tones("我 很 好", &[3, 3, 3]), [2, 2, 3]);
        assert_eq!(tones("展览 馆长", &[3, 3, 3, 3]), [2, 3, 2, 3]);
        assert_eq!(tones("我 去", &[3, 4]), [3, 4]);
    }

    /// 花儿 is one syllable; of 这 儿子 the second word keeps its own, although "zher" exists too.
    #[test]
    fn er_joins_the_syllable_before_it_within_a_word_alone() {
        let one = |han, letters: &str, begins_word| Syllable {
            han,
            range: 0..1,
            letters: letters.to_string(),
            tone: 2,
            begins_word,
            fixed: false,
        };
        let joined = |words: Vec<Syllable>| {
            let joined = erhua(words, |_| true);
            let letters: Vec<String> = joined.into_iter().map(|one| one.letters).collect();
            letters.join(" ")
        };
        let flower = vec![one('花', "hua", true), one('儿', "er", false)];
        assert_eq!(joined(flower), "huar");
        let son = vec![
            one('这', "zhe", true),
            one('儿', "er", true),
            one('子', "zi", false),
        ];
        assert_eq!(joined(son), "zhe er zi");
    }

    #[test]
    fn bu_and_yi_follow_what_stands_behind_them() {
        assert_eq!(tones("不 是", &[4, 4]), [2, 4]);
        assert_eq!(tones("不 好", &[4, 3]), [4, 3]);
        assert_eq!(tones("一 定", &[1, 4]), [2, 4]);
        assert_eq!(tones("一 天", &[1, 1]), [4, 1]);
        assert_eq!(tones("一 个", &[1, 4]), [2, 4]);
        assert_eq!(tones("第 一 天", &[4, 1, 1]), [4, 1, 1]);
        assert_eq!(tones("十 一 月", &[2, 1, 4]), [2, 1, 4]);
        assert_eq!(tones("一 百", &[1, 3]), [4, 3]);
        assert_eq!(tones("看 一 看", &[4, 1, 4]), [4, 5, 4]);
        assert_eq!(tones("是 不 是", &[4, 4, 4]), [4, 5, 4]);
        assert_eq!(tones("统 一", &[3, 1]), [3, 1]);
    }
}
