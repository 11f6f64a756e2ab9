"""Writes the one-step ONNX graphs of the speaking voice and proves that they equal the whole-utterance nets."""

import json
import os
from pathlib import Path

import numpy as np
import torch

from common import Work
from decoder import Decoder
from export import TOLERANCE, write_graph
from pulse_noise import FFT, HOP
from speech_corpus import read_spoken
from speech_features import FUNCTION_WORDS, SIZE, phone_features, positions
from speech_nets import HIDDEN, POSITION, FrameNet, PhoneNet
from speech_reference import FRAMES_AHEAD, PHONES_AHEAD, ReferenceVoice
from train_speech import run_frames, run_phones

SHAPES = {"phones": ({"features": SIZE}, ["duration", "hidden"]), "frames": ({"hidden": HIDDEN, "position": POSITION}, ["content", "prosody"])}


def load_nets(work: Work) -> tuple[PhoneNet, FrameNet]:
    """The trained nets."""
    kept = torch.load(work.root / "speech.pt")
    phone_net, frame_net = PhoneNet().eval(), FrameNet().eval()
    phone_net.load_state_dict(kept["phones"])
    frame_net.load_state_dict(kept["frames"])
    return phone_net, frame_net


@torch.no_grad()
def check(work: Work, phone_net: PhoneNet, frame_net: FrameNet, folder: Path) -> dict[str, float]:
    """Largest difference of the graphs, run step by step, from the nets run whole."""
    voice = ReferenceVoice(folder)
    spoken = read_spoken(work, "test", 0)
    _, lengths, hidden = voice.durations(spoken.words, spoken.ending)
    _, features = phone_features(spoken.words, spoken.ending)
    whole_lengths, whole_hidden = run_phones(phone_net, torch.from_numpy(features.T[None]))
    counts = np.maximum(1, lengths.round().astype(int))
    content, prosody = voice.prosody(hidden, counts)
    phone, position = positions(counts)
    whole = run_frames(
        frame_net, whole_hidden, torch.from_numpy(phone)[None], torch.from_numpy(position.T[None]), torch.ones(1, 1, len(phone))
    )
    return {
        "phones": max(
            float(np.abs(np.log(lengths) - whole_lengths.numpy()[0, 0]).max()),
            float(np.abs(hidden.T - whole_hidden.numpy()[0]).max()),
        ),
        "frames": max(float(np.abs(a.T - b.numpy()[0]).max()) for a, b in zip((content, prosody), whole)),
    }


def numbers() -> dict:
    """What the voice needs to know beside the graphs."""
    past = sum(layer.history for stack in (FrameNet().stack, Decoder().stack) for layer in stack.time_layers()) - FRAMES_AHEAD
    return {
        "phones_ahead": PHONES_AHEAD, "frames_ahead": FRAMES_AHEAD, "memory": past + -(-FFT // HOP),
        "function_words": sorted(FUNCTION_WORDS),
    }


def export(work: Work, out: Path) -> dict[str, float]:
    """Export, verify, then move everything into place at once."""
    torch.set_num_threads(1)
    nets = dict(zip(SHAPES, load_nets(work)))
    aside = work.root / "export_speech"
    aside.mkdir(exist_ok=True)
    for name, net in nets.items():
        inputs, outputs = SHAPES[name]
        given = {key: torch.zeros(1, size, 1) for key, size in inputs.items()}
        given["state_in"] = torch.zeros(1, net.stack.state_size)
        write_graph(net, given, [*outputs, "state_out"], aside / f"{name}.onnx")
    differences = check(work, nets["phones"], nets["frames"], aside)
    print("  largest difference from the whole-utterance nets:", differences, flush=True)
    if max(differences.values()) > 10 * TOLERANCE:
        raise SystemExit(f"a graph differs from its net: {differences}")
    (aside / "numbers.json").write_text(json.dumps(numbers(), indent=1) + "\n")
    out.mkdir(parents=True, exist_ok=True)
    for name in ("phones.onnx", "frames.onnx", "numbers.json"):
        partial = out / f".{name}.partial"
        partial.write_bytes((aside / name).read_bytes())
        os.replace(partial, out / name)
        print(f"  {name}: {(out / name).stat().st_size} bytes", flush=True)
    return differences
