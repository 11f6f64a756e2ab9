"""Turns waveforms into log power spectra and log-mel frames on the converter's 10 ms grid."""

from functools import lru_cache
from pathlib import Path

import librosa
import numpy as np
import soundfile

from common import HOP, SAMPLE_RATE

FFT = 512
WINDOW = 400
MELS = 80
MEL_FLOOR = 1e-8
# Keeps the log finite in digital silence and inside half precision.
POWER_FLOOR = 1e-9


def read_audio(path: Path, rate: int = SAMPLE_RATE) -> np.ndarray:
    """A mono file at the rate asked for; headerless `.raw` files are 16 kHz 16-bit little endian."""
    if path.suffix == ".raw":
        samples, own_rate = np.fromfile(path, "<i2").astype(np.float32) / 32768.0, SAMPLE_RATE
    else:
        samples, own_rate = soundfile.read(path, dtype="float32")
    if samples.ndim > 1:
        samples = samples.mean(axis=1)
    if own_rate != rate:
        samples = librosa.resample(samples, orig_sr=own_rate, target_sr=rate)
    return samples


@lru_cache
def mel_matrix() -> np.ndarray:
    """The Slaney filterbank, 80 x 257."""
    return librosa.filters.mel(sr=SAMPLE_RATE, n_fft=FFT, n_mels=MELS, fmin=50, fmax=7600, htk=False, norm="slaney")


def power_spectrum(samples: np.ndarray) -> np.ndarray:
    """Power per bin, frames x 257; frame i is centred at sample 160 i."""
    spectrum = librosa.stft(
        samples, n_fft=FFT, win_length=WINDOW, hop_length=HOP, center=True, pad_mode="constant"
    )
    return (np.abs(spectrum) ** 2).T.astype(np.float32)


def log_mel(samples: np.ndarray) -> np.ndarray:
    """The encoder's input, frames x 80, exactly as the converter computes it."""
    return np.log(np.maximum(power_spectrum(samples) @ mel_matrix().T, MEL_FLOOR))


def log_power(samples: np.ndarray) -> np.ndarray:
    """Half-precision log power per bin, the form augmentation works on."""
    return np.log(np.maximum(power_spectrum(samples), POWER_FLOOR)).astype(np.float16)
