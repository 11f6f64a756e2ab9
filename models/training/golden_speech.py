"""Writes what the Rust speaking voice is compared with: two sentences by the reference. To be run after every export."""

import argparse
import json
from pathlib import Path

import numpy as np

from speech_features import SpokenWord
from speech_reference import ReferenceVoice

MODELS = Path(__file__).resolve().parents[1]
FOLDER = MODELS / "tests" / "golden" / "speaking"
# Every sixteenth sample is kept: enough to see a pulse out of place by a fraction of a sample.
STEP = 16
# Ending, speaker, seed, and words with their phones; a comma is a pause.
CASES = [
    ("question", 0, 0, "Hello, hh ax l ow1 | where w eh1 r | are aa1 r | you y uw1"),
    ("statement", 1, 5, "It ih1 t | is ih1 z | shut sh ah1 t, | however, hh aw2 eh1 v er | to t ax | judges jh ah1 jh ih z"),
]


def parse(text: str) -> list[SpokenWord]:
    """The words of a case."""
    words = []
    for part in text.split("|"):
        name, *phones = part.split()
        pause = "," in part
        phones = [phone.rstrip(",") for phone in phones]
        split = [(phone.rstrip("012"), int(phone[-1]) if phone[-1].isdigit() else 0) for phone in phones]
        words.append(SpokenWord(name.rstrip(",").lower(), split, pause))
    return words


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=MODELS / "voices" / "speech", help="where the graphs lie")
    voice = ReferenceVoice(parser.parse_args().folder)
    FOLDER.mkdir(parents=True, exist_ok=True)
    cases = []
    for number, (ending, speaker, seed, text) in enumerate(CASES):
        words = parse(text)
        said = voice.say(words, ending, speaker=speaker, seed=seed)
        said.samples[::STEP].astype("<f4").tofile(FOLDER / f"{number}.f32")
        cases.append({
            "ending": ending, "speaker": speaker, "seed": seed, "step": STEP, "len": len(said.samples),
            "words": [{"text": w.text, "phones": w.phones, "pause_after": w.pause_after} for w in words],
            "names": said.names, "counts": said.counts.tolist(),
            "peak": float(np.abs(said.samples).max()),
        })
    (FOLDER / "golden.json").write_text(json.dumps(cases, indent=None) + "\n")
    print(f"  {FOLDER.name}: {sum(path.stat().st_size for path in FOLDER.iterdir())} bytes")


if __name__ == "__main__":
    main()
