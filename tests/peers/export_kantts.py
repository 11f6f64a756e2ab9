"""Turns a KAN-TTS voice, checkpoints of Sambert and of its HiFi-GAN, into the split form that Syrinx streams.

Run: python export_kantts.py --am am/checkpoint.pth --vocoder voc/checkpoint.pth --phones PhoneSet.xml --out FOLDER
     python export_kantts.py --random FOLDER     makes a voice of full size with random weights
     python export_kantts.py --test              exports checkpoints of random weights and compares

(Python 3.11, torch 2.6.0, onnx 1.23.2, onnxruntime 1.31.1, numpy 2.4.6, PyYAML)

`config.yaml` is looked for beside each checkpoint and one folder above, as KAN-TTS has it; `--am-config` and
`--vocoder-config` name another. `PhoneSet.xml` is the one of the voice's language in KAN-TTS. A voice of speaker vectors
(SE) needs `--se NAME=se.npy`, once for each speaker. Only weights are read; a file that holds programs is refused. The
parts are run and compared with the whole network before anything is said to be done.

Exits with 2 if a file is at fault. The last line of what it prints says as JSON what was made.
"""

import argparse
import json
import pathlib
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

import numpy as np
import torch

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "golden" / "sambert")]
import kan_hifigan  # noqa: E402
import sambert  # noqa: E402
from kan_hifigan import KanHifiGan, folded, random_hifigan  # noqa: E402
from sambert import Sambert, random_sambert  # noqa: E402
from sambert_split import EMOTIONS, TONES, export, runners, speak, table_sizes, vocabulary  # noqa: E402

# Of a checkpoint but not of what speaks: alignment for training, and filled pauses.
UNUSED = ("align_attention.", "FP_predictor.")
# What the parts may differ by from the whole, as a share of the peak: the order of sums was seen to make 3e-6.
MOST_OFF = 1e-4


class Refused(Exception):
    """A file is not what it should be."""


def refuse(file, expected, found):
    raise Refused(f"{file}: expected {expected}, found {found}")


def weights_of(path, *keys):
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        refuse(path, "a checkpoint of weights alone", str(error).splitlines()[0])
    for key in keys:
        if not isinstance(found, dict) or key not in found:
            refuse(path, f"weights under {'/'.join(keys)}", list(found)[:8] if isinstance(found, dict) else type(found))
        found = found[key]
    return found


def config_of(given, checkpoint):
    import yaml

    places = [given] if given else [folder / "config.yaml" for folder in (checkpoint.parent, checkpoint.parent.parent)]
    for place in places:
        if place.is_file():
            return place, yaml.safe_load(place.read_text())
    refuse(checkpoint, "a config.yaml beside it or above", "none")


def load(module, path, weights):
    missing, unexpected = module.load_state_dict(weights, strict=False)
    if missing or unexpected:
        refuse(path, "the weights that its configuration says", f"without {missing[:3]}, and with {unexpected[:3]}")
    return module.eval()


def phones_of(path):
    try:
        root = ElementTree.parse(path).getroot()
    except ElementTree.ParseError as error:
        refuse(path, "a PhoneSet.xml", error)
    names = [entry.text for entry in root.iter() if entry.tag.rsplit("}", 1)[-1] == "name"]
    if not names:
        refuse(path, "phones", "none")
    return names


def acoustic_model(path, given, phones, tones, vectors):
    """The network, its vocabulary, and its speakers with their vectors."""
    place, config = config_of(given, path)
    try:
        params, unit = config["Model"]["KanTtsSAMBERT"]["params"], config["linguistic_unit"]
        kinds = unit["lfeat_type_list"].split(",")
    except (KeyError, TypeError) as error:
        refuse(place, "the configuration of a Sambert", f"none under {error}")
    if params.get("NSF"):
        refuse(place, "a voice without NSF, whose vocoder takes F0", "NSF: True")
    if kinds[:4] != ["sy", "tone", "syllable_flag", "word_segment"]:
        refuse(place, "phones for input", unit["lfeat_type_list"])
    if bool(params.get("SE")) != bool(vectors):
        refuse(place, "--se exactly for voices of speaker vectors", f"SE: {params.get('SE', False)}")
    words = vocabulary(phones, tones)
    names = list(vectors) or unit["speaker_list"].strip().split(",")
    weights = {k: v for k, v in weights_of(path, "model").items() if not k.startswith(UNUSED)}
    if params.get("FP"):
        print("filled pauses (FP) are left out", file=sys.stderr)
    position = weights.get("text_encoder.ling_enc.position_enc.position_enc")
    if position is not None:
        # KAN-TTS lets it grow with the longest sentence.
        params["max_len"] = position.shape[1]
    sizes = table_sizes(words, None if vectors else names)
    for name, size in (("sy", sizes["sy"]), ("tone", sizes["tone"])):
        table = weights.get(f"text_encoder.{name}_emb.weight")
        if table is not None and len(table) != size:
            refuse(path, f"{size} symbols of {name}, as the phone set and its tones have", len(table))
    module = load(Sambert(params, sizes), path, weights)
    if vectors:
        table = np.concatenate([np.load(file, allow_pickle=False).reshape(1, -1) for file in vectors.values()])
        if table.shape[1] != params["speaker_units"]:
            refuse(", ".join(map(str, vectors.values())), f"{params['speaker_units']} values", table.shape[1])
    else:
        table = module.spk_tokenizer.weight[: len(names)].detach().numpy()
    return module, words, names, table.astype(np.float32)


def vocoder_of(path, given):
    place, config = config_of(given, path)
    try:
        params = config["Model"]["Generator"]["params"]
        audio = config["audio_config"]
        rate = audio["sampling_rate"]
        hop = audio["hop_length"]
    except (KeyError, TypeError) as error:
        refuse(place, "the configuration of a HiFi-GAN", f"none under {error}")
    if params.get("nsf_params"):
        refuse(place, "a vocoder without NSF", "nsf_params")
    if params["out_channels"] != 1:
        refuse(place, "a vocoder of one band", f"out_channels: {params['out_channels']}")
    gaps = [kernel - rate for kernel, rate in zip(params["upsample_kernal_sizes"], params["upsample_scales"])]
    if not params.get("causal", True) and any(gap % 2 for gap in gaps):
        refuse(place, "kernels that overlap alike on both sides", params["upsample_kernal_sizes"])
    if not params.get("repeat_upsample", True):
        refuse(place, "a vocoder that repeats and convolves", "repeat_upsample: false")
    if int(np.prod(params["upsample_scales"])) != hop:
        refuse(place, f"{hop} samples per frame", params["upsample_scales"])
    module = load(KanHifiGan(params), path, folded(weights_of(path, "model", "generator")))
    return module, rate, hop


@torch.no_grad()
def write(folder, module, words, names, table, vocoder, rate, hop):
    """Writes the voice, and compares its parts with the whole."""
    folder.mkdir(parents=True, exist_ok=True)
    mels = module.c["num_mels"]
    if vocoder.conv_pre.conv1d.in_channels != mels:
        refuse("the vocoder", f"{mels} bands", vocoder.conv_pre.conv1d.in_channels)
    torch.onnx.export(
        vocoder, (torch.zeros(1, mels, 20),), str(folder / "vocoder.onnx"), input_names=["mel"], output_names=["audio"],
        dynamic_axes={"mel": {2: "frames"}}, opset_version=15, dynamo=False,
    )
    emotions = module.emo_tokenizer.weight[: len(EMOTIONS)].numpy()
    manifest = export(
        module, folder, words, names, {"emotions": emotions, "speaker_vectors": table}, rate, hop, "vocoder.onnx"
    )
    numbers = torch.Generator().manual_seed(1)
    draw = lambda kind: torch.randint(len(words[kind]), (12,), generator=numbers)
    tokens = torch.stack([draw(kind) for kind in ("sy", "tone", "syllable_flag", "word_segment")], dim=1)[None]
    rows = lambda values: torch.tensor(np.repeat(values[None], 12, axis=0))[None]
    speaker, emotion = rows(table[0]), rows(emotions[1])
    whole = module(tokens, speaker, emotion)
    split = speak(runners(folder, manifest), manifest, tokens.numpy(), speaker.numpy(), emotion.numpy())
    mel = whole["mel"][0].numpy()
    if mel.shape != split["mel"].shape:
        raise AssertionError(f"{mel.shape} frames of the whole, {split['mel'].shape} of its parts")
    off = float(np.abs(mel - split["mel"]).max() / np.abs(mel).max())
    if not off <= MOST_OFF:
        raise AssertionError(f"the parts differ from the whole by {off:.1e} of the peak")
    size = sum(path.stat().st_size for path in folder.iterdir())
    return dict(kind=manifest["kind"], rate=rate, speakers=names, frames=len(mel), off=off, bytes=size)


def random_voice(folder, c=sambert.FULL, vocoder=kan_hifigan.FULL, speakers=("F7",)):
    words = vocabulary(PHONES)
    module = random_sambert(c, table_sizes(words, speakers), 1, frames_per_token=7.0)
    table = module.spk_tokenizer.weight[: len(speakers)].detach().numpy()
    return write(folder, module, words, list(speakers), table, random_hifigan(vocoder, 2), 16000, 200)


# The phones of KAN-TTS's Mandarin as far as a random voice needs them; a real one brings its PhoneSet.xml.
PHONES = (
    "a_c ai_c an_c ang_c ao_c b_c c_c ch_c d_c e_c ei_c en_c eng_c er_c f_c g_c h_c i_c ia_c ian_c iang_c iao_c ie_c ih_c "
    "ii_c in_c ing_c io_c iong_c iou_c j_c k_c l_c m_c n_c o_c ong_c ou_c p_c q_c r_c s_c sh_c t_c u_c ua_c uai_c uan_c "
    "uang_c uei_c uen_c ueng_c uo_c v_c van_c ve_c vn_c xx_c z_c zh_c w_c y_c ga ge go pau"
).split()


@torch.no_grad()
def test():
    """Checkpoints of random weights, as KAN-TTS writes them: weight-normalised, with what training leaves in them."""
    import yaml

    c = {
        **sambert.FULL, "embedding_dim": 32, "encoder_num_layers": 2, "decoder_num_layers": 2, "encoder_ffn_inner_dim": 32,
        "decoder_ffn_inner_dim": 32, "max_len": 60,
    }
    v = {**kan_hifigan.FULL, "channels": 32}
    words, failures = vocabulary(PHONES), 0
    with tempfile.TemporaryDirectory() as place:
        place = pathlib.Path(place)
        phones = place / "PhoneSet.xml"
        entries = "".join(f"<phone><id>{i}</id><name>{name}</name></phone>" for i, name in enumerate(PHONES))
        phones.write_text(f'<phoneSet xmlns="urn:tts">{entries}</phoneSet>')
        hifigan = random_hifigan(v, 6)
        generator = {}
        for name, value in hifigan.state_dict().items():
            if name.endswith("weight"):
                norm = value.norm(dim=(1, 2), keepdim=True)
                generator[name + "_g"], generator[name + "_v"] = norm, value * torch.rand(1).add(0.5)
            else:
                generator[name] = value
        (place / "voc").mkdir()
        torch.save({"model": {"generator": generator}, "steps": 1}, place / "voc" / "checkpoint.pth")
        audio = dict(sampling_rate=16000, hop_length=200)
        (place / "voc" / "config.yaml").write_text(
            yaml.safe_dump({"Model": {"Generator": {"params": v}}, "audio_config": audio})
        )
        np.save(place / "se.npy", np.random.default_rng(1).standard_normal((1, 192)).astype(np.float32))
        for name, changes, names, more in (
            ("plain", {}, ["F7", "M3"], []),
            ("vectors", {"SE": True, "speaker_units": 192}, None, ["--se", f"me={place / 'se.npy'}"]),
        ):
            params = {**c, **changes}
            module = random_sambert(params, table_sizes(words, names), 5)
            weights = {**module.state_dict(), "align_attention.key_proj.weight": torch.zeros(2)}
            (place / name / "ckpt").mkdir(parents=True)
            checkpoint = place / name / "ckpt" / "checkpoint.pth"
            torch.save({"model": weights, "steps": 1}, checkpoint)
            config = {
                "Model": {"KanTtsSAMBERT": {"params": {k: p for k, p in params.items() if k != "max_len"}}},
                "linguistic_unit": {
                    "lfeat_type_list": "sy,tone,syllable_flag,word_segment,emo_category,speaker_category",
                    "speaker_list": ",".join(names or ["F7"]),
                },
            }
            (place / name / "config.yaml").write_text(yaml.safe_dump(config))
            made = run(arguments([
                "--am", str(checkpoint), "--vocoder", str(place / "voc" / "checkpoint.pth"), "--phones", str(phones),
                "--out", str(place / name / "out"), *more,
            ]))
            print(name, made)
            import onnxruntime

            mel = torch.rand(1, 80, 30)
            session = onnxruntime.InferenceSession(str(place / name / "out" / "vocoder.onnx"))
            off = float(np.abs(session.run(None, {"mel": mel.numpy()})[0] - hifigan(mel).numpy()).max())
            assert off < 1e-5, off
        for complaint, change in (
            ("expected a voice without NSF", lambda config: config["Model"]["KanTtsSAMBERT"]["params"].update(NSF=True)),
            ("expected phones for input", lambda config: config["linguistic_unit"].update(lfeat_type_list="byte_index")),
        ):
            changed = json.loads(json.dumps(config))
            change(changed)
            (place / "wrong.yaml").write_text(yaml.safe_dump(changed))
            try:
                acoustic_model(checkpoint, place / "wrong.yaml", PHONES, TONES, {"me": place / "se.npy"})
                failures += 1
            except Refused as error:
                assert complaint in str(error), error
    assert not failures
    print("exports of random weights agree with the whole networks")


def arguments(given=None):
    parser = argparse.ArgumentParser(description="Export a KAN-TTS voice into the split form.")
    path = pathlib.Path
    parser.add_argument("--am", type=path)
    parser.add_argument("--am-config", type=path)
    parser.add_argument("--vocoder", type=path)
    parser.add_argument("--vocoder-config", type=path)
    parser.add_argument("--phones", type=path)
    parser.add_argument("--tones", type=path, help="tonelist.txt, where it differs from Mandarin's")
    parser.add_argument("--se", action="append", default=[], metavar="NAME=FILE")
    parser.add_argument("--out", type=path)
    parser.add_argument("--random", type=path, metavar="FOLDER")
    parser.add_argument("--test", action="store_true")
    return parser.parse_args(given)


def run(args):
    for name in ("am", "vocoder", "phones", "out"):
        if getattr(args, name) is None:
            refuse("--" + name, "a path", "none")
    for file in (args.am, args.vocoder, args.phones):
        if not file.is_file():
            refuse(file, "a file", "none")
    vectors = {}
    for entry in args.se:
        name, _, file = entry.partition("=")
        if not (name and pathlib.Path(file).is_file()):
            refuse("--se", "NAME=FILE of a file that is there", entry)
        vectors[name] = pathlib.Path(file)
    tones = args.tones.read_text().split() if args.tones else TONES
    acoustic = acoustic_model(args.am, args.am_config, phones_of(args.phones), tones, vectors)
    return write(args.out, *acoustic, *vocoder_of(args.vocoder, args.vocoder_config))


def main():
    args = arguments()
    if args.test:
        return test()
    try:
        print(json.dumps(random_voice(args.random) if args.random else run(args)))
    except Refused as error:
        print(error, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
