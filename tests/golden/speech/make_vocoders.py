"""Makes tiny vocoders with random weights, and what they give, for the tests of exact streaming.

Run: python make_vocoders.py  (Python 3.11, torch 2.6.0, onnx 1.23.2, numpy 2.4.6)

Mel frames are the uniform numbers that the Rust side repeats bit by bit. Of the samples every 17th is kept: enough to
see an error anywhere. `unknown.onnx` is a vocoder that cannot be streamed: it normalises over all of its frames.
`nsf_hifigan.onnx` takes F0 too, and draws random numbers; its samples here are those without any.

Writes next to itself: <name>.onnx for each vocoder, and vocoders.json.
"""

import json
import pathlib
from unittest import mock

import numpy as np
import torch
from torch.nn import functional as F

from tiny_vocoders import MELS, PITCHED, VOCODERS, HifiGan, V3

HERE = pathlib.Path(__file__).resolve().parent
FRAMES, STEP, LEVEL = 90, 17, 0.2


def uniform(count, seed):
    """Numbers between -1 and 1 that the Rust side repeats."""
    state, out = seed, []
    for _ in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        out.append(np.float32((state >> 8) / 8388608.0 - 1.0))
    return np.array(out, dtype=np.float32)


class Normalised(HifiGan):
    """A vocoder whose every sample depends on every frame: it normalises between its stages."""

    def __init__(self):
        super().__init__(**V3)

    def forward(self, x):
        x = self.pre(x)
        for up, blocks in zip(self.ups, self.blocks):
            x = up(F.leaky_relu(x, 0.1))
            x = sum(block(x) for block in blocks) / len(blocks)
            x = x / (0.1 + x.abs().mean(dim=2, keepdim=True))
        return torch.tanh(self.post(F.leaky_relu(x)))


def level(module, post, *given):
    """Brings the untrained generator to the level of speech."""
    for _ in range(3):
        post.weight.mul_(LEVEL / float(module(*given).std()))


def last_layer(module):
    generator = getattr(module, "generator", module)
    return getattr(generator.post, "conv", generator.post)


def without_chance(module, *given):
    """What the module gives when all that it draws is zero."""
    zeros = lambda *shape: torch.zeros(shape)
    with mock.patch.object(torch, "rand", zeros), mock.patch.object(torch, "randn_like", torch.zeros_like):
        return module(*given)


@torch.no_grad()
def pitched():
    name, make, hop, left, right = PITCHED
    torch.manual_seed(200)
    module, seed = make().eval(), 200
    mel = torch.from_numpy(uniform(MELS * FRAMES, seed).reshape(1, FRAMES, MELS))
    # A voice that falls and then rises, with a pause.
    f0 = [0 if 30 <= frame < 42 else 180 + (frame - 50) ** 2 // 20 for frame in range(FRAMES)]
    given = mel, torch.tensor([f0], dtype=torch.float32)
    level(module, module.generator.post, *given)
    audio = without_chance(module, *given).numpy().ravel()
    silent = without_chance(module, mel, torch.zeros(1, FRAMES)).numpy().ravel()
    # The excitation must count, or nothing of it is tested.
    assert audio.shape == (FRAMES * hop,) and (audio - silent).std() > 0.02, (audio.shape, (audio - silent).std())
    path = HERE / f"{name}.onnx"
    torch.onnx.export(
        module, given, str(path), input_names=["mel", "f0"], output_names=["waveform"],
        dynamic_axes={"mel": {1: "frames"}, "f0": {1: "frames"}, "waveform": {1: "samples"}}, opset_version=15, dynamo=False,
    )
    assert path.stat().st_size < 200_000, path.stat().st_size
    print(name, path.stat().st_size, audio.std(), np.abs(audio).max())
    samples = [round(float(x), 8) for x in audio[::STEP]]
    return dict(name=name, seed=seed, hop=hop, left=left, right=right, f0=f0, samples=samples)


@torch.no_grad()
def main():
    cases = []
    entries = [(name, make, hop, left, right) for name, make, hop, left, right in VOCODERS]
    entries.append(("unknown", Normalised, 256, None, None))
    for seed, (name, make, hop, left, right) in enumerate(entries):
        torch.manual_seed(seed)
        module = make().eval()
        mel = torch.from_numpy(uniform(MELS * FRAMES, 100 + seed).reshape(FRAMES, MELS))
        frames_first = name == "speecht5"
        given = mel[None] if frames_first else mel.T[None].contiguous()
        level(module, last_layer(module), given)
        audio = module(given).numpy().ravel()
        assert audio.shape == (FRAMES * hop,) and 0.05 < audio.std() < 0.5, (name, audio.shape, audio.std())
        axis = 1 if frames_first else 2
        path = HERE / f"{name}.onnx"
        torch.onnx.export(
            module, (given,), str(path), input_names=["mel"], output_names=["audio"],
            dynamic_axes={"mel": {axis: "frames"}}, opset_version=15, dynamo=False,
        )
        assert path.stat().st_size < 200_000, (name, path.stat().st_size)
        cases.append(
            dict(
                name=name, seed=100 + seed, hop=hop, left=left, right=right,
                samples=[round(float(x), 8) for x in audio[::STEP]],
            )
        )
        print(name, path.stat().st_size, audio.std(), np.abs(audio).max())
    golden = dict(mels=MELS, frames=FRAMES, step=STEP, cases=cases, pitched=pitched())
    (HERE / "vocoders.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


main()
