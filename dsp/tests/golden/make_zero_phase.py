"""Makes zero_phase.json: the reference for dsp/src/butterworth.rs and dsp/src/zero_phase.rs.

python 3.11, numpy 2.4.6, scipy 1.17.1. Run: python make_zero_phase.py > zero_phase.json
The filter is the one before RVC's content encoder: butter(5, 48, "high", fs=16000), forwards and backwards. Signals are made
from integers alone, so that the Rust test makes the same. The filter is run as second-order sections, and as the two polynomials
that RVC has; the greatest difference of the two stands beside each case.
"""

import json
import sys

import numpy as np
from scipy import signal


def noise(seed, count):
    """Noise whose level changes every 3000 samples, on an offset that rumbles."""
    state, out = seed, np.zeros(count, np.float32)
    for n in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        value = np.float32((state >> 8) / 2**23 - 1)
        out[n] = value * np.float32(n // 3000 * seed % 5) * np.float32(0.125) + np.float32(n % 400) * np.float32(0.0005)
    return out


def case(order, cutoff, rate, seed, count):
    x = noise(seed, count)
    sos = signal.butter(order, cutoff, "high", fs=rate, output="sos")
    b, a = signal.butter(order, cutoff, "high", fs=rate)
    edge = 3 * (order + 1)
    shorter = {"padlen": min(edge, count - 1)}
    y = signal.sosfiltfilt(sos, x.astype(np.float64), **shorter)
    other = signal.filtfilt(b, a, x, **shorter)
    step = max(1, count // 300)
    # The ends, where scipy's reflection is heard, and a share of the rest.
    indices = sorted({*range(min(count, 40)), *range(max(0, count - 40), count), *range(0, count, step)})
    return {
        "order": order, "cutoff_hz": cutoff, "rate": rate, "seed": seed, "count": count,
        "of_polynomials": float(np.abs(other - y).max()),
        "indices": indices, "filtered": [float(y[i]) for i in indices],
    }  # fmt: skip


# The second is long enough to be cut into several blocks, the last ones are shorter than what is reflected.
json.dump(
    [
        case(5, 48.0, 16000, 7, 4000),
        case(5, 48.0, 16000, 3, 130001),
        case(4, 300.0, 16000, 12, 20000),
        case(1, 20.0, 44100, 9, 30000),
        case(5, 48.0, 16000, 11, 19),
        case(5, 48.0, 16000, 11, 18),
        case(5, 48.0, 16000, 11, 2),
    ],
    sys.stdout,
    separators=(",", ":"),
)
print()
