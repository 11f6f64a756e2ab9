"""The two nets of the speaking voice: phones to durations, and frames to phone mixture, F0, voicing and level."""

import torch
from torch import Tensor, nn

from blocks import StreamStack
from common import CLASSES
from speech_features import SIZE

HIDDEN = 48
# Kernel 5 over phones with half of every layer ahead: ten phones behind and ten ahead.
PHONE_CHANNELS, PHONE_BLOCKS = 96, [(1, 2), (2, 4), (1, 2)]
# Eight frames ahead: 80 ms, about a phone. Behind, 190 ms with the first layer.
FRAME_CHANNELS, FRAME_BLOCKS = 96, [(1, 2), (2, 2), (4, 2)]
POSITION = 4
# ln(F0 / 200), voicing logit, level; the middle and spread of each, so that the net learns them at one scale.
PROSODY_MIDDLE, PROSODY_SPREAD = (-0.14, 0.0, 0.5), (0.1, 1.0, 2.5)


class PhoneNet(nn.Module):
    """About 0.14 M parameters: features of phones to the log of their length in frames and what the frame net hears of them."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = StreamStack(SIZE, PHONE_CHANNELS, 5, 2, PHONE_BLOCKS)
        self.duration = nn.Conv1d(PHONE_CHANNELS, 1, 1)
        self.hidden = nn.Conv1d(PHONE_CHANNELS, HIDDEN, 1)
        nn.init.constant_(self.duration.bias, 2.0)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """[batch, SIZE, phones] to [batch, 1, phones] and [batch, HIDDEN, phones], late by the stack's lookahead."""
        heard = self.stack(features)
        return self.duration(heard).float(), self.hidden(heard)

    def step(self, features: Tensor, state: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """One phone."""
        heard, state = self.stack.step(features, state)
        return self.duration(heard), self.hidden(heard), state


class FrameNet(nn.Module):
    """About 0.16 M parameters: a phone's hidden values and the place in it to a mixture of phone thirds and the prosody."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = StreamStack(HIDDEN + POSITION, FRAME_CHANNELS, 5, 2, FRAME_BLOCKS)
        self.content = nn.Conv1d(FRAME_CHANNELS, CLASSES, 1)
        self.prosody = nn.Conv1d(FRAME_CHANNELS, 3, 1)
        self.register_buffer("middle", torch.tensor(PROSODY_MIDDLE)[None, :, None])
        self.register_buffer("spread", torch.tensor(PROSODY_SPREAD)[None, :, None])

    def heads(self, heard: Tensor) -> tuple[Tensor, Tensor]:
        """Content probabilities, and ln(F0 / 200), voicing logit and level."""
        return torch.softmax(self.content(heard), dim=1), self.prosody(heard) * self.spread + self.middle

    def forward(self, hidden: Tensor, position: Tensor) -> tuple[Tensor, Tensor]:
        """[batch, HIDDEN, frames] and [batch, POSITION, frames] to content and prosody, late by the stack's lookahead."""
        heard = self.stack(torch.cat([hidden, position], dim=1)).float()
        return self.heads(heard)

    def step(self, hidden: Tensor, position: Tensor, state: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """One frame."""
        heard, state = self.stack.step(torch.cat([hidden, position], dim=1), state)
        content, prosody = self.heads(heard)
        return content, prosody, state
