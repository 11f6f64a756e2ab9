"""Makes text/data/mandarin.words, the words that Chinese text is cut into: `python mandarin.py dict.txt`.

The file is `src/data/dict.txt` of the crate jieba-rs 0.11.0 (MIT): a word, how often it occurs, its kind. The 50,000
commonest words of at most four characters are kept, a word and its count a line: rarer ones change where a sentence is cut
in few places, and all 349,000 would be 5 MB.
"""

import sys
from pathlib import Path

WORDS = 50_000
LONGEST = 4


def is_han(word: str) -> bool:
    """Whether all characters are Chinese ones."""
    return all("\u4e00" <= c <= "\u9fff" for c in word)


def main() -> None:
    """Read, choose, write."""
    rows = [line.split() for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()]
    rows = [(int(count), word) for word, count, *_ in rows if len(word) <= LONGEST and is_han(word)]
    chosen = sorted(sorted(rows, reverse=True)[:WORDS], key=lambda row: row[1])
    text = "".join(f"{word} {count}\n" for count, word in chosen)
    (Path(__file__).parent.parent / "data" / "mandarin.words").write_text(text, encoding="utf-8")
    print(f"{len(chosen)} words, {len(text.encode())} bytes")


if __name__ == "__main__":
    main()
