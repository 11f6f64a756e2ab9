"""Writes the streaming ONNX graphs and the per-speaker numbers, and proves the graphs equal the whole-utterance nets."""

import json
import os
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, nn

import corpus
from common import SPEAKER_NAMES, TARGETS, TRAIN_VOICES, Work
from decoder import Decoder
from encoder import Encoder
from features import log_mel, read_audio
from knots import NARROW_TOP_HZ, knot_hz
from labels import PAUSE
from pairs import interpolated_log_f0
from targets import target_path
from train_decoder import total

OPSET = 17
TOLERANCE = 1e-4
# Operators the converter's runtime is known to have; none depends on data or chance.
OPERATORS = {
    "Add", "Concat", "Constant", "Conv", "Div", "Exp", "Gemm", "Log", "MatMul", "Mul", "Relu",
    "Reshape", "Slice", "Softmax", "Sub", "Transpose", "Unsqueeze", "Identity",
}


class Step(nn.Module):
    """A net's one-frame form as its forward, which is what gets exported."""

    def __init__(self, net: nn.Module):
        super().__init__()
        self.net = net

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """One frame."""
        return self.net.step(*inputs)


def write_graph(net: nn.Module, inputs: dict[str, Tensor], outputs: list[str], path: Path) -> onnx.ModelProto:
    """Export one net with fixed shapes and check its operators."""
    torch.onnx.export(
        Step(net).eval(), tuple(inputs.values()), str(path), dynamo=False, opset_version=OPSET,
        input_names=list(inputs), output_names=outputs, do_constant_folding=True,
    )
    graph = onnx.load(str(path))
    onnx.checker.check_model(graph)
    strange = {node.op_type for node in graph.graph.node} - OPERATORS
    if strange:
        raise SystemExit(f"{path.name} has operators outside the contract: {sorted(strange)}")
    return graph


def run_frames(path: Path, sequences: dict[str, np.ndarray], constants: dict[str, np.ndarray], state: int) -> list[np.ndarray]:
    """All outputs but the state of a frame-by-frame run."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    memory, collected = np.zeros((1, state), np.float32), []
    frames = next(iter(sequences.values())).shape[2]
    for n in range(frames):
        feed = {name: np.ascontiguousarray(value[:, :, n : n + 1]) for name, value in sequences.items()}
        *values, memory = session.run(None, feed | constants | {"state_in": memory})
        collected.append(values)
    return [np.concatenate(parts, axis=2) for parts in zip(*collected)]


@torch.no_grad()
def check(work: Work, encoder: Encoder, decoder: Decoder, folder: Path) -> dict[str, float]:
    """Largest difference of each graph, run frame by frame, from its net run whole."""
    mel = log_mel(read_audio(work.wav("rms", "test", 0))).T[None, :, :200]
    content = torch.softmax(encoder(torch.from_numpy(mel)), dim=1)
    (streamed,) = run_frames(folder / "encoder.onnx", {"mel": mel}, {}, encoder.stack.state_size)
    found = np.load(target_path(work, "rms", "test", 0))
    frames = min(content.shape[2], len(found["f0"]))
    f0 = np.stack([interpolated_log_f0(found["f0"]), found["f0"] > 0]).astype(np.float32)[None, :, :frames]
    speaker = np.array([[1.0] + [0.0] * (len(TARGETS) - 1)], np.float32)
    given = content[:, :, :frames]
    whole = decoder(given, torch.from_numpy(f0), torch.from_numpy(speaker))
    stepped = run_frames(
        folder / "decoder.onnx", {"content": given.numpy(), "f0": f0}, {"speaker": speaker}, decoder.stack.state_size
    )
    differences = {"encoder": float(np.abs(streamed - content.numpy()).max())}
    differences["decoder"] = max(float(np.abs(a - b.numpy()).max()) for a, b in zip(stepped, whole))
    if max(differences.values()) > TOLERANCE:
        raise SystemExit(f"a graph differs from its net: {differences}")
    return differences


def mean_envelope(work: Work, data: corpus.Corpus, voice: str) -> np.ndarray:
    """Mean log amplitude of a voice's speech frames; above a narrow voice's band, its last valid knot."""
    rows = []
    for utterance in data.of("train", voice):
        path = target_path(work, voice, "train", utterance.sentence)
        if path.exists():
            found = np.load(path)
            speech = data.labels[utterance.span][: len(found["f0"])] // 3 != PAUSE
            envelope = total(*(torch.from_numpy(found[name].astype(np.float32)) for name in ("harmonic", "noise")))
            rows.append(envelope.numpy()[speech])
    return np.concatenate(rows).mean(axis=0)


def hold_top(envelope: np.ndarray) -> np.ndarray:
    """The envelope with knots above the narrow band replaced by the band's last one."""
    narrow = knot_hz() <= NARROW_TOP_HZ
    return np.where(narrow, envelope, envelope[narrow][-1])


def log_f0_mean(work: Work, data: corpus.Corpus, voice: str) -> float:
    """Mean ln Hz of a target's voiced frames."""
    paths = [target_path(work, voice, "train", u.sentence) for u in data.of("train", voice)]
    f0 = np.concatenate([np.load(path)["f0"] for path in paths if path.exists()])
    return float(np.log(f0[f0 > 0]).mean())


def numbers(work: Work) -> dict:
    """What the converter needs beside the graphs."""
    data = corpus.load(work)
    wide = mean_envelope(work, data, TARGETS[0])
    narrow = knot_hz() <= NARROW_TOP_HZ
    speakers = []
    for index, (voice, name) in enumerate(zip(TARGETS, SPEAKER_NAMES)):
        envelope = mean_envelope(work, data, voice)
        if voice != TARGETS[0]:
            joint = envelope[narrow][-4:].mean() - wide[narrow][-4:].mean()
            envelope = np.where(narrow, envelope, wide + joint)
        speakers.append({
            "id": index, "name": name,
            "log_f0_mean": round(log_f0_mean(work, data, voice), 5),
            "mean_envelope": [round(float(value), 4) for value in envelope],
        })
    source = np.mean([hold_top(mean_envelope(work, data, voice)) for voice in TRAIN_VOICES], axis=0)
    return {"speakers": speakers, "source_mean_envelope": [round(float(value), 4) for value in source]}


def export(work: Work, out: Path) -> dict[str, float]:
    """Export, verify, then move everything into place at once."""
    torch.set_num_threads(1)
    encoder, decoder = Encoder().eval(), Decoder().eval()
    encoder.load_state_dict(torch.load(work.root / "encoder.pt"))
    decoder.load_state_dict(torch.load(work.root / "decoder.pt"))
    aside = work.root / "export"
    aside.mkdir(exist_ok=True)
    write_graph(
        encoder,
        {"mel": torch.zeros(1, 80, 1), "state_in": torch.zeros(1, encoder.stack.state_size)},
        ["content", "state_out"], aside / "encoder.onnx",
    )
    write_graph(
        decoder,
        {
            "content": torch.full((1, 123, 1), 1 / 123), "f0": torch.zeros(1, 2, 1),
            "speaker": torch.eye(len(TARGETS))[:1], "state_in": torch.zeros(1, decoder.stack.state_size),
        },
        ["harmonic", "noise", "state_out"], aside / "decoder.onnx",
    )
    (aside / "numbers.json").write_text(json.dumps(numbers(work), indent=1) + "\n")
    differences = check(work, encoder, decoder, aside)
    out.mkdir(parents=True, exist_ok=True)
    for name in ("encoder.onnx", "decoder.onnx", "numbers.json"):
        partial = out / f".{name}.partial"
        partial.write_bytes((aside / name).read_bytes())
        os.replace(partial, out / name)
        print(f"  {name}: {(out / name).stat().st_size} bytes", flush=True)
    print("  largest difference from the whole-utterance nets:", differences, flush=True)
    return differences
