"""Speaks the sentences with the default speaking voice's model, festival's slt, and keeps words, phones, times and sound analysis."""

import json
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from common import HOP, SAMPLE_RATE, Work, read_lines
from speech_features import VOWELS, SpokenWord
from synthesise import FESTIVAL_VOICES
from targets import NATIVE_RATE, analyse_one, target_path

VOICE = "hts"
PAUSE = "pau"
# What festival is asked of every segment: its end, its syllable's stress and its place in the word.
FIELDS = (
    "name end R:SylStructure.parent.stress R:SylStructure.parent.parent.name pos_in_syl R:SylStructure.parent.pos_in_word"
)
DUMP = f"""
(define (dump_segments utterance path)
  (let ((file (fopen path "w")))
    (mapcar (lambda (row) (format file "%l\\n" row)) (utt.features utterance 'Segment '({FIELDS})))
    (fclose file)))
"""


@dataclass(frozen=True)
class Spoken:
    """One sentence as the synthesiser spoke it: its words, and the end time of every phone, pauses among them."""

    text: str
    words: list[SpokenWord]
    phones: list[str]
    ends: list[float]

    @property
    def ending(self) -> str:
        """How the sentence ends."""
        return {"?": "question", "!": "exclamation"}.get(self.text[-1], "statement")

    def frame_counts(self, frames: int) -> np.ndarray:
        """Whole frames of every phone, `frames` in all; frame i is the moment i * 10 ms."""
        bounds = np.ceil(np.array([0.0, *self.ends]) * SAMPLE_RATE / HOP - 1e-6).astype(int)
        bounds[-1] = frames
        return np.diff(np.minimum(bounds, frames))


def words_path(work: Work, split: str, index: int):
    """Where the words of one sentence lie."""
    return work.wav(VOICE, split, index).with_suffix(".json")


def read_spoken(work: Work, split: str, index: int) -> Spoken:
    """One sentence as it was spoken."""
    kept = json.loads(words_path(work, split, index).read_text())
    words = [SpokenWord(w["text"], [(p, s) for p, s in w["phones"]], w["pause_after"]) for w in kept["words"]]
    return Spoken(kept["text"], words, kept["phones"], kept["ends"])


def parse_segments(text: str, dump: str) -> Spoken:
    """From festival's rows to words. A clitic that festival parts from its word ("'s") joins it again."""
    words: list[SpokenWord] = []
    phones, ends = [], []
    for line in dump.splitlines():
        name, end, stress, word, in_syllable, in_word = (v.strip('"') for v in re.findall(r'"[^"]*"|[^\s()]+', line))
        phones.append(name)
        ends.append(float(end))
        if name == PAUSE:
            if words:
                words[-1].pause_after = True
            continue
        begins = in_syllable == "0" and in_word == "0"
        if begins and not (word.startswith("'") and words and not words[-1].pause_after):
            words.append(SpokenWord(word.lower(), [], False))
        words[-1].phones.append((name, int(stress) if name in VOWELS else 0))
    words[-1].pause_after = False
    return Spoken(text, words, phones, ends)


def script(work: Work, split: str, jobs: list[tuple[int, str]]) -> str:
    """The Scheme program that speaks these sentences."""
    lines = [f"({FESTIVAL_VOICES[VOICE]})", DUMP]
    for index, text in jobs:
        wav = work.wav(VOICE, split, index)
        lines.append(f'(set! spoken (SynthText "{text}"))')
        lines.append(f'(dump_segments spoken "{wav.with_suffix(".rows")}")')
        lines.append(f"(utt.save.wave spoken \"{wav}\" 'riff)")
    return "\n".join(lines) + "\n"


def speak(work: Work, split: str, jobs: list[tuple[int, str]], part: int) -> None:
    """Speak some sentences in one process and write their words and labels."""
    jobs = [(index, text) for index, text in jobs if not words_path(work, split, index).exists()]
    if not jobs:
        return
    program = work.root / f"speak_{split}_{part}.scm"
    program.write_text(script(work, split, jobs))
    subprocess.run(["festival", "-b", str(program)], check=True, capture_output=True)
    for index, text in jobs:
        rows = work.wav(VOICE, split, index).with_suffix(".rows")
        spoken = parse_segments(text, rows.read_text())
        labels = zip(spoken.ends, spoken.phones)
        work.lab(VOICE, split, index).write_text("".join(f"{end} {phone}\n" for end, phone in labels))
        words = [{"text": w.text, "phones": w.phones, "pause_after": w.pause_after} for w in spoken.words]
        kept = {"text": text, "words": words, "phones": spoken.phones, "ends": spoken.ends}
        words_path(work, split, index).write_text(json.dumps(kept))
        rows.unlink()
    program.unlink()


def build(work: Work, sentences: int, processes: int = 2) -> None:
    """Speak and analyse the test sentences and this many training sentences."""
    work.wav(VOICE, "train", 0).parent.mkdir(parents=True, exist_ok=True)
    target_path(work, VOICE, "train", 0).parent.mkdir(parents=True, exist_ok=True)
    chosen = [(split, i, text) for split in ("test", "train") for i, text in enumerate(read_lines(work.sentences(split)))]
    chosen = [(split, i, text) for split, i, text in chosen if split == "test" or i < sentences]
    parts = []
    for part in range(processes):
        for split in ("test", "train"):
            parts.append((work, split, [(i, text) for s, i, text in chosen if s == split and i % processes == part], part))
    with ThreadPoolExecutor(processes) as pool:
        list(pool.map(lambda job: speak(*job), parts))
    print(f"  {len(chosen)} sentences spoken", flush=True)
    from concurrent.futures import ProcessPoolExecutor

    jobs = [(work.wav(VOICE, s, i), target_path(work, VOICE, s, i), NATIVE_RATE[VOICE]) for s, i, _ in chosen]
    with ProcessPoolExecutor(processes) as pool:
        for done, _ in enumerate(pool.map(analyse_one, jobs, chunksize=8), 1):
            if done % 100 == 0:
                print(f"  {done}/{len(jobs)} analysed", flush=True)
