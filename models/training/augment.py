"""Makes training batches whose speakers, rooms and microphones vary far beyond the few synthetic voices."""

from functools import lru_cache

import numpy as np
from scipy.fft import dct, idct
from scipy.signal import lfilter

from common import SAMPLE_RATE
from corpus import Corpus, Utterance
from features import MEL_FLOOR, mel_matrix

BINS = 257
BIN_HZ = SAMPLE_RATE / 2 / (BINS - 1)
# Cosine terms that count as spectral envelope: 40 of them reach 2.5 ms, below the period of a 300 Hz voice.
ENVELOPE_TERMS = 40


@lru_cache
def cosine_basis() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The slow terms of the cosine transform, forward and backward, and the weight of each."""
    identity, terms = np.eye(BINS), int(1.25 * ENVELOPE_TERMS)
    forward = dct(identity, norm="ortho", axis=1)[:, :terms].astype(np.float32)
    backward = idct(identity, norm="ortho", axis=1)[:terms].astype(np.float32)
    weights = np.clip((terms - np.arange(terms)) / (0.5 * ENVELOPE_TERMS), 0, 1).astype(np.float32)
    return forward, backward, weights


def split_envelope(spectra: np.ndarray, contrast: float) -> tuple[np.ndarray, np.ndarray]:
    """The envelope of log spectra, its formants sharpened by contrast, and the fine structure left over."""
    forward, backward, weights = cosine_basis()
    terms = spectra @ forward * weights
    fine = spectra - terms @ backward
    terms[:, 3:] *= contrast
    return terms @ backward, fine


def warp(spectra: np.ndarray, factor: float, bend: float = 0.0) -> np.ndarray:
    """Log spectra stretched along frequency; bend stretches high and low parts differently."""
    target = np.arange(BINS)
    source = np.clip(target / (factor * (1 + bend * (target / BINS - 0.5))), 0, BINS - 1)
    low = np.minimum(source.astype(int), BINS - 2)
    weight = (source - low).astype(np.float32)
    return spectra[:, low] * (1 - weight) + spectra[:, low + 1] * weight


def smooth_curve(chance: np.random.Generator, terms: int, deviation: float) -> np.ndarray:
    """A random slow curve over frequency, in nepers of power."""
    spread = deviation / np.sqrt(np.arange(1, terms + 1))
    coefficients = chance.normal(0, spread)
    position = np.pi * np.arange(BINS) / BINS
    return coefficients @ np.cos(np.arange(1, terms + 1)[:, None] * position)


class Augmenter:
    """Draws random segments of a corpus, each with its own speaker, speed, room, noise and level."""

    def __init__(self, corpus: Corpus, seed: int, strength: float = 1.0):
        self.corpus = corpus
        self.chance = np.random.default_rng(seed)
        self.strength = strength
        self.voices: dict[str, list[Utterance]] = {}
        for utterance in corpus.of("train"):
            self.voices.setdefault(utterance.voice, []).append(utterance)
        self.mel = mel_matrix().T.astype(np.float32)

    def around(self, low: float, high: float) -> float:
        """A factor drawn evenly on the log scale, the range narrowed or widened by the strength."""
        return float(np.exp(self.chance.uniform(np.log(low), np.log(high)) * self.strength))

    def batch(self, size: int, frames: int) -> tuple[np.ndarray, np.ndarray]:
        """Log-mel [size, 80, frames] and classes [size, frames]."""
        mels = np.empty((size, 80, frames), np.float32)
        labels = np.empty((size, frames), np.int64)
        names = list(self.voices)
        for row in range(size):
            chosen = self.voices[names[self.chance.integers(len(names))]]
            mels[row], labels[row] = self.segment(chosen[self.chance.integers(len(chosen))], frames)
        return mels, labels

    def segment(self, utterance: Utterance, frames: int) -> tuple[np.ndarray, np.ndarray]:
        """A random stretch of one utterance at a random speed."""
        speed = self.around(0.8, 1.25)
        spare = max(utterance.frames - 1 - frames * speed, 0)
        positions = np.minimum(self.chance.uniform(0, spare + 1) + speed * np.arange(frames), utterance.frames - 1.001)
        return self.render(utterance, positions), self.corpus.labels[utterance.start + positions.round().astype(int)]

    def view(self, utterance: Utterance) -> np.ndarray:
        """A whole utterance at its own speed, augmented."""
        return self.render(utterance, np.arange(utterance.frames) * 0.9999)

    def render(self, utterance: Utterance, positions: np.ndarray) -> np.ndarray:
        """Log-mel [80, frames] of the utterance read at fractional frame positions."""
        spectra = self.corpus.spectra[utterance.span].astype(np.float32)
        low = positions.astype(int)
        weight = (positions - low).astype(np.float32)[:, None]
        spectra = (1 - weight) * spectra[low] + weight * spectra[low + 1]
        power = np.exp(np.minimum(self.new_speaker(spectra) + self.new_channel(), 30.0))
        power = self.add_noise(self.add_room(power))
        gain_db = self.chance.uniform(-20, 20) * self.strength
        mel = np.log(np.maximum(power * np.float32(10 ** (gain_db / 10)) @ self.mel, MEL_FLOOR))
        return self.mask(mel.T)

    def new_speaker(self, spectra: np.ndarray) -> np.ndarray:
        """Another vocal tract length, pitch and formant sharpness, sometimes a whisper."""
        chance = self.chance
        envelope, fine = split_envelope(spectra, self.around(0.8, 1.3))
        envelope = warp(envelope, self.around(0.78, 1.28), chance.uniform(-0.12, 0.12) * self.strength)
        if chance.random() < 0.08:
            return envelope + np.log(chance.standard_exponential(spectra.shape, np.float32) + 1e-3)
        return envelope + warp(fine, self.around(0.6, 1.7))

    def new_channel(self) -> np.ndarray:
        """A log-power gain curve: tone balance, and sometimes a low or high cut."""
        chance = self.chance
        curve = smooth_curve(chance, 6, 0.8 * self.strength)
        hz = np.arange(BINS) * BIN_HZ
        if chance.random() < 0.25:
            curve = curve - np.clip((hz - chance.uniform(3000, 7500)) / 1000, 0, 1) * chance.uniform(2, 8)
        if chance.random() < 0.25:
            curve = curve - np.clip(1 - hz / chance.uniform(80, 400), 0, 1) * chance.uniform(2, 8)
        return curve.astype(np.float32)

    def add_room(self, power: np.ndarray) -> np.ndarray:
        """Smear power over time as a room does."""
        if self.chance.random() > 0.4:
            return power
        decay = 10 ** (-6 * 0.01 / self.chance.uniform(0.12, 0.8))
        direct_db = self.chance.uniform(0, 18)
        tail = lfilter([0, 1 - decay], [1, -decay], power, axis=0)
        return (power + tail * 10 ** (-direct_db / 10)).astype(np.float32)

    def add_noise(self, power: np.ndarray) -> np.ndarray:
        """Add coloured noise at 0 to 45 dB below the speech."""
        chance = self.chance
        if chance.random() < 0.05:
            return power
        tilt = chance.uniform(0, 1.5) * np.log1p(np.arange(BINS) / 4)
        colour = np.exp(smooth_curve(chance, 8, 1.0) - tilt)
        snr_db = chance.uniform(0, 45) if chance.random() < 0.8 else chance.uniform(0, 12)
        colour *= power.mean() / colour.mean() * 10 ** (-snr_db / 10)
        noise = chance.standard_exponential(power.shape, np.float32) * colour.astype(np.float32)
        cross = 2 * np.sqrt(power * noise) * np.cos(2 * np.pi * chance.random(power.shape, np.float32))
        return np.maximum(power + noise + cross, 1e-12)

    def mask(self, mel: np.ndarray) -> np.ndarray:
        """Hide a few bands, or a few frames, behind the segment's mean."""
        chance = self.chance
        if chance.random() < 0.3:
            width = chance.integers(2, 10)
            start = chance.integers(0, 80 - width)
            mel[start : start + width] = mel.mean()
        if chance.random() < 0.2:
            width = chance.integers(1, 6)
            start = chance.integers(0, mel.shape[1] - width)
            mel[:, start : start + width] = mel.mean()
        return mel
