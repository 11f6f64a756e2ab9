"""Chooses the training and test sentences from the fortunes files, the same ones for the same seed."""

import random
import re
from pathlib import Path

from common import Work

FORTUNES = Path("/usr/share/games/fortunes")
# Files that are verse, pictures, code, other languages, or in bad taste.
SKIPPED = {
    "art", "ascii-art", "drugs", "ethnic", "men-women", "perl", "politics", "songs-poems",
    "translate-me", "zippy", "debian", "linux", "linuxcookie", "knghtbrd", "goedel",
}
PLAIN = re.compile(r"^[A-Z][A-Za-z]*(?:,? [A-Za-z']+)*[.!?]$")
SEED = 7


def candidate_sentences() -> list[str]:
    """Every clean sentence of 5 to 14 words, sorted."""
    found = set()
    for path in sorted(FORTUNES.iterdir()):
        if path.suffix or path.name in SKIPPED:
            continue
        for fortune in path.read_text(errors="ignore").split("\n%\n"):
            body = re.sub(r"\s+", " ", fortune.split("\n\t\t--")[0])
            for sentence in re.split(r"(?<=[.!?]) ", body):
                words = sentence.split()
                if 5 <= len(words) <= 14 and PLAIN.match(sentence) and not shouts(words):
                    found.add(sentence)
    return sorted(found)


def shouts(words: list[str]) -> bool:
    """Whether a word of two letters or more is all capitals."""
    return any(len(word) > 1 and word.strip(".,!?'").isupper() and word not in ("I'm", "I'd") for word in words)


def choose(work: Work, train: int, test: int) -> None:
    """Write both sentence lists."""
    sentences = candidate_sentences()
    random.Random(SEED).shuffle(sentences)
    if len(sentences) < train + test:
        raise SystemExit(f"only {len(sentences)} sentences found; are the Debian packages fortunes and fortunes-min installed?")
    work.root.mkdir(parents=True, exist_ok=True)
    work.sentences("test").write_text("\n".join(sentences[:test]) + "\n")
    work.sentences("train").write_text("\n".join(sentences[test : test + train]) + "\n")
