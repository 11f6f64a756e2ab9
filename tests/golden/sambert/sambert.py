"""KAN-TTS's Sambert as one network, written anew from its description, as the reference of its split form.

The names of the parameters are KAN-TTS's, so its checkpoints load. What is here computes everything anew in every step of
the decoder and holds no state, so that it shares no shortcut with `sambert_split.py`. One utterance at a time; random
weights stand in for trained ones. Source of the architecture: the configurations and the paper of Sambert.
"""

import math

import torch
from torch import nn
from torch.nn import functional as F

# The configuration of sambert_16k.
FULL = dict(
    max_len=800, embedding_dim=512, encoder_num_layers=8, encoder_num_heads=8, encoder_num_units=128,
    encoder_ffn_inner_dim=1024, encoder_projection_units=32, speaker_units=32, emotion_units=32,
    predictor_filter_size=41, predictor_fsmn_num_layers=3, predictor_num_memory_units=128, predictor_ffn_inner_dim=256,
    predictor_shift=0, predictor_lstm_units=128, dur_pred_prenet_units=[128, 128], dur_pred_lstm_units=128,
    decoder_prenet_units=[256, 256], decoder_num_layers=12, decoder_num_heads=8, decoder_num_units=128,
    decoder_ffn_inner_dim=1024, outputs_per_step=3, num_mels=80, postnet_filter_size=41, postnet_fsmn_num_layers=4,
    postnet_num_memory_units=256, postnet_ffn_inner_dim=512, postnet_shift=17, postnet_lstm_units=128,
)


def prenet(inside, units, outside=0):
    """Layers with a ReLU each, at the places that dropout leaves them in a checkpoint; a last one without."""
    layers = []
    for a, b in zip([inside] + units[:-1], units):
        layers += [nn.Linear(a, b), nn.ReLU(), nn.Identity()]
    if outside:
        layers.append(nn.Linear(units[-1], outside))
    return layers


class Prenet(nn.Module):
    def __init__(self, inside, units, outside=0):
        super().__init__()
        self.fcs = nn.ModuleList(prenet(inside, units, outside))

    def forward(self, x):
        for layer in self.fcs:
            x = layer(x)
        return x


class FeedForward(nn.Module):
    """Convolutions along time behind a norm, and the input added."""

    def __init__(self, width, inner, kernels):
        super().__init__()
        self.w_1 = nn.Conv1d(width, inner, kernels[0], padding=(kernels[0] - 1) // 2)
        self.w_2 = nn.Conv1d(inner, width, kernels[1], padding=(kernels[1] - 1) // 2)
        self.layer_norm = nn.LayerNorm(width, eps=1e-6)

    def forward(self, x):
        inner = torch.relu(self.w_1(self.layer_norm(x).transpose(1, 2)))
        return self.w_2(inner).transpose(1, 2) + x


def heads(x, count):
    """[1, T, count * d] -> [count, T, d]"""
    return x[0].reshape(x.shape[1], count, -1).transpose(0, 1)


def attend(q, k, v, mask=None):
    """Attention of [heads, T, d]; `mask` is added to the logits."""
    logits = q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])
    if mask is not None:
        logits = logits + mask
    out = torch.softmax(logits, dim=-1) @ v
    return out.transpose(0, 1).reshape(1, q.shape[1], -1)


class SelfAttention(nn.Module):
    def __init__(self, count, inside, width):
        super().__init__()
        self.count = count
        self.layer_norm = nn.LayerNorm(inside, eps=1e-6)
        self.w_qkv = nn.Linear(inside, 3 * width)
        self.fc = nn.Linear(width, width)

    def forward(self, x):
        q, k, v = self.w_qkv(self.layer_norm(x)).chunk(3, -1)
        out = self.fc(attend(*(heads(part, self.count) for part in (q, k, v))))
        return out + x if out.shape[-1] == x.shape[-1] else out


class EncoderBlock(nn.Module):
    def __init__(self, inside, width, count, inner):
        super().__init__()
        self.slf_attn = SelfAttention(count, inside, width)
        self.pos_ffn = FeedForward(width, inner, (3, 1))

    def forward(self, x):
        return self.pos_ffn(self.slf_attn(x))


class Positions(nn.Module):
    """Sines, then cosines, of the positions from 1 on."""

    def __init__(self, longest, width):
        super().__init__()
        place = torch.arange(1, longest + 1, dtype=torch.float64)[:, None]
        half = width // 2
        angle = place / 10000 ** (torch.arange(half, dtype=torch.float64) / (half - 1))
        table = torch.cat([angle.sin(), angle.cos()], dim=1).float()
        self.position_enc = nn.Parameter(table[None], requires_grad=False)


class AttentionEncoder(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.scale = c["encoder_num_units"] ** 0.5
        widths = [c["embedding_dim"]] + [c["encoder_num_units"]] * (c["encoder_num_layers"] - 1)
        self.fft = nn.ModuleList(
            EncoderBlock(w, c["encoder_num_units"], c["encoder_num_heads"], c["encoder_ffn_inner_dim"]) for w in widths
        )
        self.ln = nn.LayerNorm(c["encoder_num_units"], eps=1e-6)
        self.position_enc = Positions(c["max_len"], c["embedding_dim"])

    def forward(self, x):
        x = x * self.scale + self.position_enc.position_enc[:, : x.shape[1]]
        for block in self.fft:
            x = block(x)
        return self.ln(x)


class TextEncoder(nn.Module):
    def __init__(self, c, sizes):
        super().__init__()
        self.sy_emb = nn.Embedding(sizes["sy"], c["embedding_dim"])
        self.tone_emb = nn.Embedding(sizes["tone"], c["embedding_dim"])
        self.syllable_flag_emb = nn.Embedding(sizes["syllable_flag"], c["embedding_dim"])
        self.ws_emb = nn.Embedding(sizes["word_segment"], c["embedding_dim"])
        self.ling_enc = AttentionEncoder(c)
        self.ling_proj = nn.Linear(c["encoder_num_units"], c["encoder_projection_units"], bias=False)

    def forward(self, tokens):
        tables = (self.sy_emb, self.tone_emb, self.syllable_flag_emb, self.ws_emb)
        x = sum(table(tokens[:, :, i]) for i, table in enumerate(tables))
        return self.ling_proj(self.ling_enc(x))


class FsmnFeedForward(nn.Module):
    def __init__(self, inside, inner, outside):
        super().__init__()
        self.w_1 = nn.Conv1d(inside, inner, 1)
        self.w_2 = nn.Conv1d(inner, outside, 1, bias=False)

    def forward(self, x):
        return self.w_2(torch.relu(self.w_1(x.transpose(1, 2)))).transpose(1, 2)


class FsmnMemory(nn.Module):
    """What a layer remembers: each channel filtered along time, over `left` frames of past and `right` of future."""

    def __init__(self, width, size, shift):
        super().__init__()
        self.left = round((size - 1) / 2) + max(shift, 0)
        self.right = (size - 1) // 2 - max(shift, 0)
        self.conv_dw = nn.Conv1d(width, width, size, groups=width, bias=False)

    def forward(self, x, valid):
        x = x * valid
        padded = F.pad(x.transpose(1, 2), (self.left, self.right))
        return (self.conv_dw(padded).transpose(1, 2) + x) * valid


class Fsmn(nn.Module):
    def __init__(self, size, layers, inside, width, inner, shift):
        super().__init__()
        shifts = shift if isinstance(shift, list) else [shift] * layers
        widths = [inside] + [width] * (layers - 1)
        self.ffn_lst = nn.ModuleList(FsmnFeedForward(w, inner, width) for w in widths)
        self.memory_block_lst = nn.ModuleList(FsmnMemory(width, size, s) for s in shifts)

    def forward(self, x, valid):
        for ffn, memory in zip(self.ffn_lst, self.memory_block_lst):
            out = memory(ffn(x), valid)
            x = out + x if out.shape[-1] == x.shape[-1] else out
        return x


class Predictor(nn.Module):
    """One number per token: pitch or energy."""

    def __init__(self, c, inside):
        super().__init__()
        width = c["predictor_num_memory_units"]
        self.fsmn = Fsmn(
            c["predictor_filter_size"], c["predictor_fsmn_num_layers"], inside, width, c["predictor_ffn_inner_dim"],
            c["predictor_shift"],
        )
        self.blstm = nn.LSTM(width, c["predictor_lstm_units"], batch_first=True, bidirectional=True)
        self.fc = nn.Linear(2 * c["predictor_lstm_units"], 1)

    def forward(self, x):
        x, _ = self.blstm(self.fsmn(x, 1.0))
        return self.fc(x)[:, :, 0]


class DurationPredictor(nn.Module):
    def __init__(self, c, condition):
        super().__init__()
        self.prenet = Prenet(1, c["dur_pred_prenet_units"])
        inside = c["dur_pred_prenet_units"][-1] + condition
        self.lstm = nn.LSTM(inside, c["dur_pred_lstm_units"], num_layers=2, batch_first=True)
        self.fc = nn.Linear(c["dur_pred_lstm_units"], 1)

    def forward(self, condition):
        """log(frames + 1) of each token, each computed with all tokens before it."""
        said = torch.zeros(1, 1, 1)
        for count in range(1, condition.shape[1] + 1):
            x, _ = self.lstm(torch.cat([self.prenet(said[:, :count]), condition[:, :count]], dim=-1))
            logs = torch.relu(self.fc(x))
            said = torch.cat([torch.zeros(1, 1, 1), logs], dim=1)
        return logs[:, :, 0]


class DurationPositions(nn.Module):
    def __init__(self, width):
        super().__init__()
        scales = [10000 ** (2 * (i // 2) / width) for i in range(width)]
        self.inv_timescales = nn.Parameter(torch.tensor(scales), requires_grad=False)

    def forward(self, places):
        """Sines and cosines, in turn, of the places of frames in their tokens, from 1 on; 0 is padding."""
        angle = places[:, None] / self.inv_timescales
        even = torch.arange(angle.shape[1]) % 2 == 0
        return torch.where(even, angle.sin(), angle.cos())


class VarianceAdaptor(nn.Module):
    def __init__(self, c):
        super().__init__()
        width = c["encoder_projection_units"]
        condition = width + c["emotion_units"] + c["speaker_units"]
        self.pitch_predictor = Predictor(c, condition)
        self.energy_predictor = Predictor(c, condition)
        self.duration_predictor = DurationPredictor(c, condition)
        self.dur_position_encoder = DurationPositions(width)
        self.pitch_emb = nn.Conv1d(1, width, 9, padding=4)
        self.energy_emb = nn.Conv1d(1, width, 9, padding=4)

    def prosody(self, text, speaker, emotion):
        condition = torch.cat([text, speaker, emotion], dim=-1)
        pitch, energy = self.pitch_predictor(condition), self.energy_predictor(condition)
        heard = self.pitch_emb(pitch[:, None]) + self.energy_emb(energy[:, None])
        return text + heard.transpose(1, 2), pitch, energy


class PncaAttention(nn.Module):
    """Attention to the steps before this one and to the memory from this step on, each within a band."""

    def __init__(self, count, width, memory):
        super().__init__()
        self.count = count
        self.layer_norm = nn.LayerNorm(width, eps=1e-6)
        self.w_x_qkv = nn.Linear(width, 3 * width)
        self.fc_x = nn.Linear(width, width)
        self.w_h_kv = nn.Linear(memory, 2 * width)
        self.fc_h = nn.Linear(width, width)

    def forward(self, x, memory, x_mask, h_mask):
        q, k, v = (heads(part, self.count) for part in self.w_x_qkv(self.layer_norm(x)).chunk(3, -1))
        h_k, h_v = (heads(part, self.count) for part in self.w_h_kv(memory).chunk(2, -1))
        return self.fc_x(attend(q, k, v, x_mask)) + self.fc_h(attend(q, h_k, h_v, h_mask)) + x


class DecoderBlock(nn.Module):
    def __init__(self, count, width, memory, inner):
        super().__init__()
        self.pnca_attn = PncaAttention(count, width, memory)
        self.pos_ffn = FeedForward(width, inner, (1, 1))

    def forward(self, x, memory, x_mask, h_mask):
        return self.pos_ffn(self.pnca_attn(x, memory, x_mask, h_mask))


class HybridDecoder(nn.Module):
    def __init__(self, c, memory):
        super().__init__()
        width = c["decoder_num_units"]
        self.scale = width ** 0.5
        self.prenet = Prenet(c["num_mels"], c["decoder_prenet_units"], width)
        self.dec_in_proj = nn.Linear(width + memory, width)
        self.pnca = nn.ModuleList(
            DecoderBlock(c["decoder_num_heads"], width, memory, c["decoder_ffn_inner_dim"])
            for _ in range(c["decoder_num_layers"])
        )
        self.ln = nn.LayerNorm(width, eps=1e-6)
        self.dec_out_proj = nn.Linear(width, c["num_mels"] * c["outputs_per_step"])

    def forward(self, frames, memory, band):
        """The outputs of all steps whose input frames are given."""
        steps = frames.shape[1]
        x = self.dec_in_proj(torch.cat([memory[:, :steps], self.prenet(frames)], dim=-1)) * self.scale
        q, k = torch.arange(steps)[:, None], torch.arange(memory.shape[1])[None]
        hide = lambda seen: torch.where(seen, 0.0, -torch.inf)
        x_mask = hide((k[:, :steps] >= q - band) & (k[:, :steps] <= q))
        h_mask = hide((k >= q) & (k <= q + band))
        for block in self.pnca:
            x = block(x, memory, x_mask, h_mask)
        return self.dec_out_proj(self.ln(x))


class MelDecoder(nn.Module):
    def __init__(self, c):
        super().__init__()
        memory = c["encoder_projection_units"] * c["outputs_per_step"] + c["emotion_units"] + c["speaker_units"]
        self.mels = c["num_mels"]
        self.mel_dec = HybridDecoder(c, memory)

    def forward(self, memory, band):
        given = torch.zeros(1, 1, self.mels)
        for _ in range(memory.shape[1]):
            made = self.mel_dec(given, memory, band)
            given = torch.cat([torch.zeros(1, 1, self.mels), made[:, :, -self.mels :]], dim=1)
        return made.reshape(1, -1, self.mels)


class PostNet(nn.Module):
    def __init__(self, c):
        super().__init__()
        width = c["postnet_num_memory_units"]
        self.fsmn = Fsmn(
            c["postnet_filter_size"], c["postnet_fsmn_num_layers"], c["num_mels"], width, c["postnet_ffn_inner_dim"],
            c["postnet_shift"],
        )
        self.lstm = nn.LSTM(width, c["postnet_lstm_units"], batch_first=True)
        self.fc = nn.Linear(c["postnet_lstm_units"], c["num_mels"])

    def forward(self, x, valid):
        x, _ = self.lstm(self.fsmn(x, valid))
        return self.fc(x)


class Sambert(nn.Module):
    """The whole of it. `sizes`: how many entries the tables of sy, tone, syllable_flag, word_segment, emotion and speaker
    have, the three reserved ones among them; without "speaker" the voice takes speaker vectors (SE)."""

    def __init__(self, c, sizes):
        super().__init__()
        self.c, self.sizes = c, sizes
        self.text_encoder = TextEncoder(c, sizes)
        if "speaker" in sizes:
            self.spk_tokenizer = nn.Embedding(sizes["speaker"], c["speaker_units"])
        self.emo_tokenizer = nn.Embedding(sizes["emotion"], c["emotion_units"])
        self.variance_adaptor = VarianceAdaptor(c)
        self.mel_decoder = MelDecoder(c)
        self.mel_postnet = PostNet(c)

    @torch.no_grad()
    def forward(self, tokens, speaker, emotion, rate=1.0):
        """Mel frames and what they come from. `tokens` i64 [1, T, 4]; `speaker` and `emotion` f32 [1, T, units]."""
        r = self.c["outputs_per_step"]
        text = self.text_encoder(tokens)
        hidden, pitch, energy = self.variance_adaptor.prosody(text, speaker, emotion)
        logs = self.variance_adaptor.duration_predictor(torch.cat([hidden, speaker, emotion], dim=-1))
        lengths = (logs.exp() - 1)[0] / rate
        counts = (lengths + 0.5).long()
        frames = int(counts.sum())
        owner = torch.repeat_interleave(torch.arange(len(counts)), counts)
        starts = torch.cumsum(counts, 0) - counts
        padding = -frames % r
        places = F.pad((torch.arange(frames) - starts[owner] + 1).float(), (0, padding))
        spread = lambda x: F.pad(x[0][owner], (0, 0, 0, padding))
        laid = spread(hidden) + self.variance_adaptor.dur_position_encoder(places)
        memory = torch.cat([laid.reshape(-1, r * laid.shape[1]), spread(speaker)[::r], spread(emotion)[::r]], dim=-1)[None]
        band = int(lengths.max() / r + 0.5)
        valid = (torch.arange(frames + padding) < frames).float()[None, :, None]
        made = self.mel_decoder(memory, band) * valid
        mel = (self.mel_postnet(made, valid) + made) * valid
        return dict(
            text=text, hidden=hidden, pitch=pitch, energy=energy, counts=counts, band=band, memory=memory,
            decoded=made[:, :frames], mel=mel[:, :frames],
        )


def random_sambert(c, sizes, seed, frames_per_token=6.0):
    """A network of random weights that keeps its levels, and whose tokens last about `frames_per_token` frames."""
    torch.manual_seed(seed)
    module = Sambert(c, sizes).eval()
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if "norm" in name or name.endswith("ln.weight") or not parameter.requires_grad:
                continue
            if name.endswith("bias") or "bias_" in name:
                nn.init.normal_(parameter, std=0.1)
            elif parameter.dim() > 1:
                fan = parameter[0].numel()
                nn.init.normal_(parameter, std=1.0 / math.sqrt(fan) if "_emb" not in name else 0.3)
        duration = module.variance_adaptor.duration_predictor
        duration.fc.weight.mul_(2.0)
        duration.fc.bias.fill_(math.log(frames_per_token + 1))
    return module
