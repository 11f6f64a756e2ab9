"""The envelope decoder: content, F0 and speaker to harmonic and noise envelopes, without lookahead."""

import torch
from torch import Tensor, nn

from blocks import StreamStack
from common import CLASSES, TARGETS
from knots import KNOTS, level_weights

CHANNELS = 128
SPEAKER_SIZE = 16
# Dilations of the blocks; with the first layer the net remembers 420 ms.
BLOCKS = [(1, 0), (2, 0), (4, 0), (1, 0), (2, 0)]


class Decoder(nn.Module):
    """About 0.41 M parameters; its envelopes have unit power below 7 kHz, so the caller sets the level."""

    def __init__(self) -> None:
        super().__init__()
        self.speakers = nn.Linear(len(TARGETS), SPEAKER_SIZE, bias=False)
        self.stack = StreamStack(CLASSES + 2 + SPEAKER_SIZE, CHANNELS, 3, 0, BLOCKS)
        self.head = nn.Conv1d(CHANNELS, 2 * KNOTS, 1)
        self.register_buffer("weights", torch.tensor(level_weights(), dtype=torch.float32)[None, :, None])

    def levelled(self, raw: Tensor, voiced: Tensor) -> tuple[Tensor, Tensor]:
        """Harmonic and noise log amplitudes, scaled together to unit power; harmonics count where voiced."""
        harmonic, noise = raw[:, :KNOTS], raw[:, KNOTS:]
        power = voiced * torch.exp(2 * harmonic) + torch.exp(2 * noise)
        level = 0.5 * torch.log(nn.functional.conv1d(power, self.weights) + 1e-9)
        return harmonic - level, noise - level

    def forward(self, content: Tensor, f0: Tensor, speaker: Tensor) -> tuple[Tensor, Tensor]:
        """Whole sequences: content [batch, 123, frames], f0 [batch, 2, frames], speaker [batch, 2]."""
        who = self.speakers(speaker)[:, :, None].expand(-1, -1, content.shape[2])
        raw = self.head(self.stack(torch.cat([content, f0, who], dim=1)))
        return self.levelled(raw.float(), f0[:, 1:])

    def step(self, content: Tensor, f0: Tensor, speaker: Tensor, state: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Harmonic, noise and next state for one frame."""
        who = self.speakers(speaker)[:, :, None]
        hidden, state = self.stack.step(torch.cat([content, f0, who], dim=1), state)
        harmonic, noise = self.levelled(self.head(hidden), f0[:, 1:])
        return harmonic, noise, state
