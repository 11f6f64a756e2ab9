"""Makes the default speaking voice from nothing: text, speech, both nets, ONNX, bundle. Finished stages are skipped."""

import argparse
import os

for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import time
from collections.abc import Callable
from pathlib import Path

import bundle_speech
import export_speech
import sentences
import speech_corpus
import train_speech
from common import Work

DEFAULT_OUT = Path(__file__).resolve().parents[1] / "voices" / "speech"
# Sentences to learn from, held-out ones, steps of training.
FULL, QUICK = (800, 60, 2000), (40, 3, 20)


def stages(work: Work, plan: tuple[int, int, int], out: Path, resume: bool) -> dict[str, Callable[[], object]]:
    """The stages in order."""
    train, test, steps = plan
    # The list of the conversion voice's recipe: the held-out sentences are then the same.
    return {
        "sentences": lambda: sentences.choose(work, max(train, 1100), test),
        "speak": lambda: speech_corpus.build(work, train),
        "train": lambda: train_speech.train(work, steps, train, resume),
        "export": lambda: export_speech.export(work, out),
        "bundle": lambda: bundle_speech.write(out),
    }


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="a directory for about 0.5 GB of intermediate data")
    parser.add_argument("--out", type=Path, help=f"where the voice goes; by default {DEFAULT_OUT.name} of this repository")
    parser.add_argument("--stage", action="append", help="run only this stage, even if it is finished; may be repeated")
    parser.add_argument("--resume", action="store_true", help="train on from the weights in the work directory")
    parser.add_argument("--quick", action="store_true", help="a tiny run of every stage; writes into the work directory")
    options = parser.parse_args()
    work, plan = Work(options.work.resolve()), QUICK if options.quick else FULL
    out = options.out or (work.root / "speech" if options.quick else DEFAULT_OUT)
    table = stages(work, plan, out, options.resume)
    if strange := set(options.stage or ()) - set(table):
        parser.error(f"no such stage: {', '.join(sorted(strange))}; there are {', '.join(table)}")
    for name, make in table.items():
        done = work.done(f"speech_{name}")
        if options.stage and name not in options.stage:
            continue
        if not options.stage and done.exists():
            print(f"{name}: finished before")
            continue
        print(f"{name}:", flush=True)
        begun = time.monotonic()
        make()
        done.parent.mkdir(parents=True, exist_ok=True)
        done.write_text(f"{time.monotonic() - begun:.0f} s\n")
        print(f"{name}: {time.monotonic() - begun:.0f} s", flush=True)


if __name__ == "__main__":
    main()
