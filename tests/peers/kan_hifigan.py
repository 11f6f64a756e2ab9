"""KAN-TTS's HiFi-GAN, written anew from its description, with the names of its parameters, so that its checkpoints load.

Weight normalisation is folded when weights are loaded.
"""

import math

import torch
from torch import nn
from torch.nn import functional as F

# hifigan_v1_16k.
FULL = dict(
    in_channels=80, out_channels=1, channels=256, kernel_size=7, upsample_scales=[10, 5, 2, 2],
    upsample_kernal_sizes=[20, 10, 4, 4], resblock_kernel_sizes=[3, 7, 11],
    resblock_dilations=[[1, 3, 5, 7], [1, 3, 5, 7], [1, 3, 5, 7]], causal=True,
)


class Conv(nn.Module):
    def __init__(self, inside, outside, kernel, dilation=1, causal=True):
        super().__init__()
        reach = (kernel - 1) * dilation
        self.left = reach if causal else 0
        self.conv1d = nn.Conv1d(inside, outside, kernel, dilation=dilation, padding=0 if causal else reach // 2)

    def forward(self, x):
        return self.conv1d(F.pad(x, (self.left, 0)) if self.left else x)


class Upsampling(nn.Module):
    """A transposed convolution; the tail is left away where nothing may look ahead."""

    def __init__(self, inside, outside, kernel, rate, causal):
        super().__init__()
        self.tail = kernel - rate if causal else 0
        self.deconv = nn.ConvTranspose1d(inside, outside, kernel, rate, padding=0 if causal else (kernel - rate) // 2)

    def forward(self, x):
        x = self.deconv(x)
        return x[:, :, : -self.tail] if self.tail else x


class Repeat(nn.Module):
    def __init__(self, rate):
        super().__init__()
        self.rate = float(rate)

    def forward(self, x):
        return F.interpolate(x, scale_factor=self.rate, mode="nearest")


class Residual(nn.Module):
    def __init__(self, width, kernel, dilations, causal):
        super().__init__()
        self.convs1 = nn.ModuleList(Conv(width, width, kernel, dilation, causal) for dilation in dilations)
        self.convs2 = nn.ModuleList(Conv(width, width, kernel, 1, causal) for _ in dilations)

    def forward(self, x):
        for first, second in zip(self.convs1, self.convs2):
            x = x + second(F.leaky_relu(first(F.leaky_relu(x, 0.1)), 0.1))
        return x


class KanHifiGan(nn.Module):
    """mel [1, bands, T] -> audio [1, 1, T * hop]"""

    def __init__(self, c):
        super().__init__()
        causal, width, kernel = c.get("causal", True), c["channels"], c["kernel_size"]
        rates, kernels = c["upsample_scales"], c["upsample_kernal_sizes"]
        widths = [width >> i for i in range(len(rates) + 1)]
        stages = list(zip(widths, widths[1:], kernels, rates))
        act = lambda: nn.LeakyReLU(0.1)
        self.conv_pre = Conv(c["in_channels"], width, kernel, 1, causal)
        self.transpose_upsamples = nn.ModuleList(nn.Sequential(act(), Upsampling(*stage, causal)) for stage in stages)
        self.repeat_upsamples = nn.ModuleList(
            nn.Sequential(Repeat(rate), act(), Conv(a, b, kernel, 1, causal)) for a, b, _, rate in stages
        )
        self.kernels = len(c["resblock_kernel_sizes"])
        self.conv_blocks = nn.ModuleList(
            Residual(w, k, d, causal)
            for w in widths[1:]
            for k, d in zip(c["resblock_kernel_sizes"], c["resblock_dilations"])
        )
        self.conv_post = Conv(widths[-1], c["out_channels"], kernel, 1, causal)

    def forward(self, x):
        x = self.conv_pre(x)
        for i, (repeat, up) in enumerate(zip(self.repeat_upsamples, self.transpose_upsamples)):
            x = torch.sin(x) + x
            repeated = repeat(x)
            x = repeated + up(x)
            blocks = self.conv_blocks[i * self.kernels : (i + 1) * self.kernels]
            x = sum(block(x) for block in blocks) / self.kernels
        return torch.tanh(self.conv_post(F.leaky_relu(x)))


def folded(weights):
    """Weights without weight normalisation: g * v / |v|."""
    plain = {}
    for name, value in weights.items():
        if name.endswith("weight_g"):
            v = weights[name[:-1] + "v"]
            plain[name[:-2]] = value * v / v.norm(dim=(1, 2), keepdim=True)
        elif not name.endswith("weight_v"):
            plain[name] = value
    return plain


def random_hifigan(c, seed, level=0.1):
    """Random weights that keep the level from layer to layer; the audio of random mel frames has this RMS."""
    torch.manual_seed(seed)
    module = KanHifiGan(c).eval()
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if name.endswith("bias"):
                nn.init.normal_(parameter, std=0.05)
                continue
            up = "deconv" in name
            fan = parameter.shape[0] * 2 if up else parameter[0].numel()
            nn.init.normal_(parameter, std=(0.5 if "conv_blocks" in name else 1.0) / math.sqrt(fan))
        mel = torch.rand(1, c["in_channels"], 40)
        for _ in range(3):
            module.conv_post.conv1d.weight.mul_(level / float(module(mel).std()))
    return module
