"""The content encoder: log-mel frames to phone-third posteriors, four frames late."""

import torch
from torch import Tensor, nn

from blocks import StreamStack
from common import CLASSES, LOOKAHEAD

CHANNELS = 128
BOTTLENECK = 64
# (dilation, lookahead) of each block; with the first layer's 2 the lookahead is 4 frames, 40 ms.
BLOCKS = [(1, 1), (1, 1), (2, 0), (2, 0), (4, 0), (4, 0)]


class Encoder(nn.Module):
    """About 0.47 M parameters; sees 600 ms."""

    def __init__(self, mean: Tensor | None = None, std: Tensor | None = None):
        super().__init__()
        self.register_buffer("mean", torch.zeros(80) if mean is None else mean)
        self.register_buffer("scale", torch.ones(80) if std is None else 1 / std)
        self.stack = StreamStack(80, CHANNELS, 5, 2, BLOCKS)
        assert self.stack.lookahead == LOOKAHEAD
        self.head = nn.Sequential(nn.Conv1d(CHANNELS, BOTTLENECK, 1), nn.ReLU(), nn.Conv1d(BOTTLENECK, CLASSES, 1))

    def normalise(self, mel: Tensor) -> Tensor:
        """Bring every band to zero mean and unit spread of the training data."""
        return (mel - self.mean[None, :, None]) * self.scale[None, :, None]

    def forward(self, mel: Tensor) -> Tensor:
        """Logits [batch, 123, frames]; output n describes frame n - 4."""
        return self.head(self.stack(self.normalise(mel)))

    def step(self, mel: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Posteriors and next state for one frame [1, 80, 1]."""
        hidden, state = self.stack.step(self.normalise(mel), state)
        return torch.softmax(self.head(hidden), dim=1), state
