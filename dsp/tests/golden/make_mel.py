"""Makes mel.json: mel spectrograms by librosa, for dsp/tests/mel.rs.

Versions: Python 3.11, librosa 0.11.0, numpy 2.4.6. Run: python make_mel.py
The signal is a gliding harmonic tone over noise, with a silent stretch, cut hard at both ends, rounded to
16 bits so that both sides read the same numbers. librosa works in float64 here, so that the tolerance of
the test is all Syrinx's.
"""

import json
import pathlib

import librosa
import numpy as np

SEED = 20
CASES = [
    dict(name="default voice", sr=16000, n_fft=512, win_length=400, hop_length=160, power=2.0,
         n_mels=80, fmin=50.0, fmax=7600.0, htk=False, norm="slaney"),
    dict(name="rmvpe", sr=16000, n_fft=1024, win_length=1024, hop_length=160, power=1.0,
         n_mels=128, fmin=30.0, fmax=8000.0, htk=True, norm="slaney"),
    dict(name="htk, no norm", sr=16000, n_fft=1024, win_length=1024, hop_length=320, power=2.0,
         n_mels=40, fmin=0.0, fmax=8000.0, htk=True, norm=None),
    dict(name="slaney, no norm, odd window", sr=16000, n_fft=512, win_length=401, hop_length=200,
         power=2.0, n_mels=40, fmin=0.0, fmax=8000.0, htk=False, norm=None),
    dict(name="vocoder", sr=44100, n_fft=2048, win_length=2048, hop_length=512, power=1.0,
         n_mels=128, fmin=40.0, fmax=16000.0, htk=False, norm="slaney"),
]


def signal(rate, seconds):
    rng = np.random.default_rng(SEED)
    t = np.arange(int(rate * seconds)) / rate
    phase = 2 * np.pi * np.cumsum(110 + 300 * t) / rate
    tone = sum(np.cos(k * phase) / k for k in range(1, 40))
    y = 0.15 * tone + 0.05 * rng.standard_normal(t.size)
    y[int(0.4 * t.size):int(0.72 * t.size)] = 0.0
    return np.clip(np.round(y * 32768), -32768, 32767).astype(int)


def main():
    signals = {16000: signal(16000, 0.25), 44100: signal(44100, 0.2)}
    cases = []
    for case in CASES:
        y = signals[case["sr"]] / 32768.0
        arguments = {k: v for k, v in case.items() if k != "name"}
        mel = librosa.feature.melspectrogram(
            y=y, center=True, pad_mode="constant", dtype=np.float64, **arguments)
        frames = [[float(f"{v:.7g}") for v in frame] for frame in mel.T]
        cases.append(dict(case, frames=frames))
    golden = dict(
        signals={str(rate): y.tolist() for rate, y in signals.items()},
        cases=cases,
    )
    path = pathlib.Path(__file__).with_name("mel.json")
    path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
