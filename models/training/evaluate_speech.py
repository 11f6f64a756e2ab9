"""Measures the speaking voice on held-out sentences: words heard, durations and melody, beside festival's own voice and flite."""

import argparse
import json
import subprocess
from pathlib import Path

import librosa
import numpy as np

from common import SAMPLE_RATE, Work, read_lines
from features import read_audio
from pulse_noise import RATE, render
from recognise import Errors, transcribe, word_errors, words_of
from speech_corpus import VOICE, read_spoken
from speech_reference import ReferenceVoice, smoothed_one_hot
from targets import target_path
from train_speech import load_utterance

MODES = ("hts", "copy", "labels", "oracle", "full", "full_rms")
FLITE_VOICES = ("kal", "kal16", "rms", "slt")


def speech_at_16k(samples: np.ndarray) -> np.ndarray:
    """From the voice's rate to the recogniser's."""
    return librosa.resample(samples.astype(np.float32), orig_sr=RATE, target_sr=SAMPLE_RATE)


def flite_audio(work: Work, voice: str, index: int, text: str) -> np.ndarray:
    """One sentence by a flite voice as it comes."""
    path = work.root / "flite" / f"{voice}_{index:04d}.wav"
    path.parent.mkdir(exist_ok=True)
    subprocess.run(["flite", "-voice", voice, "-t", text, "-o", str(path)], check=True, capture_output=True)
    return read_audio(path)


def rendition(work: Work, voice: ReferenceVoice | None, mode: str, index: int, text: str) -> np.ndarray:
    """One test sentence at 16 kHz: by festival, by its own envelopes, from true labels, from true times, or wholly our own."""
    if mode in FLITE_VOICES:
        return flite_audio(work, mode, index, text)
    if mode == "hts":
        return read_audio(work.wav(VOICE, "test", index))
    spoken = read_spoken(work, "test", index)
    if mode.startswith("full"):
        return speech_at_16k(voice.say(spoken.words, spoken.ending, speaker=int(mode == "full_rms")).samples)
    truth = load_utterance(work, "test", index)
    if mode == "copy":
        f0 = np.where(truth.voiced > 0, 200 * np.exp(truth.log_f0), 0)
        level = truth.level[:, None]
        return speech_at_16k(render(f0, truth.harmonic + level, truth.noise + level))
    if mode == "labels":
        content = smoothed_one_hot(truth.labels)
    else:
        _, _, hidden = voice.durations(spoken.words, spoken.ending)
        content, _ = voice.prosody(hidden, truth.counts)
    return speech_at_16k(voice.sound(content, truth.log_f0, truth.voiced, truth.level, 0))


def word_error_rate(work: Work, voice: ReferenceVoice | None, mode: str, limit: int | None) -> Errors:
    """Over the test sentences of which every phone is known."""
    errors = Errors(0, 0)
    for index, text in list(enumerate(read_lines(work.sentences("test"))))[:limit]:
        if load_utterance(work, "test", index) is None:
            continue
        words = words_of(text)
        errors += word_errors(words, transcribe(rendition(work, voice, mode, index, text)))
    return errors


def prosody_errors(work: Work, voice: ReferenceVoice, limit: int | None) -> dict[str, float]:
    """How far durations are off, and F0 where durations are the true ones."""
    apart, cents, correlations, voicing, level = [], [], [], [], []
    for index in range(len(read_lines(work.sentences("test"))[:limit])):
        truth = load_utterance(work, "test", index)
        if truth is None:
            continue
        spoken = read_spoken(work, "test", index)
        _, lengths, hidden = voice.durations(spoken.words, spoken.ending)
        apart.append(np.abs(lengths - truth.counts)[1:-1] * 10)
        _, prosody = voice.prosody(hidden, truth.counts)
        both = (truth.voiced > 0) & (prosody[:, 1] > 0)
        cents.append((prosody[:, 0] - truth.log_f0)[both] * 1200 / np.log(2))
        correlations.append(np.corrcoef(prosody[both, 0], truth.log_f0[both])[0, 1])
        inside = slice(truth.counts[0], len(truth.level) - truth.counts[-1])
        voicing.append(((prosody[:, 1] > 0) != (truth.voiced > 0))[inside])
        level.append(np.abs(prosody[:, 2] - truth.level)[inside])
    durations, cents = np.concatenate(apart), np.concatenate(cents)
    return {
        "sentences": len(apart), "duration_median_ms": float(np.median(durations)), "duration_mae_ms": float(durations.mean()),
        "f0_rmse_cents": float(np.sqrt((cents**2).mean())), "f0_correlation": float(np.mean(correlations)),
        "voicing_error": float(np.concatenate(voicing).mean()), "level_error_db": float(np.concatenate(level).mean() * 8.686),
    }


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--voice", type=Path, default=Path(__file__).resolve().parents[1] / "voices" / "speech")
    parser.add_argument("--mode", dest="modes", action="append", choices=(*MODES, *FLITE_VOICES))
    parser.add_argument("--limit", type=int)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    work = Work(options.work.resolve())
    voice = ReferenceVoice(options.voice) if (options.voice / "phones.onnx").exists() else None
    result: dict = {"words": 0, "wer": {}}
    for mode in options.modes or (*MODES, *FLITE_VOICES):
        errors = word_error_rate(work, voice, mode, options.limit)
        result["words"], result["wer"][mode] = errors.words, round(errors.rate, 3)
        print(f"{mode}: WER {errors.rate:.3f} of {errors.words} words", flush=True)
    if voice:
        result["prosody"] = prosody_errors(work, voice, options.limit)
        print(result["prosody"], flush=True)
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
