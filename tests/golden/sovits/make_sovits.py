"""Makes the golden data of the So-VITS-SVC contract: tiny random-weight graphs and what they must give.

Run: python make_sovits.py  (Python 3.11, torch 2.6.0, onnx 1.23.2, numpy 2.4.6)

The graphs have the tensors of the public 4.0 / 4.1 export (`c, f0, mel2ph, uv, noise, sid[, vol] -> audio`)
and of the content encoders that go with it (`source -> embed`); layers, widths and weights are ours. The host
computation is written out in numpy below, and the expected audio comes from the torch modules, not from any
ONNX runtime, so that both backends are compared with a third party.

Writes next to itself: *.onnx, data/*.bin (raw little-endian f32 or i64) and golden.json (the index).
"""

import json
import math
import pathlib

import numpy as np
import onnx
import torch
from torch import nn
from torch.nn import functional as F

HERE = pathlib.Path(__file__).resolve().parent
RATE, HOP, CONTENT_RATE = 44_100, 512, 16_000
NOISE_CHANNELS, HIDDEN = 192, 16
F0_MIN, F0_MAX = 50.0, 1100.0
NOISE_SCALE = 0.4


# --- The graphs ------------------------------------------------------------------------------------------


class ContentEncoder(nn.Module):
    """HuBERT's strides (400-sample window, 320-sample hop at 16 kHz), narrow."""

    def __init__(self, dim):
        super().__init__()
        kernels, strides = (10, 3, 3, 3, 3, 2, 2), (5, 2, 2, 2, 2, 2, 2)
        widths = (1, 6, 6, 6, 6, 8, 8, 8)
        self.convs = nn.ModuleList(
            nn.Conv1d(widths[i], widths[i + 1], kernels[i], strides[i]) for i in range(7)
        )
        self.out = nn.Linear(8, dim)
        for conv in self.convs:
            nn.init.normal_(conv.weight, std=2.0 / math.sqrt(conv.weight[0].numel()))

    def forward(self, source):
        x = source * 8.0
        for conv in self.convs:
            x = F.gelu(conv(x))
        return torch.tanh(self.out(torch.tanh(x.transpose(1, 2))) * 3.0)


class Source(nn.Module):
    """Two harmonics of F0; the phase is summed per frame and modulo 1, so that f32 suffices."""

    def __init__(self, random):
        super().__init__()
        self.random = random
        self.register_buffer("ramp", torch.arange(1, HOP + 1, dtype=torch.float32).view(1, 1, HOP))

    def forward(self, f0, uv):
        step = f0 / RATE
        turns = torch.cumsum(fraction(step * HOP), dim=1)
        start = F.pad(turns[:, :-1], (1, 0))
        phase = fraction(start)[:, :, None] + step[:, :, None] * self.ramp
        wave = torch.sin(2 * math.pi * phase) + 0.5 * torch.sin(4 * math.pi * phase)
        wave = (wave * uv[:, :, None]).reshape(1, 1, -1) * 0.1
        if self.random:
            wave = wave + 0.003 * torch.randn_like(wave)
        return wave


class Generator(nn.Module):
    """Transposed convolutions (8, 8, 2, 2, 2) with the harmonic source added at every rate."""

    def __init__(self, random):
        super().__init__()
        rates, kernels = (8, 8, 2, 2, 2), (16, 16, 4, 4, 4)
        widths = (HIDDEN, 12, 8, 6, 4, 4)
        self.source = Source(random)
        self.ups = nn.ModuleList(
            nn.ConvTranspose1d(widths[i], widths[i + 1], kernels[i], rates[i], (kernels[i] - rates[i]) // 2)
            for i in range(5)
        )
        left = [int(np.prod(rates[i + 1 :])) for i in range(5)]
        self.taps = nn.ModuleList(
            nn.Conv1d(1, widths[i + 1], 2 * s, s, s // 2) if s > 1 else nn.Conv1d(1, widths[i + 1], 1)
            for i, s in enumerate(left)
        )
        self.blocks = nn.ModuleList(
            nn.Conv1d(widths[i + 1], widths[i + 1], 3, padding=3, dilation=3) for i in range(5)
        )
        self.post = nn.Conv1d(widths[-1], 1, 7, padding=3, bias=False)
        for tap in self.taps:
            nn.init.normal_(tap.weight, std=0.7 / math.sqrt(tap.weight[0].numel()))
        for up in self.ups:
            nn.init.normal_(up.weight, std=1.4 / math.sqrt(up.weight.shape[0] * 2))

    def forward(self, x, f0, uv):
        wave = self.source(f0, uv)
        for up, tap, block in zip(self.ups, self.taps, self.blocks):
            x = up(F.leaky_relu(x, 0.1)) + tap(wave)
            x = torch.tanh(x + block(F.leaky_relu(x, 0.1)))
        return torch.tanh(self.post(F.leaky_relu(x)))


class Synthesizer(nn.Module):
    """Text encoder, one reversed affine coupling, generator; the tensors of the public export."""

    def __init__(self, dim, speakers, mix, volume, random=False):
        super().__init__()
        self.mix, self.volume = mix, volume
        self.pre = nn.Conv1d(dim, HIDDEN, 3, padding=1)
        self.voicing = nn.Embedding(2, HIDDEN)
        self.pitch = nn.Embedding(256, HIDDEN)
        self.loudness = nn.Linear(1, HIDDEN)
        self.speaker = nn.Embedding(speakers, HIDDEN)
        self.stats = nn.Conv1d(HIDDEN, 2 * HIDDEN, 3, padding=1)
        self.noise = nn.Conv1d(NOISE_CHANNELS, HIDDEN, 1)
        self.flow = nn.Conv1d(HIDDEN // 2, HIDDEN, 5, padding=2)
        self.generator = Generator(random)
        for layer in (self.pre, self.noise, self.stats):
            nn.init.normal_(layer.weight, std=1.2 / math.sqrt(layer.weight[0].numel()))

    def forward(self, c, f0, mel2ph, uv, noise, sid, vol=None):
        # content features per frame; row 0 of the padded table is the contract's zero row
        table = F.pad(c, (0, 0, 1, 0))
        index = mel2ph[:, :, None].expand(-1, -1, c.shape[-1])
        x = self.pre(torch.gather(table, 1, index).transpose(1, 2))

        # what is added to them: voicing, coarse pitch, loudness, speaker
        x = x + self.voicing(uv.long()).transpose(1, 2)
        x = x + self.pitch(coarse_torch(f0)).transpose(1, 2)
        if self.volume:
            x = x + self.loudness(vol[:, :, None]).transpose(1, 2)
        if self.mix:
            g = torch.matmul(sid, self.speaker.weight)[None].transpose(1, 2)
        else:
            g = self.speaker(sid)[:, :, None]

        # prior, noise, flow, wave
        mean, log_scale = self.stats(F.gelu(x + g)).chunk(2, 1)
        z = mean + self.noise(noise) * torch.exp(torch.tanh(log_scale))
        first, second = z.chunk(2, 1)
        shift, scale = self.flow(first).chunk(2, 1)
        z = torch.cat([first, (second - shift) * torch.exp(-torch.tanh(scale))], 1)
        return self.generator(z + g, f0, uv)


def fraction(x):
    return x - torch.floor(x)


def coarse_torch(f0):
    low, high = mel(F0_MIN), mel(F0_MAX)
    scaled = (1127 * torch.log(1 + f0 / 700) - low) * (254 / (high - low)) + 1
    scaled = torch.where(f0 > 0, scaled, torch.ones_like(scaled))
    return torch.clamp(torch.round(scaled), 1, 255).long()


# --- The host's computation ------------------------------------------------------------------------------


def mel(hz):
    return 1127 * math.log(1 + hz / 700)


def coarse(f0):
    scaled = (1127 * np.log(1 + f0.astype(np.float64) / 700) - mel(F0_MIN)) * 254 / (mel(F0_MAX) - mel(F0_MIN)) + 1
    return np.clip(np.round(np.where(f0 > 0, scaled, 1)), 1, 255).astype(np.int64)


def resize_nearest(values, count):
    return F.interpolate(torch.from_numpy(values)[None, None], size=count, mode="nearest")[0, 0].numpy()


def interpolate_unvoiced(f0):
    voiced = np.nonzero(f0 > 0)[0]
    if len(voiced) == 0:
        return np.zeros_like(f0)
    return np.interp(np.arange(len(f0)), voiced, f0[voiced]).astype(np.float32)


def mel2ph(content_frames, frames):
    return np.array([i * content_frames // frames + 1 for i in range(frames)], dtype=np.int64)


def volume(audio):
    padded = np.pad(audio.astype(np.float64), (HOP // 2, (HOP + 1) // 2), mode="reflect")
    frames = len(audio) // HOP
    return np.array(
        [math.sqrt(np.mean(padded[i * HOP : (i + 1) * HOP] ** 2)) for i in range(frames)], dtype=np.float32
    )


def slice_points(samples, rate, threshold_db=-40, min_length=5000, min_interval=300, hop_ms=20, max_kept=5000):
    """The silent spans [start, end) in samples (empty ones are plain cuts), as the contract describes them."""
    hop = round(rate * hop_ms / 1000)
    window = min(round(rate * min_interval / 1000), 4 * hop)
    padded = np.pad(samples.astype(np.float64), (window // 2, window // 2))
    count = 1 + (len(padded) - window) // hop
    level = np.array([math.sqrt(np.mean(padded[i * hop : i * hop + window] ** 2)) for i in range(count)])
    quiet = level < 10 ** (threshold_db / 20)
    shortest_gap = round(rate * min_interval / 1000 / hop)
    shortest_clip = round(rate * min_length / 1000 / hop)
    kept = round(rate * max_kept / 1000 / hop)

    def quietest(start, end):
        return start + int(np.argmin(level[start:end]))

    spans, clip_start, frame = [], 0, 0
    while frame < count:
        if not quiet[frame]:
            frame += 1
            continue
        start = frame
        while frame < count and quiet[frame]:
            frame += 1
        length = frame - start
        if frame == count:
            if start > 0 and length >= shortest_gap:
                spans.append((quietest(start, min(count, start + kept + 1)), None))
            elif start == 0:
                spans.append((0, None))  # silent as a whole: nothing to convert
            break
        leading = start == 0 and length > kept
        if not leading and not (length >= shortest_gap and frame - clip_start >= shortest_clip):
            continue
        if length <= kept:
            cut = quietest(start, frame)
            span = (0, cut) if start == 0 else (cut, cut)
        else:
            left, right = quietest(start, start + kept + 1), quietest(frame - kept, frame)
            if start == 0:
                left = 0
            elif length <= 2 * kept:
                middle = quietest(frame - kept, start + kept + 1)
                left, right = min(left, middle), max(right, middle)
            span = (left, right)
        spans.append(span)
        clip_start = span[1]
    return [(a * hop, len(samples) if b is None else min(b * hop, len(samples))) for a, b in spans]


# --- The signals -----------------------------------------------------------------------------------------


def voice_like(frames, random):
    """A gliding tone with a pause and some noise, at the model's rate, the same at 16 kHz, and its F0."""

    def f0_at(t):
        return 160 + 60 * np.sin(2 * math.pi * 2.3 * t)

    def voiced_at(t):
        return (t > 0.06) & ~((t > 0.2) & (t < 0.27))

    def render(rate, seconds):
        t = np.arange(round(seconds * rate)) / rate
        phase = np.cumsum(f0_at(t)) / rate
        wave = sum(0.2 / k * np.sin(2 * math.pi * k * phase) for k in range(1, 9))
        return (wave * voiced_at(t)).astype(np.float32)

    seconds = frames * HOP / RATE
    audio, speech = render(RATE, seconds), render(CONTENT_RATE, seconds)
    audio = audio + random.normal(0, 0.003, len(audio)).astype(np.float32)
    t = np.arange(round(seconds * 100)) / 100
    contour = (f0_at(t) * voiced_at(t)).astype(np.float32)
    return audio[: frames * HOP], speech, contour


def pauses(rate, parts):
    """White noise, [(kind, seconds), ...] with kind 1 loud (0.2), 0 quiet (0.002), 2 a dip (0.0005), from a
    generator that the Rust side repeats bit by bit, so that no samples need to be stored."""
    state, out = 1, []
    for kind, seconds in parts:
        amplitude = np.float32((0.002, 0.2, 0.0005)[kind])
        for _ in range(round(seconds * rate)):
            state = (state * 1664525 + 1013904223) % 2**32
            out.append(amplitude * np.float32((state >> 8) / 2**23 - 1))
    return np.array(out, dtype=np.float32)


# --- Writing ---------------------------------------------------------------------------------------------


class Writer:
    def __init__(self):
        self.folder = HERE / "data"
        self.folder.mkdir(exist_ok=True)

    def array(self, name, values):
        values = np.ascontiguousarray(values)
        dtype = {"f": "f32", "i": "i64"}[values.dtype.kind]
        values = values.astype({"f32": "<f4", "i64": "<i8"}[dtype])
        (self.folder / f"{name}.bin").write_bytes(values.tobytes())
        return {"file": f"data/{name}.bin", "dtype": dtype, "shape": list(values.shape)}


def export(module, arguments, names, axes, path, outputs):
    torch.onnx.export(
        module, arguments, str(path), input_names=names, output_names=outputs, dynamic_axes=axes,
        opset_version=16, do_constant_folding=False, dynamo=False,
    )
    assert path.stat().st_size < 300_000, (path, path.stat().st_size)


VARIANTS = [
    # name, content width, mix matrix, volume, random nodes, frames, transpose, speaker row
    dict(name="v40_sid", dim=256, mix=False, volume=False, random=False, frames=37, transpose=0, speaker=1),
    dict(name="v41_vol", dim=768, mix=False, volume=True, random=False, frames=43, transpose=-5, speaker=2),
    dict(name="v41_mix", dim=256, mix=True, volume=True, random=False, frames=50, transpose=12, speaker=0),
    dict(name="v40_random", dim=256, mix=False, volume=False, random=True, frames=24, transpose=0, speaker=0),
]
SPEAKERS = 3


@torch.no_grad()
def make_variant(variant, encoders, writer):
    torch.manual_seed(sum(map(ord, variant["name"])))
    random = np.random.default_rng(len(variant["name"]) * 1000 + variant["frames"])
    dim, frames = variant["dim"], variant["frames"]
    module = Synthesizer(dim, SPEAKERS, variant["mix"], variant["volume"], variant["random"]).eval()

    # the host's side
    audio, speech, contour = voice_like(frames, random)
    embed = encoders[dim](torch.from_numpy(speech)[None, None])
    content_frames = embed.shape[1]
    assert content_frames == (len(speech) - 400) // 320 + 1
    raw = resize_nearest(contour, frames)
    voiced = (raw > 0).astype(np.float32)
    f0 = interpolate_unvoiced(raw) * np.float32(2 ** (variant["transpose"] / 12))
    index = mel2ph(content_frames, frames)
    level = volume(audio)
    noise = random.standard_normal((NOISE_CHANNELS, frames)).astype(np.float32)
    mix = np.zeros((frames, SPEAKERS), dtype=np.float32)
    mix[:, variant["speaker"]] = 1

    names = ["c", "f0", "mel2ph", "uv", "noise", "sid"] + (["vol"] if variant["volume"] else [])
    arguments = [
        embed, torch.from_numpy(f0)[None], torch.from_numpy(index)[None], torch.from_numpy(voiced)[None],
        torch.from_numpy(noise * np.float32(NOISE_SCALE))[None],
        torch.from_numpy(mix) if variant["mix"] else torch.tensor([variant["speaker"]]),
    ] + ([torch.from_numpy(level)[None]] if variant["volume"] else [])

    # bring the untrained generator to a speech-like level
    post = module.generator.post.weight
    post.mul_(0.15 / float(module(*arguments).std()))
    out = module(*arguments)[0, 0].numpy()
    post.mul_(0.15 / float(out.std()))
    out = module(*arguments)[0, 0].numpy()
    assert out.shape == (frames * HOP,) and 0.05 < out.std() < 0.5, out.std()
    assert_everything_matters(module, arguments, names, out)

    axes = {"c": [0, 1], "f0": [1], "mel2ph": [1], "uv": [1], "noise": [2]}
    if variant["mix"]:
        axes["sid"] = [0]
    if variant["volume"]:
        axes["vol"] = [1]
    export(module, tuple(arguments), names, axes, HERE / f"{variant['name']}.onnx", ["audio"])

    key = variant["name"]
    entry = dict(
        variant, synthesizer=f"{key}.onnx", encoder=f"encoder_{dim}.onnx", rate=RATE, hop=HOP,
        speakers=SPEAKERS, noise_scale=NOISE_SCALE,
    )
    if variant["random"]:
        # Exporters number equal nodes; tract 0.23 knows the operator only under names that end in "Like".
        numbered = onnx.load(HERE / f"{key}.onnx")
        for node in numbered.graph.node:
            if node.op_type == "RandomNormalLike":
                node.name += "_1"
        onnx.save(numbered, HERE / f"{key}_numbered.onnx")
        return entry
    arrays = dict(
        audio=audio, speech=speech, contour=contour, embed=embed[0].numpy(), resized=raw, uv=voiced, f0=f0,
        coarse=coarse(f0), mel2ph=index, volume=level, noise=noise, expected=out,
    )
    entry["arrays"] = {name: writer.array(f"{key}_{name}", values) for name, values in arrays.items()}
    return entry


def assert_everything_matters(module, arguments, names, out):
    """Every input changes the result by far more than the tolerance, so that none can be forgotten unseen."""
    if module.generator.source.random:
        return
    for position, name in enumerate(names):
        other = list(arguments)
        if name == "sid":
            other[position] = torch.roll(other[position], 1, -1) if module.mix else (other[position] + 1) % SPEAKERS
        elif name == "mel2ph":
            other[position] = torch.clamp(other[position] - 1, 0)
        elif name == "uv":
            other[position] = 1 - other[position]
        else:
            other[position] = other[position] * 0.9
        change = np.abs(module(*other)[0, 0].numpy() - out).max() / np.abs(out).max()
        assert change > 5e-3, (name, change)
        print(f"  {name}: changes the result by {change:.3f} of its peak")


def make_contours():
    """F0 contours on their own: no voice at all, voice at one end, single frames, the edges of the scale."""
    cases = {
        "none": np.zeros(9), "one": np.array([0, 0, 120, 0, 0.0]), "ends": np.array([100, 0, 0, 0, 200.0]),
        "holes": np.array([0, 110, 0, 130, 0, 0, 0, 250, 0.0]),
        "range": np.array([50, 49, 1100, 1101, 700, 440, 60.5, 3000.0]),
    }
    out = {}
    for name, values in cases.items():
        values = values.astype(np.float32)
        filled = interpolate_unvoiced(values)
        out[name] = dict(
            raw=values.tolist(), interpolated=filled.tolist(), uv=(values > 0).astype(float).tolist(),
            coarse=coarse(filled).tolist(),
            resized={str(n): resize_nearest(values, n).tolist() for n in (1, 3, 7, 13, 40)},
        )
    return out


def make_slices():
    rate = 8000
    # A frame reaches two hops (40 ms) to either side, so a dip of four hops has one frame to itself. Pauses begin
    # and dips lie such that this frame is the first or last one that a rule still looks at.
    plans = {
        "dip_at_the_end_of_what_is_kept": [(1, 6), (0, 5), (2, 0.08), (0, 2), (1, 2)],
        "dip_at_the_end_of_what_is_kept_of_a_long_pause": [(1, 6), (0, 5), (2, 0.08), (0, 8), (1, 2)],
        "dip_at_the_start_of_what_is_kept": [(1, 6), (0, 6.94), (2, 0.08), (0, 4.98), (1, 6)],
        "dip_just_before_what_is_kept": [(1, 6), (0, 6.92), (2, 0.08), (0, 5), (1, 6)],
        "dip_in_the_lead": [(0, 1), (2, 0.08), (0, 4.98), (1, 6)],
        "dip_in_the_tail": [(1, 6), (0, 5), (2, 0.08), (0, 3)],
        "dip_in_a_short_pause": [(1, 6), (0, 0.3), (2, 0.08), (0, 0.4), (1, 2)],
        "pause_just_long_enough": [(1, 6), (0, 0.36), (1, 6)],
        "pause_just_too_short": [(1, 6), (0, 0.34), (1, 6)],
        "clip_just_long_enough": [(1, 4.52), (0, 0.5), (1, 6)],
        "clip_just_too_short": [(1, 4.5), (0, 0.5), (1, 6)],
        "tail_just_long_enough": [(1, 2), (0, 0.12), (2, 0.08), (0, 0.12)],
        "tail_just_too_short": [(1, 2), (0, 0.1), (2, 0.08), (0, 0.12)],
        "lead_longer_than_what_is_kept": [(0, 5.04), (1, 6)],
        "lead_as_long_as_what_is_kept": [(0, 5.02), (1, 6)],
        "lead_shorter_than_what_is_kept": [(0, 5), (1, 6)],
        "plain_speech": [(1, 7.3)],
        "short_pause_is_kept": [(1, 6), (0, 0.2), (1, 6)],
        "pause_cuts": [(1, 6), (0, 0.9), (1, 3), (0, 1.0), (1, 4)],
        "clip_too_short_to_cut": [(1, 1), (0, 0.9), (1, 1), (0, 0.8), (1, 5)],
        "lead_and_tail": [(0, 6.2), (1, 5.5), (0, 3)],
        "short_lead": [(0, 2), (1, 5.5), (0, 0.1)],
        "long_pause": [(1, 6), (0, 7.1), (1, 6)],
        "very_long_pause": [(1, 6), (0, 17.3), (1, 6.1), (0, 12)],
        "very_long_lead": [(0, 23), (1, 2)],
        "long_pause_after_short_clip": [(1, 0.5), (0, 6.5), (1, 2)],
        "many": [(1, 5.2), (0, 0.4), (1, 5.1), (0, 0.31), (1, 5.4), (0, 0.5), (1, 0.3), (0, 5.5), (1, 1)],
    }
    out = []
    for name, parts in plans.items():
        samples = pauses(rate, parts)
        spans = slice_points(samples, rate)
        print(f"  {name}: {len(samples)} samples, {spans}")
        out.append(dict(name=name, rate=rate, parts=parts, samples=len(samples), silent=spans))
    return out


@torch.no_grad()
def main():
    writer = Writer()
    encoders = {}
    for dim in (256, 768):
        torch.manual_seed(dim)
        encoders[dim] = ContentEncoder(dim).eval()
        export(
            encoders[dim], (torch.zeros(1, 1, 16_000),), ["source"], {"source": [0, 2], "embed": [0, 1]},
            HERE / f"encoder_{dim}.onnx", ["embed"],
        )
    index = dict(
        made_by="make_sovits.py",
        variants=[make_variant(variant, encoders, writer) for variant in VARIANTS],
        contours=make_contours(),
        slices=make_slices(),
    )
    (HERE / "golden.json").write_text(json.dumps(index, indent=1) + "\n")


if __name__ == "__main__":
    main()
