"""Grows one decision tree per letter that tells its phones from the letters around it, and packs them.

Text is read from right to left, because endings decide on stress and on the vowels before them. The file: "SXL1",
number of labels (u8), each label as its number of phones and their codes; number of nodes' bytes of each of the 26 trees
(little-endian u32), the trees. A node: a question (u8 feature, u8 value, u24 length of the yes-branch that follows; the
no-branch comes after it) or an answer (0xff, u8 label).
"""

import struct
from collections import Counter
from pathlib import Path

import numpy as np

from align import Label, align_all
from phones import CODES, VOWELS, Phones

REACH = 4
OFFSETS = [offset for offset in range(-REACH, REACH + 1) if offset]
# Features: the letters around; whether they are vowels; the two labels decided last; vowels and stress so far.
LETTERS = len(OFFSETS)
FEATURES = 2 * LETTERS + 2 + 2
# A question must save this many bits in all; fewer and the trees learn single names by heart.
LEAST_BITS = 4.0
RAREST = 8
NONE = 255


def letter_code(word: str, at: int) -> int:
    """1 to 26, and 0 beyond the word."""
    return ord(word[at]) - 96 if 0 <= at < len(word) else 0


def is_vowel(code: int) -> int:
    """Whether the letter is one of a, e, i, o, u, y."""
    return int(code in (1, 5, 9, 15, 21, 25))


def features(word: str, at: int, behind: list[int], vowels: int, stressed: int) -> list[int]:
    """What the trees may ask about a letter; `behind` are the labels to its right, nearest first."""
    around = [letter_code(word, at + offset) for offset in OFFSETS]
    last = (behind + [NONE, NONE])[:2]
    return around + [is_vowel(code) for code in around] + last + [min(vowels, 4), stressed]


def count(label: Label) -> tuple[int, int]:
    """How many vowels a label has, and whether one of them has the primary stress."""
    return sum(name in VOWELS for name, _ in label), int(any(stress == 1 for _, stress in label))


def examples(aligned: list[tuple[str, list[Label]]], labels: dict[Label, int]):
    """Features and label of every letter, by letter."""
    rows: dict[str, list[list[int]]] = {}
    answers: dict[str, list[int]] = {}
    for word, parts in aligned:
        behind: list[int] = []
        vowels = stressed = 0
        for at in range(len(word) - 1, -1, -1):
            rows.setdefault(word[at], []).append(features(word, at, behind, vowels, stressed))
            answers.setdefault(word[at], []).append(labels[parts[at]])
            behind.insert(0, labels[parts[at]])
            more, stress = count(parts[at])
            vowels, stressed = vowels + more, stressed | stress
    return {letter: (np.array(rows[letter], np.int64), np.array(answers[letter])) for letter in rows}


def bits(counts: np.ndarray) -> np.ndarray:
    """Entropy of the last axis times its sum, in bits."""
    totals = counts.sum(-1)
    inner = np.where(counts > 0, counts * np.log2(np.maximum(counts, 1)), 0).sum(-1)
    return totals * np.log2(np.maximum(totals, 1)) - inner


def best_question(rows: np.ndarray, answers: np.ndarray, classes: int) -> tuple[float, int, int]:
    """Gain in bits, feature and value of the question that saves most."""
    whole = np.bincount(answers, minlength=classes)
    all_bits = bits(whole)
    best = (0.0, 0, 0)
    for feature in range(FEATURES):
        values, codes = np.unique(rows[:, feature], return_inverse=True)
        if len(values) == 1:
            continue
        table = np.bincount(codes * classes + answers, minlength=len(values) * classes).reshape(-1, classes)
        gains = all_bits - bits(table) - bits(whole - table)
        top = int(gains.argmax())
        if gains[top] > best[0]:
            best = (float(gains[top]), feature, int(values[top]))
    return best


def grow(rows: np.ndarray, answers: np.ndarray, classes: int, least: float) -> bytes:
    """The tree of these examples as bytes."""
    common = int(np.bincount(answers).argmax())
    if (answers == common).all():
        return bytes([0xFF, common])
    kinds, compact = np.unique(answers, return_inverse=True)
    gain, feature, value = best_question(rows, compact, len(kinds))
    if gain < least:
        return bytes([0xFF, common])
    yes = rows[:, feature] == value
    first = grow(rows[yes], answers[yes], classes, least)
    second = grow(rows[~yes], answers[~yes], classes, least)
    if first == second and first[0] == 0xFF:
        return first
    return bytes([feature, value]) + struct.pack("<I", len(first))[:3] + first + second


def predict(word: str, trees: dict[str, bytes], kinds: list[Label]) -> Phones:
    """The phones of a word, as the Rust side finds them."""
    behind: list[int] = []
    parts: list[Label] = []
    vowels = stressed = 0
    for at in range(len(word) - 1, -1, -1):
        asked = features(word, at, behind, vowels, stressed)
        tree, node = trees[word[at]], 0
        while tree[node] != 0xFF:
            skip = int.from_bytes(tree[node + 2 : node + 5], "little")
            node += 5 if asked[tree[node]] == tree[node + 1] else 5 + skip
        label = tree[node + 1]
        behind.insert(0, label)
        parts.insert(0, kinds[label])
        more, stress = count(kinds[label])
        vowels, stressed = vowels + more, stressed | stress
    return tuple(phone for part in parts for phone in part)


def distance(a: list, b: list) -> int:
    """Levenshtein's distance."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (x != y))
    return row[-1]


def measure(words: list[tuple[str, Phones]], trees: dict[str, bytes], kinds: list[Label]) -> dict[str, float]:
    """Shares of words right with and without stress, and the phone error rate."""
    right = bare_right = errors = phones = 0
    for word, truth in words:
        found = predict(word, trees, kinds)
        names, bare = [name for name, _ in truth], [name for name, _ in found]
        # The dictionaries disagree on the degree of stress, so secondary counts as stressed.
        right += [(n, min(s, 1)) for n, s in found] == [(n, min(s, 1)) for n, s in truth]
        bare_right += names == bare
        errors += distance(names, bare)
        phones += len(names)
    return {
        "words right": right / len(words),
        "words right but for stress": bare_right / len(words),
        "phone errors": errors / phones,
    }


def held_out(word: str) -> bool:
    """One word in twenty, by its letters, so that the choice never changes."""
    return sum((i + 1) * ord(letter) for i, letter in enumerate(word)) % 20 == 0


def train(words: dict[str, dict[int, Phones]], path: Path, sample: Path) -> None:
    """Write the trees, and some of the words that they have not seen with their true phones."""
    plain = [(word, readings[0]) for word, readings in words.items() if 0 in readings and word.isalpha() and len(word) > 1]
    learnt = [pair for pair in plain if not held_out(pair[0])]
    unseen = [pair for pair in plain if held_out(pair[0])]
    aligned = align_all(learnt)
    seen = Counter(label for _, parts in aligned for label in parts)
    kinds = [label for label, number in seen.most_common(250) if number >= RAREST]
    labels = {label: i for i, label in enumerate(kinds)}
    aligned = [(word, parts) for word, parts in aligned if all(part in labels for part in parts)]
    trees = {
        letter: grow(rows, answers, len(kinds), LEAST_BITS)
        for letter, (rows, answers) in sorted(examples(aligned, labels).items())
    }
    head = b"SXL1" + bytes([len(kinds)])
    for label in kinds:
        head += bytes([len(label)]) + bytes(CODES[phone] for phone in label)
    head += struct.pack("<26I", *(len(trees[chr(97 + i)]) for i in range(26)))
    path.write_bytes(head + b"".join(trees[chr(97 + i)] for i in range(26)))
    print(f"{path.name}: {len(aligned)} words learnt, {len(kinds)} labels, {path.stat().st_size} bytes")
    for name, share in measure(unseen, trees, kinds).items():
        print(f"  {len(unseen)} unseen words: {name} {share:.4f}")
    step = max(1, len(unseen) // 500)
    rows = [f"{word}\t{' '.join(name + (str(s) if name in VOWELS else '') for name, s in phones)}" for word, phones in unseen]
    sample.write_text("\n".join(rows[::step]) + "\n")
