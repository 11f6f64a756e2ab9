"""Makes loudness.json: the reference for dsp/src/loudness.rs.

python 3.11, numpy 2.4.6, librosa 0.11.0, torch 2.6.0. Run: python make_loudness.py > loudness.json
The formula is change_rms of So-VITS-SVC and RVC. Signals are made from integers alone, so that the Rust test makes the same.
"""

import json
import sys

import librosa
import numpy as np
import torch
import torch.nn.functional as F


def signal(seed, count):
    state, out = seed, np.zeros(count, np.float32)
    for n in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        noise = np.float32((state >> 8) / 2**23 - 1)
        out[n] = noise * np.float32(n // 3000 * seed % 2**32 % 5) * np.float32(0.125)
    return out


def contour(y, rate, count):
    rms = librosa.feature.rms(y=y, frame_length=rate // 2 * 2, hop_length=rate // 2)
    return F.interpolate(torch.from_numpy(rms).unsqueeze(0), size=count, mode="linear").squeeze()


def case(source_rate, rate, amount, source_seed, source_len, converted_seed, converted_len):
    source, converted = signal(source_seed, source_len), signal(converted_seed, converted_len)
    mix = 1 - amount
    wanted = contour(source, source_rate, converted_len)
    found = contour(converted, rate, converted_len)
    found = torch.max(found, torch.zeros_like(found) + 1e-6)
    gain = torch.pow(wanted, torch.tensor(1 - mix)) * torch.pow(found, torch.tensor(mix - 1))
    matched = converted * gain.numpy()
    indices = list(range(0, converted_len, max(1, converted_len // 400)))
    return {
        "source_rate": source_rate,
        "rate": rate,
        "amount": amount,
        "source_seed": source_seed,
        "source_len": source_len,
        "converted_seed": converted_seed,
        "converted_len": converted_len,
        "indices": indices,
        "matched": [float(matched[i]) for i in indices],
    }


json.dump(
    [
        case(16000, 44100, 1.0, 7, 40000, 12, 110250),
        case(16000, 16000, 0.5, 3, 50001, 9, 50001),
        case(22050, 32000, 0.25, 11, 66150, 4, 96000),
        case(16000, 16000, 1.0, 7, 5000, 8, 4999),
        case(16000, 16000, 0.0, 7, 20000, 8, 20000),
    ],
    sys.stdout,
)
print()
