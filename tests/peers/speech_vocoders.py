"""Makes vocoders of the public sizes with random weights, to compare streamed and whole samples and what they cost.

Run: python speech_vocoders.py FOLDER  (Python 3.11, torch 2.6.0, onnx 1.23.2, numpy 2.4.6), then
SYRINX_FULL_SIZE_VOCODERS=FOLDER cargo test -p syrinx-models --lib -- --ignored --nocapture full_size_vocoders

The generators are those of tests/golden/speech with the channels of the public configurations.
"""

import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "golden" / "speech"))
import tiny_vocoders  # noqa: E402
from tiny_vocoders import V1, V3, HifiGan, Kan  # noqa: E402

MELS = 80


@torch.no_grad()
def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    tiny_vocoders.MELS, tiny_vocoders.KAN_KERNELS = MELS, (3, 7, 11)
    makers = {
        "v1": lambda: HifiGan(**V1, width=512, inputs=MELS),
        "v2": lambda: HifiGan(**V1, width=128, inputs=MELS),
        "v3": lambda: HifiGan(**V3, width=256, inputs=MELS),
        "kan_16k": lambda: Kan((10, 5, 2, 2), (20, 10, 4, 4), (1, 3, 5, 7), True, width=256),
    }
    for seed, (name, make) in enumerate(makers.items()):
        torch.manual_seed(seed)
        module, mel = make().eval(), torch.rand(1, MELS, 40) * 2 - 1
        post = getattr(module.post, "conv", module.post)
        for _ in range(3):
            post.weight.mul_(0.2 / float(module(mel).std()))
        torch.onnx.export(
            module, (mel,), str(folder / f"{name}.onnx"), input_names=["mel"], output_names=["audio"],
            dynamic_axes={"mel": {2: "frames"}}, opset_version=15, dynamo=False,
        )
        print(name, sum(p.numel() for p in module.parameters()))


main()
