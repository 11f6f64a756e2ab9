"""rvc-python's networks and pipeline as installed, with random voices and the encoder of transformers."""

import contextlib
import io
import json
import pathlib

CHECKPOINT = "voice.pth"
# The order in which RVC's checkpoints list the settings of a network.
CONFIG = (
    "inter_channels", "hidden_channels", "filter_channels", "n_heads", "n_layers", "kernel_size", "p_dropout",
    "resblock", "resblock_kernel_sizes", "resblock_dilation_sizes", "upsample_rates", "upsample_initial_channel",
    "upsample_kernel_sizes", "spk_embed_dim", "gin_channels",
)  # fmt: skip


def settings(changes=None):
    """The list of settings of a v2 voice at 48 kHz, with changes by name."""
    import rvc_python

    file = pathlib.Path(rvc_python.__path__[0]) / "configs" / "v2" / "48k.json"
    found = json.loads(file.read_text())
    data, model = found["data"], found["model"] | (changes or {})
    spectrum = [data["filter_length"] // 2 + 1, found["train"]["segment_size"] // data["hop_length"]]
    return spectrum + [model[name] for name in CONFIG] + [data["sampling_rate"]]


def new_voice(config):
    """The network that RVC speaks with."""
    from rvc_python.lib.infer_pack.models import SynthesizerTrnMs768NSFsid

    with contextlib.redirect_stdout(io.StringIO()):
        return SynthesizerTrnMs768NSFsid(*config, is_half=False).eval()


def new_export(config):
    """The same network as RVC exports it to ONNX."""
    from rvc_python.lib.infer_pack.models_onnx import SynthesizerTrnMsNSFsidM

    with contextlib.redirect_stdout(io.StringIO()):
        return SynthesizerTrnMsNSFsidM(*config, is_half=False, version="v2").eval()


def save(voice, config, folder):
    """Writes a checkpoint as RVC makes them for use: half precision, without the posterior encoder."""
    import torch

    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: value.half() for name, value in voice.state_dict().items() if "enc_q" not in name}
    checkpoint = {"weight": weights, "config": config, "info": "random", "sr": "48k", "f0": 1, "version": "v2"}
    torch.save(checkpoint, folder / CHECKPOINT)


def load(peers, voice="rvc"):
    """Loads a voice from `peers` the way RVC does: its network, the settings, and nothing that trains."""
    import torch

    checkpoint = torch.load(pathlib.Path(peers) / voice / CHECKPOINT, map_location="cpu")
    checkpoint["config"][-3] = checkpoint["weight"]["emb_g.weight"].shape[0]
    network = new_voice(checkpoint["config"])
    del network.enc_q
    network.load_state_dict(checkpoint["weight"], strict=False)
    return network.eval().float(), checkpoint["config"]


class Encoder:
    """The content encoder in the shape in which RVC's pipeline asks for it."""

    def __init__(self, peers):
        from transformers import HubertModel

        import fork

        self.model = HubertModel.from_pretrained(str(pathlib.Path(peers) / fork.ENCODER)).eval()

    def extract_features(self, source, padding_mask, output_layer):
        if output_layer != 12:
            raise ValueError(f"expected layer 12, found {output_layer}")
        return (self.model(source)["last_hidden_state"],)


class Settings:
    """What RVC's configuration says on a machine without a GPU."""

    x_pad, x_query, x_center, x_max, is_half, device = 1, 6, 38, 41, False, "cpu"


def pipeline(rate):
    """RVC's conversion of whole recordings."""
    from rvc_python.modules.vc.pipeline import Pipeline

    return Pipeline(rate, Settings, lib_dir="")
