"""The 80 mel-spaced knots the decoder speaks in, and WORLD envelopes brought onto them."""

from functools import lru_cache

import numpy as np

KNOTS = 80
TOP_HZ = 16000.0
# Frames are levelled by their power up to here; above it 16 kHz material says nothing.
LEVEL_TOP_HZ = 7000.0
# Highest knot a 16 kHz voice can teach.
NARROW_TOP_HZ = 7600.0
# Nepers below a frame's loudest knot at which both envelopes are cut off (about -78 dB).
FLOOR_DEPTH = 9.0


def knot_hz() -> np.ndarray:
    """Knot frequencies: equal steps on the HTK mel scale from 0 to 16 kHz."""
    top = 2595 * np.log10(1 + TOP_HZ / 700)
    return 700 * (10 ** (np.linspace(0, top, KNOTS) / 2595) - 1)


def level_weights() -> np.ndarray:
    """Width in Hz of every knot up to 7 kHz, zero above."""
    hz = knot_hz()
    edges = np.concatenate([hz[:1], hz, hz[-1:]])
    return np.where(hz <= LEVEL_TOP_HZ, (edges[2:] - edges[:-2]) / 2, 0.0)


@lru_cache
def smoothing_matrix(bins: int, rate: int) -> np.ndarray:
    """Triangular averages of a power spectrum between each knot's two neighbours, bins x 80."""
    hz, knots = np.linspace(0, rate / 2, bins), knot_hz()
    lower = np.concatenate([[knots[0] - 1], knots[:-1]])
    upper = np.concatenate([knots[1:], [knots[-1] + 1]])
    rising = (hz[:, None] - lower) / (knots - lower)
    falling = (upper - hz[:, None]) / (upper - knots)
    triangles = np.clip(np.minimum(rising, falling), 0, None)
    nearest = np.abs(hz[:, None] - knots).argmin(axis=0)
    empty = triangles.sum(axis=0) == 0
    triangles[nearest[empty], np.flatnonzero(empty)] = 1
    return triangles / triangles.sum(axis=0)


def to_knots(power: np.ndarray, aperiodicity: np.ndarray, rate: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Harmonic and noise log amplitudes levelled to unit power, and the log level taken out, per frame."""
    smoothing = smoothing_matrix(power.shape[1], rate)
    harmonic = power * (1 - aperiodicity**2) @ smoothing + 1e-14
    noise = power * aperiodicity**2 @ smoothing + 1e-14
    level = 0.5 * np.log((harmonic + noise) @ level_weights())[:, None]
    harmonic, noise = 0.5 * np.log(harmonic) - level, 0.5 * np.log(noise) - level
    floor = np.maximum(harmonic, noise).max(axis=1, keepdims=True) - FLOOR_DEPTH
    return np.maximum(harmonic, floor), np.maximum(noise, floor), level[:, 0]
