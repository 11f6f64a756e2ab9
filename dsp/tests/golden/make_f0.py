"""Makes f0.json: the reference for dsp/src/f0/contour.rs.

python 3.11, numpy 2.4.6, torch 2.6.0, seed 20. Run: python make_f0.py > f0.json
The formulas are those of So-VITS-SVC 4.1 and RVC: numpy.interp over the voiced frames, nearest interpolation of torch,
mel = 1127 ln(1 + f/700), bins by numpy.rint.
"""

import json
import sys

import numpy as np
import torch

rng = np.random.default_rng(20)


def gap(f0):
    f0 = np.asarray(f0, dtype=np.float32)
    voiced = f0 > 0
    where = np.arange(len(f0))
    if voiced.any():
        filled = np.interp(where, where[voiced], f0[voiced].astype(np.float64))
    else:
        filled = np.zeros(len(f0))
    return {
        "f0": f0.tolist(),
        "uv": voiced.astype(np.float32).tolist(),
        "filled": filled.astype(np.float32).tolist(),
    }


def random_gaps(count, share):
    f0 = rng.uniform(50, 1100, count)
    f0[rng.random(count) < share] = 0
    return gap(f0)


def resize(length, target):
    source = torch.arange(length, dtype=torch.float32) + 100
    resized = torch.nn.functional.interpolate(source[None, None], size=target, mode="nearest")
    return {"source": source.tolist(), "target": resized[0, 0].tolist()}


def coarse(hz):
    hz = np.asarray(hz, dtype=np.float32)
    wide = hz.astype(np.float64)
    low, high = (1127 * np.log(1 + edge / 700) for edge in (50.0, 1100.0))
    mel = 1127 * np.log(1 + wide / 700)
    mel[mel > 0] = (mel[mel > 0] - low) * 254 / (high - low) + 1
    mel[mel <= 1] = 1
    mel[mel > 255] = 255
    return {"hz": hz.tolist(), "bins": np.rint(mel).astype(int).tolist()}


def transposed(semitones):
    source = rng.uniform(50, 1100, 20).astype(np.float32)
    source[3] = 0
    target = source.astype(np.float64) * 2 ** (semitones / 12)
    return {
        "semitones": semitones,
        "from": source.tolist(),
        "to": target.astype(np.float32).tolist(),
    }


json.dump(
    {
        "gaps": [
            gap([0, 0, 100, 0, 0, 0, 200, 0]),
            gap([0, 0, 0]),
            gap([150.5]),
            gap([0, 333.25, 0]),
            gap([80, 90, 100]),
            random_gaps(60, 0.3),
            random_gaps(60, 0.8),
        ],
        # Also lengths for which a rounding slip picks a neighbour: multiples, coprimes, one, and long ones.
        "resizes": [
            resize(*pair)
            for pair in [(9, 17), (12, 24), (24, 12), (1, 5), (5, 1), (100, 93), (93, 100), (50, 86), (7, 7)]
        ],
        "coarse": coarse(np.concatenate([np.linspace(0, 1300, 1501), rng.uniform(49, 1101, 1000)])),
        "transposed": [transposed(s) for s in (-12.0, -3.5, 0.0, 0.25, 12.0, 24.0)],
    },
    sys.stdout,
)
print()
