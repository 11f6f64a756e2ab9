"""Vocoders of the public configurations with few channels and random weights.

Upsampling rates, kernels and dilations are those of the configurations, since they decide the context; the number of
channels does not. Sources of the numbers: HiFi-GAN's config_v1, config_v2 and config_v3, SpeechT5HifiGan's
configuration, KAN-TTS's hifigan_v1_16k, hifigan_noncausal_v1_16k, hifigan_v1_24k and hifigan_v1_48k, and the NSF-HiFiGAN
of 44.1 kHz that singing synthesizers share.
"""

import math

import torch
from torch import nn
from torch.nn import functional as F

MELS = 8

# Of KAN-TTS's three kernels of a block the longest alone: it decides the context, and the exporter writes twenty nodes
# for every padding.
KAN_KERNELS = (11,)


def init(layer, gain=1.0):
    """Random weights that keep the level from layer to layer."""
    weight = layer.weight
    fan = weight.shape[1] * weight.shape[2] if isinstance(layer, nn.Conv1d) else weight.shape[0] * 2
    nn.init.normal_(weight, std=gain / math.sqrt(fan))
    if layer.bias is not None:
        nn.init.normal_(layer.bias, std=0.05)
    return layer


def conv(inside, outside, kernel, dilation=1, gain=1.0):
    return init(nn.Conv1d(inside, outside, kernel, dilation=dilation, padding=(kernel - 1) * dilation // 2), gain)


class CausalConv(nn.Module):
    """A convolution that looks back only: zeros before the first sample."""

    def __init__(self, inside, outside, kernel, dilation=1, gain=1.0):
        super().__init__()
        self.left = (kernel - 1) * dilation
        self.conv = init(nn.Conv1d(inside, outside, kernel, dilation=dilation), gain)

    def forward(self, x):
        return self.conv(F.pad(x, (self.left, 0)))


class CausalUpsampling(nn.Module):
    """A transposed convolution whose tail is left away."""

    def __init__(self, inside, outside, kernel, rate):
        super().__init__()
        self.tail = kernel - rate
        self.conv = init(nn.ConvTranspose1d(inside, outside, kernel, rate))

    def forward(self, x):
        return self.conv(x)[:, :, : -self.tail]


class PairBlock(nn.Module):
    """Residual pairs: a dilated convolution and a plain one (HiFi-GAN's ResBlock1)."""

    def __init__(self, width, kernel, dilations, make):
        super().__init__()
        self.first = nn.ModuleList(make(width, width, kernel, dilation, 0.5) for dilation in dilations)
        self.second = nn.ModuleList(make(width, width, kernel, 1, 0.5) for _ in dilations)

    def forward(self, x):
        for first, second in zip(self.first, self.second):
            x = x + second(F.leaky_relu(first(F.leaky_relu(x, 0.1)), 0.1))
        return x


class SingleBlock(nn.Module):
    """Residual dilated convolutions (HiFi-GAN's ResBlock2)."""

    def __init__(self, width, kernel, dilations, make):
        super().__init__()
        self.layers = nn.ModuleList(make(width, width, kernel, dilation, 0.5) for dilation in dilations)

    def forward(self, x):
        for layer in self.layers:
            x = x + layer(F.leaky_relu(x, 0.1))
        return x


class HifiGan(nn.Module):
    """The generator of HiFi-GAN; `speaker` is the width of a vector that is added to its first layer."""

    def __init__(self, rates, kernels, blocks, width=16, inputs=MELS, block=PairBlock, speaker=0):
        super().__init__()
        self.pre = conv(inputs, width, 7)
        self.condition = init(nn.Conv1d(speaker, width, 1)) if speaker else None
        widths = [max(width >> (i + 1), 2) for i in range(len(rates))]
        self.ups = nn.ModuleList(
            init(nn.ConvTranspose1d(a, b, k, r, (k - r) // 2)) for a, b, k, r in zip([width] + widths, widths, kernels, rates)
        )
        self.blocks = nn.ModuleList(nn.ModuleList(block(w, k, d, conv) for k, d in blocks) for w in widths)
        self.post = conv(widths[-1], 1, 7)

    def forward(self, x, g=None):
        x = self.pre(x)
        if self.condition is not None:
            x = x + self.condition(g)
        for up, blocks in zip(self.ups, self.blocks):
            x = up(F.leaky_relu(x, 0.1))
            x = sum(block(x) for block in blocks) / len(blocks)
        return torch.tanh(self.post(F.leaky_relu(x)))


class SpeechT5(nn.Module):
    """SpeechT5's vocoder: frames first, and normalised."""

    def __init__(self, width=16):
        super().__init__()
        self.generator = HifiGan((4, 4, 4, 4), (8, 8, 8, 8), [(k, (1, 3, 5)) for k in (3, 7, 11)], width, MELS)
        self.register_buffer("mean", torch.linspace(-0.5, 0.5, MELS))
        self.register_buffer("scale", torch.linspace(0.5, 1.5, MELS))

    def forward(self, x):
        return self.generator(((x - self.mean) / self.scale).transpose(1, 2)).squeeze(1)


class Kan(nn.Module):
    """KAN-TTS's variant: repetition and transposed convolution side by side, and sines between the stages."""

    def __init__(self, rates, kernels, dilations, causal, width=16):
        super().__init__()
        make = CausalConv if causal else conv
        widths = [max(width >> (i + 1), 2) for i in range(len(rates))]
        pairs = list(zip([width] + widths, widths))
        self.pre = make(MELS, width, 7)
        self.repeats = nn.ModuleList(make(a, b, 7) for a, b in pairs)
        up = CausalUpsampling if causal else lambda a, b, k, r: init(nn.ConvTranspose1d(a, b, k, r, (k - r) // 2))
        self.ups = nn.ModuleList(up(a, b, k, r) for (a, b), k, r in zip(pairs, kernels, rates))
        self.rates = rates
        self.blocks = nn.ModuleList(
            nn.ModuleList(PairBlock(w, k, dilations, make) for k in KAN_KERNELS) for w in widths
        )
        self.post = make(widths[-1], 1, 7)

    def forward(self, x):
        x = self.pre(x)
        for repeat, up, rate, blocks in zip(self.repeats, self.ups, self.rates, self.blocks):
            x = torch.sin(x) + x
            x = repeat(F.leaky_relu(F.interpolate(x, scale_factor=float(rate), mode="nearest"), 0.1)) + up(
                F.leaky_relu(x, 0.1)
            )
            x = sum(block(x) for block in blocks) / len(blocks)
        return torch.tanh(self.post(F.leaky_relu(x)))


class Sines(nn.Module):
    """F0 per frame to the excitation: sines at nine multiples of it, noise, and a mix of them."""

    def __init__(self, rate, hop, harmonics=9):
        super().__init__()
        self.rate, self.hop, self.harmonics = rate, hop, harmonics
        self.mix = nn.Linear(harmonics, 1)
        nn.init.normal_(self.mix.weight, std=1.0)

    def forward(self, f0):
        f0 = f0[:, :, None]
        turns = f0 / self.rate * torch.arange(1, self.hop + 1)
        # Whole turns are left away frame by frame, so that the sum stays small.
        ends = torch.fmod(turns[:, :, -1:] + 0.5, 1.0) - 0.5
        ends = torch.fmod(torch.cumsum(ends, 1), 1.0)
        turns = (turns + F.pad(ends[:, :-1], (0, 0, 1, 0))).reshape(1, -1, 1) * torch.arange(1, self.harmonics + 1)
        others = torch.cat([torch.zeros(1), torch.ones(self.harmonics - 1)])
        sines = 0.1 * torch.sin(2 * math.pi * (turns + torch.rand(1, 1, self.harmonics) * others))
        voiced = F.interpolate((f0 > 0).float().transpose(1, 2), scale_factor=float(self.hop), mode="nearest").transpose(1, 2)
        level = voiced * 0.003 + (1 - voiced) * 0.1 / 3
        return torch.tanh(self.mix(sines * voiced + level * torch.randn_like(sines))).transpose(1, 2)


class NsfHifiGan(nn.Module):
    """HiFi-GAN whose stages hear an excitation: mel [1, T, bands] in decades and f0 [1, T] in Hz -> audio [1, T * hop]"""

    def __init__(self, rates, kernels, blocks, width=16, inputs=MELS, rate=44_100):
        super().__init__()
        self.generator = HifiGan(rates, kernels, blocks, width, inputs)
        self.sines = Sines(rate, math.prod(rates))
        self.excite = nn.ModuleList()
        for index, up in enumerate(self.generator.ups):
            stride = math.prod(rates[index + 1 :])
            self.excite.append(
                init(nn.Conv1d(1, up.out_channels, 2 * stride, stride, stride // 2) if stride > 1 else nn.Conv1d(1, up.out_channels, 1))
            )

    def forward(self, mel, f0):
        generator, excitation = self.generator, self.sines(f0)
        x = generator.pre(mel.transpose(1, 2) * math.log(10))
        for up, excite, blocks in zip(generator.ups, self.excite, generator.blocks):
            x = up(F.leaky_relu(x, 0.1)) + excite(excitation)
            x = sum(block(x) for block in blocks) / len(blocks)
        return torch.tanh(generator.post(F.leaky_relu(x))).squeeze(1)


def pairs(dilations):
    return [(kernel, dilations) for kernel in (3, 7, 11)]


V1 = dict(rates=(8, 8, 2, 2), kernels=(16, 16, 4, 4), blocks=pairs((1, 3, 5)))
NSF = dict(rates=(8, 8, 2, 2, 2), kernels=(16, 16, 4, 4, 4), blocks=pairs((1, 3, 5)))
V3 = dict(rates=(8, 8, 4), kernels=(16, 16, 8), blocks=[(3, (1, 2)), (5, (2, 6)), (7, (3, 12))], block=SingleBlock)

# name, module, hop, context to the left and right as published or computed from the configuration
VOCODERS = [
    ("hifigan_v1", lambda: HifiGan(**V1), 256, 13, 13),
    ("hifigan_v2", lambda: HifiGan(**V1, width=8), 256, 13, 13),
    ("hifigan_v3", lambda: HifiGan(**V3), 256, 11, 11),
    ("speecht5", SpeechT5, 256, 24, 24),
    ("kan_16k", lambda: Kan((10, 5, 2, 2), (20, 10, 4, 4), (1, 3, 5, 7), True), 200, 35, 0),
    ("kan_noncausal_16k", lambda: Kan((10, 5, 2, 2), (20, 11, 4, 4), (1, 3, 5, 7), False), 200, 18, 18),
    ("kan_24k", lambda: Kan((8, 5, 3, 2), (16, 10, 6, 4), (1, 3, 5), True), 240, 27, 0),
    ("kan_48k", lambda: Kan((10, 5, 3, 2, 2), (20, 10, 6, 4, 4), (1, 3, 5, 7), True), 600, 34, 0),
]

# The same of those that hear F0 as well.
PITCHED = ("nsf_hifigan", lambda: NsfHifiGan(**NSF), 512, 13, 13)
