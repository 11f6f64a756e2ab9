"""The phones of English, their byte codes in our data files, and how the two source dictionaries are read."""

import re
from pathlib import Path

VOWELS = "aa ae ah ao aw ax ay eh er ey ih iy ow oy uh uw".split()
CONSONANTS = "b ch d dh f g hh jh k l m n ng p r s sh t th v w y z zh".split()
# A vowel has three codes, one for each stress; the Rust side counts in the same order.
CODES = {(vowel, stress): 3 * i + stress for i, vowel in enumerate(VOWELS) for stress in range(3)}
CODES |= {(consonant, 0): 3 * len(VOWELS) + i for i, consonant in enumerate(CONSONANTS)}

Phones = tuple[tuple[str, int], ...]
# Which reading of a homograph an entry is: any, noun, verb, adjective, past of a verb.
TAGS = {"nil": 0, "n": 1, "v": 2, "j": 3, "v_p": 4}
SYLLABLE = re.compile(r"\(\(([a-z ]+)\) ([012])\)")


def read_festival(path: Path) -> dict[str, dict[int, Phones]]:
    """Festival's form of CMUdict 0.4: word -> reading -> phones; stress 0 or 1."""
    words: dict[str, dict[int, Phones]] = {}
    for line in path.read_text(encoding="latin-1").splitlines():
        entry = re.match(r'^\("([a-z\']+)" ([a-z_]+) \((.*)\)\)$', line)
        if not entry or entry[2] not in TAGS:
            continue
        phones = []
        for syllable, stress in SYLLABLE.findall(entry[3]):
            phones += [(phone, int(stress) if phone in VOWELS else 0) for phone in syllable.split()]
        if phones and all(phone in CODES for phone in phones):
            words.setdefault(entry[1], {}).setdefault(TAGS[entry[2]], tuple(phones))
    return words


def read_cmudict(path: Path) -> dict[str, Phones]:
    """The first pronunciation of every word of CMUdict 0.7, its unstressed AH as the schwa."""
    words: dict[str, Phones] = {}
    for line in path.read_text(encoding="latin-1").splitlines():
        word, *symbols = line.split(" #")[0].split()
        if not re.fullmatch(r"[a-z']+", word) or word in words:
            continue
        phones = []
        for symbol in symbols:
            name, stress = symbol.lower().rstrip("012"), symbol[-1]
            name = "ax" if symbol == "AH0" else name
            phones.append((name, int(stress) if name in VOWELS else 0))
        words[word] = tuple(phones)
    return words


def with_secondary(phones: Phones, newer: Phones | None) -> Phones:
    """Festival knows one degree of stress; the newer dictionary tells which of them are secondary."""
    if newer is None:
        return phones
    stresses = [stress for name, stress in newer if name in VOWELS]
    if len(stresses) != sum(name in VOWELS for name, _ in phones):
        return phones
    degrees = iter(stresses)
    mended = []
    for name, stress in phones:
        if name in VOWELS:
            stress = 2 if (next(degrees), stress) == (2, 1) else stress
        mended.append((name, stress))
    return tuple(mended) if any(stress == 1 for _, stress in mended) else phones


def merged(festival: Path, cmudict: Path) -> dict[str, dict[int, Phones]]:
    """Both dictionaries: festival's where it has the word, since the default voice was trained on its phones."""
    newer = read_cmudict(cmudict)
    words = {
        word: {tag: with_secondary(phones, newer.get(word)) for tag, phones in readings.items()}
        for word, readings in read_festival(festival).items()
    }
    for word, phones in newer.items():
        words.setdefault(word, {0: phones})
    return {word: words[word] for word in sorted(words)}
