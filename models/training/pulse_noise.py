"""Pulses and noise through minimum-phase filters: the reference of `dsp/src/pulse_noise.rs`, sample by sample the same noise."""

from functools import lru_cache

import numba
import numpy as np

from knots import KNOTS, knot_hz

RATE, HOP, FFT, PARTS = 32000, 320, 1024, 2
RANDOM_START = np.uint32(0x9E3779B9)
SILENCE = -23.0


@lru_cache
def knots_to_bins() -> np.ndarray:
    """Linear interpolation on the mel scale, 80 x 513."""
    mel = lambda hz: 2595 * np.log10(1 + hz / 700)
    position = mel(np.arange(FFT // 2 + 1) * RATE / FFT) / mel(knot_hz()[1])
    low = np.minimum(position.astype(int), KNOTS - 2)
    weight = np.clip(position - low, 0, 1)
    matrix = np.zeros((KNOTS, FFT // 2 + 1))
    matrix[low, np.arange(FFT // 2 + 1)] = 1 - weight
    matrix[low + 1, np.arange(FFT // 2 + 1)] += weight
    return matrix


def minimum_phase(knots: np.ndarray) -> np.ndarray:
    """Spectra [n, 513] of log amplitudes at the knots [n, 80]."""
    cepstrum = np.fft.irfft(knots @ knots_to_bins(), FFT, axis=1)
    cepstrum[:, 1 : FFT // 2] *= 2
    cepstrum[:, FFT // 2 + 1 :] = 0
    return np.exp(np.fft.rfft(cepstrum, FFT, axis=1))


@numba.njit(cache=False)
def noise_samples(count: int, seed: np.uint32) -> np.ndarray:
    """White noise of variance 1 by xorshift32."""
    state = np.uint32(seed)
    out = np.empty(count, np.float32)
    for n in range(count):
        if state == 0:
            state = np.uint32(0x9E3779B9)
        state ^= np.uint32(state << np.uint32(13))
        state ^= np.uint32(state >> np.uint32(17))
        state ^= np.uint32(state << np.uint32(5))
        out[n] = (np.float32(state >> np.uint32(8)) / np.float32(8388608.0) - np.float32(1.0)) * np.float32(1.7320508)
    return out


@numba.njit(cache=False)
def pulse_places(f0: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Hop and sample, fraction of a sample, and period of every pulse; f0 is 0 where unvoiced. In f32, as it is played."""
    places, fractions, periods = [np.int64(0)], [np.float32(0)], [np.float32(0)]
    phase, before = np.float32(0), np.float32(0)
    for hop in range(len(f0)):
        now = f0[hop]
        if before <= 0 and now <= 0:
            phase = np.float32(0)
        else:
            start = before if before > 0 else now
            end = now if now > 0 else before
            for n in range(HOP):
                position = np.float32(n) / np.float32(HOP)
                step = min(start + (end - start) * position, np.float32(1200.0)) / np.float32(RATE)
                following = phase + step
                if following >= np.float32(1.0):
                    fraction = (np.float32(1.0) - phase) / step
                    phase = following - np.float32(1.0)
                    places.append(hop * HOP + n)
                    fractions.append(min(max(fraction, np.float32(0)), np.float32(1)))
                    periods.append(np.float32(1.0) / step)
                else:
                    phase = following
        before = now
    return np.array(places[1:]), np.array(fractions[1:]), np.array(periods[1:])


def add_pulses(out: np.ndarray, f0: np.ndarray, harmonic: np.ndarray) -> None:
    """Lay a response at every pulse."""
    places, fractions, periods = pulse_places(f0.astype(np.float32))
    if len(places) == 0:
        return
    hop, n = places // HOP, places % HOP
    weight = ((n + fractions) / HOP)[:, None]
    on_before, on_now = np.r_[0.0, f0[:-1]][hop] > 0, f0[hop] > 0
    before = np.concatenate([np.full((1, KNOTS), SILENCE), harmonic[:-1]])[hop]
    now = harmonic[hop]
    both = before + (now - before) * weight
    knots = np.where((on_before & on_now)[:, None], both, np.where(on_before[:, None], before, now))
    fade = np.where(on_before & on_now, 1.0, np.where(on_before, 1 - weight[:, 0], weight[:, 0]))
    turn = np.exp(-2j * np.pi / FFT * fractions[:, None] * np.arange(FFT // 2 + 1))
    spectrum = minimum_phase(knots) * turn * (np.sqrt(periods) * fade)[:, None]
    spectrum[:, 0], spectrum[:, -1] = spectrum[:, 0].real, spectrum[:, -1].real
    for place, response in zip(places, np.fft.irfft(spectrum, FFT, axis=1)):
        out[place : place + FFT] += response


def add_noise(out: np.ndarray, noise: np.ndarray, seed: int) -> None:
    """Noise, half a hop at a time, each half through the filter of its middle."""
    size = HOP // PARTS
    excitation = noise_samples(len(noise) * HOP, np.uint32(seed ^ int(RANDOM_START))).reshape(-1, size)
    before = np.concatenate([np.full((1, KNOTS), SILENCE), noise[:-1]])
    for part in range(PARTS):
        knots = before + (noise - before) * ((part + 0.5) / PARTS)
        spectrum = minimum_phase(knots) * np.fft.rfft(excitation[part::PARTS], FFT, axis=1)
        for hop, response in enumerate(np.fft.irfft(spectrum, FFT, axis=1)):
            start = hop * HOP + part * size
            out[start : start + FFT] += response


def render(f0: np.ndarray, harmonic: np.ndarray, noise: np.ndarray, seed: int = 0) -> np.ndarray:
    """Samples at 32 kHz: hop n leads from frame n - 1 (silence for the first) to frame n. [frames], [frames, 80] twice."""
    out = np.zeros(len(f0) * HOP + FFT)
    add_pulses(out, f0, harmonic.astype(np.float64))
    add_noise(out, noise.astype(np.float64), seed)
    return out[: len(f0) * HOP]
