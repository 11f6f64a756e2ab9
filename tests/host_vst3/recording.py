"""Reads a recording as the command does: hosts' own readers scale integers by another bit."""

import wave

import numpy as np


def read(path: str) -> tuple[int, np.ndarray]:
    """Rate and samples of a 16-bit mono recording."""
    with wave.open(path, "rb") as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2), "expected 16-bit mono"
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        return file.getframerate(), (samples / 32768.0).astype(np.float32)
