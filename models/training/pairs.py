"""Pairs any voice's content with a target voice's envelopes of the same sentence, aligned by phone boundaries."""

from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np
import torch

from common import TARGETS, TRAIN_VOICES, Work
from contents import Contents, views
from corpus import Corpus, Utterance
from knots import NARROW_TOP_HZ, knot_hz
from labels import read_phones
from targets import target_path

FRAMES_PER_S = 100.0
OWN_SHARE = 0.35


@dataclass(frozen=True)
class Target:
    """A target voice's rendition of a sentence: F0 as the decoder gets it, and what it must produce."""

    log_f0: np.ndarray
    voiced: np.ndarray
    harmonic: np.ndarray
    noise: np.ndarray
    weight: np.ndarray
    knots: np.ndarray


@dataclass(frozen=True)
class Alignment:
    """Equal times of two renditions in seconds, and which stretches of the target have a counterpart."""

    target_times: np.ndarray
    source_times: np.ndarray
    unmatched: list[tuple[float, float]]

    def positions(self, frames: np.ndarray) -> np.ndarray:
        """Target frames as fractional source frames."""
        return np.interp(frames / FRAMES_PER_S, self.target_times, self.source_times) * FRAMES_PER_S

    def matched(self, frames: np.ndarray) -> np.ndarray:
        """1 for target frames whose phone the source speaks too, else 0."""
        keep = np.ones(len(frames), np.float32)
        for start, end in self.unmatched:
            keep[(frames / FRAMES_PER_S >= start) & (frames / FRAMES_PER_S < end)] = 0
        return keep


def align(
    target_phones: list[str], target_bounds: np.ndarray, source_phones: list[str], source_bounds: np.ndarray
) -> Alignment:
    """Anchor two renditions at the bounds of the phones they share."""
    matcher = SequenceMatcher(None, target_phones, source_phones, autojunk=False)
    times, unmatched = [(0.0, 0.0)], []
    for kind, t0, t1, s0, s1 in matcher.get_opcodes():
        if kind == "equal":
            times += zip(target_bounds[t0 : t1 + 1], source_bounds[s0 : s1 + 1])
        elif kind in ("delete", "replace") and t1 - t0 != s1 - s0:
            unmatched.append((target_bounds[t0], target_bounds[t1]))
    times.append((target_bounds[-1], source_bounds[-1]))
    target_times, source_times = np.array(times).T
    return Alignment(target_times, source_times, unmatched)


def interpolated_log_f0(f0: np.ndarray) -> np.ndarray:
    """ln(F0 / 200) carried through unvoiced frames."""
    voiced = np.flatnonzero(f0 > 0)
    if len(voiced) == 0:
        return np.zeros(len(f0), np.float32)
    return np.interp(np.arange(len(f0)), voiced, np.log(f0[voiced] / 200)).astype(np.float32)


def loudness_weight(level: np.ndarray) -> np.ndarray:
    """1 for loud frames down to 0.05 for those 40 dB below."""
    relative = level - np.percentile(level, 95)
    return np.clip(1 + relative / 4.6, 0.05, 1).astype(np.float32)


class Pairs:
    """Draws decoder training batches."""

    def __init__(self, work: Work, corpus: Corpus, sentences: int, seed: int):
        self.contents = Contents(work, corpus, sentences).load()
        self.chance = np.random.default_rng(seed)
        self.aligned: dict[tuple[str, str, int], Alignment] = {}
        self.spoken: dict[tuple[str, int], Utterance] = {
            (u.voice, u.sentence): u for u in corpus.of("train") if u.sentence < sentences
        }
        self.phones = {
            (voice, s): read_phones(work.lab(voice, "train", s)) for voice in TRAIN_VOICES for s in range(sentences)
        }
        self.targets = {(v, s): self.load_target(work, v, s) for v in TARGETS for s in range(sentences)}

    def alignment(self, source: str, target: str, sentence: int) -> Alignment:
        """How the target's rendition of a sentence maps onto the source's."""
        key = source, target, sentence
        if key not in self.aligned:
            self.aligned[key] = align(*self.phones[target, sentence], *self.phones[source, sentence])
        return self.aligned[key]

    def load_target(self, work: Work, voice: str, sentence: int) -> Target:
        """A target analysis; a 16 kHz voice borrows the shape of its high band from the 32 kHz voice."""
        found = np.load(target_path(work, voice, "train", sentence))
        harmonic, noise = found["harmonic"].astype(np.float32), found["noise"].astype(np.float32)
        knots = np.ones(len(knot_hz()), np.float32)
        if voice != TARGETS[0]:
            narrow = knot_hz() <= NARROW_TOP_HZ
            self.widen(work, voice, sentence, harmonic, noise, narrow)
            knots[~narrow] = 0.5
        voiced = (found["f0"] > 0).astype(np.float32)
        return Target(interpolated_log_f0(found["f0"]), voiced, harmonic, noise, loudness_weight(found["level"]), knots)

    def widen(
        self, work: Work, voice: str, sentence: int, harmonic: np.ndarray, noise: np.ndarray, narrow: np.ndarray
    ) -> None:
        """Continue both envelopes above the narrow band with the wide voice's, joined at the band's edge."""
        wide = np.load(target_path(work, TARGETS[0], "train", sentence))
        at = self.alignment(TARGETS[0], voice, sentence).positions(np.arange(len(noise))).round().astype(int)
        edge = np.flatnonzero(narrow)[-4:]
        for own, other in ((harmonic, wide["harmonic"]), (noise, wide["noise"])):
            other = other.astype(np.float32)[np.minimum(at, len(other) - 1)]
            joint = own[:, edge].mean(axis=1, keepdims=True) - other[:, edge].mean(axis=1, keepdims=True)
            own[:, ~narrow] = (other + joint)[:, ~narrow]

    def batch(self, size: int, frames: int) -> dict[str, torch.Tensor]:
        """Inputs and targets of `size` segments."""
        rows = [self.draw(frames) for _ in range(size)]
        return {key: torch.from_numpy(np.stack([row[key] for row in rows])) for key in rows[0]}

    def draw(self, frames: int) -> dict[str, np.ndarray]:
        """One segment of a target voice with the content of a random view of a random voice."""
        chance = self.chance
        while True:
            voice = TARGETS[chance.integers(len(TARGETS))]
            sentence = int(chance.integers(len(self.targets) // len(TARGETS)))
            target = self.targets[voice, sentence]
            if len(target.voiced) > frames:
                break
        source = voice if chance.random() < OWN_SHARE else TRAIN_VOICES[chance.integers(len(TRAIN_VOICES))]
        utterance = self.spoken[source, sentence]
        start = int(chance.integers(len(target.voiced) - frames))
        alignment, span = self.alignment(source, voice, sentence), np.arange(start, start + frames)
        row = self.rows(target, slice(start, start + frames), TARGETS.index(voice))
        row["weight"] = row["weight"] * alignment.matched(span)
        view = int(chance.integers(views(source)))
        return row | {"content": self.contents.at(utterance, view, alignment.positions(span))}

    def rows(self, target: Target, span: slice, speaker: int) -> dict[str, np.ndarray]:
        """Target rows of one segment, with the voicing flag sometimes wrong as a tracker's is."""
        chance = self.chance
        given = target.voiced[span].copy()
        if chance.random() < 0.5:
            for _ in range(chance.integers(1, 4)):
                at, length = chance.integers(len(given)), chance.integers(2, 10)
                given[at : at + length] = 1 - given[at : at + length] if chance.random() < 0.5 else chance.integers(2)
        log_f0 = target.log_f0[span] + chance.normal(0, 0.08)
        return {
            "f0": np.stack([log_f0, given]).astype(np.float32),
            "speaker": np.eye(len(TARGETS), dtype=np.float32)[speaker],
            "harmonic": target.harmonic[span].T,
            "noise": target.noise[span].T,
            "voiced": target.voiced[None, span],
            "weight": target.weight[None, span],
            "knots": target.knots[:, None],
        }
