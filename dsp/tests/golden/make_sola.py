"""Makes sola.json: the reference for dsp/src/sola.rs, written with numpy alone from the description of the method.

python 3.11, numpy 2.4.6, seed 21. Run: python make_sola.py > sola.json
Shift: argmax of correlation / sqrt(energy + 1e-8) in float32, as RVC and so-vits-svc-fork compute it. Fade: raised cosine,
normalised to constant power for the correlation of the two sides at that shift.
"""

import json
import sys

import numpy as np

rng = np.random.default_rng(21)


def join(inputs, search, crossfade, chunk):
    rise = np.sin((np.arange(crossfade) + 0.5) / crossfade * np.pi / 2) ** 2
    tail, shifts, outputs = None, [], []
    for block in inputs:
        shift = 0
        if tail is not None:
            head = block[: search + crossfade].astype(np.float32)
            product = np.correlate(head, tail.astype(np.float32), "valid")
            energy = np.convolve(head**2, np.ones(crossfade, np.float32), "valid")
            shift = int(np.argmax(product / np.sqrt(energy + np.float32(1e-8))))
        moved = block[shift : shift + chunk + crossfade].astype(np.float64)
        if tail is not None:
            side = moved[:crossfade]
            alike = np.sum(side * tail) / np.sqrt(np.sum(side**2) * np.sum(tail**2))
            alike = np.clip(alike, 0, 1)
            power = (1 - rise) ** 2 + rise**2 + 2 * alike * rise * (1 - rise)
            moved[:crossfade] = ((1 - rise) * tail + rise * side) / np.sqrt(power)
        shifts.append(shift)
        outputs.append(moved[:chunk].astype(np.float32).tolist())
        tail = moved[chunk:]
    return shifts, outputs


def case(search, crossfade, chunk, count, noise):
    """Chunks of one tone complex, each displaced at random, with noise of its own in each chunk."""
    inputs = []
    for index in range(count):
        when = np.arange(chunk + search + crossfade) + index * chunk + rng.integers(0, search + 1)
        tone = sum(np.sin(2 * np.pi * when * k / 73.3 + k * k) / k for k in range(1, 6))
        block = 0.25 * tone + noise * rng.standard_normal(len(when))
        inputs.append(np.round(block, 4).astype(np.float32))
    shifts, outputs = join(inputs, search, crossfade, chunk)
    return {
        "search": search,
        "crossfade": crossfade,
        "chunk": chunk,
        "inputs": [[round(x, 4) for x in block.tolist()] for block in inputs],
        "shifts": shifts,
        "outputs": [[round(x, 7) for x in output] for output in outputs],
    }


json.dump([case(80, 100, 300, 6, 0.05), case(37, 64, 200, 6, 0.3), case(120, 50, 160, 6, 0.0)], sys.stdout)
print()
