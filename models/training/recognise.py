"""Speech recognition and forced alignment with pocketsphinx, the yardstick of intelligibility."""

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pocketsphinx

from common import SAMPLE_RATE


# The model's initial channel estimate, restored before every utterance.
FRESH_CMN = "40,3,-1,0,0,0,0,0,0,0,0,0,0"


@dataclass(frozen=True)
class Errors:
    """Word errors of one or more utterances."""

    errors: int
    words: int

    @property
    def rate(self) -> float:
        """Word error rate."""
        return self.errors / max(self.words, 1)

    def __add__(self, other: "Errors") -> "Errors":
        return Errors(self.errors + other.errors, self.words + other.words)


def to_bytes(samples: np.ndarray) -> bytes:
    """16-bit PCM at a level recognisers expect."""
    peak = np.abs(samples).max() or 1.0
    pcm = (samples / peak * 0.6 * 32767).astype("<i2")
    silence = np.zeros(SAMPLE_RATE // 5, "<i2")
    return np.concatenate([silence, pcm, silence]).tobytes()


def words_of(text: str) -> list[str]:
    """Lower-case words without punctuation."""
    return re.sub(r"[^a-z' ]", " ", text.lower()).split()


@lru_cache
def recogniser() -> pocketsphinx.Decoder:
    """The package's own US English model and open language model."""
    return pocketsphinx.Decoder(samprate=SAMPLE_RATE, loglevel="FATAL")


def transcribe(samples: np.ndarray) -> list[str]:
    """The words heard in 16 kHz speech, the same whatever was heard before."""
    decoder = recogniser()
    decoder.set_cmn(FRESH_CMN)
    decoder.start_utt()
    decoder.process_raw(to_bytes(samples), full_utt=True)
    decoder.end_utt()
    heard = decoder.hyp()
    return words_of(heard.hypstr) if heard else []


def word_errors(reference: list[str], heard: list[str]) -> Errors:
    """Edit distance in words."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(reference, 1):
        previous, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (word != other))
    return Errors(row[-1], len(reference))


def align_phones(samples: np.ndarray, text: str) -> list[tuple[str, int, int]]:
    """Phone, first frame and number of frames of a known text, 100 frames a second."""
    decoder = pocketsphinx.Decoder(samprate=SAMPLE_RATE, loglevel="FATAL", lm=None)
    audio = to_bytes(samples)
    decoder.set_align_text(" ".join(words_of(text)))
    for second_pass in (False, True):
        if second_pass:
            decoder.set_alignment()
        decoder.start_utt()
        decoder.process_raw(audio, full_utt=True)
        decoder.end_utt()
    lead = 20
    return [(phone.name, phone.start - lead, phone.duration) for word in decoder.get_alignment() for phone in word]
