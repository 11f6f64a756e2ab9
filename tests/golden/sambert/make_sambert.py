"""Makes a tiny Sambert of random weights in its split form, and what the whole network says, for the tests of the host.

Run: python make_sambert.py  (Python 3.11, torch 2.6.0, onnx 1.23.2, numpy 2.4.6)

Widths are tiny; layers, lookahead, vocabulary and steps are of the public configuration's kind. The reference is the
whole network (`sambert.py`); that the parts agree with it is asserted here, for this voice and for one with speaker
vectors. The vocoder is `kan_16k.onnx` of `tests/golden/speech`, which takes as many bands.

Writes next to itself: the graphs and tables of the voice, sambert.json and golden.json.
"""

import json
import pathlib
import tempfile

import numpy as np
import torch

from sambert import random_sambert
from sambert_split import EMOTIONS, export, parts, speak, table_sizes, vocabulary

HERE = pathlib.Path(__file__).resolve().parent

TINY = dict(
    max_len=64, embedding_dim=16, encoder_num_layers=2, encoder_num_heads=2, encoder_num_units=8, encoder_ffn_inner_dim=16,
    encoder_projection_units=4, speaker_units=3, emotion_units=5, predictor_filter_size=5, predictor_fsmn_num_layers=2,
    predictor_num_memory_units=8, predictor_ffn_inner_dim=12, predictor_shift=0, predictor_lstm_units=6,
    dur_pred_prenet_units=[6, 6], dur_pred_lstm_units=6, decoder_prenet_units=[12, 12], decoder_num_layers=2,
    decoder_num_heads=2, decoder_num_units=8, decoder_ffn_inner_dim=16, outputs_per_step=3, num_mels=8,
    postnet_filter_size=11, postnet_fsmn_num_layers=4, postnet_num_memory_units=12, postnet_ffn_inner_dim=16,
    postnet_shift=2, postnet_lstm_units=8,
)
# The phones of KAN-TTS's Mandarin, in its order.
PHONES = (
    "a_c ai_c an_c ang_c ao_c b_c c_c ch_c d_c e_c ei_c en_c eng_c er_c f_c g_c h_c i_c ia_c ian_c iang_c iao_c ie_c ih_c "
    "ii_c in_c ing_c io_c iong_c iou_c j_c k_c l_c m_c n_c o_c ong_c ou_c p_c q_c r_c s_c sh_c t_c u_c ua_c uai_c uan_c "
    "uang_c uei_c uen_c ueng_c uo_c v_c van_c ve_c vn_c xx_c z_c zh_c w_c y_c ga ge go aa ae ah ao aw ay b ch d dh eh er ey "
    "f g hh ih iy jh k l m n ng ow oy p r s sh t th uh uw v w y z zh air_c angr_c anr_c aor_c ar_c eir_c engr_c enr_c "
    "iangr_c ianr_c iaor_c iar_c ier_c ihr_c iir_c ingr_c inr_c iongr_c iour_c ir_c ongr_c or_c our_c uair_c uangr_c uanr_c "
    "uar_c ueir_c uenr_c uor_c ur_c vanr_c ver_c vnr_c vr_c pau"
).split()
SPEAKERS = ["F7", "M3"]
RATE, HOP = 16000, 200
# 你好，世界。
TOKENS = (
    "n_c$tone2$s_begin$word_begin i_c$tone2$s_end$word_middle h_c$tone3$s_begin$word_middle ao_c$tone3$s_end$word_end "
    "#3$tone_none$s_none$word_none sh_c$tone4$s_begin$word_begin ih_c$tone4$s_end$word_middle "
    "j_c$tone4$s_begin$word_middle ie_c$tone4$s_end$word_end #4$tone_none$s_none$word_none"
).split()


def written(emotion, speaker):
    return " ".join(f"{{{token}$emotion_{emotion}${speaker}}}" for token in TOKENS)


def numbers(words):
    kinds = ("sy", "tone", "syllable_flag", "word_segment")
    rows = [[words[kind].index(symbol) for kind, symbol in zip(kinds, token.split("$"))] for token in TOKENS]
    return torch.tensor(rows)[None]


def runner(part, names):
    """A part as the host runs it, on torch."""

    def run(**given):
        made = part(*(torch.from_numpy(np.ascontiguousarray(given[name])) for name in names.split()))
        return [tensor.numpy() for tensor in (made if isinstance(made, tuple) else (made,))]

    return run


def check(module, manifest, tokens, speaker, emotion, rate=1.0):
    """What the whole network says, if the parts say the same."""
    whole = module(tokens, speaker, emotion, rate)
    run = {role: runner(part.eval(), names) for role, (part, _, names, _, _) in parts(module).items()}
    split = speak(run, manifest, tokens.numpy(), speaker.numpy(), emotion.numpy(), rate)
    assert (whole["counts"].numpy() == split["counts"]).all() and whole["band"] == split["band"], (whole, split)
    for name in ("pitch", "energy", "decoded", "mel"):
        a, b = whole[name][0].numpy(), split[name].reshape(whole[name][0].shape)
        off = np.abs(a - b).max() / np.abs(a).max()
        assert off < 1e-5, (name, off)
        print(f"{name} {off:.1e}", end=" ")
    print(whole["counts"].tolist(), "band", whole["band"], "level", float(whole["mel"].std()))
    return whole


def rounded(values):
    return [round(float(x), 8) for x in np.asarray(values).ravel()]


@torch.no_grad()
def main():
    words = vocabulary(PHONES)
    module = random_sambert(TINY, table_sizes(words, SPEAKERS), 3, frames_per_token=6.3)
    emotions, speakers = module.emo_tokenizer.weight[: len(EMOTIONS)], module.spk_tokenizer.weight[: len(SPEAKERS)]
    tables = {"emotions": emotions.numpy(), "speaker_vectors": speakers.numpy()}
    manifest = export(module, HERE, words, SPEAKERS, tables, RATE, HOP, "kan_16k.onnx")
    tokens = numbers(words)
    row = lambda table, number: table[number].expand(1, tokens.shape[1], -1)
    neutral, happy = (EMOTIONS.index("emotion_" + name) for name in ("neutral", "happy"))
    blend = row(emotions, neutral) * (1 - 1.5) + row(emotions, happy) * 1.5
    cases = [
        ("plain", "neutral", 0, row(emotions, neutral), 1.0),
        ("happier", "happy", 1, blend, 1.0),
        ("slower", "neutral", 0, row(emotions, neutral), 0.55),
    ]
    golden = []
    for name, emotion, speaker, vectors, rate in cases:
        whole = check(module, manifest, tokens, row(speakers, speaker), vectors, rate)
        golden.append(
            dict(
                name=name, tokens=written(emotion, SPEAKERS[speaker]), counts=whole["counts"].tolist(),
                band=whole["band"], mel=rounded(whole["mel"]),
            )
        )
    (HERE / "golden.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")

    # A voice of speaker vectors is the same with another table.
    module = random_sambert({**TINY, "speaker_units": 7}, table_sizes(words, None), 4)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        vector, emotions = torch.randn(1, 7), module.emo_tokenizer.weight[: len(EMOTIONS)]
        tables = {"emotions": emotions.numpy(), "speaker_vectors": vector.numpy()}
        manifest = export(module, folder, words, ["somebody"], tables, RATE, HOP, "none")
        check(module, manifest, tokens, row(vector, 0), row(emotions, happy))
    print(sum(path.stat().st_size for path in HERE.iterdir()), "bytes")


main()
