"""Speaks every sentence with every synthetic voice and keeps the phone end times each synthesiser reports."""

import random
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from common import HELD_OUT_VOICES, TRAIN_VOICES, Work, read_lines

FESTIVAL_VOICES = {
    "hts": "voice_cmu_us_slt_arctic_hts",
    "ked": "voice_ked_diphone",
    "kald": "voice_kal_diphone",
}
# Mean F0 drawn per training sentence, in Hz; hts and rms are decoder targets and keep their own melody.
F0_RANGES = {"slt": (130, 240), "awb": (95, 220), "kal16": (75, 190), "ked": (80, 190)}
STRETCH = (0.85, 1.2)


def prosody(voice: str, split: str, index: int) -> tuple[float, float | None]:
    """Duration stretch and mean F0 of one rendition: drawn for training, natural for test."""
    if split == "test":
        return 1.0, None
    chance = random.Random(f"{voice} {index}")
    stretch = round(chance.uniform(*STRETCH), 3)
    low_high = F0_RANGES.get(voice)
    return stretch, round(chance.uniform(*low_high), 1) if low_high else None


def speak_flite(work: Work, voice: str, split: str, index: int, text: str) -> None:
    """One sentence by a flite voice."""
    wav = work.wav(voice, split, index)
    stretch, mean_f0 = prosody(voice, split, index)
    settings = ["--setf", f"duration_stretch={stretch}"]
    if mean_f0:
        settings += ["--setf", f"int_f0_target_mean={mean_f0}"]
    command = ["flite", "-voice", voice, *settings, "-psdur", "-t", text, "-o", str(wav)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    phones = re.findall(r"([a-z]+):([0-9.]+)", printed)
    work.lab(voice, split, index).write_text("".join(f"{end} {phone}\n" for phone, end in phones))


def festival_script(work: Work, voice: str, split: str, jobs: list[tuple[int, str]]) -> str:
    """A Scheme program that speaks all sentences of one voice."""
    lines = [f"({FESTIVAL_VOICES[voice]})"]
    for index, text in jobs:
        stretch, mean_f0 = prosody(voice, split, index)
        if voice != "hts":
            lines.append(f"(Parameter.set 'Duration_Stretch {stretch})")
        if mean_f0:
            lines.append(
                f"(set! int_lr_params '((target_f0_mean {mean_f0}) (target_f0_std {mean_f0 / 8:.1f})"
                " (model_f0_mean 170) (model_f0_std 34)))"
            )
        wav = work.wav(voice, split, index)
        lines.append(f'(set! spoken (SynthText "{text}"))')
        lines.append(f'(utt.save.segs spoken "{wav.with_suffix(".seg")}")')
        lines.append(f"(utt.save.wave spoken \"{wav}\" 'riff)")
    return "\n".join(lines) + "\n"


def speak_festival(work: Work, voice: str, split: str, jobs: list[tuple[int, str]]) -> None:
    """All sentences by a festival voice, its label files brought to our form."""
    script = work.root / f"{voice}_{split}.scm"
    script.write_text(festival_script(work, voice, split, jobs))
    subprocess.run(["festival", "-b", str(script)], check=True, capture_output=True)
    for index, _ in jobs:
        segments = work.wav(voice, split, index).with_suffix(".seg")
        rows = [line.split() for line in segments.read_text().splitlines() if line and line != "#"]
        work.lab(voice, split, index).write_text("".join(f"{end} {phone}\n" for end, _, phone in rows))
        segments.unlink()
    script.unlink()


def speak_voice(work: Work, voice: str, splits: tuple[str, ...]) -> str:
    """Every sentence of the splits by one voice."""
    for split in splits:
        jobs = list(enumerate(read_lines(work.sentences(split))))
        work.wav(voice, split, 0).parent.mkdir(parents=True, exist_ok=True)
        if voice in FESTIVAL_VOICES:
            speak_festival(work, voice, split, jobs)
        else:
            for index, text in jobs:
                speak_flite(work, voice, split, index, text)
    return voice


def synthesise(work: Work, processes: int = 2) -> None:
    """Every voice and split, `processes` synthesisers at a time."""
    plan = [(voice, ("test", "train")) for voice in TRAIN_VOICES] + [(voice, ("test",)) for voice in HELD_OUT_VOICES]
    with ThreadPoolExecutor(processes) as pool:
        for voice in pool.map(lambda entry: speak_voice(work, *entry), plan):
            print(f"  {voice} spoken", flush=True)
