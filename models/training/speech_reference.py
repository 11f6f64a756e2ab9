"""The speaking voice in Python, from its exported graphs: what the Rust voice must equal, and what the evaluation hears."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime

from common import CLASSES
from pulse_noise import SILENCE, render
from shared_decoder import DECODER
from speech_features import SpokenWord, phone_features, positions
from speech_nets import FRAME_BLOCKS, PHONE_BLOCKS
from train_speech import LEAD, TAIL

PHONES_AHEAD = 2 + sum(ahead for _, ahead in PHONE_BLOCKS)
FRAMES_AHEAD = 2 + sum(ahead for _, ahead in FRAME_BLOCKS)
# Frames of silence behind the last one, in which the last response rings out.
RELEASE = 2
# The F0 that the networks count from, in Hz.
REFERENCE_HZ = 200.0


class Stepper:
    """A one-frame graph run over sequences, with its state."""

    def __init__(self, path: Path):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.state_size = next(i.shape[1] for i in self.session.get_inputs() if i.name == "state_in")

    def run(self, sequences: dict[str, np.ndarray], ahead: int, constants: dict[str, np.ndarray]) -> list[np.ndarray]:
        """Outputs [frames, channels] for inputs [frames, channels]; `ahead` frames of zeros follow the input."""
        memory, rows = np.zeros((1, self.state_size), np.float32), []
        frames = len(next(iter(sequences.values())))
        for n in range(frames + ahead):
            feed = {
                name: (values[n] if n < frames else np.zeros_like(values[0])).reshape(1, -1, 1).astype(np.float32)
                for name, values in sequences.items()
            }
            *outputs, memory = self.session.run(None, feed | constants | {"state_in": memory})
            if n >= ahead:
                rows.append([output[0, :, 0] for output in outputs])
        return [np.stack(column) for column in zip(*rows)]


@dataclass
class Said:
    """What was said: frames of every phone, F0 (0 where unvoiced) and level of every frame, and the samples at 32 kHz."""

    names: list[str]
    counts: np.ndarray
    f0: np.ndarray
    log_f0: np.ndarray
    level: np.ndarray
    samples: np.ndarray


def whole_frames(lengths: np.ndarray) -> np.ndarray:
    """Lengths in frames rounded so that what is cut off one phone goes to the next; at least one frame each."""
    counts, carry = [], 0.0
    for length in lengths:
        count = max(1, int(np.floor(length + carry + 0.5)))
        carry += float(length) - count
        counts.append(count)
    return np.array(counts)


class ReferenceVoice:
    """Both nets and the decoder."""

    def __init__(self, folder: Path, decoder: Path = DECODER):
        self.phones, self.frames = Stepper(folder / "phones.onnx"), Stepper(folder / "frames.onnx")
        self.decoder = Stepper(decoder)
        speakers = json.loads((decoder.parent / "numbers.json").read_text())["speakers"]
        self.log_f0_means = [s["log_f0_mean"] for s in sorted(speakers, key=lambda s: s["id"])]

    def durations(self, words: list[SpokenWord], ending: str) -> tuple[list[str], np.ndarray, np.ndarray]:
        """Phones, their lengths in frames, and their hidden values."""
        names, features = phone_features(words, ending)
        log_length, hidden = self.phones.run({"features": features}, PHONES_AHEAD, {})
        return names, np.exp(log_length[:, 0]), hidden

    def prosody(self, hidden: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Content and prosody of every frame."""
        phone, position = positions(counts)
        return tuple(self.frames.run({"hidden": hidden[phone], "position": position}, FRAMES_AHEAD, {}))

    def envelopes(self, content: np.ndarray, log_f0: np.ndarray, voiced: np.ndarray, speaker: int) -> list[np.ndarray]:
        """Harmonic and noise envelopes of unit power."""
        f0 = np.stack([log_f0, voiced], axis=1)
        return self.decoder.run({"content": content, "f0": f0}, 0, {"speaker": np.eye(2, dtype=np.float32)[[speaker]]})

    def sound(
        self, content: np.ndarray, log_f0: np.ndarray, voiced: np.ndarray, level: np.ndarray, speaker: int, seed: int = 0
    ) -> np.ndarray:
        """Samples from content and prosody."""
        harmonic, noise = self.envelopes(content, log_f0, voiced, speaker)
        silence = np.full((RELEASE, harmonic.shape[1]), SILENCE)
        f0 = np.where(voiced > 0, REFERENCE_HZ * np.exp(log_f0), 0.0)
        return render(
            np.r_[f0, np.zeros(RELEASE)], np.concatenate([harmonic + level[:, None], silence]),
            np.concatenate([noise + level[:, None], silence]), seed,
        )

    def say(
        self, words: list[SpokenWord], ending: str, speaker: int = 0, counts: np.ndarray | None = None, seed: int = 0
    ) -> Said:
        """A whole sentence, with its own durations or with these."""
        names, lengths, hidden = self.durations(words, ending)
        if counts is None:
            counts = whole_frames(np.r_[LEAD, lengths[1:-1], TAIL])
        content, prosody = self.prosody(hidden, counts)
        # The melody is the first speaker's; others speak it around their own mean.
        log_f0 = prosody[:, 0] + (self.log_f0_means[speaker] - self.log_f0_means[0])
        voiced, level = (prosody[:, 1] > 0).astype(np.float32), prosody[:, 2]
        samples = self.sound(content, log_f0, voiced, level, speaker, seed)
        return Said(names, counts, np.where(voiced > 0, REFERENCE_HZ * np.exp(log_f0), 0), log_f0, level, samples)


def smoothed_one_hot(labels: np.ndarray) -> np.ndarray:
    """Content for labels known exactly: a quarter of each neighbour."""
    hot = np.eye(CLASSES, dtype=np.float32)[labels]
    padded = np.concatenate([hot[:1], hot, hot[-1:]])
    return 0.25 * padded[:-2] + 0.5 * padded[1:-1] + 0.25 * padded[2:]
