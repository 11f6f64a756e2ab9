"""Makes the golden data of whole files with RVC voices: tiny random-weight graphs and what RVC's offline chain makes of them.

Run: python make_rvc_file.py  (Python 3.11, torch 2.6.0, onnx 1.23.2, numpy 2.4.6, scipy 1.17.1)

The chain, as RVC's `Pipeline` has it, is written out below in numpy and scipy: high-pass forwards and backwards, reflection,
cuts at quiet places, F0 on the whole padded recording, content and what is retrieved, protection, coarse pitch, padding taken
away, loudness. The networks are ours, with the tensors of the public exports: content `source` -> `embed`, F0 `waveform,
threshold` -> `pitchf`, and a synthesizer `phone, pitch, pitchf` -> `audio`; the expected audio comes from the torch modules. They are
built to hear what could go wrong: the synthesizer adds a mean over all frames, as attention would, so that the padding is
heard; F0 hears 256 ms to either side and counts its frames in blocks of 32, as RMVPE does, so that it is heard where F0 is
tracked. Source and voice are at 16 kHz, so that nothing is resampled.

What RVC leaves short is filled with what it cuts off as padding. Where a length must be known, and the recording has several
pieces, loudness follows windows at their own times; how far that is from RVC's is printed.

Writes next to itself: encoder.onnx, f0.onnx, synthesizer.onnx, *.bin (raw little-endian f32) and golden.json (the index). The
features that are retrieved are those of the dialects.
"""

import json
import math
import pathlib

import numpy as np
import torch
from scipy import signal
from torch import nn
from torch.nn import functional as F

HERE = pathlib.Path(__file__).resolve().parent
RATE, FRAME = 16_000, 160
WIDTH, HIDDEN, FEATURES = 20, 6, 120
F0_MIN, F0_MAX = 50.0, 1100.0
F0_REACH, F0_BLOCK = 4_096, 32
THRESHOLD = 0.3  # VCClient's, which a voice has where nobody states another
# Short pieces, so that a recording of ten seconds has several: samples at 16 kHz.
SHORT = dict(pad=16_000, search=16_000, spacing=48_000, longest=64_000)
USUAL = dict(pad=16_000, search=96_000, spacing=608_000, longest=656_000)


# --- The graphs ------------------------------------------------------------------------------------------


class Encoder(nn.Module):
    """HuBERT's strides (400-sample window, 320-sample hop), narrow; `source` [1, 1, N] -> `embed`."""

    def __init__(self):
        super().__init__()
        kernels, strides = (10, 3, 3, 3, 3, 2, 2), (5, 2, 2, 2, 2, 2, 2)
        channels = (1, 6, 6, 6, 6, 8, 8, 8)
        self.convs = nn.ModuleList(
            nn.Conv1d(channels[i], channels[i + 1], kernels[i], strides[i]) for i in range(7)
        )
        self.out = nn.Linear(8, WIDTH)
        for conv in self.convs:
            nn.init.normal_(conv.weight, std=2.0 / math.sqrt(conv.weight[0].numel()))

    def forward(self, source):
        x = source * 8.0
        for conv in self.convs:
            x = F.gelu(conv(x))
        return torch.tanh(self.out(torch.tanh(x.transpose(1, 2))) * 3.0)


class Pitch(nn.Module):
    """The level around each frame as F0; 0 where it is low."""

    def level(self, waveform):
        padded = F.pad(waveform[:, None], (F0_REACH, F0_REACH))
        return torch.sqrt(F.avg_pool1d(padded * padded, 2 * F0_REACH, FRAME) + 1e-9)[:, 0]

    def forward(self, waveform, threshold):
        level = self.level(waveform)
        voiced = (level * 2.2 > threshold).float()
        number = torch.cumsum(torch.ones_like(level), 1) - 1
        place = number - F0_BLOCK * torch.floor(number / F0_BLOCK)
        return (60 + 1500 * level + 4 * place) * voiced


class Voice(nn.Module):
    """Content and pitch to rows of samples, and a sine at F0 that begins anew in each frame."""

    def __init__(self):
        super().__init__()
        self.pre = nn.Linear(WIDTH, HIDDEN)
        self.pitch = nn.Embedding(256, HIDDEN)
        self.mix = nn.Conv1d(HIDDEN, HIDDEN, 3, padding=1)
        self.post = nn.Linear(HIDDEN, FRAME)
        nn.init.normal_(self.pre.weight, std=1.5 / math.sqrt(WIDTH))
        self.register_buffer("ramp", torch.arange(1, FRAME + 1, dtype=torch.float32).view(1, 1, FRAME))

    def forward(self, phone, pitch, pitchf):
        x = self.pre(phone) + self.pitch(pitch)
        x = torch.tanh(x - 4.0 * x.mean(1, keepdim=True)).transpose(1, 2)
        rows = self.post(torch.tanh(self.mix(x) + x).transpose(1, 2))
        sine = torch.sin(2 * math.pi / RATE * pitchf[:, :, None] * self.ramp) * (pitchf > 0).float()[:, :, None]
        return (torch.tanh(rows + sine) * 0.5).reshape(1, 1, -1)


# --- RVC's chain -----------------------------------------------------------------------------------------


def filtered(audio):
    b, a = signal.butter(5, 48, "high", fs=RATE)
    return signal.filtfilt(b, a, audio, padlen=min(18, len(audio) - 1))


def cuts(audio, lengths):
    """Where pieces end, on the grid of frames."""
    half = FRAME // 2
    padded = np.pad(audio, half, mode="reflect")
    if len(padded) <= lengths["longest"]:
        return []
    loudness = np.zeros_like(audio)
    for offset in range(FRAME):
        loudness += np.abs(padded[offset : offset + len(audio)])
    found = []
    for centre in range(lengths["spacing"], len(audio), lengths["spacing"]):
        around = loudness[centre - lengths["search"] : centre + lengths["search"]]
        quietest = centre - lengths["search"] + int(np.argmin(around))
        found.append(quietest // FRAME * FRAME)
    return found


def mel(hz):
    return 1127 * np.log(1 + hz / 700)


def coarse(f0):
    bins = mel(f0)
    voiced = bins > 0
    bins[voiced] = (bins[voiced] - mel(F0_MIN)) * 254 / (mel(F0_MAX) - mel(F0_MIN)) + 1
    return np.rint(np.clip(bins, 1, 255)).astype(np.int64)


def filled(f0):
    voiced = np.nonzero(f0 > 0)[0]
    return np.interp(np.arange(len(f0)), voiced, f0[voiced])


def retrieved(content, features, share):
    """The eight nearest by their inverse squared score, which is the squared distance."""
    out = []
    for row in content.astype(np.float64):
        score = ((features.astype(np.float64) - row) ** 2).sum(1)
        near = np.argsort(score)[:8]
        weight = np.square(1 / score[near])
        weight /= weight.sum()
        out.append(share * (features[near] * weight[:, None]).sum(0) + (1 - share) * row)
    return np.array(out, dtype=np.float32)


def row(values):
    return torch.from_numpy(np.ascontiguousarray(values))[None]


class Chain:
    """The networks, and what a voice states. Each of `wrong` leaves out or changes one step: what the data must notice."""

    def __init__(self, networks, features, case, wrong=None):
        self.encoder, self.f0, self.voice = networks
        self.features, self.case, self.wrong = features, case, wrong
        self.lengths = case["lengths"]

    def f0_of(self, audio):
        """On the whole padded recording."""
        f0 = self.f0(row(audio.astype(np.float32)), torch.tensor([THRESHOLD]))[0].numpy().astype(np.float64)
        if self.case["unvoiced"] == "interpolate":
            f0 = filled(f0)
        f0 = f0 * 2 ** (self.case["transpose"] / 12)
        return coarse(f0.copy()), f0.astype(np.float32)

    def speak(self, audio, pitch, pitchf):
        """A padded piece: two frames for each of content."""
        content = self.encoder(row(audio.astype(np.float32))[None])[0].numpy()
        before = np.repeat(content, 2, axis=0)
        content = np.repeat(retrieved(content, self.features, self.case["retrieval_rate"]), 2, axis=0)
        frames = min(len(audio) // FRAME, len(content))
        if self.wrong == "a frame more":
            content, before, frames = content[:-1], before[:-1], frames - 1
        pitch, pitchf = pitch[:frames], pitchf[:frames]
        share = np.where(pitchf < 1, self.case["protect"], 1.0)[:, None].astype(np.float32)
        if self.wrong != "no protection":
            content = content * share + before * (1 - share)
        return self.voice(row(content), row(pitch), row(pitchf)).reshape(-1).numpy()

    def pieces(self, audio):
        """Each piece as RVC gives it, and as long as it should be."""
        pad = self.lengths["pad"]
        audio = filtered(audio) if self.wrong != "no high-pass" else audio.astype(np.float64)
        ends = cuts(audio, self.lengths)
        if self.wrong == "a cut a frame later":
            ends = [end + FRAME for end in ends]
        mode = {"silence": "constant", "the edge repeated": "symmetric"}.get(self.wrong, "reflect")
        padded = np.pad(audio, pad, mode=mode)
        pitch, pitchf = self.f0_of(padded)
        starts = [0, *ends]
        for start, end in zip(starts, [*ends, None]):
            stop = None if end is None else end + 2 * pad + FRAME
            if self.wrong == "no frame more" and end is not None:
                stop -= FRAME
            heard = padded[start:stop]
            if self.wrong == "F0 of each piece":
                pitch, pitchf = self.f0_of(heard)
                first, last = 0, None
            else:
                first, last = start // FRAME, None if end is None else (end + 2 * pad) // FRAME
            spoken = self.speak(heard, pitch[first:last], pitchf[first:last])
            whole = (len(audio) if end is None else end) - start
            theirs = spoken[pad:-pad]
            yield audio, theirs, spoken[pad : pad + whole]

    def convert(self, audio):
        """The recording converted, RVC's own of one piece, and how far loudness of several is from RVC's."""
        given = list(self.pieces(audio))
        heard, amount = given[0][0], self.case["loudness"]
        ours = np.concatenate([ours for _, _, ours in given])
        assert len(ours) == len(audio)
        if amount == 0:
            return ours
        if len(given) == 1:
            theirs = given[0][1]
            gains = gain(heard, theirs, amount, len(ours), len(theirs))
            return (ours * gains).astype(np.float32)
        near = (ours * gain_in_place(heard, ours, amount)).astype(np.float32)
        exact = (ours * gain(heard, ours, amount, len(ours), len(ours))).astype(np.float32)
        apart = 20 * np.abs(np.log10(np.abs(near[near != 0]) / np.abs(exact[near != 0])))
        print(f"  {self.case['name']}: loudness in place is {apart.mean():.2f} dB from RVC's, {apart.max():.2f} dB at most")
        return near


def rms(y):
    """librosa.feature.rms(y, frame_length=RATE, hop_length=RATE // 2)."""
    hop = RATE // 2
    padded = np.pad(y.astype(np.float64), hop)
    return np.array([np.sqrt(np.mean(padded[k * hop : k * hop + 2 * hop] ** 2)) for k in range(1 + len(y) // hop)])


def gain(source, converted, amount, count, measured):
    """RVC's change_rms on the first `measured` samples, carried on to `count`."""

    def stretched(contour):
        place = np.maximum((np.arange(count) + 0.5) * len(contour) / measured - 0.5, 0)
        return np.interp(place, np.arange(len(contour)), contour)

    wanted, found = stretched(rms(source)), stretched(rms(converted[:measured]))
    return wanted**amount * np.maximum(found, 1e-6) ** -amount


def gain_in_place(source, converted, amount):
    """The same with each window at its own time."""

    def at(contour):
        return np.interp(np.arange(len(converted)) / (RATE // 2), np.arange(len(contour)), contour)

    return at(rms(source)) ** amount * np.maximum(at(rms(converted)), 1e-6) ** -amount


# --- The signals -----------------------------------------------------------------------------------------


def uniform(count, seed):
    """-1 to 1, from a generator that the Rust side repeats bit by bit."""
    state, out = seed, np.empty(count, dtype=np.float32)
    for i in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        out[i] = np.float32((state >> 8) / 2**23 - 1)
    return out


def recording(count, seed):
    """Noise that swells and pauses, on a rumble of 20 Hz beside zero."""
    n = np.arange(count)
    swell = np.maximum(np.minimum(n % 14_000, 9_000) - 2_000, 100).astype(np.float32) / np.float32(14_000)
    rumble = np.abs(n % 800 - 400).astype(np.float32) / np.float32(1_600) - np.float32(0.08)
    return uniform(count, seed) * swell + rumble


# --- Writing ---------------------------------------------------------------------------------------------

CASES = [
    dict(name="short", samples=37_390, lengths=USUAL, loudness=0.75, step=5, transpose=3),
    dict(name="shortest", samples=700, lengths=USUAL, loudness=0.75, step=1),
    dict(name="pieces", samples=163_713, lengths=SHORT, loudness=0.0, step=23),
    dict(name="filled", samples=163_713, lengths=SHORT, loudness=0.0, step=23, unvoiced="interpolate", transpose=-5),
    dict(name="loud", samples=163_713, lengths=SHORT, loudness=0.75, step=23),
]
USUALLY = dict(transpose=0, unvoiced="zero", retrieval_rate=0.6, protect=0.2)
# What must be heard, and in which recordings.
WRONG = {
    "no high-pass": ("short", "shortest", "pieces", "filled", "loud"),
    "silence": ("short", "shortest", "pieces", "filled"),
    "the edge repeated": ("shortest",),
    "no protection": ("short", "pieces"),
    "a frame more": ("short", "pieces", "filled"),
    "no frame more": ("pieces", "filled"),
    "a cut a frame later": ("pieces", "filled"),
    "F0 of each piece": ("pieces", "filled"),
}


def export(module, arguments, names, output, axes, name):
    path = HERE / f"{name}.onnx"
    torch.onnx.export(
        module, arguments, str(path), input_names=names, output_names=[output], dynamic_axes=axes,
        opset_version=16, do_constant_folding=False, dynamo=False,
    )  # fmt: skip
    assert path.stat().st_size < 40_000, (path, path.stat().st_size)


def make_networks():
    torch.manual_seed(41)
    encoder, f0, voice = Encoder().eval(), Pitch().eval(), Voice().eval()
    export(encoder, (torch.zeros(1, 1, 16_000),), ["source"], "embed", {"source": [2], "embed": [1]}, "encoder")
    axes = {"waveform": [1], "pitchf": [1]}
    export(f0, (torch.zeros(1, 16_000), torch.tensor([THRESHOLD])), ["waveform", "threshold"], "pitchf", axes, "f0")
    frames = 40
    given = (torch.zeros(1, frames, WIDTH), torch.ones(1, frames, dtype=torch.long), torch.full((1, frames), 200.0))
    axes = {"phone": [1], "pitch": [1], "pitchf": [1], "audio": [2]}
    export(voice, given, ["phone", "pitch", "pitchf"], "audio", axes, "synthesizer")
    return encoder, f0, voice


def make_case(networks, features, case):
    case = USUALLY | case
    audio = recording(case["samples"], 4)
    out = Chain(networks, features, case).convert(audio)
    assert 0.01 < out.std() < 1.0, out.std()
    level = networks[1].level(row(np.pad(filtered(audio), RATE, mode="reflect").astype(np.float32)))
    voiced = (level * 2.2 > THRESHOLD).float().mean()
    # Rounding must not decide what is voiced; and there must be something to protect.
    assert (level * 2.2 - THRESHOLD).abs().min() > 1e-5
    print(f"  {case['name']}: {voiced:.0%} of F0 is voiced")
    for wrong, heard_in in WRONG.items():
        if case["name"] in heard_in:
            other = Chain(networks, features, case, wrong).convert(audio)
            change = np.abs(other - out).max() / np.abs(out).max()
            assert change > 5e-3, (case["name"], wrong, change)
            print(f"  {case['name']}: {wrong} changes the result by {change:.3f} of its peak")
    (HERE / f"{case['name']}.bin").write_bytes(out[:: case["step"]].astype("<f4").tobytes())
    return case


def make_cuts():
    """Cuts of plain recordings, around the lengths where the rule changes."""
    lengths = dict(pad=1_600, search=8_000, spacing=32_000, longest=36_000)
    counts = [31_000, 35_840, 35_841, 36_000, 39_999, 40_000, 40_081, 64_000, 64_001, 64_100, 72_079, 130_007]
    made = []
    for count in counts:
        audio = uniform(count, 9) * (np.abs(np.arange(count) % 5_000 - 2_500) / 2_500).astype(np.float32)
        made.append(dict(samples=count, cuts=cuts(audio.astype(np.float64), lengths)))
    # Ties go to the first: all samples of a square wave are as loud.
    square = np.where(np.arange(70_000) // 80 % 2 == 0, 0.25, -0.25)
    return dict(lengths=lengths, cases=made, square=cuts(square, lengths))


@torch.no_grad()
def main():
    networks = make_networks()
    features = uniform(FEATURES * WIDTH, 11).reshape(FEATURES, WIDTH)
    cases = [make_case(networks, features, case) for case in CASES]
    index = dict(made_by="make_rvc_file.py", rate=RATE, cases=cases, cuts=make_cuts())
    (HERE / "golden.json").write_text(json.dumps(index, indent=1) + "\n")


if __name__ == "__main__":
    main()
