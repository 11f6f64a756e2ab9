"""Convolution layers that run on a whole utterance or a frame at a time with the same weights."""

import torch
from torch import Tensor, nn


class StreamConv(nn.Module):
    """A 1-D convolution over past frames; with lookahead its output describes an earlier frame."""

    def __init__(self, inputs: int, outputs: int, kernel: int, dilation: int = 1, lookahead: int = 0, groups: int = 1):
        super().__init__()
        self.conv = nn.Conv1d(inputs, outputs, kernel, dilation=dilation, groups=groups, bias=groups == 1)
        self.inputs = inputs
        self.history = (kernel - 1) * dilation
        self.lookahead = lookahead

    def forward(self, past_and_new: Tensor) -> tuple[Tensor, Tensor]:
        """The output, and the input delayed by the lookahead as a residual path needs it."""
        output = self.conv(past_and_new)
        start = self.history - self.lookahead
        return output, past_and_new[:, :, start : start + output.shape[2]]


class Block(nn.Module):
    """Depthwise convolution over time, then a two-layer mix of channels, added to the delayed input."""

    def __init__(self, channels: int, dilation: int, lookahead: int = 0):
        super().__init__()
        self.time = StreamConv(channels, channels, 5, dilation, lookahead, groups=channels)
        self.norm = nn.BatchNorm1d(channels)
        self.mix = nn.Sequential(
            nn.Conv1d(channels, 2 * channels, 1), nn.ReLU(), nn.Conv1d(2 * channels, channels, 1)
        )

    def forward(self, past_and_new: Tensor) -> Tensor:
        """Output for every new frame."""
        filtered, residual = self.time(past_and_new)
        return residual + self.mix(self.norm(filtered))


class StreamStack(nn.Module):
    """A first convolution and blocks, with all histories kept in one flat state vector."""

    def __init__(self, inputs: int, channels: int, kernel: int, lookahead: int, blocks: list[tuple[int, int]]):
        super().__init__()
        self.first = StreamConv(inputs, channels, kernel, lookahead=lookahead)
        self.norm = nn.BatchNorm1d(channels)
        self.blocks = nn.ModuleList(Block(channels, dilation, ahead) for dilation, ahead in blocks)
        self.lookahead = lookahead + sum(ahead for _, ahead in blocks)
        self.state_size = sum(layer.history * layer.inputs for layer in self.time_layers())

    def time_layers(self) -> list[StreamConv]:
        """The layers with a history, in order."""
        return [self.first, *(block.time for block in self.blocks)]

    def forward(self, inputs: Tensor) -> Tensor:
        """A whole utterance from silence; output n describes input n - lookahead."""
        hidden, _ = self.first(nn.functional.pad(inputs, (self.first.history, 0)))
        hidden = torch.relu(self.norm(hidden))
        for block in self.blocks:
            hidden = block(nn.functional.pad(hidden, (block.time.history, 0)))
        return hidden

    def step(self, inputs: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """One frame; the state is [1, state_size], zeros at the start."""
        offset, kept = 0, []

        def recall(layer: StreamConv, new: Tensor) -> Tensor:
            nonlocal offset
            size = layer.inputs * layer.history
            past = state[:, offset : offset + size].reshape(1, layer.inputs, layer.history)
            offset += size
            joined = torch.cat([past, new], dim=2)
            kept.append(joined[:, :, 1:].reshape(1, size))
            return joined

        hidden, _ = self.first(recall(self.first, inputs))
        hidden = torch.relu(self.norm(hidden))
        for block in self.blocks:
            hidden = block(recall(block.time, hidden))
        return hidden, torch.cat(kept, dim=1)
