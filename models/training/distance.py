"""Objective distances between two recordings: spectral shape and melody."""

from dataclasses import dataclass

import librosa
import numpy as np
import pyworld
from scipy.fft import dct

from common import SAMPLE_RATE

COEFFICIENTS = 24
CENTS = 1200
# Frames this far below the loudest are silence to the spectral distance, in nepers of power.
SILENCE_DEPTH = 9.0


def cepstrum(samples: np.ndarray) -> np.ndarray:
    """Mel cepstrum without c0 of the frames that are not silent: 40 mel bands, 10 ms, coefficients 1 to 24."""
    mel = librosa.feature.melspectrogram(
        y=samples, sr=SAMPLE_RATE, n_fft=512, win_length=400, hop_length=160, n_mels=40, fmin=50, fmax=7600
    )
    log = np.log(np.maximum(mel, 1e-10)).T
    level = log.max(axis=1)
    loud = log[level > level.max() - SILENCE_DEPTH]
    return dct(loud, type=2, axis=1)[:, 1 : COEFFICIENTS + 1] / (2 * loud.shape[1])


def mel_cepstral_distortion(one: np.ndarray, other: np.ndarray) -> float:
    """Mean over the best time warp of (10 / ln 10) sqrt(2 sum of squared differences), in dB.

    The cepstrum is that of log amplitude (half of log power) as the usual definition has it, its
    cosine transform scaled so that c_n is the coefficient of the nth cosine of the series.
    """
    a, b = cepstrum(one), cepstrum(other)
    _, path = librosa.sequence.dtw(a.T, b.T)
    steps = np.sqrt(2 * ((a[path[:, 0]] - b[path[:, 1]]) ** 2).sum(axis=1))
    return float(10 / np.log(10) * steps.mean())


# Two trackers that differ by more than this do not both hear the fundamental.
AGREEMENT_CENTS = 50.0


def f0_track(samples: np.ndarray) -> np.ndarray:
    """F0 per 10 ms frame, 0 where unvoiced or where two independent trackers (DIO and Harvest) disagree.

    On monotonous synthetic voices one tracker alone errs by half an octave often enough to govern the correlation.
    """
    samples = samples.astype(np.float64)
    rough, times = pyworld.dio(samples, SAMPLE_RATE, frame_period=10.0, f0_floor=60, f0_ceil=500)
    f0 = pyworld.stonemask(samples, rough, times, SAMPLE_RATE)
    other, _ = pyworld.harvest(samples, SAMPLE_RATE, frame_period=10.0, f0_floor=60, f0_ceil=500)
    size = min(len(f0), len(other))
    f0, other = f0[:size], other[:size]
    both = (f0 > 0) & (other > 0)
    apart = np.full(size, np.inf)
    apart[both] = np.abs(CENTS * np.log2(f0[both] / other[both]))
    return np.where(apart <= AGREEMENT_CENTS, f0, 0.0)


@dataclass(frozen=True)
class Melody:
    """How well an output follows the melody it was asked for."""

    median_error_cents: float
    correlation: float
    voicing_disagreement: float


def level_track(samples: np.ndarray) -> np.ndarray:
    """Log energy per frame."""
    return np.log(librosa.feature.rms(y=samples, frame_length=400, hop_length=160)[0] + 1e-4)


def find_lag(source: np.ndarray, output: np.ndarray, most: int = 30) -> int:
    """Frames by which the output trails the source."""
    a, b = level_track(source), level_track(output)
    scores = []
    for lag in range(-most, most + 1):
        x, y = a[max(0, -lag) :], b[max(0, lag) :]
        size = min(len(x), len(y))
        scores.append(np.corrcoef(x[:size], y[:size])[0, 1])
    return int(np.argmax(scores)) - most


def compare_melody(source: np.ndarray, output: np.ndarray, semitones: float) -> Melody:
    """The output's F0 against the source's, transposed, after taking out the lag."""
    lag = find_lag(source, output)
    wanted, got = f0_track(source)[max(0, -lag) :], f0_track(output)[max(0, lag) :]
    size = min(len(wanted), len(got))
    wanted, got = wanted[:size], got[:size]
    both = (wanted > 0) & (got > 0)
    if both.sum() < 10:
        return Melody(float("nan"), float("nan"), float(np.mean((wanted > 0) != (got > 0))))
    cents = CENTS * np.log2(got[both] / wanted[both]) - 100 * semitones
    correlation = np.corrcoef(np.log(wanted[both]), np.log(got[both]))[0, 1]
    disagreement = np.mean((wanted > 0) != (got > 0))
    return Melody(float(np.median(np.abs(cents))), float(correlation), float(disagreement))
