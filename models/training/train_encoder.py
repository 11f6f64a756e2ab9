"""Trains the content encoder on augmented segments for a given number of minutes."""

import math
import time

import numpy as np
import torch

import corpus
from augment import Augmenter
from common import LOOKAHEAD, PHONES, TRAIN_VOICES, Work
from encoder import Encoder
from features import MEL_FLOOR, mel_matrix
from producer import batches

BATCH, FRAMES = 16, 160
PEAK_RATE = 2.5e-3
SMOOTHING = 0.05


def plain_mel(data: corpus.Corpus, utterance: corpus.Utterance) -> np.ndarray:
    """Unaugmented log-mel [frames, 80]."""
    return np.log(np.maximum(np.exp(data.spectra[utterance.span].astype(np.float32)) @ mel_matrix().T, MEL_FLOOR))


def band_statistics(data: corpus.Corpus) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and spread of every band over augmented segments."""
    mels, _ = Augmenter(data, seed=1).batch(256, FRAMES)
    flat = torch.from_numpy(mels).permute(1, 0, 2).reshape(80, -1)
    return flat.mean(1), flat.std(1)


@torch.no_grad()
def posteriors(encoder: Encoder, mel: np.ndarray) -> np.ndarray:
    """Posteriors [frames, 123] of log-mel [frames, 80], lookahead taken out; the end is padded with its last frame."""
    # Few different lengths: the kernels are compiled anew for each.
    missing = LOOKAHEAD + -(len(mel) + LOOKAHEAD) % 128
    padded = np.concatenate([mel, np.repeat(mel[-1:], missing, axis=0)])
    inputs = torch.from_numpy(np.ascontiguousarray(padded.T))[None]
    with torch.autocast("cpu", torch.bfloat16):
        logits = encoder(inputs)[0, :, LOOKAHEAD : LOOKAHEAD + len(mel)]
    return torch.softmax(logits.float(), dim=0).T.numpy()


def phone_probabilities(content: np.ndarray) -> np.ndarray:
    """Thirds added up: [frames, 41]."""
    return content.reshape(len(content), len(PHONES), 3).sum(axis=2)


def frame_accuracy(encoder: Encoder, data: corpus.Corpus, limit: int = 60) -> dict[str, float]:
    """Share of frames with the right phone, per voice, on held-out sentences."""
    encoder.eval()
    result = {}
    for voice in TRAIN_VOICES:
        right = total = 0
        for utterance in data.of("test", voice)[:limit]:
            guess = phone_probabilities(posteriors(encoder, plain_mel(data, utterance))).argmax(axis=1)
            right += (guess == data.labels[utterance.span] // 3).sum()
            total += utterance.frames
        result[voice] = right / total
    encoder.train()
    return result


def train(work: Work, minutes: float, resume: bool = False) -> dict[str, float]:
    """Train for `minutes`, keep the weights, and return held-out accuracies."""
    torch.set_num_threads(1)
    torch.manual_seed(1)
    data = corpus.load(work)
    source = batches(lambda: _drawer(data, seed=2 if not resume else int(time.time())))
    encoder = Encoder(*band_statistics(data))
    path = work.root / "encoder.pt"
    if resume:
        encoder.load_state_dict(torch.load(path))
    peak = PEAK_RATE * (0.5 if resume else 1.0)
    optimiser = torch.optim.AdamW(encoder.parameters(), lr=peak, betas=(0.9, 0.98), weight_decay=0.01)
    begun, step, running, reported = time.monotonic(), 0, 0.0, 0
    while (progress := (time.monotonic() - begun) / (60 * minutes)) < 1:
        rate = peak * min(1, (step + 1) / 200) * (0.5 + 0.5 * math.cos(math.pi * progress))
        optimiser.param_groups[0]["lr"] = max(rate, 1e-6)
        mels, labels = next(source)
        with torch.autocast("cpu", torch.bfloat16):
            logits = encoder(torch.from_numpy(mels))[:, :, LOOKAHEAD:]
        loss = torch.nn.functional.cross_entropy(
            logits.float(), torch.from_numpy(labels)[:, :-LOOKAHEAD], label_smoothing=SMOOTHING
        )
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(encoder.parameters(), 2.0)
        optimiser.step()
        step += 1
        running += 0.02 * (loss.item() - running) if step > 1 else loss.item()
        if progress * minutes >= reported + 1:
            reported += 1
            print(f"  {reported} min, step {step}, loss {running:.3f}", flush=True)
            torch.save(encoder.state_dict(), path.with_suffix(".latest.pt"))
    accuracies = frame_accuracy(encoder, data)
    torch.save(encoder.state_dict(), path)
    print(f"  {step} steps, held-out phone accuracy", {k: round(float(v), 3) for k, v in accuracies.items()}, flush=True)
    return accuracies


def _drawer(data: corpus.Corpus, seed: int):
    """A batch-drawing function with an augmenter of its own."""
    augmenter = Augmenter(data, seed)
    return lambda: augmenter.batch(BATCH, FRAMES)
