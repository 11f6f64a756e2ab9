"""RVC's own conversion of whole recordings: one that it converts at once, and one so long that it cuts it.

F0 comes from a small graph that both sides run, since phases would otherwise tell two trackers apart and nothing else: steps
of a few Hz by level and by frame, exact in single precision, without gaps. Nothing is drawn: the prior's noise is zero. Phases
are summed up in single precision, as RVC's export does.
"""

import hashlib
import json
import shutil

import numpy as np
import torch
from torch import nn
from torch.nn import functional

import randomness
import rvc
import sums

# An octave: a factor without rounding.
TRANSPOSE = 12
# RVC's own, where its WebUI begins: how much of the loudness is the voice's own.
OWN_LOUDNESS = 0.25
# What the long recording is longer than: RVC cuts from 41 s on.
CUT_SECONDS = 42
# Samples at 16 kHz at the ends of a piece that are not compared: RVC's pieces may be a frame short, and a resampler
# carries the gap into what is around it.
GUARD = 512
WINDOW, FRAME, BLOCK = 4096, 160, 32


class Steps(nn.Module):
    """`waveform` [1, N], `threshold` [1] -> `pitchf`: an F0 of few values, higher where it is louder, counted in blocks."""

    def level(self, waveform):
        padded = functional.pad(waveform[:, None], (WINDOW, WINDOW))
        return functional.avg_pool1d(padded.abs(), 2 * WINDOW, FRAME)[:, 0]

    def forward(self, waveform, threshold):
        level = self.level(waveform)
        number = torch.cumsum(torch.ones_like(level), 1) - 1
        place = number - BLOCK * torch.floor(number / BLOCK)
        loud = (level > 0.1 * threshold).float()
        return 90.0 + 2.0 * place + 32.0 * loud

    def infer_from_audio(self, audio, thred):
        """As RVC asks its RMVPE; the threshold is the one that the graph is given on the other side."""
        waveform = torch.from_numpy(audio).float()[None]
        with torch.no_grad():
            return self(waveform, torch.tensor([0.3]))[0].numpy()


class Heard:
    """RVC's network and pipeline, which remember what they made."""

    def __init__(self, voices):
        from rvc_python.modules.vc import pipeline as module

        self.network, config = rvc.load(voices, "rvc")
        self.encoder, self.rate, self.module = rvc.Encoder(voices), config[-1], module
        self.pipeline = rvc.pipeline(self.rate)
        self.pipeline.model_rmvpe = Steps()
        self.pieces = []
        kept = self.pipeline.vc

        def speak(*asked):
            self.pieces.append(kept(*asked)[self.pipeline.t_pad_tgt : -self.pipeline.t_pad_tgt])
            return np.pad(self.pieces[-1], self.pipeline.t_pad_tgt)

        self.pipeline.vc = speak

    def convert(self, audio):
        """The filtered recording, and the recording converted, before RVC rounds it to 16 bits."""
        self.pieces.clear()
        found, kept = [], self.module.change_rms

        def change_rms(source, source_rate, converted, rate, own):
            found.append((source, kept(source, source_rate, converted.copy(), rate, own)))
            return found[0][1].copy()

        self.module.change_rms = change_rms
        try:
            with torch.no_grad(), randomness.given(), sums.single():
                self.pipeline.pipeline(
                    self.encoder, self.network, 0, audio, "", [0, 0, 0], TRANSPOSE, "rmvpe", "", 0, 1, 3, self.rate, 0,
                    OWN_LOUDNESS, "v2", 0.33,
                )  # fmt: skip
        finally:
            self.module.change_rms = kept
        return found[0]

    def starts(self, filtered):
        """Where the pieces begin, by RVC's rule; it does not tell."""
        pipeline, half = self.pipeline, FRAME // 2
        padded = np.abs(np.pad(filtered, half, mode="reflect"))
        if len(padded) <= pipeline.t_max:
            return [0]
        loudness = sum(padded[offset : offset + len(filtered)] for offset in range(FRAME))
        starts = [0]
        for centre in range(pipeline.t_center, len(filtered), pipeline.t_center):
            first = centre - pipeline.t_query
            quietest = first + int(np.argmin(loudness[first : centre + pipeline.t_query]))
            starts.append(quietest // FRAME * FRAME)
        return starts


def in_place(parts, starts, length, rate):
    """The pieces where they belong, and in which spans of the recording they are."""
    whole, spans = np.zeros(length * rate // 16000, dtype=np.float32), []
    for part, start in zip(parts, starts):
        at = start * rate // 16000
        whole[at : at + len(part)] = part[: len(whole) - at]
        end = start + len(part) * 16000 // rate
        spans.append([start + (GUARD if start else 0), min(end, length) - GUARD])
    return whole, spans


def export_f0(path):
    axes = {"waveform": {1: "samples"}, "pitchf": {1: "frames"}}
    given = (torch.zeros(1, 16000), torch.tensor([0.3]))
    names = ["waveform", "threshold"]
    torch.onnx.export(
        Steps().eval(), given, str(path), input_names=names, output_names=["pitchf"], dynamic_axes=axes,
        opset_version=17, dynamo=False,
    )  # fmt: skip


def put_bundle(path, rate, synthesizer, encoder, loudness=None):
    """A voice for Syrinx that states nothing but that no noise is drawn."""
    path.mkdir(parents=True, exist_ok=True)
    files = {}
    export_f0(path / "f0.onnx")
    for role, source in (("synthesizer", synthesizer), ("encoder", encoder), ("f0", None)):
        file = path / f"{role}.onnx"
        if source is not None:
            file.unlink(missing_ok=True)
            try:
                file.hardlink_to(source)
            except OSError:
                shutil.copyfile(source, file)
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        files[role] = {"path": file.name, "sha256": digest, "bytes": file.stat().st_size}
    manifest = {
        "format": 1, "kind": "rvc", "name": "whole", "description": "Random weights.", "rate": rate, "hop": rate // 100,
        "speakers": [{"name": "only", "id": 0}], "files": files, "licence": "MIT OR Apache-2.0",
        "consent": "Random weights: nobody's voice.", "parameters": {"noise_scale": 0.0},
    }  # fmt: skip
    if loudness is not None:
        manifest["parameters"]["loudness"] = loudness
    (path / "voice.json").write_text(json.dumps(manifest, indent=2))


def put(voices, folder, recording, synthesizer, encoder):
    """Writes what RVC makes of the recording and of a long one, and the voices to compare; returns what the request says."""
    heard = Heard(voices)
    repeats = CUT_SECONDS * 16000 // len(recording) + 1
    # At another level each time, so that loudness has something to follow.
    long = np.concatenate([recording * np.float32(0.4 + 0.6 * (n % 2)) for n in range(repeats)])
    filtered, spoken = heard.convert(recording)
    if len(heard.pieces) != 1:
        raise RuntimeError("the recording is so long that RVC cuts it: use a shorter one")
    requests = [put_case(folder, "whole", recording, [spoken], [0], heard.rate, "whole")]
    folder.put("whole_filtered_in", recording)
    folder.put("peer_whole_filtered", filtered)

    filtered, spoken = heard.convert(long)
    parts, starts = list(heard.pieces), heard.starts(filtered)
    if len(parts) < 2 or len(parts) != len(starts):
        raise RuntimeError(f"expected a cut, found {len(parts)} pieces at {starts}")
    steps = Steps().level(torch.from_numpy(np.pad(filtered, 16000, mode="reflect")).float()[None])
    if (steps - 0.03).abs().min() < 1e-6:
        raise RuntimeError("rounding decides an F0: use another recording")
    requests.append(put_case(folder, "cut", long, parts, starts, heard.rate, "own"))
    followed = np.split(spoken, np.cumsum([len(part) for part in parts])[:-1])
    requests.append(put_case(folder, "followed", long, followed, starts, heard.rate, "whole"))
    put_bundle(folder.path / "whole", heard.rate, synthesizer, encoder)
    put_bundle(folder.path / "own", heard.rate, synthesizer, encoder, loudness=0.0)
    return {"whole": requests, "whole_transpose": TRANSPOSE, "pieces": [start / 16000 for start in starts]}


def put_case(folder, name, recording, parts, starts, rate, bundle):
    spoken, spans = in_place(parts, starts, len(recording), rate)
    folder.put(f"{name}_recording", recording)
    folder.put(f"{name}_theirs", spoken)
    return {"name": name, "bundle": bundle, "spans": spans}
