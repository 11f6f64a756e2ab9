"""Makes text/data from the two dictionaries: `python make.py --festival cmudict-0.4.out --cmudict cmudict.dict`."""

import argparse
from pathlib import Path

import dictionary
import letters
from phones import merged

DATA = Path(__file__).parent.parent / "data"


def main() -> None:
    """Read, merge, pack, train."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--festival", type=Path, default=Path("/usr/share/festival/dicts/cmu/cmudict-0.4.out"))
    arguments.add_argument("--cmudict", type=Path, required=True)
    given = arguments.parse_args()
    words = merged(given.festival, given.cmudict)
    dictionary.pack(words, DATA / "english.dict")
    letters.train(words, DATA / "english.letters", DATA / "unseen_words.tsv")


if __name__ == "__main__":
    main()
