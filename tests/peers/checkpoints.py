"""Reads PyTorch checkpoints of voices, tells what they are, and builds their networks."""

import contextlib
import io
import json
import re

import torch

import fork
import rvc

# Values per frame of content, by the version of RVC that trained the voice.
RVC_CONTENT = {"v1": 256, "v2": 768}
RVC_RATES = {"32k": 32000, "40k": 40000, "48k": 48000}
# Channels of the prior: both contracts ask for noise of this many.
PRIOR = 192
# What So-VITS-SVC 4.1 can switch on and the fork's network does not compute.
SOVITS_LACKS = (
    "vol_embedding", "use_transformer_flow", "use_depthwise_conv", "flow_share_parameter",
)  # fmt: skip
# Weights that only train.
SOVITS_TRAINING = ("enc_q.", "f0_decoder.")
RVC_TRAINING = ("enc_q.",)


class Refused(Exception):
    """A file that cannot become a graph: what was expected and what was found."""


def read(path):
    """The checkpoint's dictionary. Only tensors and plain values are read: a pickle can run any program."""
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises a dozen types for files that are none of its own
        # torch's own words advise to load it all the same: only the name of what would run is told.
        program = re.search(r"GLOBAL (\S+)", str(error))
        found = f"a program ({program[1]})" if program else f"what torch cannot read ({type(error).__name__})"
        raise Refused(f"{path}: expected a PyTorch checkpoint of weights alone, found {found}") from None
    if not isinstance(found, dict):
        raise Refused(f"{path}: expected a dictionary of weights, found {type(found).__name__}")
    return found


def kind_of(path, found):
    """"rvc" or "sovits"."""
    if "weight" in found and "config" in found:
        return "rvc"
    names = found["model"] if isinstance(found.get("model"), dict) else None
    if names is not None and "enc_p.emb_phone.weight" in names:
        what = "RVC's training checkpoint (G_*.pth); its trained voice lies in RVC's folder `weights`"
    elif names is not None and "pre.weight" in names:
        return "sovits"
    elif names is not None and any(name.startswith("discriminators.") for name in names):
        what = "a discriminator (D_*.pth), which only trains"
    else:
        what = "the keys " + listed(found)
    raise Refused(
        f"{path}: expected an RVC voice (`weight`, `config`) or So-VITS-SVC's G_*.pth (`model` with `pre.weight`), "
        f"found {what}"
    )


def build_rvc(path, found):
    """The network, whether it takes F0, and its rate."""
    version, f0 = found.get("version", "v1"), found.get("f0", 1)
    if version not in RVC_CONTENT:
        raise Refused(f"{path}: expected RVC version v1 or v2, found {version!r}")
    if f0 not in (0, 1):
        raise Refused(f"{path}: expected `f0` 0 or 1, found {f0!r}")
    config, weights = found["config"], found["weight"]
    if not isinstance(config, (list, tuple)) or len(config) != 18:
        size = len(config) if isinstance(config, (list, tuple)) else type(config).__name__
        raise Refused(f"{path}: expected a `config` of 18 values, found {size}")
    names = ("spec_channels", "segment_size", *rvc.CONFIG, "rate")
    named = dict(zip(names, config))
    rate = RVC_RATES.get(named["rate"], named["rate"])
    hop = 1
    for factor in named["upsample_rates"]:
        hop *= factor
    if not isinstance(rate, int) or hop * 100 != rate:
        raise Refused(f"{path}: expected frames of 10 ms, found {hop} samples per frame at {rate} Hz")
    if found.get("sr") is not None and RVC_RATES.get(found["sr"], found["sr"]) != rate:
        raise Refused(f"{path}: expected the same rate twice, found `sr` {found['sr']} and {rate} Hz in `config`")
    if "emb_g.weight" not in weights:
        raise Refused(f"{path}: expected the speakers `emb_g.weight`, found {listed(weights)}")
    _expect_prior(path, named["inter_channels"])
    named |= {"rate": rate, "spk_embed_dim": weights["emb_g.weight"].shape[0]}
    network = _rvc_network(list(named.values()), version, bool(f0))
    _load(path, network, weights, RVC_TRAINING)
    # The WebUI's simplifier folds the normalised weights.
    network.dec.remove_weight_norm()
    network.flow.remove_weight_norm()
    return network, version, bool(f0), rate


def _rvc_network(config, version, f0):
    from rvc_python.lib.infer_pack import models, models_onnx

    with contextlib.redirect_stdout(io.StringIO()):
        if f0:
            return models_onnx.SynthesizerTrnMsNSFsidM(*config, is_half=False, version=version)
        plain = {"v1": "SynthesizerTrnMs256NSFsid_nono", "v2": "SynthesizerTrnMs768NSFsid_nono"}
        return getattr(models, plain[version])(*config, is_half=False)


def build_sovits(path, found, config_path):
    """The network and its settings."""
    if config_path is None:
        raise Refused(f"{path}: a checkpoint of So-VITS-SVC: expected its settings, give --config config.json")
    try:
        settings = json.loads(config_path.read_text(encoding="utf-8"))
        model, data, _ = settings["model"], settings["data"], settings["train"]["segment_size"]
        required = data["filter_length"], data["hop_length"], data["sampling_rate"], model["ssl_dim"]
        rates, inter = model["upsample_rates"], model["inter_channels"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refused(
            f"{config_path}: expected the config.json of So-VITS-SVC with `model`, `data` and `train`, "
            f"found {type(error).__name__}: {error}"
        ) from None
    for feature in SOVITS_LACKS:
        if model.get(feature):
            raise Refused(f"{config_path}: expected no `{feature}`, found {model[feature]!r}: {_only_upstream()}")
    if model.get("type_", "hifi-gan") != "hifi-gan":
        raise Refused(
            f"{config_path}: expected `type_` 'hifi-gan', "
            f"found {model['type_']!r}, which takes no F0: no contract has it"
        )
    for feature, plain in (("vocoder_name", "nsf-hifigan"), ("n_flow_layer", 4)):
        if model.get(feature, plain) != plain:
            raise Refused(
                f"{config_path}: expected `{feature}` {plain!r}, found {model[feature]!r}: {_only_upstream()}"
            )
    hop = 1
    for factor in rates:
        hop *= factor
    if hop != required[1]:
        raise Refused(f"{config_path}: expected {required[1]} samples per frame, found `upsample_rates` of {hop}")
    _expect_prior(config_path, inter)
    try:
        network = fork.new_voice(settings)
    except (KeyError, TypeError, ValueError) as error:
        raise Refused(f"{config_path}: expected the settings of a So-VITS-SVC network, found: {error}") from None
    _load(path, network, found["model"], SOVITS_TRAINING)
    return network, settings


def _only_upstream():
    return "so-vits-svc-fork's network does not compute it; use the exporter of So-VITS-SVC 4.1"


def _expect_prior(path, channels):
    if channels != PRIOR:
        raise Refused(f"{path}: expected {PRIOR} `inter_channels`, found {channels}")


def _load(path, network, weights, training):
    """Copies the weights into the network: every one that speaks, and no other."""
    expected = {name: value for name, value in network.state_dict().items() if not name.startswith(training)}
    given = {name: value for name, value in weights.items() if not name.startswith(training)}
    missing, more = sorted(expected.keys() - given.keys()), sorted(given.keys() - expected.keys())
    if missing or more:
        raise Refused(
            f"{path}: expected the network's weights, found {len(missing)} missing ({listed(missing)}) and "
            f"{len(more)} unknown ({listed(more)})"
        )
    for name, value in expected.items():
        if value.shape != given[name].shape:
            raise Refused(f"{path}: expected {name} of {list(value.shape)}, found {list(given[name].shape)}")
    network.load_state_dict({name: value.float() for name, value in given.items()}, strict=False)
    network.eval()


def listed(names):
    """Some of the names, and how many there are."""
    names = [str(name) for name in names]
    if not names:
        return "none"
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
