"""The human recordings used for evaluation only: where they are and what is said."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from common import PHONES
from encoder import Encoder
from features import log_mel, read_audio
from recognise import align_phones

POCKETSPHINX = Path("/usr/share/pocketsphinx/test/data")
ALSA = Path("/usr/share/sounds/alsa")
LOOSE = {"goforward.raw": "go forward ten meters", "tidigits/dhd.2934z.raw": "two nine three four zero"}


@dataclass(frozen=True)
class Recording:
    """One file and its words."""

    group: str
    path: Path
    text: str


def transcriptions(folder: Path, listing: str) -> list[tuple[Path, str]]:
    """Files and words from a sphinx transcription list."""
    found = []
    for line in (folder / listing).read_text().splitlines():
        if match := re.match(r"<s>(.*)</s>\s*\((.*)\)", line):
            found.append((folder / f"{match[2]}.wav", match[1].strip()))
    return found


def recordings() -> list[Recording]:
    """Every human recording with known words."""
    found = [Recording("librivox", *entry) for entry in transcriptions(POCKETSPHINX / "librivox", "transcription")]
    found += [Recording("cards", *entry) for entry in transcriptions(POCKETSPHINX / "cards", "cards.transcription")]
    found += [Recording("commands", POCKETSPHINX / name, text) for name, text in LOOSE.items()]
    for path in sorted(ALSA.glob("*_*.wav")):
        found.append(Recording("alsa", path, path.stem.replace("_", " ").lower()))
    return found


def folded(phone: str) -> str:
    """One name for phones the two dictionaries split differently."""
    phone = re.sub(r"\d", "", phone.lower())
    return {"ax": "ah"}.get(phone, phone)


def frame_accuracy(encoder: Encoder) -> dict[str, float]:
    """Share of speech frames where the encoder agrees with forced alignment, per group."""
    from train_encoder import phone_probabilities, posteriors

    encoder.eval()
    names = [folded(phone) for phone in PHONES]
    right: dict[str, list[bool]] = {}
    for recording in recordings():
        samples = read_audio(recording.path)
        guess = phone_probabilities(posteriors(encoder, log_mel(samples))).argmax(axis=1)
        for phone, start, count in align_phones(samples, recording.text):
            if phone in ("SIL", "+SPN+", "+NSN+"):
                continue
            frames = range(max(start, 0), min(start + count, len(guess)))
            right.setdefault(recording.group, []).extend(names[guess[frame]] == folded(phone) for frame in frames)
    return {group: round(float(np.mean(values)), 3) for group, values in right.items()}
