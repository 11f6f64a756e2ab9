"""Gathers all training utterances into memory-mapped arrays with an index."""

import json
from dataclasses import dataclass

import numpy as np

from common import TRAIN_VOICES, Work, read_lines
from features import log_power, read_audio
from labels import frame_labels, read_phones


@dataclass(frozen=True)
class Utterance:
    """Where one rendition lies in the arrays."""

    voice: str
    split: str
    sentence: int
    start: int
    frames: int

    @property
    def span(self) -> slice:
        """Its rows."""
        return slice(self.start, self.start + self.frames)


@dataclass(frozen=True)
class Corpus:
    """Every training voice's spectra and labels, test sentences included but marked."""

    utterances: list[Utterance]
    spectra: np.ndarray
    labels: np.ndarray

    def of(self, split: str, voice: str | None = None) -> list[Utterance]:
        """The utterances of a split, of one voice or of all."""
        return [u for u in self.utterances if u.split == split and voice in (None, u.voice)]


def build(work: Work) -> None:
    """Compute spectra and labels of everything spoken."""
    folder = work.root / "corpus"
    folder.mkdir(exist_ok=True)
    index, start = [], 0
    labels = []
    with open(folder / "spectra.f16", "wb") as out:
        for voice in TRAIN_VOICES:
            for split in ("train", "test"):
                for sentence in range(len(read_lines(work.sentences(split)))):
                    spectra = log_power(read_audio(work.wav(voice, split, sentence)))
                    phones, bounds = read_phones(work.lab(voice, split, sentence))
                    labels.append(frame_labels(phones, bounds, len(spectra)))
                    spectra.tofile(out)
                    index.append([voice, split, sentence, start, len(spectra)])
                    start += len(spectra)
            print(f"  {voice}: {start / 360000:.2f} h so far", flush=True)
    np.save(folder / "labels.npy", np.concatenate(labels))
    (folder / "index.json").write_text(json.dumps(index))


def load(work: Work) -> Corpus:
    """The arrays, mapped rather than read."""
    folder = work.root / "corpus"
    utterances = [Utterance(*row) for row in json.loads((folder / "index.json").read_text())]
    spectra = np.memmap(folder / "spectra.f16", np.float16, "r").reshape(-1, 257)
    return Corpus(utterances, spectra, np.load(folder / "labels.npy"))
