"""Makes the golden data of the synthesizers' dialects: tiny random-weight graphs and what they must give.

Run: python make_dialects.py  (Python 3.11, torch 2.6.0, onnx 1.23.2, numpy 2.4.6)

The graphs have the tensors of the public exports: RVC of its WebUI (`phone, phone_lengths, pitch, pitchf, ds, rnd`),
of VCClient (`feats, p_len, pitch, pitchf, sid`, or without the pitches), the same trimmed (`skip_head,
return_length, formant_length`), the plain one (`phone, pitch, pitchf`), VCClient's So-VITS-SVC (`c` with its channels
first, `f0, uv, g, noise_scale`) and upstream's with a mix of speakers; and those of the content encoders. Layers,
widths and weights are ours. What draws random numbers inside the originals is left out. The host's computation is
written out in numpy below, and the expected audio comes from the torch modules, not from any ONNX runtime.

Writes next to itself: *.onnx, *.bin (raw little-endian f32), features.npy (what is retrieved from) and golden.json (the index).
"""

import json
import math
import pathlib

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

HERE = pathlib.Path(__file__).resolve().parent
CONTENT_RATE, RATE = 16_000, 8_000
NOISE_CHANNELS, HIDDEN, SPEAKERS = 192, 6, 3
SAMPLES = 9_760  # at 16 kHz: 61 frames of 10 ms, whose last three have no content frame of their own
RVC_HOP, SO_VITS_HOP = 80, 93
HISTORY = 24  # frames that a trimmed graph is given before the segment, and leaves away
F0_MIN, F0_MAX = 50.0, 1100.0
# The width of the features in models/tests/golden/retrieval, which is tested with the same voice.
INDEX_WIDTH = 20


# --- The graphs ------------------------------------------------------------------------------------------


class Units(nn.Module):
    """HuBERT's strides (400-sample window, 320-sample hop at 16 kHz), narrow; rows of several widths."""

    def __init__(self, widths):
        super().__init__()
        kernels, strides = (10, 3, 3, 3, 3, 2, 2), (5, 2, 2, 2, 2, 2, 2)
        channels = (1, 6, 6, 6, 6, 8, 8, 8)
        self.convs = nn.ModuleList(
            nn.Conv1d(channels[i], channels[i + 1], kernels[i], strides[i]) for i in range(7)
        )
        self.outs = nn.ModuleList(nn.Linear(8, width) for width in widths)
        for conv in self.convs:
            nn.init.normal_(conv.weight, std=2.0 / math.sqrt(conv.weight[0].numel()))

    def forward(self, source):
        x = source * 8.0
        for conv in self.convs:
            x = F.gelu(conv(x))
        x = torch.tanh(x.transpose(1, 2))
        return tuple(torch.tanh(out(x) * 3.0) for out in self.outs)


class Source(Units):
    """`source` [1, 1, N] -> `embed`."""

    def forward(self, source):
        return super().forward(source)[0]


class Audio(Units):
    """`audio` [1, N] -> one or three outputs."""

    def forward(self, audio):
        rows = super().forward(audio[:, None])
        return rows[0] if len(rows) == 1 else rows


class Turned(Units):
    """`wav` [1, N] and a mask of what is no padding -> channels first."""

    def forward(self, wav, padding_mask):
        return super().forward((wav * padding_mask)[:, None])[0].transpose(1, 2)


def fraction(x):
    return x - torch.floor(x)


class Voice(nn.Module):
    """Content, coarse pitch, speaker and noise to rows of samples, and a sine at F0."""

    def __init__(self, dim, hop):
        super().__init__()
        self.hop = hop
        self.pre = nn.Linear(dim, HIDDEN)
        self.pitch = nn.Embedding(256, HIDDEN)
        self.voicing = nn.Embedding(2, HIDDEN)
        self.speaker = nn.Embedding(SPEAKERS, HIDDEN)
        self.noise = nn.Conv1d(NOISE_CHANNELS, HIDDEN, 1)
        self.mix = nn.Conv1d(HIDDEN, HIDDEN, 3, padding=1)
        self.post = nn.Linear(HIDDEN, hop)
        self.register_buffer("ramp", torch.arange(1, hop + 1, dtype=torch.float32).view(1, 1, hop))
        for layer in (self.pre, self.noise):
            nn.init.normal_(layer.weight, std=1.5 / math.sqrt(layer.weight[0].numel()))

    def sine(self, f0):
        step = f0 / RATE
        turns = torch.cumsum(fraction(step * self.hop), dim=1)
        start = F.pad(turns[:, :-1], (1, 0))
        phase = fraction(start)[:, :, None] + step[:, :, None] * self.ramp
        return torch.sin(2 * math.pi * phase) * (f0 > 0).float()[:, :, None]

    def shares(self, speaker):
        """One number [1] or [1, 1], or shares for each frame."""
        if speaker.dtype == torch.float32:
            return torch.matmul(speaker, self.speaker.weight)[None]
        return self.speaker(speaker.reshape(1))[:, None]

    def wave(self, x, f0, noise, gain=None):
        """`x` rows of content [1, T, D] with what is added, `noise` [1, H, T]."""
        z = torch.tanh(x.transpose(1, 2) + noise)
        z = torch.tanh(self.mix(z) + z)
        rows = self.post(z.transpose(1, 2))
        if f0 is not None:
            rows = rows + self.sine(f0)
        if gain is not None:
            rows = rows * gain[:, :, None]
        return (torch.tanh(rows) * 0.5).reshape(1, 1, -1)


def inside(content, length):
    """1 for the first `length` frames, as the originals mask them."""
    place = torch.cumsum(torch.ones_like(content[:, :, 0]), 1)
    return (place <= length.float()).float()


class WebUi(Voice):
    def forward(self, phone, phone_lengths, pitch, pitchf, ds, rnd):
        x = self.pre(phone) + self.pitch(pitch) + self.shares(ds)
        return self.wave(x, pitchf, self.noise(rnd), inside(phone, phone_lengths))


class VcClient(Voice):
    def forward(self, feats, p_len, pitch, pitchf, sid):
        x = self.pre(feats) + self.pitch(pitch) + self.shares(sid)
        return self.wave(x, pitchf, 0.0, inside(feats, p_len)).reshape(-1)


class VcClientUnpitched(Voice):
    def forward(self, feats, p_len, sid):
        return self.wave(self.pre(feats) + self.shares(sid), None, 0.0, inside(feats, p_len))


class Trimmed(Voice):
    """The three lengths as factors in place of cuts, so that each of them can be heard; all frames after the history
    pass."""

    def forward(self, feats, p_len, pitch, pitchf, sid, skip_head, return_length, formant_length):
        x = self.pre(feats) + self.pitch(pitch) + self.shares(sid)
        place = torch.cumsum(torch.ones_like(pitchf), 1)
        kept = (place > skip_head.float()) & (place <= (skip_head + return_length).float())
        stretched = formant_length.float() / return_length.float()
        gain = inside(feats, p_len) * kept.float()
        return self.wave(x[:, HISTORY:], pitchf[:, HISTORY:] * stretched, 0.0, gain[:, HISTORY:])


class Cut(Voice):
    """Trimmed with real cuts, as the exports have them: 24 frames of context are kept before what is spoken. As there,
    the bound at 0 is Python's, so that the graph has `skip_head - 24` alone and gives nothing for a shorter head; the
    content is spread over neighbours before it is cut, as attention does."""

    def forward(self, feats, p_len, pitch, pitchf, sid, skip_head, return_length, formant_length):
        x = self.pre(feats) + self.pitch(pitch) + self.shares(sid)
        x = x * inside(feats, p_len)[:, :, None]
        x = x + self.mix(x.transpose(1, 2)).transpose(1, 2)
        before = max(skip_head - HISTORY, 0)
        x = x[:, before:]
        head = skip_head - before
        x = x[:, head : head + return_length]
        f0 = pitchf[:, skip_head : skip_head + return_length]
        stretched = formant_length.float() / return_length.float()
        return self.wave(x, f0 * stretched, 0.0)


class Plain(Voice):
    def forward(self, phone, pitch, pitchf):
        return self.wave(self.pre(phone) + self.pitch(pitch), pitchf, 0.0).reshape(1, -1)


def coarse_torch(f0):
    scaled = (1127 * torch.log(1 + f0 / 700) - mel(F0_MIN)) * (254 / (mel(F0_MAX) - mel(F0_MIN))) + 1
    return torch.clamp(torch.round(torch.where(f0 > 0, scaled, torch.ones_like(scaled))), 1, 255).long()


class SoVitsVcClient(Voice):
    """Draws nothing: its noise is fixed, its scale is not."""

    def __init__(self, dim, hop):
        super().__init__(dim, hop)
        self.register_buffer("fixed", torch.linspace(-1, 1, HIDDEN).view(1, HIDDEN, 1))

    def forward(self, c, f0, uv, g, noise_scale):
        x = self.pre(c.transpose(1, 2)) + self.pitch(coarse_torch(f0)) + self.voicing(uv.long()) + self.shares(g)
        return self.wave(x, f0, self.fixed * noise_scale)


class SoVits(Voice):
    def forward(self, c, f0, mel2ph, uv, noise, sid):
        index = mel2ph[:, :, None].expand(-1, -1, c.shape[-1])
        rows = torch.gather(F.pad(c, (0, 0, 1, 0)), 1, index)
        x = self.pre(rows) + self.pitch(coarse_torch(f0)) + self.voicing(uv.long()) + self.shares(sid)
        return self.wave(x, f0, self.noise(noise))


# --- The host's computation ------------------------------------------------------------------------------


def mel(hz):
    return 1127 * math.log(1 + hz / 700)


def coarse(f0):
    f0 = f0.astype(np.float64)
    scaled = (1127 * np.log(1 + f0 / 700) - mel(F0_MIN)) * 254 / (mel(F0_MAX) - mel(F0_MIN)) + 1
    return np.clip(np.rint(np.where(f0 > 0, scaled, 1)), 1, 255).astype(np.int64)


def filled(f0):
    voiced = np.nonzero(f0 > 0)[0]
    return np.interp(np.arange(len(f0)), voiced, f0[voiced]).astype(np.float32)


def doubled(content, frames):
    """RVC: nearest to twice the rate, the last frame as often as needed."""
    return np.stack([content[min(i // 2, len(content) - 1)] for i in range(frames)])


def spread(content, frames):
    """So-VITS-SVC."""
    return np.stack([content[i * len(content) // frames] for i in range(frames)])


def retrieved(content, features, rate):
    """RVC's formula: the eight nearest by their inverse squared score, which is the squared distance."""
    out = []
    for row in content.astype(np.float64):
        score = ((features.astype(np.float64) - row) ** 2).sum(1)
        near = np.argsort(score)[:8]
        weight = np.square(1 / score[near])
        weight /= weight.sum()
        out.append(rate * (features[near] * weight[:, None]).sum(0) + (1 - rate) * row)
    return np.array(out, dtype=np.float32)


def protected(blended, before, f0, amount):
    """RVC: `f0` frame by frame on the doubled content."""
    share = np.where(f0[: len(blended)] < 1, amount, 1.0)[:, None].astype(np.float32)
    return blended * share + before * (1 - share)


# --- The signals -----------------------------------------------------------------------------------------


def uniform(count, seed):
    """-1 to 1, from a generator that the Rust side repeats bit by bit."""
    state, out = seed, np.empty(count, dtype=np.float32)
    for i in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        out[i] = np.float32((state >> 8) / 2**23 - 1)
    return out


def contour():
    """61 frames of 10 ms: a glide over the whole scale, with gaps at both ends and between."""
    i = np.arange(SAMPLES // 160)
    f0 = 60 * (14 ** (i / 60)) + 7 * np.sin(i)
    f0[[0, 1, 20, 21, 22, 23, 24, 41, 57, 58, 59, 60]] = 0
    return f0.astype(np.float32)


def shares(frames):
    """A mix of speakers that moves."""
    raw = np.abs(uniform(frames * SPEAKERS, 99)).reshape(frames, SPEAKERS) + np.float32(0.01)
    return (raw / raw.sum(1, keepdims=True)).astype(np.float32)


# --- Writing ---------------------------------------------------------------------------------------------

CASES = [
    dict(name="web_ui", graph=WebUi, encoder="source_256", transpose=3, unvoiced="zero", speaker=1, noise_scale=0.66666),
    dict(name="web_ui_mix", graph=WebUi, encoder="three", transpose=-4, unvoiced="interpolate", speaker="along",
         noise_scale=0.66666),
    dict(name="vc_client", graph=VcClient, encoder="audio_768", transpose=0, unvoiced="zero", speaker=2),
    dict(name="vc_client_unpitched", graph=VcClientUnpitched, encoder="three", transpose=0, unvoiced="zero", speaker=1),
    dict(name="trimmed", graph=Trimmed, encoder="three", transpose=12, unvoiced="zero", speaker=2),
    dict(name="trimmed_cut", graph=Cut, encoder="three", transpose=5, unvoiced="interpolate", speaker=1,
         cut=True),
    dict(name="plain", graph=Plain, encoder="turned_256", transpose=-12, unvoiced="interpolate", speaker=0),
    dict(name="so_vits_vc_client", graph=SoVitsVcClient, encoder="turned_256", transpose=2, unvoiced="interpolate",
         speaker=2, noise_scale=0.4),
    dict(name="so_vits_mix", graph=SoVits, encoder="source_256", transpose=0, unvoiced="interpolate", speaker="along",
         noise_scale=0.35),
    dict(name="retrieved", graph=Plain, encoder="source_20", transpose=0, unvoiced="zero", speaker=0,
         rate=0.6, protect=0.2),
]
WIDTHS = {"web_ui_mix": 768, "vc_client_unpitched": 256, "trimmed": 768, "trimmed_cut": 256}


def encoders():
    made = {
        "source_256": (Source([256]), (torch.zeros(1, 1, 16_000),), ["source"], ["embed"]),
        "source_20": (Source([INDEX_WIDTH]), (torch.zeros(1, 1, 16_000),), ["source"], ["embed"]),
        "audio_768": (Audio([768]), (torch.zeros(1, 16_000),), ["audio"], ["units"]),
        "three": (Audio([256, 768, 256]), (torch.zeros(1, 16_000),), ["audio"], ["units9", "unit12", "unit12s"]),
        "turned_256": (Turned([256]), (torch.zeros(1, 16_000), torch.ones(1, 16_000)), ["wav", "padding_mask"], ["x"]),
    }
    speech = torch.from_numpy(speech_16k())
    rows = {}
    for name, (module, example, inputs, outputs) in made.items():
        module.eval()
        wave = tuple(speech.reshape(part.shape[:-1] + (-1,)) if i == 0 else torch.ones(1, len(speech))
                     for i, part in enumerate(example))
        axes = {spec: [part.dim() - 1] for spec, part in zip(inputs, example)}
        frames = 2 if name == "turned_256" else 1
        axes |= {spec: [frames] for spec in outputs}
        export(module, example, inputs, axes, f"encoder_{name}", outputs)
        found = module(*wave)
        found = found if isinstance(found, tuple) else (found,)
        rows[name] = [part[0].T.numpy() if name == "turned_256" else part[0].numpy() for part in found]
        assert rows[name][0].shape[0] == (SAMPLES - 400) // 320 + 1
    return rows


def speech_16k():
    swell = np.minimum(np.arange(SAMPLES) % 2_000, 1_000).astype(np.float32) / np.float32(4_000)
    return uniform(SAMPLES, 1) * swell


def export(module, arguments, names, axes, name, outputs):
    path = HERE / f"{name}.onnx"
    torch.onnx.export(
        module, arguments, str(path), input_names=names, output_names=outputs, dynamic_axes=axes,
        opset_version=16, do_constant_folding=False, dynamo=False,
    )
    assert path.stat().st_size < 60_000, (path, path.stat().st_size)


def make_case(case, rows):
    seed = sum(map(ord, case["name"]))
    torch.manual_seed(seed)
    so_vits = case["name"].startswith("so_vits")
    hop = SO_VITS_HOP if so_vits else RVC_HOP
    frames = SAMPLES * RATE // CONTENT_RATE // hop
    width = WIDTHS.get(case["name"])
    content = next(part for part in rows[case["encoder"]] if width in (None, part.shape[1]))
    module = case["graph"](content.shape[1], hop).eval()

    # the host's side
    f0 = contour()
    f0 = np.array([f0[i * len(f0) // frames] for i in range(frames)])
    uv = (f0 > 0).astype(np.float32)
    if "rate" in case:
        features = uniform(120 * INDEX_WIDTH, 11).reshape(120, INDEX_WIDTH)
        np.save(HERE / "features.npy", features)
        before = np.repeat(content, 2, axis=0)
        blended = np.repeat(retrieved(content, features, case["rate"]), 2, axis=0)
        blended = protected(blended, before, f0, case["protect"])
        stretched = blended[np.minimum(np.arange(frames), len(blended) - 1)]
    else:
        stretched = spread(content, frames) if so_vits else doubled(content, frames)
    if case["unvoiced"] == "interpolate":
        f0 = filled(f0)
    f0 = f0 * np.float32(2 ** (case["transpose"] / 12))
    noise = uniform(NOISE_CHANNELS * frames, 7).reshape(1, NOISE_CHANNELS, frames)
    noise = noise * np.float32(case.get("noise_scale", 0))
    row = lambda values: torch.from_numpy(np.ascontiguousarray(values))[None]
    one = case["speaker"] != "along"
    speaker = torch.tensor([case["speaker"]]) if one else torch.from_numpy(shares(frames))
    history = HISTORY if case["graph"] in (Trimmed, Cut) else 0
    lead = lambda values: np.concatenate([np.repeat(values[:1], history, axis=0), values])
    stretched, f0 = lead(stretched), lead(f0)
    count, whole = torch.tensor([history + frames]), torch.tensor(frames)
    given = dict(
        phone=row(stretched), feats=row(stretched), c=row(stretched.T), phone_lengths=count, p_len=count,
        pitch=row(coarse(f0)), pitchf=row(f0), f0=row(f0), uv=row(uv), rnd=torch.from_numpy(noise),
        noise=torch.from_numpy(noise), ds=speaker, sid=speaker, g=speaker.reshape(1, 1) if one else None,
        noise_scale=torch.tensor([case.get("noise_scale", 0.0)]), skip_head=torch.tensor(history), return_length=whole,
        formant_length=whole,
        mel2ph=row(np.array([i * len(content) // frames + 1 for i in range(frames)])),
    )
    if case["graph"] is SoVits:
        given["c"] = row(content)
    names = case["graph"].forward.__code__.co_varnames[1 : case["graph"].forward.__code__.co_argcount]
    arguments = tuple(given[name] for name in names)
    out = module(*arguments).reshape(-1).numpy()
    assert out.shape == (frames * hop,) and 0.05 < out.std() < 0.5, out.std()
    for position, name in enumerate(names):
        other = list(arguments)
        value = other[position]
        other[position] = value * 0.9 if value.is_floating_point() else torch.clamp(value - 1, 0)
        if name in ("sid", "ds") and not one:
            other[position] = value.roll(1, 1)
        if name == "skip_head":
            other[position] = value + 1
        if name == "uv":
            other[position] = 1 - value
        heard = module(*other).reshape(-1).numpy()
        same = min(len(heard), len(out))
        change = np.abs(heard[:same] - out[:same]).max() / np.abs(out).max()
        assert change > 2e-2, (case["name"], name, change)
        print(f"  {case['name']}: {name} changes the result by {change:.3f} of its peak")

    along = {"phone": 1, "feats": 1, "pitch": 1, "pitchf": 1, "f0": 1, "uv": 1, "rnd": 2, "noise": 2, "mel2ph": 1,
             "c": 1 if case["graph"] is SoVits else 2}
    axes = {name: [along[name]] for name in names if name in along}
    if not one:
        axes["sid" if "sid" in names else "ds"] = [0]
    export(module, arguments, list(names), axes, case["name"], ["audio"])
    (HERE / f"{case['name']}.bin").write_bytes(out.astype("<f4").tobytes())
    entry = {key: value for key, value in case.items() if key != "graph"}
    return entry | dict(hop=hop, frames=frames, width=content.shape[1])


@torch.no_grad()
def main():
    torch.manual_seed(5)
    rows = encoders()
    index = dict(
        made_by="make_dialects.py", rate=RATE, samples=SAMPLES, speakers=SPEAKERS,
        contour=[float(value) for value in contour()],
        encoders=[
            # The first values of every frame tell the outputs and axes apart.
            dict(name=name, outputs=[dict(width=part.shape[1], first=[round(float(x), 7) for x in part[:, :3].flatten()])
                                     for part in parts])
            for name, parts in rows.items()
        ],
        cases=[make_case(case, rows) for case in CASES],
    )
    (HERE / "golden.json").write_text(json.dumps(index, indent=1) + "\n")


if __name__ == "__main__":
    main()
