"""Makes vocoders of the public sizes with random weights, to compare streamed and whole samples and what they cost.

Run: python speech_vocoders.py FOLDER [NAME ..]  (Python 3.11, torch 2.6.0, onnx 1.23.2, numpy 2.4.6), then
SYRINX_FULL_SIZE_VOCODERS=FOLDER cargo test -p syrinx-models --lib -- --ignored --nocapture full_size_vocoders

The generators are those of tests/golden/speech with the channels of the public configurations.
"""

import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "golden" / "speech"))
import tiny_vocoders  # noqa: E402
from tiny_vocoders import NSF, V1, V3, HifiGan, Kan, NsfHifiGan, SpeechT5  # noqa: E402

MELS, NSF_MELS, FRAMES = 80, 128, 40
PAIRS = (1, 3, 5), (1, 3, 5, 7)


def kan(rates, kernels, dilations, causal, width):
    return lambda: Kan(rates, kernels, dilations, causal, width)


MAKERS = {
    "v1": lambda: HifiGan(**V1, width=512, inputs=MELS),
    "v2": lambda: HifiGan(**V1, width=128, inputs=MELS),
    "v3": lambda: HifiGan(**V3, width=256, inputs=MELS),
    "speecht5": lambda: SpeechT5(width=512),
    "nsf": lambda: NsfHifiGan(**NSF, width=512, inputs=NSF_MELS),
    "kan_16k": kan((10, 5, 2, 2), (20, 10, 4, 4), PAIRS[1], True, 256),
    "kan_noncausal_16k": kan((10, 5, 2, 2), (20, 11, 4, 4), PAIRS[1], False, 256),
    "kan_24k": kan((8, 5, 3, 2), (16, 10, 6, 4), PAIRS[0], True, 512),
    "kan_48k": kan((10, 5, 3, 2, 2), (20, 10, 6, 4, 4), PAIRS[1], True, 512),
}


def given_to(name):
    """What a vocoder takes, by name, with the axis of time of each."""
    rest = lambda *shape: torch.rand(*shape) * 2 - 1
    if name == "nsf":
        return {"mel": (rest(1, FRAMES, NSF_MELS), 1), "f0": (torch.full((1, FRAMES), 220.0), 1)}
    if name == "speecht5":
        return {"mel": (rest(1, FRAMES, MELS), 1)}
    return {"mel": (rest(1, MELS, FRAMES), 2)}


@torch.no_grad()
def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    wanted = sys.argv[2:] or list(MAKERS)
    tiny_vocoders.MELS, tiny_vocoders.KAN_KERNELS = MELS, (3, 7, 11)
    for seed, (name, make) in enumerate(MAKERS.items()):
        path = folder / f"{name}.onnx"
        if name not in wanted or path.exists():
            continue
        torch.manual_seed(seed)
        module, given = make().eval(), given_to(name)
        values = tuple(value for value, _ in given.values())
        generator = getattr(module, "generator", module)
        post = getattr(generator.post, "conv", generator.post)
        for _ in range(3):
            post.weight.mul_(0.2 / float(module(*values).std()))
        torch.onnx.export(
            module, values, str(path), input_names=list(given), output_names=["audio"],
            dynamic_axes={input: {axis: "frames"} for input, (_, axis) in given.items()}, opset_version=15, dynamo=False,
        )
        print(name, sum(p.numel() for p in module.parameters()), flush=True)


main()
