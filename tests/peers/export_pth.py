"""Turns a PyTorch checkpoint of a voice into ONNX, in the contract of the program that trained it.

    python export_pth.py FILE --out voice.onnx [--config config.json] [--still]

RVC voices get the WebUI's contract, So-VITS-SVC's upstream's. Prints what was made as JSON; exits with 2 and one line
if the file cannot become a graph.
"""

import stubs

stubs.install()

import argparse
import contextlib
import json
import logging
import pathlib
import sys
import warnings

import numpy
import onnx
import onnxruntime
import torch
from torch import nn

import checkpoints
import exports
import fork
import randomness

# Frames at which the written graph is tried, unlike those of the trace: a length that was frozen in shows.
TRIED = (48, 81)


class WithoutPitch(nn.Module):
    """The WebUI's contract without `pitch` and `pitchf`."""

    def __init__(self, voice):
        super().__init__()
        self.voice = voice

    def forward(self, phone, phone_lengths, ds, rnd):
        voice = self.voice
        speaker = voice.emb_g(ds).unsqueeze(-1)
        mean, log_scale, mask = voice.enc_p(phone, None, phone_lengths)
        z = voice.flow((mean + torch.exp(log_scale) * rnd) * mask, mask, g=speaker, reverse=True)
        return voice.dec(z * mask, g=speaker)


def rvc_feeds(content, f0, frames):
    """Names and values of the WebUI's contract."""
    phone, lengths, pitch, hertz, speaker, noise = exports.rvc_inputs(frames)
    feeds = {"phone": phone[..., :content], "phone_lengths": lengths}
    feeds |= {"pitch": pitch, "pitchf": hertz} if f0 else {}
    return feeds | {"ds": speaker, "rnd": noise}


def export_rvc(path, found, out, still):
    network, version, f0, rate = checkpoints.build_rvc(path, found)
    content, layer = checkpoints.RVC_CONTENT[version], 12 if version == "v2" else 9
    axes = {name: {1: "frames"} for name in ("phone", "pitch", "pitchf") if f0 or name == "phone"}
    axes |= {"rnd": {2: "frames"}, "audio": {2: "samples"}}
    feeds = rvc_feeds(content, f0, exports.FRAMES)
    with torch.no_grad(), randomness.given() if still else contextlib.nullcontext():
        torch.onnx.export(
            network if f0 else WithoutPitch(network), tuple(feeds.values()), str(out), input_names=list(feeds),
            output_names=["audio"], dynamic_axes=axes, opset_version=exports.OPSET, do_constant_folding=True,
            dynamo=False,
        )  # fmt: skip
    # The rate stands in no tensor; imports read it where VCClient writes it.
    graph = onnx.load(out)
    facts = {"application": "Syrinx", "modelType": f"RVC{version}", "samplingRate": rate, "f0": f0}
    facts |= {"embChannels": content, "embedder": "contentvec", "embOutputLayer": layer, "useFinalProj": layer == 9}
    onnx.helper.set_model_props(graph, {"metadata": json.dumps(facts)})
    onnx.save(graph, out)
    check(out, lambda frames: rvc_feeds(content, f0, frames), rate // 100)
    return {
        "contract": "RVC's WebUI" + ("" if f0 else ", without F0"), "version": version, "content": content,
        "layer": layer, "rate": rate,
    }  # fmt: skip


def export_sovits(path, found, config, out, still):
    network, settings = checkpoints.build_sovits(path, found, config)
    data, content = settings["data"], settings["model"]["ssl_dim"]
    exports.export_sovits(network, content, out, still)
    names = ("c", "f0", "mel2ph", "uv", "noise", "sid")
    check(out, lambda frames: dict(zip(names, exports.sovits_inputs(content, frames))), data["hop_length"])
    return {"contract": "So-VITS-SVC's upstream", "content": content, "rate": data["sampling_rate"]}


def check(path, feeds_of, hop):
    """Loads the written graph and lets it speak: the contract's inputs, the right length, and numbers."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    found = [item.name for item in session.get_inputs()]
    for frames in TRIED:
        feeds = {name: value.numpy() for name, value in feeds_of(frames).items()}
        if found != list(feeds):
            raise checkpoints.Refused(f"the graph: expected the inputs {list(feeds)}, found {found}")
        (audio,) = session.run(["audio"], feeds)
        if audio.shape != (1, 1, frames * hop):
            raise checkpoints.Refused(f"the graph: expected {frames * hop} samples, found {list(audio.shape)}")
        if not numpy.isfinite(audio).all() or not audio.any():
            raise checkpoints.Refused("the graph: expected a voice, found silence or what is no number")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--config", type=pathlib.Path, help="So-VITS-SVC's config.json")
    parser.add_argument("--still", action="store_true", help="a graph that draws nothing, to compare with")
    arguments = parser.parse_args()
    fork.quiet()
    warnings.simplefilter("ignore")
    logging.captureWarnings(False)
    # Under another name until it is complete.
    made = arguments.out.with_name(arguments.out.name + ".partial")
    try:
        found = checkpoints.read(arguments.file)
        if checkpoints.kind_of(arguments.file, found) == "rvc":
            if arguments.config is not None:
                raise checkpoints.Refused(f"{arguments.file}: expected no --config for an RVC voice, found one")
            facts = export_rvc(arguments.file, found, made, arguments.still)
        else:
            facts = export_sovits(arguments.file, found, arguments.config, made, arguments.still)
        made.replace(arguments.out)
    except checkpoints.Refused as refused:
        print(refused, file=sys.stderr)
        sys.exit(2)
    finally:
        made.unlink(missing_ok=True)
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
