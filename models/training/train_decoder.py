"""Trains the envelope decoder on paired segments for a given number of minutes."""

import math
import time

import numpy as np
import torch
from torch import Tensor

import corpus
from common import Work
from decoder import Decoder
from knots import KNOTS
from pairs import Pairs
from producer import batches

BATCH, FRAMES = 16, 128
PEAK_RATE = 2e-3
# Nepers below the noise at which harmonics belong when a tracker calls noise voiced.
FALSE_VOICE_DEPTH = 2.0


def total(harmonic: Tensor, noise: Tensor) -> Tensor:
    """Log amplitude of both together."""
    return 0.5 * torch.logaddexp(2 * harmonic, 2 * noise)


def envelope_loss(harmonic: Tensor, noise: Tensor, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Weighted L1 on both envelopes and their sum, and the plain L1 of the sum for reading."""
    given, voiced = batch["f0"][:, 1:], batch["voiced"]
    true_harmonic, true_noise = batch["harmonic"].float(), batch["noise"].float()
    true_total = total(true_harmonic, true_noise)
    wanted_harmonic = torch.where(voiced > 0, true_harmonic, true_noise - FALSE_VOICE_DEPTH)
    wanted_noise = torch.where(given > 0, true_noise, true_total)
    frames = batch["weight"] * batch["knots"]
    audible = torch.clip(1 + (wanted_harmonic - wanted_noise + 1) / 3, 0.2, 1)
    harmonic_loss = (frames * given * audible * torch.where(voiced > 0, 1.0, 0.2) * (harmonic - wanted_harmonic).abs()).sum()
    audible = torch.where(given > 0, torch.clip(1 + (wanted_noise - wanted_harmonic + 2) / 4, 0.3, 1), 1.0)
    noise_loss = (frames * audible * (noise - wanted_noise).abs()).sum()
    sum_error = (total(torch.where(given > 0, harmonic, noise - 20), noise) - true_total).abs()
    sum_loss = (frames * sum_error).sum()
    size = frames.sum()
    return (harmonic_loss + noise_loss + sum_loss) / size, sum_loss / size


def start_at_mean(decoder: Decoder, pairs: Pairs) -> None:
    """Begin from the average envelopes instead of from zero."""
    chosen = list(pairs.targets.values())[:: max(1, len(pairs.targets) // 100)]
    mean = [np.concatenate([getattr(t, name)[t.weight > 0.5] for t in chosen]).mean(0) for name in ("harmonic", "noise")]
    decoder.head.bias.data = torch.from_numpy(np.concatenate(mean).astype(np.float32))
    assert len(decoder.head.bias) == 2 * KNOTS


def train(work: Work, minutes: float, sentences: int, resume: bool = False) -> float:
    """Train for `minutes`, keep the weights, and return the running error of the summed envelope in nepers."""
    torch.set_num_threads(1)
    torch.manual_seed(3)
    data = corpus.load(work)
    pairs = Pairs(work, data, sentences, seed=5 if not resume else int(time.time()))
    source = batches(lambda: _drawer(pairs))
    decoder = Decoder()
    start_at_mean(decoder, pairs)
    path = work.root / "decoder.pt"
    if resume:
        decoder.load_state_dict(torch.load(path))
    peak = PEAK_RATE * (0.5 if resume else 1.0)
    optimiser = torch.optim.AdamW(decoder.parameters(), lr=peak, betas=(0.9, 0.98), weight_decay=0.01)
    begun, step, running, reported = time.monotonic(), 0, 0.0, 0
    while (progress := (time.monotonic() - begun) / (60 * minutes)) < 1:
        rate = peak * min(1, (step + 1) / 200) * (0.5 + 0.5 * math.cos(math.pi * progress))
        optimiser.param_groups[0]["lr"] = max(rate, 1e-6)
        batch = next(source)
        with torch.autocast("cpu", torch.bfloat16):
            harmonic, noise = decoder(batch["content"], batch["f0"], batch["speaker"])
        loss, error = envelope_loss(harmonic.float(), noise.float(), batch)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(decoder.parameters(), 2.0)
        optimiser.step()
        step += 1
        running += 0.02 * (error.item() - running) if step > 1 else error.item()
        if progress * minutes >= reported + 1:
            reported += 1
            print(f"  {reported} min, step {step}, loss {loss.item():.3f}, envelope error {running:.3f} Np", flush=True)
    torch.save(decoder.state_dict(), path)
    print(f"  {step} steps, envelope error {running:.3f} Np", flush=True)
    return running


def _drawer(pairs: Pairs):
    """A batch-drawing function."""
    return lambda: pairs.batch(BATCH, FRAMES)
