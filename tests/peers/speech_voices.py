"""Makes speaking voices of full size with random weights, and what they say, to compare Syrinx with and to time it.

Run: python speech_voices.py FOLDER PIPER [NAME ..]  (Python 3.11, torch 2.6.0, onnx 1.23.2, numpy 2.4.6)

PIPER is the folder that the package `piper` of piper-requirements.txt lies in: its network (VITS, "medium") is built from
its own classes. Matcha and FastSpeech 2 have the layers of piper's text encoder, as wide and as deep, in the tensors of
their own exports; what is compared is the contract, and its network is as large as theirs. So has Kokoro, with a style in each of
its blocks, which normalise over the whole of an utterance. The vocoders are those of speech_vocoders.py, Sambert that of
export_kantts.py.

FOLDER then holds a folder for each voice, with its files as they are published; and `said`, with the samples NAME.f32 that
torch gives for the sentence in NAME.json without noise. What is there already is left alone.
"""

import json
import pathlib
import shutil
import subprocess
import sys

import numpy as np
import onnx
import torch
from torch import nn

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "golden" / "speech"), str(HERE.parent / "golden" / "sambert")]
from make_voices import LEXICON, SYMBOLS, WORDS, piper_frame  # noqa: E402
from tiny_vocoders import HifiGan  # noqa: E402
from weights import _draw  # noqa: E402

RATE, BANDS, LEVEL = 22_050, 80, 0.1
# Kokoro has a style of so many numbers for every count of symbols up to this one.
STYLE, STYLES = 256, 510
# Symbols of a medium voice; those that the tests say come first.
TABLE_SIZE = 256
# Untrained durations are about a frame for each symbol, blanks among them. With this factor, and the noise that piper
# draws, 25 phones last 2.2 s, as in read speech. No whole number: durations would lie where they are rounded.
LENGTH = 2.05
# Twenty-odd phones with a pause, and a question.
SENTENCE = WORDS * 2
# Symbols of the voices with tokens.txt; piper's own table is piper's.
TABLE = {symbol: number for number, symbol in enumerate(SYMBOLS)}


def piper_table():
    """Phonemes and their numbers, as every piper voice of espeak-ng's phonemes has them."""
    from piper.phoneme_ids import DEFAULT_PHONEME_ID_MAP

    return {symbol: numbers[0] for symbol, numbers in DEFAULT_PHONEME_ID_MAP.items()}


def ids(table=TABLE):
    """A comma and a space between words, a question mark behind the last."""
    out = []
    for index, word in enumerate(SENTENCE):
        out += ([table[" "]] if index else []) + [table[c] for c in word]
        out += [table["?" if index + 1 == len(SENTENCE) else ","]]
    return out


def spread(module):
    """Draws what training begins with zeros, such as the last layers of flows: else nothing of them would be compared."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv1d) and not layer.weight.abs().max() > 0:
            nn.init.normal_(layer.weight, std=0.3 / layer.weight[0].numel() ** 0.5)


def decoder(dec, probe):
    """Draws the decoder so that each layer keeps the level, and its audio has that of speech."""
    for name, layer in dec.named_modules():
        if isinstance(layer, (nn.Conv1d, nn.ConvTranspose1d)):
            _draw(layer, 0.5 if "resblocks" in name else 1.0)
    for _ in range(3):
        dec.conv_post.weight.mul_(LEVEL / float(probe().std()))


def vits():
    from piper.train.vits.config import ModelAudioConfig
    from piper.train.vits.models import SynthesizerTrn

    torch.manual_seed(1)
    quality = vars(ModelAudioConfig.low_quality())
    network = SynthesizerTrn(
        n_vocab=TABLE_SIZE, spec_channels=513, segment_size=32, inter_channels=192, hidden_channels=192,
        filter_channels=768, n_heads=2, n_layers=6, kernel_size=3, p_dropout=0.1, **quality,
    ).eval()  # fmt: skip
    network.dec.remove_weight_norm()
    spread(network.flow)
    symbols = torch.tensor([piper_frame(TABLE)(ids())])
    decoder(network.dec, lambda: infer(network, symbols, torch.tensor([symbols.shape[1]]), scales(0.0)))
    return network


def scales(noise):
    return torch.tensor([noise, LENGTH, noise])


def infer(network, symbols, lengths, scales):
    return network.infer(symbols, lengths, noise_scale=scales[0], length_scale=scales[1], noise_scale_w=scales[2])[0]


def export(module, given, inputs, outputs, axes, path, metadata=()):
    torch.onnx.export(
        module, given, str(path), input_names=inputs, output_names=outputs, dynamic_axes=axes, opset_version=15,
        dynamo=False,
    )  # fmt: skip
    if metadata:
        graph = onnx.load(path)
        for key, value in metadata:
            entry = graph.metadata_props.add()
            entry.key, entry.value = key, str(value)
        onnx.save(graph, path)


def write_tokens(folder):
    lines = [f"{s} {i}" if s != " " else f"  {i}" for s, i in TABLE.items()]
    (folder / "tokens.txt").write_text("\n".join(lines) + "\n")


def said(folder, audio, **more):
    audio = np.asarray(audio.ravel(), "<f4")
    assert 0.01 < audio.std() < 0.5, audio.std()
    place = folder.parent / "said"
    place.mkdir(exist_ok=True)
    (place / f"{folder.name}.f32").write_bytes(audio.tobytes())
    (place / f"{folder.name}.json").write_text(json.dumps(dict(words=SENTENCE, **more), ensure_ascii=False) + "\n")
    print(folder.name, len(audio), "samples, level", float(audio.std()), flush=True)


class Piper(nn.Module):
    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, input, input_lengths, scales):
        return infer(self.network, input, input_lengths, scales).unsqueeze(1)


def piper(folder, _):
    module, table = Piper(vits()).eval(), piper_table()
    symbols = torch.tensor([piper_frame(table)(ids(table))])
    lengths = torch.tensor([symbols.shape[1]])
    export(
        module, (symbols, lengths, scales(0.5)), ["input", "input_lengths", "scales"], ["output"],
        {"input": {0: "b", 1: "p"}, "input_lengths": {0: "b"}, "output": {0: "b", 3: "n"}}, folder / "voice.onnx",
    )  # fmt: skip
    config = dict(
        audio=dict(sample_rate=RATE, quality="medium"), espeak=dict(voice="en-us"), phoneme_type="espeak",
        num_symbols=TABLE_SIZE, num_speakers=1, speaker_id_map={}, phoneme_id_map={s: [i] for s, i in table.items()},
        inference=dict(noise_scale=0.667, length_scale=LENGTH, noise_w=0.8), language=dict(code="en_US"),
    )
    (folder / "voice.onnx.json").write_text(json.dumps(config, ensure_ascii=False) + "\n")
    said(folder, module(symbols, lengths, scales(0.0)))


class Sherpa(nn.Module):
    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x, x_length, noise_scale, length_scale, noise_scale_w):
        scales = torch.cat([noise_scale, length_scale * LENGTH, noise_scale_w])
        return infer(self.network, x, x_length, scales)


def sherpa(folder, _):
    module = Sherpa(vits()).eval()
    blank = TABLE["_"]
    symbols = torch.tensor([[blank] + [x for i in ids() for x in (i, blank)]])
    one = lambda value: torch.tensor([value])
    given = symbols, torch.tensor([symbols.shape[1]])
    export(
        module, (*given, one(0.6), one(1.0), one(0.8)),
        ["x", "x_length", "noise_scale", "length_scale", "noise_scale_w"], ["y"],
        {"x": {0: "n", 1: "l"}, "x_length": {0: "n"}, "y": {0: "n", 2: "t"}}, folder / "model.onnx",
        [("sample_rate", RATE), ("n_speakers", 1), ("language", "English"), ("comment", "icefall"), ("has_espeak", 1),
         ("add_blank", 1), ("blank_id", blank)],
    )  # fmt: skip
    write_tokens(folder)
    said(folder, module(*given, one(0.0), one(1.0), one(0.0)))


class Frames(nn.Module):
    """Symbols to hidden features of each frame, by piper's text encoder and plain durations."""

    def __init__(self, outside):
        from piper.train.vits.models import DurationPredictor, TextEncoder

        super().__init__()
        self.text = TextEncoder(TABLE_SIZE, outside, 192, 768, 2, 6, 3, 0.1)
        self.durations = DurationPredictor(192, 256, 3, 0.5)

    def forward(self, symbols, lengths, length_scale):
        from piper.train.vits import commons

        hidden, mean, _, mask = self.text(symbols, lengths)
        frames = torch.ceil(torch.exp(self.durations(hidden, mask)) * mask * length_scale * LENGTH)
        count = torch.clamp_min(torch.sum(frames, [1, 2]), 1).long()
        heard = torch.unsqueeze(commons.sequence_mask(count, count.max()), 1).type_as(mask)
        path = commons.generate_path(frames, torch.unsqueeze(mask, 2) * torch.unsqueeze(heard, -1)).squeeze(1)
        return torch.matmul(path, mean.transpose(1, 2)).transpose(1, 2), heard, frames


class Residual(nn.Module):
    def __init__(self, width, dilation):
        super().__init__()
        self.first = nn.Conv1d(width, width, 3, dilation=dilation, padding=dilation)
        self.second = nn.Conv1d(width, width, 3, padding=1)

    def forward(self, x):
        return x + 0.3 * self.second(torch.relu(self.first(torch.relu(x))))


class Matcha(nn.Module):
    """A mean by the text encoder, and four steps of a flow from noise."""

    def __init__(self):
        super().__init__()
        self.frames = Frames(BANDS)
        layers = [Residual(384, 1 + index % 3) for index in range(10)]
        self.flow = nn.Sequential(nn.Conv1d(2 * BANDS + 1, 384, 3, padding=1), *layers, nn.Conv1d(384, BANDS, 3, padding=1))

    def forward(self, x, x_length, noise_scale, length_scale):
        mean, mask, _ = self.frames(x, x_length, length_scale)
        z = torch.randn_like(mean) * noise_scale
        for step in range(4):
            time = torch.full_like(mean[:, :1], step / 4)
            z = z + self.flow(torch.cat([z, mean, time], 1)) / 4
        return z * mask


class FastSpeech(nn.Module):
    """Attention over symbols, and then over frames."""

    def __init__(self):
        from piper.train.vits.attentions import Encoder

        super().__init__()
        self.frames = Frames(192)
        self.decoder = Encoder(192, 768, 2, 6, 3, 0.1)
        self.out = nn.Conv1d(192, BANDS, 1)

    def forward(self, text, alpha):
        hidden, mask, frames = self.frames(text, torch.full([1], 1) * text.shape[1], alpha)
        return self.out(self.decoder(hidden, mask)).transpose(1, 2), frames.squeeze(1).long()


def through(folder, vocoders, mel):
    """What the vocoder, which comes from `vocoders`, makes of mel frames, run as a whole by ONNX Runtime."""
    import onnxruntime

    shutil.copy(vocoders / "v1.onnx", folder / "vocoder.onnx")
    session = onnxruntime.InferenceSession(str(folder / "vocoder.onnx"))
    return session.run(None, {"mel": mel.numpy()})[0]


def matcha(folder, vocoders):
    torch.manual_seed(3)
    module = Matcha().eval()
    symbols = torch.tensor([[0] + [x for i in ids() for x in (i, 0)]])
    one = lambda value: torch.tensor([value])
    given = symbols, torch.tensor([symbols.shape[1]])
    export(
        module, (*given, one(0.6), one(1.0)), ["x", "x_length", "noise_scale", "length_scale"], ["mel"],
        {"x": {0: "n", 1: "l"}, "x_length": {0: "n"}, "mel": {0: "n", 2: "t"}}, folder / "acoustic.onnx",
        [("model_type", "matcha-tts"), ("sample_rate", RATE), ("n_speakers", 1), ("has_espeak", 1), ("add_blank", 1),
         ("pad_id", 0)],
    )  # fmt: skip
    write_tokens(folder)
    said(folder, through(folder, vocoders, module(*given, one(0.0), one(1.0))))


def fastspeech(folder, vocoders):
    torch.manual_seed(5)
    module = FastSpeech().eval()
    given = torch.tensor([ids()]), torch.tensor([1.0])
    export(
        module, given, ["text", "alpha"], ["mel", "durations"],
        {"text": {1: "l"}, "mel": {1: "t"}, "durations": {1: "l"}}, folder / "acoustic.onnx",
        [("sample_rate", RATE), ("has_espeak", 1)],
    )  # fmt: skip
    write_tokens(folder)
    said(folder, through(folder, vocoders, module(*given)[0].transpose(1, 2).contiguous()))


class Styled(nn.Module):
    """A residual layer behind a normalisation over all frames, whose scale and shift come from a style."""

    def __init__(self, width, dilation):
        super().__init__()
        self.layer = Residual(width, dilation)
        self.style = nn.Linear(STYLE, 2 * width)

    def forward(self, x, style):
        scale, shift = self.style(style)[:, :, None].chunk(2, 1)
        x = (x - x.mean(2, keepdim=True)) / (x.std(2, keepdim=True) + 1e-5)
        return self.layer(x * (1 + 0.1 * scale) + 0.1 * shift)


class Kokoro(nn.Module):
    """Tokens, a style and a speed to audio. A text encoder as wide as Kokoro's, and a generator that is normalised."""

    def __init__(self):
        from piper.train.vits.models import DurationPredictor, TextEncoder

        super().__init__()
        self.text = TextEncoder(TABLE_SIZE, 512, 512, 2048, 8, 6, 3, 0.1)
        self.style = nn.Linear(STYLE, 512)
        self.durations = DurationPredictor(512, 256, 3, 0.5)
        self.blocks = nn.ModuleList(Styled(512, 1 + index % 3) for index in range(8))
        blocks = [(kernel, (1, 3, 5)) for kernel in (3, 7, 11)]
        self.dec = HifiGan((10, 6, 5), (20, 12, 11), blocks, width=512, inputs=512)

    def forward(self, tokens, style, speed):
        from piper.train.vits import commons

        hidden, mean, _, mask = self.text(tokens, torch.full([1], 1) * tokens.shape[1])
        told = hidden + self.style(style)[:, :, None]
        frames = torch.ceil(torch.exp(self.durations(told, mask)) * mask * LENGTH / speed)
        count = torch.clamp_min(torch.sum(frames, [1, 2]), 1).long()
        heard = torch.unsqueeze(commons.sequence_mask(count, count.max()), 1).type_as(mask)
        path = commons.generate_path(frames, torch.unsqueeze(mask, 2) * torch.unsqueeze(heard, -1)).squeeze(1)
        x = torch.matmul(path, mean.transpose(1, 2)).transpose(1, 2)
        for block in self.blocks:
            x = block(x, style)
        audio = self.dec(x).reshape(-1)
        return LEVEL * audio / (0.01 + audio.abs().mean())


def kokoro(folder, _):
    torch.manual_seed(7)
    module = Kokoro().eval()
    tokens = torch.tensor([[0] + ids() + [0]])
    styles = np.random.default_rng(8).standard_normal((STYLES, 1, STYLE)).astype("<f4")
    (folder / "voices.bin").write_bytes(styles.tobytes())
    given = tokens, torch.from_numpy(styles[tokens.shape[1] - 2]), torch.tensor([1.0])
    export(
        module, given, ["tokens", "style", "speed"], ["audio"], {"tokens": {1: "l"}, "audio": {0: "n"}},
        folder / "model.onnx",
        [("sample_rate", 24_000), ("n_speakers", 1), ("has_espeak", 1), ("style_dim", f"{STYLES},1,{STYLE}"),
         ("speaker_names", "ada")],
    )  # fmt: skip
    write_tokens(folder)
    said(folder, module(*given))


def sambert(folder, _):
    import export_kantts
    import kan_hifigan
    import sambert as kan
    from sambert_split import EMOTIONS, table_sizes, vocabulary

    words = vocabulary(export_kantts.PHONES)
    network = kan.random_sambert(kan.FULL, table_sizes(words, ["F7"]), 1, frames_per_token=7.0)
    export_kantts.random_voice(folder)
    tokens = [
        f"{phone}$tone{1 + index % 4}$s_{'begin' if index % 2 == 0 else 'end'}$word_both"
        for index, phone in enumerate("n_c i_c h_c ao_c sh_c ih_c j_c ie_c t_c ian_c q_c i_c h_c en_c h_c ao_c".split())
    ]
    kinds = ("sy", "tone", "syllable_flag", "word_segment")
    rows = torch.tensor([[words[kind].index(x) for kind, x in zip(kinds, token.split("$"))] for token in tokens])[None]
    row = lambda table, number: table.weight[number].expand(1, len(tokens), -1)
    emotion = row(network.emo_tokenizer, EMOTIONS.index("emotion_neutral"))
    mel = network(rows, row(network.spk_tokenizer, 0), emotion)["mel"]
    audio = kan_hifigan.random_hifigan(kan_hifigan.FULL, 2)(mel.transpose(1, 2))
    said(folder, audio, tokens=" ".join(f"{{{token}$emotion_neutral$F7}}" for token in tokens))


MAKERS = {
    "piper": piper, "vits": sherpa, "matcha": matcha, "fastspeech": fastspeech, "kokoro": kokoro, "sambert": sambert,
}  # fmt: skip


@torch.no_grad()
def main():
    place = pathlib.Path(sys.argv[1]).resolve()
    # Last, so that what both have comes from here.
    sys.path.append(sys.argv[2])
    vocoders = place / "vocoders"
    subprocess.run([sys.executable, "-B", str(HERE / "speech_vocoders.py"), str(vocoders)], check=True)
    for name in sys.argv[3:] or list(MAKERS):
        folder = place / name
        if (place / "said" / f"{name}.json").exists():
            continue
        folder.mkdir(parents=True, exist_ok=True)
        MAKERS[name](folder, vocoders)


main()
