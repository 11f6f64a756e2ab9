"""The public ONNX contracts around the peers' networks."""

import contextlib
import math

import torch
from torch import nn
from torch.nn import functional

import randomness

# What the exporters of So-VITS-SVC and RVC use, as their voices are found in the world.
SOVITS_OPSET = 16
OPSET = 17
# Frames at which graphs are traced. The relative attention pads windows of 10 frames in Python, so a trace must
# have more; everything else is free.
FRAMES = 32


class ContentEncoder(nn.Module):
    """`source` [1, 1, N] -> `embed`: the last layer, or the ninth through a projection to 256."""

    def __init__(self, hubert, projection=None):
        super().__init__()
        self.hubert, self.projection = hubert, projection

    def forward(self, source):
        speech = source.squeeze(1)
        if self.projection is None:
            return self.hubert(speech)["last_hidden_state"]
        return self.projection(self.hubert(speech, output_hidden_states=True)["hidden_states"][9])


class SoVits(nn.Module):
    """Upstream's contract: `c`, `f0`, `mel2ph`, `uv`, `noise`, `sid` -> `audio`, coarse pitch inside."""

    def __init__(self, voice):
        super().__init__()
        self.voice = voice

    def forward(self, c, f0, mel2ph, uv, noise, sid):
        voice = self.voice
        rows = functional.pad(c, [0, 0, 1, 0])
        index = mel2ph.unsqueeze(2).expand(-1, -1, c.shape[-1])
        content = torch.gather(rows, 1, index).transpose(1, 2)
        speaker = voice.emb_g(sid.unsqueeze(0)).transpose(1, 2)
        mask = torch.ones_like(f0).unsqueeze(1)
        x = voice.pre(content) * mask + voice.emb_uv(uv.long()).transpose(1, 2)
        prior = voice.enc_p
        x = prior.enc_((x + prior.f0_emb(coarse(f0)).transpose(1, 2)) * mask, mask)
        mean, log_scale = torch.split(prior.proj(x) * mask, prior.out_channels, dim=1)
        z = voice.flow((mean + torch.exp(log_scale) * noise) * mask, mask, g=speaker, reverse=True)
        return voice.dec(z * mask, g=speaker, f0=f0)


def coarse(f0):
    """The pitch bin, 1 to 255, with the fork's rounding: halves go up."""
    low, high = (1127 * math.log(1 + hz / 700) for hz in (50.0, 1100.0))
    mel = 1127 * torch.log(1 + f0 / 700)
    bins = torch.where(mel > 0, (mel - low) * 254 / (high - low) + 1, mel)
    return (torch.clamp(bins, 1, 255) + 0.5).long()


def export_encoder(encoder, path):
    """Writes the encoder's graph."""
    axes = {"source": {2: "samples"}, "embed": {1: "frames"}}
    _export(encoder, (torch.randn(1, 1, 16000),), path, ["source"], ["embed"], axes, OPSET, True)


def sovits_inputs(dim, frames=FRAMES, seed=1):
    """Inputs of upstream's contract: a rising pitch with a gap, and noise."""
    draw = torch.Generator().manual_seed(seed)
    content_frames = frames * 512 * 50 // 44100 + 1
    hertz = torch.linspace(110, 330, frames).unsqueeze(0)
    uv = torch.ones(1, frames)
    uv[:, frames // 2 : frames // 2 + frames // 8] = 0
    mel2ph = (torch.arange(frames) * content_frames // frames + 1).unsqueeze(0)
    noise = torch.randn(1, 192, frames, generator=draw) * 0.4
    c = torch.randn(1, content_frames, dim, generator=draw)
    return c, hertz, mel2ph, uv, noise, torch.zeros(1, dtype=torch.long)


def export_sovits(voice, dim, path, still):
    """Writes the graph with upstream's settings; `still` leaves chance out of it.

    Upstream folds no constants and leaves weight normalisation in, so the graph calculates its weights itself.
    """
    axes = {"c": {1: "content_frames"}, "f0": {1: "frames"}, "mel2ph": {1: "frames"}, "uv": {1: "frames"}}
    axes |= {"noise": {2: "frames"}, "audio": {2: "samples"}}
    names = ["c", "f0", "mel2ph", "uv", "noise", "sid"]
    _export(SoVits(voice), sovits_inputs(dim), path, names, ["audio"], axes, SOVITS_OPSET, False, still)


def rvc_inputs(frames=FRAMES, seed=1):
    """Inputs of the WebUI's contract: a rising pitch with a gap, and noise."""
    draw = torch.Generator().manual_seed(seed)
    hertz = torch.linspace(110, 330, frames).unsqueeze(0)
    hertz[:, frames // 2 : frames // 2 + frames // 8] = 0
    phone = torch.randn(1, frames, 768, generator=draw)
    noise = torch.randn(1, 192, frames, generator=draw) * 0.66666
    return phone, torch.tensor([frames]), coarse(hertz), hertz, torch.zeros(1, dtype=torch.long), noise


def export_rvc(voice, path, still):
    """Writes the graph of the WebUI's contract; constants are folded, as its simplifier does."""
    names = ["phone", "phone_lengths", "pitch", "pitchf", "ds", "rnd"]
    axes = {"phone": {1: "frames"}, "pitch": {1: "frames"}, "pitchf": {1: "frames"}, "rnd": {2: "frames"}}
    axes["audio"] = {2: "samples"}
    _export(voice, rvc_inputs(), path, names, ["audio"], axes, OPSET, True, still)


def _export(module, inputs, path, names, outputs, axes, opset, fold, still=False):
    with torch.no_grad(), randomness.given() if still else contextlib.nullcontext():
        torch.onnx.export(
            module.eval(), inputs, str(path), input_names=names, output_names=outputs, dynamic_axes=axes,
            opset_version=opset, do_constant_folding=fold, dynamo=False,
        )  # fmt: skip
