"""Phone boundaries as frame labels: phone times three plus the third of the phone a frame lies in."""

from pathlib import Path

import numpy as np

from common import HOP, PHONE_ID, PHONES, SAMPLE_RATE

PAUSE = PHONE_ID["pau"]


def read_phones(path: Path) -> tuple[list[str], np.ndarray]:
    """Phones and their boundaries in seconds, one boundary more than phones."""
    rows = [line.split() for line in path.read_text().splitlines()]
    phones = [phone for _, phone in rows]
    unknown = set(phones) - set(PHONES)
    if unknown:
        raise ValueError(f"{path}: phones outside the set: {sorted(unknown)}")
    return phones, np.array([0.0] + [float(end) for end, _ in rows])


def frame_labels(phones: list[str], bounds: np.ndarray, frames: int) -> np.ndarray:
    """The class of every frame; pauses are always their middle third, since they have no inner shape."""
    times = np.arange(frames) * HOP / SAMPLE_RATE
    segment = np.clip(np.searchsorted(bounds, times, side="right") - 1, 0, len(phones) - 1)
    start, end = bounds[segment], bounds[segment + 1]
    third = np.clip(3 * (times - start) / np.maximum(end - start, 1e-3), 0, 2).astype(int)
    ids = np.array([PHONE_ID[phone] for phone in phones])[segment]
    ids = np.where(times >= bounds[-1], PAUSE, ids)
    third = np.where(ids == PAUSE, 1, third)
    return (3 * ids + third).astype(np.int16)
