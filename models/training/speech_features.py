"""What the speaking voice knows of every phone: the same numbers as `models/src/speech/source_filter/plan.rs` makes.

A sentence is a row of words; a pause stands before it, after it and after every word that ends a phrase.
"""

from dataclasses import dataclass

import numpy as np

from common import PHONE_ID, PHONES

VOWELS = frozenset("aa ae ah ao aw ax ay eh er ey ih iy ow oy uh uw".split())
ENDINGS = ("statement", "question", "exclamation")
# Words that carry grammar rather than meaning and are seldom stressed.
FUNCTION_WORDS = frozenset(
    """a about after all also am an and any are aren't as at be because been before being but by can can't could
    couldn't did didn't do does doesn't don't down each either every for from had hadn't has hasn't have haven't he
    he'd he'll he's her hers him his how i i'd i'll i'm i've if in into is isn't it it'd it'll it's its let let's may
    me might mine must my neither no nor of off on or our ours out over own shall she she'd she'll she's should
    shouldn't since so some than that that's the their theirs them then there there's these they they'd they'll
    they're they've this those through till to too under until up upon us very was wasn't we we'd we'll we're we've
    were weren't what what's when where which while who who's whom whose why will with without won't would wouldn't
    you you'd you'll you're you've your yours""".split()
)
# Counts are cut off here: beyond it, position matters no more.
MOST_WORDS, MOST_VOWELS, MOST_IN_WORD = 9, 19, 4
SIZE = len(PHONES) + 12 + len(ENDINGS)


@dataclass
class SpokenWord:
    """A word: its phones with their stress (0 without, 1 with; consonants 0), and whether a pause follows inside the sentence."""

    text: str
    phones: list[tuple[str, int]]
    pause_after: bool


def phrases(words: list[SpokenWord]) -> list[list[SpokenWord]]:
    """The words between pauses."""
    found: list[list[SpokenWord]] = [[]]
    for word in words:
        found[-1].append(word)
        if word.pause_after:
            found.append([])
    return [phrase for phrase in found if phrase]


def capped(count: int, most: int) -> float:
    """A count as 0 to 1."""
    return min(count, most) / most


def phone_features(words: list[SpokenWord], ending: str) -> tuple[list[str], np.ndarray]:
    """The phones, pauses among them, and one row of features for each."""
    names: list[str] = []
    rows: list[np.ndarray] = []

    def add(name: str, values: list[float]) -> None:
        row = np.zeros(SIZE, np.float32)
        row[PHONE_ID[name]] = 1
        row[len(PHONES) : len(PHONES) + len(values)] = values
        row[len(PHONES) + 12 + ENDINGS.index(ending)] = 1
        names.append(name)
        rows.append(row)

    parts = phrases(words)
    add("pau", [0.0] * 10 + [1.0, 0.0])
    for number, phrase in enumerate(parts):
        first, last = float(number == 0), float(number == len(parts) - 1)
        total = sum(name in VOWELS for word in phrase for name, _ in word.phones)
        passed = 0
        for index, word in enumerate(phrase):
            function = float(word.text in FUNCTION_WORDS)
            own = sum(name in VOWELS for name, _ in word.phones)
            begun = passed
            for place, (name, stress) in enumerate(word.phones):
                vowel = name in VOWELS
                add(name, [
                    float(vowel and stress > 0), float(place == 0), float(place == len(word.phones) - 1), function,
                    capped(index, MOST_WORDS), capped(len(phrase) - 1 - index, MOST_WORDS),
                    capped(passed, MOST_VOWELS), capped(total - passed - vowel, MOST_VOWELS),
                    capped(passed - begun, MOST_IN_WORD), capped(own - (passed - begun) - vowel, MOST_IN_WORD),
                    first, last,
                ])
                passed += vowel
        add("pau", [0.0] * 11 + [last])
    return names, np.stack(rows)


def positions(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For every frame the index of its phone, and where in the phone it is: [frames, 4]."""
    phone = np.repeat(np.arange(len(counts)), counts)
    size = counts[phone].astype(np.float32)
    passed = (np.arange(len(phone)) - np.repeat(np.cumsum(counts) - counts, counts)).astype(np.float32)
    rows = [(passed + 0.5) / size, np.minimum(passed, 20) / 10, np.minimum(size - 1 - passed, 20) / 10, np.log(size)]
    return phone, np.stack(rows, axis=1).astype(np.float32)
