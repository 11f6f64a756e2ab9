"""so-vits-svc-fork as installed, with random voices where it looks for trained ones."""

import contextlib
import json
import logging
import os
import pathlib

# Where the fork looks for its content encoder: a folder of that name under the current one comes before any download.
ENCODER = "lengyue233/content-vec-best"
# Its way to name checkpoints.
CHECKPOINT = "G_100.pth"
SPEAKERS = {"first": 0, "second": 1}


def quiet():
    """Silences what the fork says of each step."""
    import so_vits_svc_fork  # noqa: F401  its import sets the level

    logging.getLogger().setLevel(logging.WARNING)


def template(legacy=False):
    """The settings that the fork brings for a new voice of 768 values per frame, or of 256."""
    import so_vits_svc_fork

    name = "so-vits-svc-4.0v1-legacy.json" if legacy else "so-vits-svc-4.0v1.json"
    folder = pathlib.Path(so_vits_svc_fork.__file__).parent / "preprocessing" / "config_templates"
    settings = json.loads((folder / name).read_text())
    settings["spk"] = dict(SPEAKERS)
    settings["model"].pop("pretrained", None)
    return settings


def new_voice(settings):
    """The fork's synthesizer with its own initial weights."""
    from so_vits_svc_fork.modules.synthesizers import SynthesizerTrn

    data = settings["data"]
    segment = settings["train"]["segment_size"] // data["hop_length"]
    return SynthesizerTrn(data["filter_length"] // 2 + 1, segment, **settings["model"]).eval()


def save(voice, settings, folder):
    """Writes a checkpoint and its settings in the fork's format."""
    import torch

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(settings, indent=2))
    checkpoint = {"model": voice.state_dict(), "iteration": 1, "optimizer": None, "learning_rate": 1e-4}
    torch.save(checkpoint, folder / CHECKPOINT)


@contextlib.contextmanager
def at_home(peers):
    """Makes the folder with the random encoder the current one: the fork finds it by a relative name."""
    before = os.getcwd()
    os.chdir(peers)
    try:
        yield
    finally:
        os.chdir(before)


def load(peers, voice="sovits"):
    """Loads a voice from `peers` the way the fork does."""
    from so_vits_svc_fork.inference.core import Svc

    folder = pathlib.Path(peers).resolve() / voice
    with at_home(peers):
        return Svc(net_g_path=folder / CHECKPOINT, config_path=folder / "config.json", device="cpu")
