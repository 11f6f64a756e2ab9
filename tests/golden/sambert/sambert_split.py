"""Sambert in parts that stream: graphs without loops, whose state goes in and comes out, and the host around them.

| part | in | out |
|---|---|---|
| encoder | tokens i64 [1, T, 4] | text f32 [1, T, t] |
| prosody | text, speaker [1, T, s], emotion [1, T, e] | hidden [1, T, t], pitch [1, T], energy [1, T] |
| duration | previous [1, 1, 1], condition [1, 1, t + s + e], state [d] | log_frames [1, 1, 1], next_state [d] |
| memory | memory [1, 64, m] | keys [1, 64, k] |
| decoder | frame [1, 1, mels], memory [1, 1, m], past [1, P, k], past_mask [1, P + 1], ahead [1, W, k], ahead_mask [1, W] | frames [1, r, mels], row [1, 1, k] |
| postnet | frames [1, 12, mels], valid [1, 12 + lookahead], state [p] | mel [1, 12, mels], next_state [p] |

A row of `keys` holds keys and values of all layers for one step. Masks are 0 where a row counts and -1e9 where it does
not. The postnet gives each frame `lookahead` frames late; `valid` is 1 for the frames of the utterance among those from
`lookahead` before the first of this run on. Speaker and emotion are vectors: their tables are files beside the graphs.
"""

import json

import numpy as np
import torch
from torch import nn

from sambert import attend, heads

# Rows of memory and frames of the postnet in one run.
MEMORY_ROWS, POSTNET_FRAMES = 64, 12
HIDDEN = -1e9
OPSET = 15
# Added by KAN-TTS behind every vocabulary: padding, end, mask.
RESERVED = 3
TONES = ["tone1", "tone_none", "tone4", "tone2", "tone3", "tone5", "tone0"]
SYLLABLE_FLAGS = ["s_begin", "s_end", "s_none", "s_both", "s_middle"]
WORD_SEGMENTS = ["word_begin", "word_end", "word_middle", "word_both", "word_none"]
BREAKS = ["#1", "#2", "#3", "#4"]
EMOTIONS = [
    "emotion_" + name
    for name in (
        "none neutral angry disgust fear happy sad surprise calm gentle relax lyrical serious disgruntled satisfied "
        "disappointed excited anxiety jealousy hate pity pleasure arousal dominance"
    ).split()
    + [f"placeholder{i}" for i in range(1, 10)]
]


def vocabulary(phones, tones=TONES):
    return dict(
        sy=phones + BREAKS, tone=tones, syllable_flag=SYLLABLE_FLAGS, word_segment=WORD_SEGMENTS, emotion=EMOTIONS
    )


def table_sizes(words, speakers):
    """The sizes of the network's tables; `speakers` is None for a voice of speaker vectors."""
    sizes = {name: len(symbols) + RESERVED for name, symbols in words.items()}
    return sizes if speakers is None else {**sizes, "speaker": len(speakers) + RESERVED}


class Prosody(nn.Module):
    def __init__(self, adaptor):
        super().__init__()
        self.adaptor = adaptor

    def forward(self, text, speaker, emotion):
        return self.adaptor.prosody(text, speaker, emotion)


class Duration(nn.Module):
    def __init__(self, predictor):
        super().__init__()
        self.predictor = predictor
        self.units = predictor.lstm.hidden_size

    def forward(self, previous, condition, state):
        h, c = state.reshape(2, 2, 1, self.units)
        x = torch.cat([self.predictor.prenet(previous), condition], dim=-1)
        x, (h, c) = self.predictor.lstm(x, (h, c))
        return torch.relu(self.predictor.fc(x)), torch.cat([h.reshape(-1), c.reshape(-1)])


class Memory(nn.Module):
    """Keys and values of the memory for all layers, as one product."""

    def __init__(self, decoder):
        super().__init__()
        layers = [block.pnca_attn.w_h_kv for block in decoder.pnca]
        self.all = nn.Linear(layers[0].in_features, sum(layer.out_features for layer in layers))
        self.all.weight = nn.Parameter(torch.cat([layer.weight for layer in layers]))
        self.all.bias = nn.Parameter(torch.cat([layer.bias for layer in layers]))

    def forward(self, memory):
        return self.all(memory)


class DecoderStep(nn.Module):
    def __init__(self, decoder, mels):
        super().__init__()
        self.decoder, self.mels = decoder, mels

    def forward(self, frame, memory, past, past_mask, ahead, ahead_mask):
        decoder = self.decoder
        x = decoder.dec_in_proj(torch.cat([memory, decoder.prenet(frame)], dim=-1)) * decoder.scale
        width = x.shape[-1]
        row = []
        for i, block in enumerate(decoder.pnca):
            attention = block.pnca_attn
            q, k, v = attention.w_x_qkv(attention.layer_norm(x)).chunk(3, -1)
            row += [k, v]
            split = lambda x: heads(x, attention.count)
            of = lambda rows, part: rows[:, :, (2 * i + part) * width : (2 * i + part + 1) * width]
            x_k, x_v = (split(torch.cat([of(past, part), own], dim=1)) for part, own in enumerate((k, v)))
            h_k, h_v = (split(of(ahead, part)) for part in (0, 1))
            heard = attention.fc_x(attend(split(q), x_k, x_v, past_mask))
            x = heard + attention.fc_h(attend(split(q), h_k, h_v, ahead_mask)) + x
            x = block.pos_ffn(x)
        made = decoder.dec_out_proj(decoder.ln(x))
        return made.reshape(1, -1, self.mels), torch.cat(row, dim=-1)


class PostnetStep(nn.Module):
    """The postnet, a few frames at a time.

    Before the first frame the LSTM has to keep its zeros. A column of its input that is 1 there holds its input gate shut:
    what is added to its cells is then exactly zero.
    """

    SHUT = -1e4

    def __init__(self, postnet, mels):
        super().__init__()
        self.postnet, self.mels = postnet, mels
        self.rights = [memory.right for memory in postnet.fsmn.memory_block_lst]
        self.lookahead = sum(self.rights)
        lstm = postnet.lstm
        self.units = lstm.hidden_size
        self.lstm = nn.LSTM(lstm.input_size + 1, self.units, batch_first=True)
        column = torch.zeros(4 * self.units, 1)
        column[: self.units] = self.SHUT
        self.lstm.weight_ih_l0 = nn.Parameter(torch.cat([lstm.weight_ih_l0, column], dim=1))
        for name in ("weight_hh_l0", "bias_ih_l0", "bias_hh_l0"):
            setattr(self.lstm, name, nn.Parameter(getattr(lstm, name).clone()))
        self.shapes = []
        for ffn, memory in zip(postnet.fsmn.ffn_lst, postnet.fsmn.memory_block_lst):
            width = memory.conv_dw.in_channels
            self.shapes.append((1, memory.left + memory.right, width))
            if ffn.w_1.in_channels == width and memory.right:
                self.shapes.append((1, memory.right, width))
        self.shapes += [(1, self.lookahead, mels), (1, 1, self.units), (1, 1, self.units)]

    def state_size(self):
        return sum(a * b * c for a, b, c in self.shapes)

    def forward(self, frames, valid, state):
        kept, at = [], 0
        for shape in self.shapes:
            count = shape[0] * shape[1] * shape[2]
            kept.append(state[at : at + count].reshape(shape))
            at += count
        kept, left = iter(kept), []
        n, x, lag = POSTNET_FRAMES, frames, 0
        window = lambda lag: valid[:, self.lookahead - lag : self.lookahead - lag + n, None]
        for ffn, memory in zip(self.postnet.fsmn.ffn_lst, self.postnet.fsmn.memory_block_lst):
            context = torch.cat([next(kept), ffn(x) * window(lag)], dim=1)
            left.append(context[:, n:])
            lag += memory.right
            out = memory.conv_dw(context.transpose(1, 2)).transpose(1, 2) + context[:, memory.left : memory.left + n]
            out = out * window(lag)
            if x.shape[-1] == out.shape[-1]:
                if memory.right:
                    x = torch.cat([next(kept), x], dim=1)
                    left.append(x[:, n:])
                out = out + x[:, :n]
            x = out
        decoded = torch.cat([next(kept), frames], dim=1)
        left.append(decoded[:, n:])
        x, (h, c) = self.lstm(torch.cat([x, 1 - window(lag)], dim=-1), (next(kept), next(kept)))
        mel = self.postnet.fc(x) + decoded[:, :n]
        return mel, torch.cat([part.reshape(-1) for part in left + [h, c]])


def parts(module):
    """The parts by role: module, inputs to trace with, names in and out, free axes."""
    c = module.c
    t, s, e, mels = (c[k] for k in ("encoder_projection_units", "speaker_units", "emotion_units", "num_mels"))
    decoder = module.mel_decoder.mel_dec
    m, k = t * c["outputs_per_step"] + s + e, 2 * c["decoder_num_units"] * c["decoder_num_layers"]
    duration, postnet = Duration(module.variance_adaptor.duration_predictor), PostnetStep(module.mel_postnet, mels)
    tokens = {"tokens": {1: "tokens"}}
    along = lambda *names: {name: {1: "tokens"} for name in names}
    return {
        "encoder": (module.text_encoder, [torch.zeros(1, 5, 4, dtype=torch.long)], "tokens", "text", {**tokens, **along("text")}),
        "prosody": (
            Prosody(module.variance_adaptor), [torch.zeros(1, 5, t), torch.zeros(1, 5, s), torch.zeros(1, 5, e)],
            "text speaker emotion", "hidden pitch energy",
            along("text", "speaker", "emotion", "hidden", "pitch", "energy"),
        ),
        "duration": (
            duration, [torch.zeros(1, 1, 1), torch.zeros(1, 1, t + s + e), torch.zeros(4 * duration.units)],
            "previous condition state", "log_frames next_state", {},
        ),
        "memory": (Memory(decoder), [torch.zeros(1, MEMORY_ROWS, m)], "memory", "keys", {}),
        "decoder": (
            DecoderStep(decoder, mels),
            [torch.zeros(1, 1, mels), torch.zeros(1, 1, m), torch.zeros(1, 7, k), torch.zeros(1, 8), torch.zeros(1, 9, k),
             torch.zeros(1, 9)],
            "frame memory past past_mask ahead ahead_mask", "frames row",
            {"past": {1: "past"}, "past_mask": {1: "past_and_this"}, "ahead": {1: "ahead"}, "ahead_mask": {1: "ahead"}},
        ),
        "postnet": (
            postnet,
            [torch.zeros(1, POSTNET_FRAMES, mels), torch.zeros(1, POSTNET_FRAMES + postnet.lookahead),
             torch.zeros(postnet.state_size())],
            "frames valid state", "mel next_state", {},
        ),
    }


@torch.no_grad()
def export(module, folder, words, speakers, tables, rate, hop, vocoder):
    """Writes graphs, tables and `sambert.json` into `folder`. `tables`: the rows of emotions and speakers as arrays;
    `vocoder`: the name of its graph, which lies there."""
    files = {"vocoder": vocoder}
    for role, (part, given, inside, outside, free) in parts(module).items():
        files[role] = f"{role}.onnx"
        torch.onnx.export(
            part.eval(), tuple(given), str(folder / files[role]), input_names=inside.split(), output_names=outside.split(),
            dynamic_axes=free, opset_version=OPSET, dynamo=False,
        )
    for role, table in tables.items():
        files[role] = f"{role}.f32"
        (folder / files[role]).write_bytes(np.ascontiguousarray(table, dtype="<f4").tobytes())
    c = module.c
    postnet = PostnetStep(module.mel_postnet, c["num_mels"])
    manifest = dict(
        format=1, kind="kan-tts-sambert", rate=rate, hop=hop, mels=c["num_mels"], frames_per_step=c["outputs_per_step"],
        text_units=c["encoder_projection_units"], speaker_units=c["speaker_units"], emotion_units=c["emotion_units"],
        most_tokens=c["max_len"], duration_state=4 * c["dur_pred_lstm_units"], memory_rows=MEMORY_ROWS,
        key_units=2 * c["decoder_num_units"] * c["decoder_num_layers"], postnet_frames=POSTNET_FRAMES,
        postnet_lookahead=postnet.lookahead, postnet_state=postnet.state_size(), speakers=speakers, files=files,
        vocabulary=words,
    )
    (folder / "sambert.json").write_text(json.dumps(manifest, ensure_ascii=False, separators=(",", ":")) + "\n")
    return manifest


def runners(folder, manifest):
    """The graphs of an export, on ONNX Runtime with one thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    roles = [role for role, name in manifest["files"].items() if name.endswith(".onnx") and role != "vocoder"]
    sessions = {role: onnxruntime.InferenceSession(str(folder / manifest["files"][role]), options) for role in roles}
    return {role: lambda session=session, **given: session.run(None, given) for role, session in sessions.items()}


def speak(run, m, tokens, speaker, emotion, rate=1.0):
    """What the host does around the parts: mel frames of tokens, as `Sambert.forward` has them. Arrays are numpy's."""
    f32 = np.float32
    text, = run["encoder"](tokens=tokens)
    hidden, pitch, energy = run["prosody"](text=text, speaker=speaker, emotion=emotion)
    logs = durations(run, m, np.concatenate([hidden, speaker, emotion], axis=-1))
    lengths = (np.exp(logs) - f32(1)) / f32(rate)
    counts = (lengths + f32(0.5)).astype(np.int64)
    memory, frames, r = lay_out(m, hidden[0], speaker[0], emotion[0], counts), int(counts.sum()), m["frames_per_step"]
    band = int(lengths.max() / f32(r) + f32(0.5))
    steps = len(memory)
    rows = -steps % m["memory_rows"]
    padded = np.pad(memory, ((0, rows), (0, 0)))
    blocks = padded.reshape(-1, 1, m["memory_rows"], memory.shape[1])
    keys = np.concatenate([run["memory"](memory=block)[0][0] for block in blocks])[:steps]
    decoded = decode(run, m, memory, keys, band)[:frames]
    return dict(counts=counts, band=band, pitch=pitch, energy=energy, decoded=decoded, mel=postnet(run, m, decoded))


def durations(run, m, condition):
    previous, state, logs = np.zeros((1, 1, 1), np.float32), np.zeros(m["duration_state"], np.float32), []
    for i in range(condition.shape[1]):
        previous, state = run["duration"](previous=previous, condition=condition[:, i : i + 1], state=state)
        logs.append(previous[0, 0, 0])
    return np.array(logs, np.float32)


def lay_out(m, hidden, speaker, emotion, counts):
    r, units = m["frames_per_step"], m["text_units"]
    owner = np.repeat(np.arange(len(counts)), counts)
    padding = -len(owner) % r
    places = np.concatenate([np.concatenate([np.arange(1, n + 1) for n in counts]), np.zeros(padding)]).astype(np.float32)
    scales = np.array([10000 ** (2 * (i // 2) / units) for i in range(units)], np.float32)
    angle = places[:, None] / scales
    laid = np.where(np.arange(units) % 2 == 0, np.sin(angle), np.cos(angle)).astype(np.float32)
    laid[: len(owner)] += hidden[owner]
    first = owner[::r]
    return np.concatenate([laid.reshape(-1, r * units), speaker[first], emotion[first]], axis=-1).astype(np.float32)


def decode(run, m, memory, keys, band):
    capacity = -(-(band + 1) // 8) * 8
    past, frame, frames = np.zeros((1, capacity, m["key_units"]), np.float32), np.zeros((1, 1, m["mels"]), np.float32), []
    for step in range(len(memory)):
        past_mask = np.full((1, capacity + 1), HIDDEN, np.float32)
        past_mask[0, capacity - min(step, band) :] = 0
        seen = keys[step : step + band + 1]
        ahead, ahead_mask = np.zeros((1, capacity, m["key_units"]), np.float32), np.full((1, capacity), HIDDEN, np.float32)
        ahead[0, : len(seen)], ahead_mask[0, : len(seen)] = seen, 0
        made, row = run["decoder"](
            frame=frame, memory=memory[None, step : step + 1], past=past, past_mask=past_mask, ahead=ahead,
            ahead_mask=ahead_mask,
        )
        past = np.concatenate([past[:, 1:], row], axis=1)
        frame = made[:, -1:]
        frames.append(made[0])
    return np.concatenate(frames)


def postnet(run, m, decoded):
    n, lookahead, count = m["postnet_frames"], m["postnet_lookahead"], len(decoded)
    state, mel = np.zeros(m["postnet_state"], np.float32), []
    for start in range(0, count + lookahead, n):
        part = decoded[start : start + n]
        frames = np.pad(part, ((0, n - len(part)), (0, 0)))[None]
        times = np.arange(start - lookahead, start + n)
        valid = ((times >= 0) & (times < count)).astype(np.float32)[None]
        made, state = run["postnet"](frames=frames, valid=valid, state=state)
        mel.append(made[0])
    return np.concatenate(mel)[lookahead : lookahead + count]
