"""Trains both nets of the speaking voice at once, through the shared decoder, whose weights stay as they are."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from common import PHONE_ID, Work
from decoder import Decoder
from knots import KNOTS
from labels import PAUSE
from pairs import interpolated_log_f0, loudness_weight
from shared_decoder import load_decoder
from speech_corpus import VOICE, read_spoken
from speech_features import phone_features, positions
from speech_nets import FrameNet, PhoneNet
from targets import target_path
from train_decoder import envelope_loss

BATCH = 8
PEAK_RATE = 2.5e-3
# Frames of the pauses at both ends that are always kept; the voice speaks with these, so it must know them.
LEAD, TAIL = 4, 8
SPEAKER = 0


@dataclass(frozen=True)
class Utterance:
    """All of one training sentence."""

    features: np.ndarray
    counts: np.ndarray
    log_f0: np.ndarray
    voiced: np.ndarray
    level: np.ndarray
    harmonic: np.ndarray
    noise: np.ndarray
    labels: np.ndarray

    def trimmed(self, lead: int, tail: int) -> "Utterance":
        """With this many frames less of the pauses at both ends."""
        end = len(self.level) - tail
        counts = self.counts.copy()
        counts[0] -= lead
        counts[-1] -= tail
        cut = {name: getattr(self, name)[lead:end] for name in ("log_f0", "voiced", "level", "harmonic", "noise", "labels")}
        return Utterance(self.features, counts, **cut)


def third_labels(names: list[str], counts: np.ndarray) -> np.ndarray:
    """The class of every frame, as `labels.frame_labels` gives it."""
    phone, place = positions(counts)
    ids = np.array([PHONE_ID[name] for name in names])[phone]
    return np.where(ids == PAUSE, 3 * ids + 1, 3 * ids + np.minimum(place[:, 0] * 3, 2).astype(int))


def load_utterance(work: Work, split: str, index: int) -> Utterance | None:
    """One sentence; nothing where the synthesiser swallowed a phone or spoke another row than the words say."""
    spoken = read_spoken(work, split, index)
    found = np.load(target_path(work, VOICE, split, index))
    names, features = phone_features(spoken.words, spoken.ending)
    counts = spoken.frame_counts(len(found["f0"]))
    if names != spoken.phones or counts.min() < 1:
        return None
    return Utterance(
        features, counts, interpolated_log_f0(found["f0"]), (found["f0"] > 0).astype(np.float32), found["level"],
        found["harmonic"].astype(np.float32), found["noise"].astype(np.float32), third_labels(names, counts),
    )


def stacked(parts: list[np.ndarray], size: int, fill: float = 0.0) -> Tensor:
    """[batch, channels, size] of arrays [length, channels], filled up at the end."""
    channels = parts[0].shape[1] if parts[0].ndim > 1 else 1
    out = np.full((len(parts), channels, size), fill, np.float32)
    for row, part in enumerate(parts):
        out[row, :, : len(part)] = part.reshape(len(part), channels).T
    return torch.from_numpy(out)


def padded_size(size: int, step: int) -> int:
    """The next multiple: few different sizes, since kernels are compiled anew for each."""
    return -(-size // step) * step


def batch_of(chosen: list[Utterance]) -> dict[str, Tensor]:
    """One batch; the weights are 0 behind the end of an utterance."""
    phones = padded_size(max(len(u.counts) for u in chosen), 16)
    frames = padded_size(max(len(u.level) for u in chosen), 128)
    places = [positions(u.counts) for u in chosen]
    index = np.zeros((len(chosen), frames), np.int64)
    labels = np.full((len(chosen), frames), -100, np.int64)
    for row, (utterance, (phone, _)) in enumerate(zip(chosen, places)):
        index[row, : len(phone)] = phone
        labels[row, : len(phone)] = utterance.labels
    heard = [np.where(u.labels // 3 == PAUSE, 0.3, 1.0).astype(np.float32) for u in chosen]
    return {
        "features": stacked([u.features for u in chosen], phones),
        "log_counts": stacked([np.log(u.counts.astype(np.float32)) for u in chosen], phones),
        "phone_weight": stacked([np.r_[0.0, np.ones(len(u.counts) - 2), 0.0].astype(np.float32) for u in chosen], phones),
        "index": torch.from_numpy(index), "labels": torch.from_numpy(labels),
        "position": stacked([place for _, place in places], frames),
        "inside": stacked([np.ones(len(u.level), np.float32) for u in chosen], frames),
        "heard": stacked(heard, frames),
        "log_f0": stacked([u.log_f0 for u in chosen], frames), "voiced": stacked([u.voiced for u in chosen], frames),
        "level": stacked([u.level for u in chosen], frames),
        "harmonic": stacked([u.harmonic for u in chosen], frames, -3.0),
        "noise": stacked([u.noise for u in chosen], frames, -3.0),
        "weight": stacked([loudness_weight(u.level) for u in chosen], frames),
        "knots": torch.ones(len(chosen), KNOTS, 1),
    }


def run_phones(net: PhoneNet, features: Tensor) -> tuple[Tensor, Tensor]:
    """Log lengths and hidden values of every phone, the lookahead taken out."""
    ahead = net.stack.lookahead
    durations, hidden = net(torch.nn.functional.pad(features, (0, ahead)))
    return durations[:, :, ahead:], hidden[:, :, ahead:]


def run_frames(net: FrameNet, hidden: Tensor, index: Tensor, position: Tensor, inside: Tensor) -> tuple[Tensor, Tensor]:
    """Content and prosody of every frame, the lookahead taken out; behind the end there are zeros."""
    spread = torch.gather(hidden, 2, index[:, None].expand(-1, hidden.shape[1], -1)) * inside
    ahead = net.stack.lookahead
    pad = lambda values: torch.nn.functional.pad(values, (0, ahead))
    content, prosody = net(pad(spread), pad(position))
    return content[:, :, ahead:], prosody[:, :, ahead:]


def losses(phone_net: PhoneNet, frame_net: FrameNet, decoder: Decoder, batch: dict[str, Tensor]) -> dict[str, Tensor]:
    """Every part of the loss, at the scale at which they are added."""
    with torch.autocast("cpu", torch.bfloat16):
        durations, hidden = run_phones(phone_net, batch["features"])
        content, prosody = run_frames(frame_net, hidden, batch["index"], batch["position"], batch["inside"])
        # The decoder hears the true melody, a little off key as in conversion.
        f0 = torch.cat([batch["log_f0"] + 0.05 * torch.randn(len(content), 1, 1), batch["voiced"]], dim=1)
        speaker = torch.eye(2)[SPEAKER].expand(len(content), -1)
        harmonic, noise = decoder(content, f0, speaker)
    inside, voiced, heard = batch["inside"], batch["voiced"], batch["heard"]
    frames = inside.sum()
    given = batch | {"f0": f0, "weight": batch["weight"] * inside}
    envelope, _ = envelope_loss(harmonic.float(), noise.float(), given)
    log_content = torch.log(content.float() + 1e-6)
    labelled = torch.nn.functional.nll_loss(log_content, batch["labels"])
    weights = batch["phone_weight"]
    melody = (0.1 + 0.9 * voiced) * inside * heard
    return {
        "duration": ((durations - batch["log_counts"]).abs() * weights).sum() / weights.sum(),
        "f0": 4 * (melody * (prosody[:, :1] - batch["log_f0"]).abs()).sum() / melody.sum(),
        "voicing": 0.5 * (inside * torch.nn.functional.binary_cross_entropy_with_logits(
            prosody[:, 1:2].float(), voiced, reduction="none")).sum() / frames,
        "level": 0.5 * (inside * heard * (prosody[:, 2:] - batch["level"]).abs()).sum() / (inside * heard).sum(),
        "envelope": envelope, "content": 0.1 * labelled,
    }


def draw(utterances: list[Utterance], chance: np.random.Generator) -> dict[str, Tensor]:
    """A batch of sentences of about the same length, their outer pauses cut at random."""
    order = sorted(chance.choice(len(utterances), 4 * BATCH, replace=False), key=lambda i: len(utterances[i].level))
    start = BATCH * int(chance.integers(4))
    chosen = []
    for i in order[start : start + BATCH]:
        utterance = utterances[i]
        spare = [max(0, utterance.counts[0] - LEAD), max(0, utterance.counts[-1] - TAIL)]
        cut = [int(chance.integers(s + 1)) if chance.random() < 0.5 else s for s in spare]
        chosen.append(utterance.trimmed(*cut))
    return batch_of(chosen)


def train(work: Work, steps: int, sentences: int, resume: bool = False) -> None:
    """Train for a number of steps and keep the weights of both nets; a run that was broken off may be resumed."""
    torch.set_num_threads(1)
    loaded = [load_utterance(work, "train", i) for i in range(sentences)]
    utterances = [u for u in loaded if u is not None]
    print(f"  {len(utterances)} of {len(loaded)} sentences", flush=True)
    torch.manual_seed(21)
    phone_net, frame_net, decoder = PhoneNet(), FrameNet(), load_decoder().requires_grad_(False)
    path, begun = work.root / "speech.pt", 0
    if resume:
        kept = torch.load(path)
        phone_net.load_state_dict(kept["phones"])
        frame_net.load_state_dict(kept["frames"])
        begun = kept["step"]
    chance = np.random.default_rng(22 + begun)
    weights = [*phone_net.parameters(), *frame_net.parameters()]
    optimiser = torch.optim.AdamW(weights, lr=PEAK_RATE, betas=(0.9, 0.98), weight_decay=0.01)
    running: dict[str, float] = {}
    for step in range(begun, steps):
        warm = min(1, (step - begun + 1) / 100)
        optimiser.param_groups[0]["lr"] = max(PEAK_RATE * warm * (0.5 + 0.5 * math.cos(math.pi * step / steps)), 1e-6)
        parts = losses(phone_net, frame_net, decoder, draw(utterances, chance))
        optimiser.zero_grad()
        sum(parts.values()).backward()
        torch.nn.utils.clip_grad_norm_(weights, 2.0)
        optimiser.step()
        for name, value in parts.items():
            running[name] = running.get(name, value.item()) + 0.02 * (value.item() - running.get(name, value.item()))
        if (step + 1) % 50 == 0 or step + 1 == steps:
            print(f"  step {step + 1} of {steps},", {k: round(v, 3) for k, v in running.items()}, flush=True)
            torch.save({"phones": phone_net.state_dict(), "frames": frame_net.state_dict(), "step": step + 1}, path)
