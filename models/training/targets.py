"""Analyses the target voices with WORLD: F0 and the harmonic and noise envelopes the decoder learns."""

from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pyworld

from common import PHONE_ID, SAMPLE_RATE, TARGETS, TRAIN_VOICES, Work, read_lines
from features import read_audio
from knots import to_knots
from labels import frame_labels, read_phones

NATIVE_RATE = {"hts": 32000}
FRAME_MS = 10.0
SONORANT = "aa ae ah ao aw ax ay eh er ey ih iy l m n ng ow oy r uh uw w y".split()
VOICELESS = "pau f hh s sh th".split()


def track_f0(samples: np.ndarray, phones: np.ndarray) -> np.ndarray:
    """F0 per frame, 0 where unvoiced; the known phones settle frames where DIO is lenient or strict."""
    samples = samples.astype(np.float64)
    tracks = []
    for tolerance in (0.1, 0.2):
        f0, times = pyworld.dio(
            samples, SAMPLE_RATE, frame_period=FRAME_MS, f0_floor=60, f0_ceil=400, allowed_range=tolerance
        )
        tracks.append(pyworld.stonemask(samples, f0, times, SAMPLE_RATE))
    strict, lenient = tracks
    f0 = np.where(np.isin(phones, [PHONE_ID[p] for p in SONORANT]), lenient, strict)
    return np.where(np.isin(phones, [PHONE_ID[p] for p in VOICELESS]), 0.0, f0)


def analyse(wav: Path, rate: int) -> dict[str, np.ndarray]:
    """F0, envelopes and level of one rendition on the feature grid."""
    samples = read_audio(wav)
    frames = 1 + len(samples) // 160
    phones = frame_labels(*read_phones(wav.with_suffix(".lab")), frames) // 3
    f0 = track_f0(samples, phones[: len(samples) // 160 + 1])
    times = np.arange(len(f0)) * FRAME_MS / 1000
    full = (samples if rate == SAMPLE_RATE else read_audio(wav, rate)).astype(np.float64)
    power = pyworld.cheaptrick(full, f0, times, rate)
    aperiodicity = pyworld.d4c(full, f0, times, rate)
    harmonic, noise, level = to_knots(power, aperiodicity, rate)
    return {
        "f0": f0.astype(np.float32),
        "harmonic": harmonic.astype(np.float16),
        "noise": noise.astype(np.float16),
        "level": level.astype(np.float32),
    }


def analyse_one(job: tuple[Path, Path, int]) -> None:
    """Analyse one file unless its result is there."""
    wav, out, rate = job
    if not out.exists():
        partial = out.with_suffix(".partial.npz")
        np.savez(partial, **analyse(wav, rate))
        partial.rename(out)


def target_path(work: Work, voice: str, split: str, index: int) -> Path:
    """Where the analysis of one rendition lies."""
    return work.root / "targets" / voice / f"{split}_{index:04d}.npz"


def build(work: Work, sentences: int, others: int, processes: int = 2) -> None:
    """Analyse `sentences` of each target and `others` of the rest, which only the mean envelope needs."""
    jobs = []
    for voice in TRAIN_VOICES:
        target_path(work, voice, "train", 0).parent.mkdir(parents=True, exist_ok=True)
        rate = NATIVE_RATE.get(voice, SAMPLE_RATE)
        counts = {"train": sentences if voice in TARGETS else others}
        if voice in TARGETS:
            counts["test"] = len(read_lines(work.sentences("test")))
        for split, count in counts.items():
            jobs += [(work.wav(voice, split, i), target_path(work, voice, split, i), rate) for i in range(count)]
    with ProcessPoolExecutor(processes) as pool:
        for done, _ in enumerate(pool.map(analyse_one, jobs, chunksize=8), 1):
            if done % 200 == 0:
                print(f"  {done}/{len(jobs)} analysed", flush=True)
