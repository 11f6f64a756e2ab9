//! Chooses between the readings of a homograph by the words around it: "to record" and "the record".
//!
//! A few dozen words around tell noun from verb in nearly all places where English has both, and a tagger of the whole
//! sentence would be a hundred times as large.

use crate::english::dictionary::Reading;
use crate::phone::{Phone, arpabet_phones};

/// Behind these stands a noun or an adjective.
const BEFORE_NOUNS: &str = "a about all an and-the any at between both by each every few first for from her his in into its last many \
     more most much my new next no of off old on one or-the other our own same second several some such that the their this these those \
     three two under with without your whose high low good bad great big small very so too as is are was were be been being";
/// Behind these stands a verb in its base form.
const BEFORE_VERBS: &str = "to will would can could shall should may might must do does did don't doesn't didn't won't can't couldn't \
     wouldn't shouldn't cannot not never always often also i you we they who let let's lets please and-then help i'll you'll we'll they'll he'll \
     she'll it'll i'd you'd we'd they'd he'd she'd";
/// Behind these stands a verb in the third person.
const BEFORE_THIRD_PERSON: &str = "he she it who which that nobody everybody everyone someone";
/// Before these stands a verb, unless something else tells otherwise.
const BEHIND_VERBS: &str =
    "a an the my your his her its our their this that these those me you him it us them each every";
/// Behind these, "read" is the participle.
const AUXILIARIES: &str =
    "have has had having was were been be is are being i've you've we've they've he's she's";
/// Behind these, "close" and "live" are adjectives.
const COPULAS: &str = "very so too as is are was were be been being get gets getting come came stay stand stood how quite";

/// Readings that the dictionary does not tell apart.
const MORE: &[(&str, Reading, &str)] = &[
    ("read", Reading::Verb, "r iy1 d"),
    ("read", Reading::Past, "r eh1 d"),
    ("wound", Reading::Noun, "w uw1 n d"),
    ("wound", Reading::Past, "w aw1 n d"),
    ("bow", Reading::Noun, "b ow1"),
    ("bow", Reading::Verb, "b aw1"),
];
/// Words whose rarer reading in the dictionary is a name or nearly extinct.
const ONE_READING: &[(&str, Reading)] = &[
    ("does", Reading::Verb),
    ("reading", Reading::Verb),
    ("putting", Reading::Any),
    ("minute", Reading::Noun),
];

/// The words around a homograph, in lower case.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Neighbours<'a> {
    pub before_last: Option<&'a str>,
    pub before: Option<&'a str>,
    pub after: Option<&'a str>,
}

/// The readings of a word where our own table has some.
pub(crate) fn own_readings(word: &str) -> Option<Vec<(Reading, Vec<Phone>)>> {
    let of_word = MORE.iter().filter(|(other, ..)| *other == word);
    let readings: Vec<_> = of_word
        .filter_map(|(_, reading, phones)| Some((*reading, arpabet_phones(phones).ok()?)))
        .collect();
    (!readings.is_empty()).then_some(readings)
}

/// The pronunciation that fits these neighbours.
pub(crate) fn choose<'a>(
    word: &str,
    readings: &'a [(Reading, Vec<Phone>)],
    around: Neighbours,
) -> Option<&'a [Phone]> {
    let wanted = match ONE_READING.iter().find(|(other, _)| *other == word) {
        Some((_, reading)) => *reading,
        None => guess(word, around),
    };
    let of = |reading| readings.iter().find(|(other, _)| *other == reading);
    let order = match wanted {
        Reading::Verb => [
            Reading::Verb,
            Reading::Any,
            Reading::Past,
            Reading::Noun,
            Reading::Adjective,
        ],
        Reading::Past => [
            Reading::Past,
            Reading::Verb,
            Reading::Any,
            Reading::Noun,
            Reading::Adjective,
        ],
        Reading::Adjective => [
            Reading::Adjective,
            Reading::Noun,
            Reading::Any,
            Reading::Verb,
            Reading::Past,
        ],
        _ => [
            Reading::Noun,
            Reading::Adjective,
            Reading::Any,
            Reading::Verb,
            Reading::Past,
        ],
    };
    order
        .into_iter()
        .find_map(of)
        .map(|(_, phones)| phones.as_slice())
}

fn among(list: &str, word: Option<&str>) -> bool {
    word.is_some_and(|word| list.split_whitespace().any(|other| other == word))
}

/// What part of speech a word is here.
fn guess(word: &str, around: Neighbours) -> Reading {
    // An adverb tells nothing of its own: "to carefully record".
    let before = if around
        .before
        .is_some_and(|word| word.len() > 4 && word.ends_with("ly"))
    {
        around.before_last
    } else {
        around.before
    };
    match word {
        "read" => return guess_read(before, around),
        "close" if among(COPULAS, before) || around.after == Some("to") => return Reading::Noun,
        "live" if among(COPULAS, before) || among("a an the some", before) => {
            return Reading::Adjective;
        }
        "live" | "lead" if !among(BEFORE_NOUNS, before) => return Reading::Verb,
        "wound"
            if among("i you he she it we they up has had have was were", before)
                && among("up down around", around.after) =>
        {
            return Reading::Past;
        }
        _ => {}
    }
    let third_person = word.ends_with('s') && !word.ends_with("ss");
    let verb = if third_person {
        among(BEFORE_THIRD_PERSON, before)
    } else {
        among(BEFORE_VERBS, before)
    };
    let has_object = !among(BEFORE_NOUNS, before) && among(BEHIND_VERBS, around.after);
    if verb || has_object {
        Reading::Verb
    } else {
        Reading::Noun
    }
}

/// "to read", "I will read", "Read this!" against "has read" and "she read".
fn guess_read(before: Option<&str>, around: Neighbours) -> Reading {
    if among(AUXILIARIES, before) || among(BEFORE_THIRD_PERSON, before) {
        return Reading::Past;
    }
    let base = before.is_none()
        || among(BEFORE_VERBS, before)
            && !among("i you we they who never always often also", before);
    // "Do you read" and "when you read" are no past either.
    let asked = among(
        "do does did can could will would if when to",
        around.before_last,
    );
    if base || asked || among(BEFORE_NOUNS, before) {
        Reading::Verb
    } else {
        Reading::Past
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::english::dictionary;
    use crate::phone::spell;

    /// The phones of the word in angle brackets.
    fn said(sentence: &str) -> String {
        let words: Vec<String> = sentence.split(' ').map(str::to_lowercase).collect();
        let at = words.iter().position(|word| word.starts_with('<')).unwrap();
        let word = words[at].trim_matches(['<', '>']);
        let get = |at: Option<usize>| at.and_then(|at| words.get(at)).map(String::as_str);
        let around = Neighbours {
            before_last: get(at.checked_sub(2)),
            before: get(at.checked_sub(1)),
            after: get(Some(at + 1)),
        };
        let readings = own_readings(word)
            .or_else(|| dictionary::look_up(word))
            .unwrap();
        spell(choose(word, &readings, around).unwrap())
    }

    #[test]
    fn homographs_are_told_apart_by_their_neighbours() {
        for (sentence, phones) in [
            ("I will <record> the song", "r ax0 k ao1 r d"),
            ("this is a <record> of it", "r eh1 k er0 d"),
            ("she <records> the song", "r ax0 k ao1 r d z"),
            ("two <records> were found", "r eh1 k er0 d z"),
            ("I want to <read> it", "r iy1 d"),
            ("I have <read> it", "r eh1 d"),
            ("she <read> it", "r eh1 d"),
            ("do you <read> books", "r iy1 d"),
            ("they <lead> us", "l iy1 d"),
            ("made of <lead> and tin", "l eh1 d"),
            ("we <live> here", "l ih1 v"),
            ("a <live> show", "l ay1 v"),
            ("the <use> of it", "y uw0 s"),
            ("you can <use> it", "y uw1 z"),
            ("<close> the door", "k l ow1 z"),
            ("it is very <close> to me", "k l ow1 s"),
            ("an <object> of art", "aa1 b jh eh0 k t"),
            ("I <object> to that", "ax0 b jh eh1 k t"),
            ("the <present> was nice", "p r eh1 z ax0 n t"),
            ("let me <present> my friend", "p r iy0 z eh1 n t"),
            ("I would like to <present> it", "p r iy0 z eh1 n t"),
            ("the <wind> blew", "w ih1 n d"),
            ("to carefully <wind> it", "w ay1 n d"),
            ("he <does> it", "d ah1 z"),
            ("in a <minute> or two", "m ih1 n ax0 t"),
        ] {
            assert_eq!(said(sentence), phones, "{sentence}");
        }
    }
}
