"""Makes the golden data of the F0 models: tiny random-weight graphs in the public dialects, and the F0 they must give.

Run: python make_pitch.py  (Python 3.11, torch 2.6.0, onnx 1.23.2, librosa 0.11.0, numpy 2.4.6)

The graphs have the tensors of RMVPE (three dialects), FCPE and CREPE; layers and weights are ours. What the host does
is written out in numpy below, with librosa for the mel spectrograms, and the expected F0 comes from the torch modules
in float64, not from any ONNX runtime, so that both backends are compared with a third party.

Writes next to itself: *.onnx, speech.bin (f32, 16 kHz), mel_*.bin (f32, each fifth frame of 128 bands) and golden.json.
"""

import copy
import json
import pathlib

import librosa
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

HERE = pathlib.Path(__file__).resolve().parent
RATE, HOP, FFT, MELS, BINS = 16_000, 160, 1024, 128, 360
FIRST_CENTS, CENTS_PER_BIN = 1997.3794084376191, 20
# 51 frames (13 more to a multiple of 32); 32 frames exactly; 5 frames, which is fewer than are missing to 32.
LENGTHS = (8000, 5119, 700)


# --- The graphs ------------------------------------------------------------------------------------------


class Bump(nn.Module):
    """Two features of a frame to a salience: a bump with a shoulder, so that the mean near its peak is not its peak.

    Its centre lies from bin `low` to `high`."""

    def __init__(self, low, high):
        super().__init__()
        self.low, self.high = low, high
        self.register_buffer("bins", torch.arange(BINS, dtype=torch.float32))

    def forward(self, h):
        centre = self.low + (self.high - self.low) * torch.sigmoid(h[..., 0:1])
        height = torch.exp(-7 * torch.sigmoid(h[..., 1:2]))
        near, shoulder = (self.bins - centre) / 3, (self.bins - centre - 5) / 2
        return height * (torch.exp(-near * near) + 0.3 * torch.exp(-shoulder * shoulder))


class Frames(nn.Module):
    """Bands to two features per frame, `[1, 128, T]` to `[1, T, 2]`: three frames wide and, like a U-Net, in blocks of
    32 frames too, so that what is padded to the end is heard in the frames before it."""

    def __init__(self, blocks):
        super().__init__()
        self.first = nn.Conv1d(MELS, 4, 3, padding=1)
        self.up = nn.ConvTranspose1d(4, 4, 32, stride=32, bias=False) if blocks else None
        self.last = nn.Conv1d(4, 2, 1)
        nn.init.normal_(self.first.weight, std=0.05)
        nn.init.normal_(self.last.weight, std=1.0)

    def forward(self, mel):
        x = torch.tanh(self.first((mel + 6) * 0.4))
        if self.up is not None:
            x = x + self.up(F.avg_pool1d(x, 32))
        return self.last(x).transpose(1, 2)


class Salience(nn.Module):
    """mel [1, 128, T] to salience [1, T, 360]: RMVPE of RVC."""

    def __init__(self):
        super().__init__()
        self.frames, self.bump = Frames(True), Bump(2, 357)

    def forward(self, mel):
        return self.bump(self.frames(mel))


def gated(h, threshold):
    """F0 from two features: 0 below the threshold."""
    f0 = 60 + 500 * torch.sigmoid(h[..., 0])
    return f0 * (torch.exp(-7 * torch.sigmoid(h[..., 1])) > threshold).to(f0.dtype)


class Pitch(nn.Module):
    """mel [1, 128, T], threshold to pitchf [1, T]: RMVPE with its decoding inside."""

    def __init__(self):
        super().__init__()
        self.frames = Frames(True)

    def forward(self, mel, threshold):
        return gated(self.frames(mel), threshold)


class Fcpe(nn.Module):
    """mel [1, T, 128], threshold to pitchf [1, T, 1]."""

    def __init__(self):
        super().__init__()
        self.frames = Frames(False)

    def forward(self, mel, threshold):
        return gated(self.frames(mel.transpose(1, 2)), threshold)[..., None]


class Waveform(nn.Module):
    """waveform [1, N], threshold [1] to pitchf [1, N / 160 + 1]."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv1d(1, 4, 320, stride=HOP, padding=HOP)
        self.last = nn.Conv1d(4, 2, 1)
        nn.init.normal_(self.first.weight, std=1.5)
        nn.init.normal_(self.last.weight, std=1.5)

    def forward(self, waveform, threshold):
        x = torch.tanh(self.first(waveform[:, None]))
        return gated(self.last(x).transpose(1, 2), threshold)


class Crepe(nn.Module):
    """frames [n, 1024] to salience [n, 360]; frames are standardised inside, as onnxcrepe's graphs do."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv1d(1, 4, 32, stride=16)
        self.last = nn.Linear(4 * 63, 2)
        # A little beyond the bins that the host looks at.
        self.bump = Bump(32, 318)
        nn.init.normal_(self.first.weight, std=0.3)
        nn.init.normal_(self.last.weight, std=0.25)

    def forward(self, frames):
        x = frames - frames.mean(dim=1, keepdim=True)
        x = x / torch.sqrt((x * x).mean(dim=1, keepdim=True)).clamp(min=1e-10)
        x = torch.tanh(self.first(x[:, None])).flatten(1)
        return self.bump(self.last(x))


# --- The host's side -------------------------------------------------------------------------------------


def rmvpe_mel(y):
    mel = librosa.feature.melspectrogram(
        y=y, sr=RATE, n_fft=FFT, win_length=FFT, hop_length=HOP, window="hann", center=True, pad_mode="reflect",
        power=1.0, n_mels=MELS, fmin=30, fmax=8000, htk=True, norm="slaney", dtype=np.float64)
    return np.log(np.maximum(mel, 1e-5))


def fcpe_mel(y):
    """Windows begin 432 samples before their frame, a power of 1e-9 lies under each bin, the last frame comes twice."""
    margin = (FFT - HOP) // 2
    padded = np.pad(y, (margin, margin), mode="reflect")
    spectrum = librosa.stft(padded, n_fft=FFT, win_length=FFT, hop_length=HOP, center=False, dtype=np.complex128)
    magnitude = np.sqrt(np.abs(spectrum) ** 2 + 1e-9)
    bank = librosa.filters.mel(
        sr=RATE, n_fft=FFT, n_mels=MELS, fmin=0, fmax=8000, htk=False, norm="slaney", dtype=np.float64)
    mel = np.log(np.maximum(bank @ magnitude, 1e-5))
    frames = len(y) // HOP + 1
    return np.concatenate([mel, mel[:, -1:]], axis=1)[:, :frames]


def missing(frames):
    return 32 * ((frames - 1) // 32 + 1) - frames


def to_hz(cents):
    return 10 * 2 ** (cents / 1200)


def local_average(salience, low=0, high=BINS):
    """Cents around the greatest bin in low..high, weighted over four bins to either side, those in low..high alone."""
    peak = low + int(np.argmax(salience[low:high]))
    start, end = max(low, peak - 4), min(high, peak + 5)
    weights = np.maximum(salience[start:end], 0)
    cents = FIRST_CENTS + CENTS_PER_BIN * np.arange(start, end)
    return to_hz((cents * weights).sum() / weights.sum()), salience[peak]


def rmvpe_salience(module, y, threshold):
    mel = rmvpe_mel(y)
    frames = mel.shape[1]
    mel = np.pad(mel, ((0, 0), (0, missing(frames))))
    salience = run(module, mel[None])[0][:frames]
    assert_decided(salience, threshold)
    found = [local_average(row) for row in salience]
    return [hz if height > threshold else 0 for hz, height in found]


def rmvpe_pitch(module, y, threshold):
    mel = rmvpe_mel(y)
    frames = mel.shape[1]
    mel = np.pad(mel, ((0, 0), (0, missing(frames))), mode="reflect")
    return run(module, mel[None], threshold)[0][:frames]


def fcpe(module, y, threshold):
    return run(module, fcpe_mel(y).T[None], threshold)[0, :, 0]


def waveform(module, y, threshold):
    return run(module, y[None], [threshold])[0]


def median3(values):
    return [np.median(values[max(0, i - 1):i + 2]) for i in range(len(values))]


def crepe(module, y, threshold):
    padded = np.pad(y, FFT // 2)
    frames = np.stack([padded[i * HOP:i * HOP + FFT] for i in range(len(y) // HOP + 1)])
    salience = run(module, frames)
    # 50 to 1100 Hz, the lower edge rounded down and the upper one up.
    bin_of = lambda hz: (1200 * np.log2(hz / 10) - FIRST_CENTS) / CENTS_PER_BIN
    low, high = int(np.floor(bin_of(50))), int(np.ceil(bin_of(1100)))
    assert (low, high) == (39, 308)
    assert_decided(salience[:, low:high], None)
    peaks = salience.argmax(axis=1)
    assert len(peaks) < 50 or (peaks < low).any() or (peaks >= high).any(), "the range changes nothing"
    found = [local_average(row, low, high) for row in salience]
    f0, periodicity = median3([hz for hz, _ in found]), median3([height for _, height in found])
    assert min(abs(p - threshold) for p in periodicity) > 1e-4
    return [hz if p >= threshold else 0 for hz, p in zip(f0, periodicity)]


def assert_decided(salience, threshold):
    """No frame is so near to another peak, or to the threshold, that rounding decides."""
    top = np.sort(salience, axis=1)[:, -2:]
    assert (top[:, 1] - top[:, 0] > 1e-4 * top[:, 1]).all(), "another peak"
    assert (top[:, 1] > 1e-6).all(), "lost in rounding"
    if threshold is not None:
        assert (np.abs(top[:, 1] - threshold) > 1e-4).all(), "at the threshold"


# --- Making ----------------------------------------------------------------------------------------------


@torch.no_grad()
def run(module, *arguments):
    exact = copy.deepcopy(module).double()
    return exact(*(torch.as_tensor(np.asarray(a), dtype=torch.float64) for a in arguments)).numpy()


def speech():
    """A gliding tone over noise, then all but silence (-100 dB), then a swell; float32, so that both sides agree."""
    random = np.random.default_rng(7)
    t = np.arange(max(LENGTHS)) / RATE
    phase = 2 * np.pi * np.cumsum(120 + 260 * t + 30 * np.sin(2 * np.pi * 5 * t)) / RATE
    tone = sum(np.cos(k * phase) / k for k in range(1, 25))
    level = np.interp(t, [0, 0.2, 0.24, 0.33, 0.37, 0.5], [0.1, 0.2, 1e-5, 1e-5, 0.05, 0.3])
    y = level * (tone + 0.3 * random.standard_normal(t.size))
    return y.astype(np.float32)


# name, module, host's side, thresholds, names of inputs, shapes, dynamic axes, name of the output
DIALECTS = [
    ("rmvpe_salience", Salience, rmvpe_salience, (0.03, 0.05), ["mel"], [(1, MELS, 64)], {"mel": [2]}, "hidden"),
    ("rmvpe_waveform", Waveform, waveform, (0.3, 0.03), ["waveform", "threshold"], [(1, 8000), (1,)],
     {"waveform": [1]}, "pitchf"),
    ("rmvpe_pitch", Pitch, rmvpe_pitch, (0.05, 0.02), ["mel", "threshold"], [(1, MELS, 64), ()], {"mel": [2]}, "pitchf"),
    ("fcpe", Fcpe, fcpe, (0.006, 0.04), ["mel", "threshold"], [(1, 51, MELS), ()], {"mel": [1]}, "pitchf"),
    ("crepe", Crepe, crepe, (0.1, 0.02), ["frames"], [(7, FFT)], {"frames": [0]}, "salience"),
]


def attempt(module, host, thresholds, y):
    """The F0 of all lengths and thresholds; refused where they do not show what they should."""
    runs = []
    for length in LENGTHS:
        for threshold in thresholds:
            f0 = np.array(host(module, y[:length].astype(np.float64), threshold), dtype=np.float64)
            assert f0.shape == (length // HOP + 1,), f0.shape
            runs.append(dict(samples=length, threshold=threshold, f0=[float(f"{hz:.8g}") for hz in f0]))
    first, second = (np.array(run["f0"]) for run in runs[:2])
    voiced = (first > 0).sum()
    assert 15 <= voiced <= 45, f"{voiced} voiced"
    assert np.std(first[first > 0]) > 15, "all alike"
    assert (first[32:] > 0).sum() >= 4 and max(runs[4]["f0"]) > 0, "nothing to hear of the padding"
    assert ((first > 0) != (second > 0)).sum() >= 2, "the threshold changes nothing"
    return runs


def make(entry, y):
    name, kind, host, thresholds, names, shapes, axes, output = entry
    for seed in range(400):
        torch.manual_seed(seed)
        module = kind().eval()
        try:
            runs = attempt(module, host, thresholds, y)
        except AssertionError as refused:
            reason = refused
            continue
        torch.onnx.export(
            module, tuple(torch.full(shape, 0.1) for shape in shapes), str(HERE / f"{name}.onnx"), input_names=names,
            output_names=[output], dynamic_axes=axes | {output: [0 if name == "crepe" else 1]}, opset_version=16,
            do_constant_folding=False, dynamo=False)
        size = (HERE / f"{name}.onnx").stat().st_size
        voiced = [sum(hz > 0 for hz in run["f0"]) for run in runs]
        print(f"{name}: seed {seed}, {size} bytes, voiced {voiced}")
        return dict(dialect=name, graph=f"{name}.onnx", runs=runs)
    raise SystemExit(f"{name}: no seed will do: {reason}")


def main():
    y = speech()
    y.astype("<f4").tofile(HERE / "speech.bin")
    for name, mel in (("rmvpe", rmvpe_mel), ("fcpe", fcpe_mel)):
        mel(y.astype(np.float64)).T[::5].astype("<f4").tofile(HERE / f"mel_{name}.bin")
    golden = dict(made_by="make_pitch.py", dialects=[make(entry, y) for entry in DIALECTS])
    (HERE / "golden.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
