"""Converts the evaluation sets with the syrinx program and measures words, spectra and melody."""

import argparse
import json
import math
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import soundfile

import humans
from common import SAMPLE_RATE, SPEAKER_NAMES, TARGETS, Work, read_lines
from distance import compare_melody, f0_track, mel_cepstral_distortion
from features import read_audio
from recognise import Errors, transcribe, word_errors, words_of

# Held-out sentences of two training voices, of a voice never trained on, and human recordings.
SYNTHETIC_SETS = ("rms", "slt", "kald")
SETS = (*SYNTHETIC_SETS, "human")


@dataclass(frozen=True)
class Item:
    """One utterance to convert; `sentence` is its number where the targets speak it too."""

    name: str
    path: Path
    words: list[str]
    sentence: int | None


@dataclass(frozen=True)
class Row:
    """One line of the report."""

    set: str
    speaker: str
    strength: float
    utterances: int
    words: int
    wer_source: float
    wer: float
    mcd_source: float | None
    mcd: float | None
    f0_error_cents: float
    f0_correlation: float
    voicing_disagreement: float
    transpose: int


class Evaluation:
    """Measures conversions, keeping what does not depend on the program between runs."""

    def __init__(self, work: Work, program: Path, voice: str, limit: int | None):
        self.work, self.program, self.voice, self.limit = work, program, voice, limit
        self.folder = work.root / "evaluation"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.cache_path = self.folder / "sources.json"
        self.cache = json.loads(self.cache_path.read_text()) if self.cache_path.exists() else {}

    def items(self, name: str) -> list[Item]:
        """The utterances of one set, as 16 kHz files the program can read."""
        if name == "human":
            found = [(r.group + "_" + r.path.stem, r.path, r.text, None) for r in humans.recordings()]
        else:
            texts = read_lines(self.work.sentences("test"))
            found = [(f"{name}_{i:02d}", self.work.wav(name, "test", i), text, i) for i, text in enumerate(texts)]
        items = []
        for label, path, text, sentence in found[: self.limit]:
            copy = self.folder / "sources" / f"{label}.wav"
            if not copy.exists():
                copy.parent.mkdir(exist_ok=True)
                soundfile.write(copy, read_audio(path), SAMPLE_RATE, subtype="PCM_16")
            items.append(Item(label, copy, words_of(text), sentence))
        return items

    def remembered(self, key: str, compute):
        """A value computed once per work directory."""
        if key not in self.cache:
            self.cache[key] = compute()
            self.cache_path.write_text(json.dumps(self.cache))
        return self.cache[key]

    def source_errors(self, item: Item) -> Errors:
        """Word errors before conversion."""
        count = self.remembered(f"wer {item.name}", lambda: word_errors(item.words, transcribe(read_audio(item.path))).errors)
        return Errors(count, len(item.words))

    def target_audio(self, speaker: str, sentence: int) -> np.ndarray:
        """The target voice's own rendition."""
        return read_audio(self.work.wav(TARGETS[SPEAKER_NAMES.index(speaker)], "test", sentence))

    def source_distance(self, item: Item, speaker: str) -> float:
        """Spectral distance to the target before conversion."""
        return self.remembered(
            f"mcd {item.name} {speaker}",
            lambda: mel_cepstral_distortion(read_audio(item.path), self.target_audio(speaker, item.sentence)),
        )

    def mean_log_f0(self, path: Path) -> float:
        """Mean ln Hz of a file's voiced frames."""
        f0 = f0_track(read_audio(path))
        return float(np.log(f0[f0 > 0]).mean()) if (f0 > 0).any() else math.log(150)

    def transpose(self, item: Item, speaker: str) -> int:
        """Whole semitones from the recording's mean F0 to the target's, as the program itself would choose."""
        source = self.remembered(f"f0 {item.name}", lambda: self.mean_log_f0(item.path))
        target = TARGETS[SPEAKER_NAMES.index(speaker)]
        paths = [self.work.wav(target, "test", i) for i in range(10)]
        wanted = self.remembered(f"f0 target {speaker}", lambda: float(np.mean([self.mean_log_f0(p) for p in paths])))
        return round(12 * (wanted - source) / math.log(2))

    def convert(self, item: Item, speaker: str, strength: float, transpose: int) -> np.ndarray:
        """The program's output at 16 kHz."""
        out = self.folder / "converted" / f"{item.name}_{speaker}_{strength}.wav"
        out.parent.mkdir(exist_ok=True)
        command = [
            str(self.program), "convert", str(item.path), str(out), "--voice", self.voice, "--speaker", speaker,
            "--strength", str(strength), "--transpose", str(transpose), "--streamed", "--seed", "1",
        ]
        subprocess.run(command, check=True, capture_output=True)
        return read_audio(out)

    def measure(self, name: str, speaker: str, strength: float) -> Row:
        """Convert one set to one speaker and average."""
        items = self.items(name)
        before = after = Errors(0, 0)
        melodies, distances, source_distances, transposes = [], [], [], []
        for item in items:
            transpose = self.transpose(item, speaker)
            transposes.append(transpose)
            output = self.convert(item, speaker, strength, transpose)
            before += self.source_errors(item)
            after += word_errors(item.words, transcribe(output))
            melodies.append(compare_melody(read_audio(item.path), output, transpose))
            if item.sentence is not None:
                source_distances.append(self.source_distance(item, speaker))
                distances.append(mel_cepstral_distortion(output, self.target_audio(speaker, item.sentence)))
        return Row(
            name, speaker, strength, len(items), before.words, round(before.rate, 3), round(after.rate, 3),
            rounded_mean(source_distances), rounded_mean(distances),
            rounded_mean([m.median_error_cents for m in melodies]), rounded_mean([m.correlation for m in melodies], 3),
            rounded_mean([m.voicing_disagreement for m in melodies], 3), int(np.median(transposes)),
        )


def rounded_mean(values: list[float], digits: int = 2) -> float | None:
    """The mean of the numbers among the values."""
    numbers = [value for value in values if not math.isnan(value)]
    return round(float(np.mean(numbers)), digits) if numbers else None


def print_table(rows: list[Row]) -> None:
    """The rows as a Markdown table."""
    print("| set | to | strength | words | WER source | WER | MCD source | MCD | F0 error, cents | F0 corr. | voicing diff. |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for row in rows:
        cells = (
            row.set, row.speaker, row.strength, row.words, row.wer_source, row.wer, row.mcd_source, row.mcd,
            row.f0_error_cents, row.f0_correlation, row.voicing_disagreement,
        )
        print("| " + " | ".join("-" if cell is None else str(cell) for cell in cells) + " |", flush=True)


def report_sources(evaluation: Evaluation, sets: list[str]) -> None:
    """Word errors and distances of the unconverted sets."""
    for name in sets:
        items = evaluation.items(name)
        errors = sum((evaluation.source_errors(item) for item in items), Errors(0, 0))
        line = f"{name}: {len(items)} utterances, {errors.words} words, WER {errors.rate:.3f}"
        for speaker in SPEAKER_NAMES if name != "human" else ():
            line += f", MCD to {speaker} {np.mean([evaluation.source_distance(item, speaker) for item in items]):.2f}"
        print(line, flush=True)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--syrinx", type=Path, help="the program; without it only the sources are measured")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--voice", default="default")
    parser.add_argument("--set", dest="sets", action="append", choices=SETS)
    parser.add_argument("--speaker", dest="speakers", action="append", choices=SPEAKER_NAMES)
    parser.add_argument("--strength", dest="strengths", action="append", type=float)
    parser.add_argument("--limit", type=int, help="utterances per set")
    parser.add_argument("--json", type=Path, help="where the rows go")
    options = parser.parse_args()
    evaluation = Evaluation(Work(options.work), options.syrinx, options.voice, options.limit)
    sets = options.sets or list(SETS)
    if options.syrinx is None:
        report_sources(evaluation, sets)
        return
    rows = []
    for name in sets:
        for speaker in options.speakers or SPEAKER_NAMES:
            for strength in options.strengths or [0.5, 1.0]:
                # The same synthetic voice as the target would measure copying, not conversion.
                if name != speaker:
                    rows.append(evaluation.measure(name, speaker, strength))
                    print(f"  {name} to {speaker} at {strength}: WER {rows[-1].wer}", flush=True)
    print_table(rows)
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")


if __name__ == "__main__":
    main()
