"""Makes the voices that Syrinx and its peers are compared with: full size, random weights, nobody's voice.

    python random_voices.py OUT [--size full|tiny]

The peers' own classes are built from fixed seeds, scaled until they are heard (`weights.py`), saved as the peers save
checkpoints, and exported in the public ONNX contracts (`exports.py`). What is there already, made by the same scripts,
is left alone. OUT then holds

    encoder_768.onnx, encoder_256.onnx      HuBERT base: source -> embed, last layer, and ninth with projection
    lengyue233/content-vec-best/            the same weights where the fork and RVC load them from
    sovits/, sovits_256/                    so-vits-svc-fork: G_100.pth, config.json, voice.onnx, voice_still.onnx
    rvc/                                    RVC v2 48 kHz: voice.pth, voice.onnx, voice_still.onnx
    bundles/                                the So-VITS voices for Syrinx
    voices.json                             what was made: seeds, sizes, levels

"still" graphs draw nothing: initial phases and source noise are zero, so that two programs can be compared exactly.
"""

import stubs

stubs.install()

import argparse
import gc
import hashlib
import json
import logging
import pathlib
import warnings

import torch
from torch import nn
from transformers import HubertConfig, HubertModel

import exports
import fork
import randomness
import rvc
import weights

SEED = 20240
SUMMARY = "voices.json"
# Frames of the probe that levels are set on: about a second.
PROBE = 96
# Few channels, the same structure: every layer is there.
TINY_HUBERT = {
    "num_hidden_layers": 10, "conv_dim": [16] * 7, "intermediate_size": 32, "num_conv_pos_embeddings": 16,
}  # fmt: skip
TINY_SOVITS = {
    "hidden_channels": 16, "filter_channels": 32, "n_layers": 2, "upsample_initial_channel": 64, "gin_channels": 16,
}  # fmt: skip
TINY_RVC = TINY_SOVITS | {"spk_embed_dim": 4}


def make_encoder(out, tiny):
    """HuBERT base with the projection that older voices take their content from."""
    torch.manual_seed(SEED)
    config = HubertConfig(**(TINY_HUBERT if tiny else {}), attn_implementation="eager")
    model = HubertModel(config).eval()
    model.final_proj = nn.Linear(config.hidden_size, config.classifier_proj_size)
    model.save_pretrained(out / fork.ENCODER)
    # The exporter knows plain weights only.
    nn.utils.parametrize.remove_parametrizations(model.encoder.pos_conv_embed.conv, "weight")
    exports.export_encoder(exports.ContentEncoder(model), out / "encoder_768.onnx")
    exports.export_encoder(exports.ContentEncoder(model, model.final_proj), out / "encoder_256.onnx")
    speech = torch.randn(1, 16000) * 0.1
    with torch.no_grad():
        content = model(speech)["last_hidden_state"][0]
    # Features that do not move would hide every error in time.
    return {"parameters": parameters(model), "movement": float(content.std(0).mean())}


def make_sovits(out, name, legacy, seed, tiny):
    """The fork's synthesizer as its template describes it, with 768 values per frame or with 256."""
    torch.manual_seed(seed)
    settings = fork.template(legacy)
    if tiny:
        settings["model"].update(TINY_SOVITS)
    voice = fork.new_voice(settings)
    dim = settings["model"]["ssl_dim"]
    weights.draw(voice)
    graph, inputs = exports.SoVits(voice), exports.sovits_inputs(dim, PROBE)
    rms = settle(voice, lambda: graph(*inputs))
    folder = out / name
    fork.save(voice, settings, folder)
    for still in (False, True):
        exports.export_sovits(voice, dim, folder / graph_name(still), still)
    return {"parameters": parameters(voice), "rms": rms, "seed": seed, "content": dim, "rate": 44100, "hop": 512}


def make_rvc(out, seed, tiny):
    """RVC's v2 network at 48 kHz, in half precision as its checkpoints are."""
    torch.manual_seed(seed)
    config = rvc.settings(TINY_RVC if tiny else None)
    voice = rvc.new_voice(config)
    weights.draw(voice)
    phone, lengths, pitch, hertz, speaker, _ = exports.rvc_inputs(PROBE)
    rms = settle(voice, lambda: voice.infer(phone, lengths, pitch, hertz, speaker)[0])
    rvc.save(voice, config, out / "rvc")
    export = rvc.new_export(config)
    export.load_state_dict(rvc.load(out)[0].state_dict(), strict=False)
    # The WebUI's simplifier folds the normalised weights.
    export.dec.remove_weight_norm()
    export.flow.remove_weight_norm()
    for still in (False, True):
        exports.export_rvc(export, out / "rvc" / graph_name(still), still)
    return {"parameters": parameters(voice), "rms": rms, "seed": seed, "content": 768, "rate": 48000, "hop": 480}


def settle(voice, infer):
    """Sets the levels of a voice on its probe."""

    def probe():
        with torch.no_grad(), randomness.given():
            return infer()

    rms = weights.settle(voice, probe)
    if not 0.05 < rms < 0.1:
        raise RuntimeError(f"expected a voice that is heard, found an RMS of {rms}")
    return rms


def graph_name(still):
    return "voice_still.onnx" if still else "voice.onnx"


def parameters(module):
    return sum(value.numel() for value in module.parameters())


def make_bundle(out, name, graph, encoder, speakers):
    """A voice for Syrinx of graphs that are there; links, because they are large."""
    folder = out / "bundles" / name
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for role, file in (("synthesizer", graph), ("encoder", encoder)):
        link = folder / f"{role}.onnx"
        link.unlink(missing_ok=True)
        link.hardlink_to(out / file)
        with link.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        files[role] = {"path": link.name, "sha256": digest, "bytes": link.stat().st_size}
    manifest = {
        "format": 1, "kind": "so-vits", "name": name, "rate": 44100, "hop": 512, "files": files,
        "speakers": [{"name": speaker, "id": number} for speaker, number in speakers.items()],
        "licence": "MIT OR Apache-2.0", "consent": "Random weights: nobody's voice.", "parameters": {},
    }  # fmt: skip
    (folder / "voice.json").write_text(json.dumps(manifest, indent=2))


def source():
    """A hash of these scripts: what other ones made is made again."""
    here = pathlib.Path(__file__).parent
    names = ("exports.py", "fork.py", "random_voices.py", "randomness.py", "rvc.py", "weights.py", "requirements.txt")
    digest = hashlib.sha256()
    for name in names:
        digest.update((here / name).read_bytes())
    return digest.hexdigest()


def make(out, tiny):
    out.mkdir(parents=True, exist_ok=True)
    (out / SUMMARY).unlink(missing_ok=True)
    steps = {
        "encoder": lambda: make_encoder(out, tiny),
        "sovits": lambda: make_sovits(out, "sovits", False, SEED + 1, tiny),
        "sovits_256": lambda: make_sovits(out, "sovits_256", True, SEED + 2, tiny),
        "rvc": lambda: make_rvc(out, SEED + 3, tiny),
    }
    voices = {}
    for name, step in steps.items():
        voices[name] = step()
        print(f"{name}: {json.dumps(voices[name])}", flush=True)
        gc.collect()
    for voice, encoder in (("sovits", "encoder_768.onnx"), ("sovits_256", "encoder_256.onnx")):
        for still in (False, True):
            name = f"{voice}_still" if still else voice
            make_bundle(out, name, f"{voice}/{graph_name(still)}", encoder, fork.SPEAKERS)
    summary = {"source": source(), "size": "tiny" if tiny else "full", "torch": torch.__version__, "voices": voices}
    (out / SUMMARY).write_text(json.dumps(summary, indent=2))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=pathlib.Path, help="the folder for the voices, about 1.7 GB")
    parser.add_argument("--size", choices=("full", "tiny"), default="full")
    arguments = parser.parse_args()
    out = arguments.out.resolve()
    fork.quiet()
    warnings.simplefilter("ignore")
    logging.captureWarnings(False)
    summary = out / SUMMARY
    if summary.exists():
        found = json.loads(summary.read_text())
        if (found["source"], found["size"]) == (source(), arguments.size):
            return
    make(out, arguments.size == "tiny")


if __name__ == "__main__":
    main()
