"""RVC's real-time algorithm around RVC's own network.

Its real-time program is not on PyPI, so this follows its published description: a ring of past audio; the content
encoder over all of it; F0 of the newest part, kept for the older; the text encoder over all frames, the flow from 24
frames before what is wanted, and the decoder on what is wanted alone; then overlap by correlation.
"""

import numpy as np
import parselmouth
import torch
import torchaudio
from torch.nn import functional

# Frames of 10 ms that the flow sees before what is wanted.
FLOW_CONTEXT = 24
# Seconds of correlation search.
SEARCH = 0.01
# Samples at 16 kHz that F0 is measured on before the block.
F0_BEFORE = 800
# Frames that F0 leaves away at the start and end of what it measured: they are not settled.
F0_HEAD, F0_TAIL = 3, 1
# Semitones.
TRANSPOSE = 3
NOISE_SCALE = 0.66666


class Stream:
    def __init__(self, network, encoder, rate, settings):
        self.network, self.encoder, self.rate = network, encoder, rate
        self.hop = rate // 100

        def frames(seconds):
            return int(round(seconds * 100))

        self.block = frames(settings.block / 1000)
        self.fade = frames(settings.crossfade / 1000)
        self.search = frames(SEARCH)
        # What it calls extra holds context and lookahead alike: it has no lookahead of its own.
        self.extra = frames((settings.context + settings.lookahead) / 1000)
        self.total = self.extra + self.fade + self.search + self.block
        self.ring = np.zeros(self.total * self.hop, dtype=np.float32)
        self.ring_16k = np.zeros(self.total * 160, dtype=np.float32)
        self.hertz = np.zeros(self.total, dtype=np.float32)
        self.tail = torch.zeros(self.fade * self.hop)
        self.resample = torchaudio.transforms.Resample(rate, 16000)
        ramp = torch.sin(0.5 * torch.pi * torch.linspace(0, 1, self.fade * self.hop)) ** 2
        self.fade_in, self.fade_out = ramp, 1 - ramp

    @torch.no_grad()
    def step(self, block):
        self._hear(block)
        self._measure()
        wanted = self.fade + self.search + self.block
        return self._join(self._speak(wanted))

    def _hear(self, block):
        self.ring = np.concatenate([self.ring[len(block) :], block]).astype(np.float32)
        # The newest part alone is resampled, with a guard of 20 ms of which one frame is kept.
        new = torch.from_numpy(self.ring[-len(block) - 2 * self.hop :])
        heard = self.resample(new)[160:].numpy()
        self.ring_16k = np.concatenate([self.ring_16k[self.block * 160 :], np.zeros(self.block * 160, np.float32)])
        self.ring_16k[-len(heard) :] = heard

    def _measure(self):
        newest = self.ring_16k[-(self.block * 160 + F0_BEFORE) :].astype(np.float64)
        pitch = parselmouth.Sound(newest, 16000).to_pitch_ac(
            time_step=0.01, voicing_threshold=0.6, pitch_floor=50, pitch_ceiling=1100
        )
        found = pitch.selected_array["frequency"] * 2 ** (TRANSPOSE / 12)
        frames = len(newest) // 160
        before = (frames - len(found) + 1) // 2
        found = np.pad(found, (max(before, 0), max(frames - len(found) - before, 0)))[:frames]
        settled = found[F0_HEAD:-F0_TAIL].astype(np.float32)
        self.hertz = np.concatenate([self.hertz[self.block :], np.zeros(self.block, np.float32)])
        self.hertz[-len(settled) - F0_TAIL : -F0_TAIL] = settled

    def _speak(self, wanted):
        source = torch.from_numpy(self.ring_16k).unsqueeze(0)
        content = self.encoder.extract_features(source, None, 12)[0]
        content = torch.cat([content, content[:, -1:]], 1)
        content = functional.interpolate(content.permute(0, 2, 1), scale_factor=2).permute(0, 2, 1)
        frames = min(self.total, content.shape[1])
        hertz = torch.from_numpy(self.hertz[-frames:]).unsqueeze(0)
        mel = 1127 * torch.log(1 + hertz / 700)
        low, high = (1127 * np.log(1 + hz / 700) for hz in (50, 1100))
        coarse = torch.clamp(torch.round((mel - low) * 254 / (high - low) + 1), 1, 255).long()
        network, lengths = self.network, torch.tensor([frames])
        speaker = network.emb_g(torch.tensor([0])).unsqueeze(-1)
        mean, log_scale, mask = network.enc_p(content[:, :frames], coarse, lengths)
        start = max(frames - wanted - FLOW_CONTEXT, 0)
        mean, log_scale, mask = mean[:, :, start:], log_scale[:, :, start:], mask[:, :, start:]
        z = (mean + torch.exp(log_scale) * torch.randn_like(mean) * NOISE_SCALE) * mask
        z = network.flow(z, mask, g=speaker, reverse=True)
        return network.dec((z * mask)[:, :, -wanted:], hertz[:, -wanted:], g=speaker)[0, 0]

    def _join(self, spoken):
        fade, search = len(self.tail), self.search * self.hop
        head = spoken[None, None, : fade + search]
        score = functional.conv1d(head, self.tail[None, None])
        power = torch.sqrt(functional.conv1d(head**2, torch.ones(1, 1, fade)) + 1e-8)
        spoken = spoken[int(torch.argmax(score[0, 0] / power[0, 0])) :]
        count = self.block * self.hop
        joined = spoken[:count].clone()
        over = min(fade, count)
        joined[:over] = joined[:over] * self.fade_in[:over] + self.tail[:over] * self.fade_out[:over]
        self.tail = spoken[count : count + fade]
        return joined
