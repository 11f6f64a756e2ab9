"""Tells which letters of a word stand for which phones, by iterated best alignments."""

import math
from collections import Counter

from phones import Phones

Label = tuple[tuple[str, int], ...]
ITERATIONS = 5
# A letter stands for two phones at most ("x", or the "u" of "use"); more would be learnt from abbreviations alone.
MOST = 2
# What a pair that was never seen costs, in nats: more than any pair that was.
UNSEEN = 14.0


def align(word: str, phones: Phones, costs: dict[tuple[str, Label], float]) -> tuple[float, list[Label]] | None:
    """The cheapest way to part the phones among the letters, in order; None when there are too many phones."""
    bare = tuple((name,) for name, _ in phones)
    best: list[dict[int, tuple[float, int]]] = [{0: (0.0, 0)}]
    for i, letter in enumerate(word):
        here: dict[int, tuple[float, int]] = {}
        left = MOST * (len(word) - i - 1)
        for j, (cost, _) in best[i].items():
            for n in range(MOST + 1):
                k = j + n
                if k > len(phones) or len(phones) - k > left:
                    continue
                total = cost + costs.get((letter, bare[j:k]), UNSEEN)
                if k not in here or total < here[k][0]:
                    here[k] = (total, n)
        best.append(here)
    if len(phones) not in best[-1]:
        return None
    labels: list[Label] = []
    j = len(phones)
    for i in range(len(word), 0, -1):
        n = best[i][j][1]
        labels.append(phones[j - n : j])
        j -= n
    return best[-1][len(phones)][0], labels[::-1]


def initial_costs(words: list[tuple[str, Phones]]) -> dict[tuple[str, Label], float]:
    """Pairs counted where letter and phone lie at the same share of the word."""
    pairs: Counter = Counter()
    for word, phones in words:
        for i, letter in enumerate(word):
            pairs[letter, ()] += 0.3
            at = i * len(phones) / len(word)
            for j in range(max(0, int(at) - 1), min(len(phones), int(at) + 2)):
                pairs[letter, ((phones[j][0],),)] += 1
                pairs[letter, tuple((name,) for name, _ in phones[j : j + 2])] += 0.1
    return to_costs(pairs)


def to_costs(pairs: Counter) -> dict[tuple[str, Label], float]:
    """Minus the logarithm of each pair's share of its letter."""
    totals: Counter = Counter()
    for (letter, _), count in pairs.items():
        totals[letter] += count
    return {pair: -math.log(count / totals[pair[0]]) for pair, count in pairs.items()}


def align_all(words: list[tuple[str, Phones]]) -> list[tuple[str, list[Label]]]:
    """The labels of every word whose phones fit its letters."""
    costs = initial_costs(words)
    for _ in range(ITERATIONS):
        pairs: Counter = Counter()
        aligned = []
        for word, phones in words:
            found = align(word, phones, costs)
            # Abbreviations and foreign words would teach nonsense: more than 6 nats a letter is not a spelling.
            if found is None or found[0] > 6 * len(word):
                continue
            aligned.append((word, found[1]))
            for letter, label in zip(word, found[1]):
                pairs[letter, tuple((name,) for name, _ in label)] += 1
        costs = to_costs(pairs)
    return aligned
