"""Names and numbers every stage shares: phones, voices, frame grid and the layout of the work directory."""

from dataclasses import dataclass
from pathlib import Path

SAMPLE_RATE = 16000
HOP = 160
PHONES = (
    "pau aa ae ah ao aw ax ay eh er ey ih iy ow oy uh uw "
    "b ch d dh f g hh jh k l m n ng p r s sh t th v w y z zh"
).split()
PHONE_ID = {phone: index for index, phone in enumerate(PHONES)}
CLASSES = 3 * len(PHONES)

TRAIN_VOICES = ("hts", "rms", "slt", "awb", "kal16", "ked")
HELD_OUT_VOICES = ("kald",)
TARGETS = ("hts", "rms")
SPEAKER_NAMES = ("slt", "rms")
LOOKAHEAD = 4


@dataclass(frozen=True)
class Work:
    """Paths inside the work directory."""

    root: Path

    def sentences(self, split: str) -> Path:
        """The text of one split, a sentence a line."""
        return self.root / f"{split}_sentences.txt"

    def wav(self, voice: str, split: str, index: int) -> Path:
        """One rendition of one sentence."""
        return self.root / "wav" / voice / f"{split}_{index:04d}.wav"

    def lab(self, voice: str, split: str, index: int) -> Path:
        """The phone end times of that rendition, `seconds phone` a line."""
        return self.wav(voice, split, index).with_suffix(".lab")

    def done(self, stage: str) -> Path:
        """The mark that a stage has finished."""
        return self.root / "done" / stage


def read_lines(path: Path) -> list[str]:
    """The lines of a text file."""
    return path.read_text().splitlines()
