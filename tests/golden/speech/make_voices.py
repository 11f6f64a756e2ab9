"""Makes tiny speaking voices with random weights in the public forms, and what they give.

Run: python make_voices.py  (Python 3.11, torch 2.6.0, onnx 1.23.2, numpy 2.4.6)

Names, types and ranks of the tensors, the metadata and the files beside the networks are those of the public exports;
layers, widths and weights are ours. The references are what the torch modules give for ids that this script lays out
itself, as the voices' own programs do. Where a voice draws random numbers, its reference is without noise.

Writes next to itself: piper.onnx and piper.json, vits.onnx, matcha.onnx, matcha_vocos.onnx, kokoro.onnx, kokoro.bin,
fastspeech.onnx, fastspeech_f0.onnx, tokens.txt, lexicon.txt, and voices.json. The vocoders of matcha and both of
fastspeech are hifigan_v3.onnx and nsf_hifigan.onnx of make_vocoders.py.
"""

import json
import pathlib

import numpy as np
import onnx
import torch
from torch import nn
from torch.nn import functional as F

from tiny_vocoders import MELS, V3, HifiGan, conv, init

HERE = pathlib.Path(__file__).resolve().parent
HIDDEN, LATENTS, SPEAKER, STEP = 12, 8, 6, 17
RATE = 16_000

# What the tests say: two words in IPA, a comma behind the first, and a question mark.
WORDS = ["hɛlˈoʊ", "wˈɜːld"]
SYMBOLS = ["_", "^", "$", " ", ",", ".", "?", "!"] + sorted(set("".join(WORDS)))
LEXICON = {"hello": ["h", "ɛ", "l", "o"], "world": ["w", "ɜ", "l", "d"]}


class Text(nn.Module):
    """Symbols to hidden features."""

    def __init__(self, symbols, speaker=0):
        super().__init__()
        self.table = nn.Embedding(symbols, HIDDEN)
        self.layer = conv(HIDDEN, HIDDEN, 3)
        self.out = conv(HIDDEN, HIDDEN, 5)
        self.speaker = init(nn.Conv1d(speaker, HIDDEN, 1)) if speaker else None

    def forward(self, ids, g=None):
        x = self.table(ids).transpose(1, 2)
        x = torch.tanh(self.layer(x))
        if self.speaker is not None:
            x = x + self.speaker(g)
        return self.out(x)


class Durations(nn.Module):
    """Frames of each symbol: two to six."""

    def __init__(self):
        super().__init__()
        self.layer = conv(HIDDEN, 2, 3)

    def forward(self, x, length_scale, noise=None, noise_w=None):
        x = self.layer(x)
        if noise is not None:
            x = x + noise * noise_w
        return (1.2 + 0.5 * torch.tanh(x.mean(1, keepdim=True))).exp() * length_scale


def path(frames):
    """Which symbol each frame is of, as a matrix [1, frames, symbols], by sums alone as VITS does it."""
    ends = torch.cumsum(frames, 2)
    total = torch.clamp_min(frames.sum([1, 2]), 1).long()
    places = torch.arange(int(total.max()) if not torch.jit.is_tracing() else total.max())
    reached = (places[None, :, None] < ends.transpose(1, 2).transpose(1, 2)).float()
    before = F.pad(reached, (1, 0))[:, :, :-1]
    mask = (places[None, None, :] < total[:, None, None]).float()
    return reached - before, mask


class Vits(nn.Module):
    """Text encoder, stochastic durations, prior, one coupling, and HiFi-GAN's third configuration in it."""

    def __init__(self, symbols, speakers=1):
        super().__init__()
        self.speakers = speakers
        wide = SPEAKER if speakers > 1 else 0
        self.text = Text(symbols, wide)
        self.speaker = nn.Embedding(speakers, SPEAKER) if speakers > 1 else None
        self.durations = Durations()
        self.stats = conv(HIDDEN, 2 * LATENTS, 3)
        self.flow = conv(LATENTS // 2, LATENTS, 5)
        self.dec = HifiGan(**V3, inputs=LATENTS, speaker=wide)

    def forward(self, ids, lengths, noise_scale, length_scale, noise_w, sid=None):
        g = self.speaker(sid)[:, :, None] if self.speaker is not None else None
        x = self.text(ids, g)
        noise = torch.randn(x.shape[0], 2, x.shape[2])
        frames = torch.ceil(self.durations(x, length_scale, noise, noise_w))
        attention, mask = path(frames)
        mean, log_scale = self.stats(x).chunk(2, 1)
        mean = torch.matmul(attention, mean.transpose(1, 2)).transpose(1, 2)
        log_scale = torch.matmul(attention, log_scale.transpose(1, 2)).transpose(1, 2)
        z = mean + torch.randn_like(mean) * torch.exp(torch.tanh(log_scale)) * noise_scale
        first, second = z.chunk(2, 1)
        shift, scale = self.flow(first).chunk(2, 1)
        z = torch.cat([first, (second - shift) * torch.exp(-torch.tanh(scale))], 1)
        return self.dec((z * mask)[:, :, :None], g), frames


class Piper(nn.Module):
    """The tensors of piper's exports."""

    def __init__(self, symbols, speakers):
        super().__init__()
        self.vits = Vits(symbols, speakers)

    def forward(self, input, input_lengths, scales, sid):
        audio, frames = self.vits(input, input_lengths, scales[0], scales[1], scales[2], sid)
        return audio.unsqueeze(1)


class Sherpa(nn.Module):
    """The tensors of sherpa-onnx's VITS."""

    def __init__(self, symbols):
        super().__init__()
        self.vits = Vits(symbols)

    def forward(self, x, x_length, noise_scale, length_scale, noise_scale_w):
        return self.vits(x, x_length, noise_scale, length_scale, noise_scale_w)[0]


class Matcha(nn.Module):
    """Text to mel frames by a step from noise."""

    def __init__(self, symbols):
        super().__init__()
        self.text, self.durations = Text(symbols), Durations()
        self.mean = conv(HIDDEN, MELS, 3)
        self.step = conv(2 * MELS, MELS, 5)

    def forward(self, x, x_length, noise_scale, length_scale):
        hidden = self.text(x)
        frames = torch.ceil(self.durations(hidden, length_scale))
        attention, mask = path(frames)
        mean = torch.matmul(attention, self.mean(hidden).transpose(1, 2)).transpose(1, 2)
        z = torch.randn_like(mean) * noise_scale
        return (z + self.step(torch.cat([z, mean], 1))) * mask


class FastSpeech(nn.Module):
    """Text to mel frames without noise, frames first."""

    def __init__(self, symbols):
        super().__init__()
        self.text, self.durations = Text(symbols), Durations()
        self.mel = conv(HIDDEN, MELS, 5)

    def forward(self, text, alpha):
        hidden = self.text(text)
        frames = torch.ceil(self.durations(hidden, alpha))
        attention, _ = path(frames)
        mel = torch.matmul(attention, hidden.transpose(1, 2)).transpose(1, 2)
        return self.mel(mel).transpose(1, 2), frames.squeeze(1).long()


class FastSpeechF0(FastSpeech):
    """The same with F0 in Hz of every frame, 0 where unvoiced, for a vocoder that hears it."""

    def __init__(self, symbols):
        super().__init__(symbols)
        self.f0 = conv(HIDDEN, 1, 3)

    def forward(self, text, alpha):
        mel, durations = super().forward(text, alpha)
        attention, _ = path(durations.float().unsqueeze(1))
        voice = torch.matmul(attention, self.f0(self.text(text)).transpose(1, 2)).squeeze(2)
        return mel, torch.where(voice > -0.2, 200 + 80 * torch.tanh(voice), 0.0), durations


class Kokoro(nn.Module):
    """Tokens, a style and a speed to audio, normalised over the whole of it as Kokoro's decoder does."""

    def __init__(self, symbols):
        super().__init__()
        self.text, self.durations = Text(symbols, SPEAKER), Durations()
        self.latents = conv(HIDDEN, LATENTS, 3)
        self.dec = HifiGan(**V3, inputs=LATENTS)

    def forward(self, tokens, style, speed):
        hidden = self.text(tokens, style[:, :, None])
        frames = torch.ceil(self.durations(hidden, 1 / speed))
        attention, _ = path(frames)
        x = torch.matmul(attention, self.latents(hidden).transpose(1, 2)).transpose(1, 2)
        x = (x - x.mean(2, keepdim=True)) / (x.std(2, keepdim=True) + 0.01)
        audio = self.dec(x).reshape(-1)
        return audio / (0.5 + audio.abs().mean())


class Vocos(nn.Module):
    """Mel frames to magnitude, cosine and sine of the phase."""

    def __init__(self, fft):
        super().__init__()
        self.fft = fft
        self.first = conv(MELS, 16, 7)
        self.head = conv(16, fft + 2, 1)

    def forward(self, mels):
        x = self.head(torch.tanh(self.first(mels)))
        size, phase = x.chunk(2, 1)
        return torch.exp(torch.clip(size + 1, max=3)), torch.cos(phase), torch.sin(phase)


def ids_of(table, frame):
    """Ids of the words with the space, the comma and the question mark, and what stands around."""
    ids = []
    for index, word in enumerate(WORDS):
        ids += ([table[" "]] if index else []) + [table[c] for c in word] + [table[",?"[index]]]
    return frame(ids)


def piper_frame(table):
    def frame(ids):
        out = [table["^"], table["_"]]
        for i in ids:
            out += [i, table["_"]]
        return out + [table["$"]]

    return frame


def level(module, post, run):
    for _ in range(3):
        post.weight.mul_(0.2 / float(run().std()))


def export(module, arguments, inputs, outputs, axes, name, metadata=()):
    target = HERE / f"{name}.onnx"
    torch.onnx.export(
        module, arguments, str(target), input_names=inputs, output_names=outputs, dynamic_axes=axes,
        opset_version=15, dynamo=False,
    )
    graph = onnx.load(target)
    for key, value in metadata:
        entry = graph.metadata_props.add()
        entry.key, entry.value = key, str(value)
    onnx.save(graph, target)
    assert target.stat().st_size < 150_000, (name, target.stat().st_size)


def kept(audio):
    audio = audio.numpy().ravel()
    assert 0.02 < audio.std() < 1, audio.std()
    return dict(count=len(audio), samples=[round(float(x), 8) for x in audio[::STEP]])


@torch.no_grad()
def piper(table):
    torch.manual_seed(1)
    module = Piper(len(table) + 4, 3).eval()
    ids = torch.tensor([ids_of(table, piper_frame(table))])
    lengths, sid = torch.tensor([ids.shape[1]]), torch.tensor([1])
    scales = torch.tensor([0.0, 1.0, 0.0])
    level(module, module.vits.dec.post, lambda: module(ids, lengths, scales, sid))
    export(
        module, (ids, lengths, torch.tensor([0.5, 1.0, 0.5]), sid), ["input", "input_lengths", "scales", "sid"], ["output"],
        {"input": {0: "b", 1: "p"}, "input_lengths": {0: "b"}, "sid": {0: "b"}, "output": {0: "b", 3: "n"}}, "piper",
    )
    config = dict(
        audio=dict(sample_rate=RATE, quality="medium"), espeak=dict(voice="en-us"), phoneme_type="espeak",
        num_symbols=len(table) + 4, num_speakers=3, speaker_id_map=dict(anna=0, ben=1, cleo=2),
        inference=dict(noise_scale=0.5, length_scale=1.0, noise_w=0.5), phoneme_id_map={s: [i] for s, i in table.items()},
    )
    (HERE / "piper.json").write_text(json.dumps(config, ensure_ascii=False) + "\n")
    slower = torch.tensor([0.0, 2.0, 0.0])
    _, frames = module.vits(ids, lengths, *scales, sid)
    return dict(
        ids=ids[0].tolist(), frames=frames[0, 0].int().tolist(), plain=kept(module(ids, lengths, scales, sid)),
        slower=kept(module(ids, lengths, slower, sid)), other=kept(module(ids, lengths, scales, torch.tensor([2]))),
    )


@torch.no_grad()
def sherpa(table):
    torch.manual_seed(2)
    module = Sherpa(len(table)).eval()
    blank = table["_"]
    words = [[table[s] for s in entry] for entry in LEXICON.values()]
    plain = words[0] + [table[","]] + [table[" "]] + words[1] + [table["?"]]
    ids = torch.tensor([[blank] + [x for i in plain for x in (i, blank)]])
    one = lambda value: torch.tensor([value])
    arguments = (ids, torch.tensor([ids.shape[1]]), one(0.0), one(1.0), one(0.0))
    level(module, module.vits.dec.post, lambda: module(*arguments))
    export(
        module, arguments[:2] + (one(0.6), one(1.0), one(0.8)), ["x", "x_length", "noise_scale", "length_scale", "noise_scale_w"], ["y"],
        {"x": {0: "n", 1: "l"}, "x_length": {0: "n"}, "y": {0: "n", 2: "t"}}, "vits",
        [("sample_rate", RATE), ("n_speakers", 1), ("language", "English"), ("comment", "icefall"), ("add_blank", 1), ("blank_id", blank)],
    )
    return dict(ids=ids[0].tolist(), plain=kept(module(*arguments)))


@torch.no_grad()
def matcha(table):
    torch.manual_seed(3)
    module = Matcha(len(table)).eval()
    ids = torch.tensor([[0] + [x for i in ids_of(table, list) for x in (i, 0)]])
    one = lambda value: torch.tensor([value])
    arguments = (ids, torch.tensor([ids.shape[1]]), one(0.0), one(1.0))
    mel = module(*arguments)
    export(
        module, arguments[:2] + (one(0.6), one(1.0)), ["x", "x_length", "noise_scale", "length_scale"], ["mel"],
        {"x": {0: "n", 1: "l"}, "x_length": {0: "n"}, "mel": {0: "n", 2: "t"}}, "matcha",
        [("model_type", "matcha-tts"), ("sample_rate", RATE), ("n_speakers", 1), ("has_espeak", 1), ("add_blank", 1), ("pad_id", 0)],
    )
    fft, hop = 64, 16
    torch.manual_seed(4)
    vocos = Vocos(fft).eval()
    export(
        vocos, (mel,), ["mels"], ["mag", "x", "y"], {"mels": {0: "n", 2: "t"}, "mag": {2: "t"}, "x": {2: "t"}, "y": {2: "t"}}, "matcha_vocos",
        [("model_type", "vocos"), ("n_fft", fft), ("hop_length", hop), ("win_length", fft), ("center", 1), ("normalized", 0), ("window_type", "hann"), ("pad_mode", "reflect")],
    )
    size, x, y = vocos(mel)
    audio = torch.istft(torch.complex(size * x, size * y), fft, hop, fft, torch.hann_window(fft), center=True)
    return dict(ids=ids[0].tolist(), mel=[round(float(v), 7) for v in mel[0].T.ravel()], vocos=kept(audio))


@torch.no_grad()
def fastspeech(table):
    torch.manual_seed(5)
    module = FastSpeech(len(table)).eval()
    ids = torch.tensor([ids_of(table, list)])
    alpha = torch.tensor([1.0])
    mel, frames = module(ids, alpha)
    export(
        module, (ids, alpha), ["text", "alpha"], ["mel", "durations"],
        {"text": {1: "l"}, "mel": {1: "t"}, "durations": {1: "l"}}, "fastspeech", [("sample_rate", RATE), ("has_espeak", 1)],
    )
    return dict(ids=ids[0].tolist(), mel=[round(float(v), 7) for v in mel[0].ravel()], frames=frames[0].tolist())


@torch.no_grad()
def fastspeech_f0(table):
    torch.manual_seed(8)
    module = FastSpeechF0(len(table)).eval()
    ids, alpha = torch.tensor([ids_of(table, list)]), torch.tensor([1.0])
    mel, f0, _ = module(ids, alpha)
    assert 4 < int((f0 == 0).sum()) < f0.shape[1] - 20, f0
    export(
        module, (ids, alpha), ["text", "alpha"], ["mel", "f0", "durations"],
        {"text": {1: "l"}, "mel": {1: "t"}, "f0": {1: "t"}, "durations": {1: "l"}}, "fastspeech_f0",
        [("sample_rate", RATE), ("has_espeak", 1)],
    )
    return dict(mel=[round(float(v), 7) for v in mel[0].ravel()], f0=[round(float(v), 4) for v in f0[0]])


@torch.no_grad()
def kokoro(table):
    torch.manual_seed(6)
    module = Kokoro(len(table)).eval()
    ids = torch.tensor([ids_of(table, lambda ids: [0] + ids + [0])])
    styles = np.random.default_rng(7).standard_normal((2, 30, 1, SPEAKER)).astype("<f4")
    (HERE / "kokoro.bin").write_bytes(styles.tobytes())
    style = lambda speaker: torch.from_numpy(styles[speaker, ids.shape[1] - 2])
    speed = torch.tensor([1.0])
    export(
        module, (ids, style(0), speed), ["tokens", "style", "speed"], ["audio"], {"tokens": {1: "l"}, "audio": {0: "n"}}, "kokoro",
        [("sample_rate", RATE), ("n_speakers", 2), ("has_espeak", 1), ("style_dim", f"30,1,{SPEAKER}"), ("speaker_names", "ada,bob")],
    )
    return dict(
        ids=ids[0].tolist(), plain=kept(module(ids, style(0), speed)), other=kept(module(ids, style(1), speed)),
        faster=kept(module(ids, style(0), torch.tensor([1.5]))),
    )


def main():
    table = {symbol: number for number, symbol in enumerate(SYMBOLS)}
    lines = [f"{s} {i}" if s != " " else f"  {i}" for s, i in table.items()]
    (HERE / "tokens.txt").write_text("\n".join(lines) + "\n")
    entries = [f"{word} {' '.join(symbols)}" for word, symbols in LEXICON.items()]
    (HERE / "lexicon.txt").write_text("\n".join(entries) + "\n")
    golden = dict(
        step=STEP, rate=RATE, words=WORDS, piper=piper(table), vits=sherpa(table), matcha=matcha(table),
        fastspeech=fastspeech(table), fastspeech_f0=fastspeech_f0(table),
        kokoro=kokoro(table),
    )
    (HERE / "voices.json").write_text(json.dumps(golden, separators=(",", ":"), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
