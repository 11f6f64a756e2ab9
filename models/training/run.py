"""Makes the default voice from nothing: text, speech, features, both nets, ONNX. Finished stages are skipped."""

import argparse
import os

for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

import bundle
import contents
import corpus
import export
import sentences
import synthesise
import targets
import train_decoder
import train_encoder
from common import Work

DEFAULT_OUT = Path(__file__).resolve().parents[1] / "voices" / "default"


@dataclass(frozen=True)
class Plan:
    """How much of everything."""

    train: int
    test: int
    analysed: int
    envelope_sentences: int
    encoder_minutes: float
    decoder_minutes: float


FULL = Plan(1100, 60, 800, 40, 40.0, 12.0)
QUICK = Plan(12, 3, 12, 2, 0.2, 0.2)


def stages(work: Work, plan: Plan, out: Path, processes: int, resume: bool) -> dict[str, Callable[[], object]]:
    """The stages in order."""
    return {
        "sentences": lambda: sentences.choose(work, plan.train, plan.test),
        "synthesise": lambda: synthesise.synthesise(work, processes),
        "corpus": lambda: corpus.build(work),
        "targets": lambda: targets.build(work, plan.analysed, plan.envelope_sentences, processes),
        "encoder": lambda: train_encoder.train(work, plan.encoder_minutes, resume),
        "contents": lambda: contents.build(work, corpus.load(work), plan.analysed),
        "decoder": lambda: train_decoder.train(work, plan.decoder_minutes, plan.analysed, resume),
        "export": lambda: export.export(work, out),
        "bundle": lambda: bundle.write(out),
    }


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="a directory for about 4 GB of intermediate data")
    parser.add_argument("--out", type=Path, help=f"where the voice goes; by default {DEFAULT_OUT.name} of this repository")
    parser.add_argument("--stage", action="append", help="run only this stage, even if it is finished; may be repeated")
    parser.add_argument("--resume", action="store_true", help="train on from the weights in the work directory")
    parser.add_argument("--quick", action="store_true", help="a tiny run of every stage; writes into the work directory")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(1)
    work, plan = Work(options.work.resolve()), QUICK if options.quick else FULL
    out = options.out or (work.root / "voice" if options.quick else DEFAULT_OUT)
    table = stages(work, plan, out, options.processes, options.resume)
    if strange := set(options.stage or ()) - set(table):
        parser.error(f"no such stage: {', '.join(sorted(strange))}; there are {', '.join(table)}")
    for name, make in table.items():
        if options.stage and name not in options.stage:
            continue
        if not options.stage and work.done(name).exists():
            print(f"{name}: finished before")
            continue
        print(f"{name}:", flush=True)
        begun = time.monotonic()
        make()
        work.done(name).parent.mkdir(parents=True, exist_ok=True)
        work.done(name).write_text(f"{time.monotonic() - begun:.0f} s\n")
        print(f"{name}: {time.monotonic() - begun:.0f} s", flush=True)


if __name__ == "__main__":
    main()
