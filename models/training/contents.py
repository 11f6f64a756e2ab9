"""Runs the trained encoder over every voice, plain and augmented, for the decoder to learn from."""

import numpy as np
import torch

from augment import Augmenter
from common import CLASSES, TARGETS, Work
from corpus import Corpus, Utterance
from encoder import Encoder
from train_encoder import plain_mel, posteriors


def views(voice: str) -> int:
    """One view is augmented: another speaker, room and microphone; target voices have a plain one too."""
    return 2 if voice in TARGETS else 1


class Contents:
    """Posteriors of every view of the utterances the decoder trains on."""

    def __init__(self, work: Work, corpus: Corpus, sentences: int):
        self.path = work.root / "corpus" / "contents.f16"
        self.starts: dict[tuple[str, int], int] = {}
        self.utterances = [u for u in corpus.of("train") if u.sentence < sentences]
        total = 0
        for utterance in self.utterances:
            self.starts[utterance.voice, utterance.sentence] = total
            total += views(utterance.voice) * utterance.frames
        self.rows = total
        self.values: np.ndarray | None = None

    def build(self, corpus: Corpus, encoder: Encoder) -> None:
        """Compute and write all views."""
        augmenter = Augmenter(corpus, seed=11)
        encoder.eval()
        with open(self.path, "wb") as out:
            for done, utterance in enumerate(self.utterances, 1):
                mels = [np.ascontiguousarray(augmenter.view(utterance).T)]
                if views(utterance.voice) == 2:
                    mels.append(plain_mel(corpus, utterance))
                for mel in mels:
                    posteriors(encoder, mel).astype(np.float16).tofile(out)
                if done % 500 == 0:
                    print(f"  content of {done}/{len(self.utterances)} utterances", flush=True)

    def load(self) -> "Contents":
        """Map the file."""
        self.values = np.memmap(self.path, np.float16, "r").reshape(self.rows, CLASSES)
        return self

    def at(self, utterance: Utterance, view: int, positions: np.ndarray) -> np.ndarray:
        """Posteriors [123, n] at fractional frame positions."""
        start = self.starts[utterance.voice, utterance.sentence] + view * utterance.frames
        low = np.clip(positions.astype(int), 0, utterance.frames - 2)
        weight = np.clip(positions - low, 0, 1)[:, None].astype(np.float32)
        return ((1 - weight) * self.values[start + low] + weight * self.values[start + low + 1]).T.astype(np.float32)


def build(work: Work, corpus: Corpus, sentences: int) -> None:
    """Write the contents of all training voices with the trained encoder."""
    encoder = Encoder()
    encoder.load_state_dict(torch.load(work.root / "encoder.pt"))
    Contents(work, corpus, sentences).build(corpus, encoder)
