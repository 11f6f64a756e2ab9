"""Makes tiny random-weight synthesizers built as real ones are, for the tests of parting and streaming.

Run: python make_streamed.py  (Python 3.11, torch 2.6.0, onnx 1.23.2, numpy 2.4.6)

The tensors are those of the public So-VITS-SVC 4.0 export. Inside: attention over the whole window before the
generator, weights that are still in weight normalisation, a sine source of nine harmonics with random phases and
noise at every sample, phase summed over the whole input, upsampling, and residual blocks of dilated convolutions.
Layers, widths and weights are ours.

`unpitched.onnx` has the tensors of VCClient's RVC export without F0: the noise drawn inside, and no source.

Writes next to itself: streamed.onnx, unpitched.onnx.
"""

import math
import pathlib

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import weight_norm

HERE = pathlib.Path(__file__).resolve().parent
RATE, HOP, NOISE_CHANNELS, HIDDEN, HARMONICS = 44_100, 512, 192, 16, 9
AMPLITUDE, NOISE = 0.1, 0.003


class Source(nn.Module):
    """Sines at F0 and its multiples with noise, mixed to one channel (neural source-filter)."""

    def __init__(self):
        super().__init__()
        self.mix = nn.Linear(HARMONICS, 1)
        with torch.no_grad():
            self.mix.weight.copy_(torch.linspace(0.9, 0.2, HARMONICS)[None])
            self.mix.bias.fill_(0.02)

    def forward(self, f0):
        f0 = F.interpolate(f0[:, None], scale_factor=HOP, mode="nearest").transpose(1, 2)
        turns = torch.cat([f0 * (k + 1) for k in range(HARMONICS)], dim=2) / RATE % 1
        start = torch.rand(1, HARMONICS)
        start = torch.cat([torch.zeros(1, 1), start[:, 1:]], dim=1)
        # Modulo 1 by taking whole turns away, so that f32 keeps its digits.
        phase = torch.cumsum(turns, dim=1) + start[:, None]
        sines = torch.sin(2 * math.pi * (phase - torch.floor(phase))) * AMPLITUDE
        voiced = (f0 > 0).float()
        noise = voiced * NOISE + (1 - voiced) * AMPLITUDE / 3
        waves = sines * voiced + noise * torch.randn_like(sines)
        return torch.tanh(self.mix(waves)).transpose(1, 2)


class Block(nn.Module):
    """Residual pairs of convolutions, the first of each dilated."""

    def __init__(self, width, kernel, dilations=(1, 3)):
        super().__init__()

        def conv(dilation):
            layer = nn.Conv1d(width, width, kernel, dilation=dilation, padding=(kernel - 1) * dilation // 2)
            nn.init.normal_(layer.weight, std=0.7 / math.sqrt(width * kernel))
            return weight_norm(layer)

        self.pairs = nn.ModuleList(nn.ModuleList([conv(dilation), conv(1)]) for dilation in dilations)

    def forward(self, x):
        for first, second in self.pairs:
            x = x + second(F.leaky_relu(first(F.leaky_relu(x, 0.1)), 0.1))
        return x


class Generator(nn.Module):
    """Transposed convolutions, the source at every rate where there is one, residual blocks of two kernels."""

    def __init__(self, rates=(8, 8, 2, 2, 2), kernels=(16, 16, 4, 4, 4), sourced=True):
        super().__init__()
        widths = (16, 12, 8, 6, 4, 4)[: len(rates) + 1]
        self.source = Source() if sourced else None
        self.pre = nn.Conv1d(HIDDEN, widths[0], 7, padding=3)
        self.condition = nn.Conv1d(HIDDEN, widths[0], 1)
        self.ups = nn.ModuleList()
        self.taps = nn.ModuleList()
        self.blocks = nn.ModuleList()
        for i in range(len(rates)):
            up = nn.ConvTranspose1d(widths[i], widths[i + 1], kernels[i], rates[i], (kernels[i] - rates[i]) // 2)
            nn.init.normal_(up.weight, std=1.4 / math.sqrt(up.weight.shape[0] * 2))
            self.ups.append(weight_norm(up))
            if sourced:
                self.taps.append(self.tap(widths[i + 1], math.prod(rates[i + 1 :])))
            self.blocks.append(nn.ModuleList([Block(widths[i + 1], 3), Block(widths[i + 1], 7)]))
        self.post = nn.Conv1d(widths[-1], 1, 7, padding=3, bias=False)

    @staticmethod
    def tap(width, left):
        """The source at a rate from which `left` is upsampled."""
        tap = nn.Conv1d(1, width, 2 * left, left, left // 2) if left > 1 else nn.Conv1d(1, width, 1)
        nn.init.normal_(tap.weight, std=0.7 / math.sqrt(tap.weight[0].numel()))
        return tap

    def forward(self, x, f0, g):
        wave = self.source(f0) if self.source else None
        x = self.pre(x) + self.condition(g)
        for i, (up, blocks) in enumerate(zip(self.ups, self.blocks)):
            x = up(F.leaky_relu(x, 0.1))
            if self.source:
                x = x + self.taps[i](wave)
            x = (blocks[0](x) + blocks[1](x)) / 2
        return torch.tanh(self.post(F.leaky_relu(x)))


class Synthesizer(nn.Module):
    """Prior with attention, noise, generator; the tensors of the public export."""

    def __init__(self, dim, speakers):
        super().__init__()
        self.pre = nn.Conv1d(dim, HIDDEN, 3, padding=1)
        self.voicing = nn.Embedding(2, HIDDEN)
        self.pitch = nn.Embedding(256, HIDDEN)
        self.speaker = nn.Embedding(speakers, HIDDEN)
        self.query = nn.Linear(HIDDEN, 2 * HIDDEN)
        self.stats = nn.Conv1d(HIDDEN, 2 * HIDDEN, 3, padding=1)
        self.noise = nn.Conv1d(NOISE_CHANNELS, HIDDEN, 1)
        self.generator = Generator()

    def forward(self, c, f0, mel2ph, uv, noise, sid):
        table = F.pad(c, (0, 0, 1, 0))
        index = mel2ph[:, :, None].expand(-1, -1, c.shape[-1])
        x = self.pre(torch.gather(table, 1, index).transpose(1, 2)).transpose(1, 2)
        bins = torch.clamp(torch.round(f0 / 5), 1, 255).long()
        x = x + self.voicing(uv.long()) + self.pitch(bins)
        query, key = self.query(x).chunk(2, 2)
        x = x + torch.softmax(torch.matmul(query, key.transpose(1, 2)) / 4, dim=2) @ x
        g = self.speaker(sid)[:, :, None]
        mean, log_scale = self.stats(F.gelu(x.transpose(1, 2) + g)).chunk(2, 1)
        z = mean + self.noise(noise) * torch.exp(torch.tanh(log_scale))
        mask = torch.ones_like(f0)[:, None]
        return self.generator(z * mask, f0, g)


class Unpitched(nn.Module):
    """The same without F0: RVC's frames of 10 ms at 40 kHz, content once per frame, noise drawn inside."""

    def __init__(self, dim, speakers):
        super().__init__()
        self.pre = nn.Linear(dim, HIDDEN)
        self.speaker = nn.Embedding(speakers, HIDDEN)
        self.query = nn.Linear(HIDDEN, 2 * HIDDEN)
        self.stats = nn.Conv1d(HIDDEN, 2 * HIDDEN, 3, padding=1)
        self.generator = Generator((10, 10, 2, 2), (16, 16, 4, 4), sourced=False)

    def forward(self, feats, p_len, sid):
        place = torch.cumsum(torch.ones_like(feats[:, :, 0]), 1)
        mask = (place <= p_len.float()).float()[:, None]
        x = self.pre(feats)
        query, key = self.query(x).chunk(2, 2)
        x = x + torch.softmax(torch.matmul(query, key.transpose(1, 2)) / 4, dim=2) @ x
        g = self.speaker(sid)[:, :, None]
        mean, log_scale = self.stats(F.gelu(x.transpose(1, 2) + g) * mask).chunk(2, 1)
        z = mean + torch.randn_like(mean) * torch.exp(torch.tanh(log_scale)) * 0.66666
        return self.generator(z * mask, None, g)


def export(module, arguments, names, axes, name, opset):
    path = HERE / name
    torch.onnx.export(
        module, arguments, str(path), input_names=names, output_names=["audio"], dynamic_axes=axes,
        opset_version=opset, do_constant_folding=False, dynamo=False,
    )
    assert path.stat().st_size < 300_000, path.stat().st_size
    print(path.name, path.stat().st_size)


def main():
    torch.manual_seed(2026)
    module, frames, rows, dim = Synthesizer(256, 3).eval(), 32, 18, 256
    arguments = (
        torch.randn(1, rows, dim),
        torch.linspace(110, 330, frames)[None],
        torch.arange(frames)[None] * rows // frames + 1,
        torch.ones(1, frames),
        torch.randn(1, NOISE_CHANNELS, frames),
        torch.zeros(1, dtype=torch.long),
    )
    names = ["c", "f0", "mel2ph", "uv", "noise", "sid"]
    axes = {"c": [0, 1], "f0": [1], "mel2ph": [1], "uv": [1], "noise": [2], "audio": [2]}
    export(module, arguments, names, axes, "streamed.onnx", 16)

    module = Unpitched(256, 3).eval()
    arguments = (torch.randn(1, frames, dim), torch.tensor([frames]), torch.zeros(1, dtype=torch.long))
    axes = {"feats": [1], "audio": [2]}
    export(module, arguments, ["feats", "p_len", "sid"], axes, "unpitched.onnx", 17)


if __name__ == "__main__":
    main()
