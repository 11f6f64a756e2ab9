"""Runs the peers on a recording, stage by stage, and writes what went into each stage and what came out.

    python stages.py VOICES RECORDING OUT [--voice sovits|sovits_256|rvc]

OUT/VOICE then holds `request.json` and arrays as raw little-endian numbers: what is measured on the recording (to be
given to Syrinx too) and, as `peer_*`, what the peer made of it. Chance is taken out: the prior's noise is an array,
everything else that is drawn is zero. For RVC there are also whole files, and voices to convert them with.
"""

import stubs

stubs.install()

import argparse
import json
import pathlib
import warnings

import librosa
import numpy as np
import torch

import fork
import random_voices
import randomness
import rvc
import sums
import whole_rvc

# The shift of F0 in semitones: one that no rounding hides.
TRANSPOSE = 3
NOISE_SCALE = {"sovits": 0.4, "sovits_256": 0.4, "rvc": 0.66666}
SEED = 7


class Folder:
    """Where arrays go, and the list of them."""

    def __init__(self, path):
        path.mkdir(parents=True, exist_ok=True)
        self.path = path

    def put(self, name, values, kind="f32"):
        values = np.asarray(values).astype({"f32": "<f4", "i64": "<i8"}[kind])
        values.tofile(self.path / f"{name}.{kind}")

    def request(self, **facts):
        (self.path / "request.json").write_text(json.dumps(facts, indent=2))


def noise_of(frames):
    return torch.randn(1, 192, frames, generator=torch.Generator().manual_seed(SEED))


def put_spoken(folder, speak, noise):
    """What the peer says, and what its network says when it sums up phases as an exported graph does."""
    with torch.no_grad(), randomness.given(noise):
        folder.put("peer_spoken", speak())
    with torch.no_grad(), randomness.given(noise), sums.single():
        folder.put("peer_spoken_single", speak())


def of_fork(voices, voice, recording, folder):
    """so-vits-svc-fork's functions in the order in which its `Svc.infer` calls them."""
    import torchaudio
    from so_vits_svc_fork import f0 as pitch
    from so_vits_svc_fork import utils

    svc = fork.load(voices, voice)
    audio, rate = librosa.load(recording, sr=svc.target_sample, mono=True)
    audio = audio[: len(audio) // svc.hop_size * svc.hop_size]
    speech = torchaudio.transforms.Resample(rate, 16000)(torch.from_numpy(audio))
    content = utils.get_content(svc.hubert_model, speech, "cpu", 16000, svc.contentvec_final_proj)
    contour = pitch.compute_f0(audio, sampling_rate=rate, hop_length=svc.hop_size, method="dio")
    folder.put("contour", contour)
    hertz, uv = pitch.interpolate_f0(contour)
    hertz = torch.as_tensor(hertz, dtype=torch.float32) * 2 ** (TRANSPOSE / 12)
    frames = len(hertz)
    spread = utils.repeat_expand_2d(content.squeeze(0), frames)
    rows = torch.arange(content.shape[2], dtype=torch.float32).unsqueeze(0)
    noise = noise_of(frames)

    def speak():
        return svc.net_g.infer(
            spread.unsqueeze(0), f0=hertz.unsqueeze(0), uv=torch.as_tensor(uv).unsqueeze(0),
            g=torch.tensor([[0]]), noice_scale=NOISE_SCALE[voice],
        )  # fmt: skip

    put_spoken(folder, speak, noise)
    for name, values in {"audio": audio, "speech": speech, "noise": noise}.items():
        folder.put(name, values)
    folder.put("peer_content", content.transpose(1, 2))
    folder.put("peer_f0", hertz)
    folder.put("peer_uv", uv)
    folder.put("peer_coarse", pitch.f0_to_coarse(hertz.clone()), "i64")
    folder.put("peer_mel2ph", utils.repeat_expand_2d(rows, frames)[0] + 1, "i64")
    return {"kind": "so-vits", "rate": rate, "hop": svc.hop_size, "dim": content.shape[1]}


def fill(hertz):
    """F0 straight through what is unvoiced."""
    values = hertz[0].numpy()
    voiced = np.flatnonzero(values > 0)
    return torch.from_numpy(np.interp(np.arange(len(values)), voiced, values[voiced]).astype(np.float32)).unsqueeze(0)


def coarse_of(hertz):
    """RVC's bins of an F0 in Hz."""
    low, high = (1127 * np.log(1 + hz / 700) for hz in (50, 1100))
    mel = 1127 * np.log(1 + hertz.numpy() / 700)
    return torch.from_numpy(np.clip(np.rint((mel - low) * 254 / (high - low) + 1), 1, 255).astype(np.int64))


class Witness:
    """RVC's network, which remembers what its pipeline asked of it."""

    def __init__(self, network):
        self.network = network

    def infer(self, *asked):
        self.asked = asked
        self.noise = noise_of(asked[0].shape[1])
        with randomness.given(self.noise):
            return self.network.infer(*asked)


def of_rvc(voices, voice, recording, folder):
    """RVC's own pipeline on a whole recording, shorter than what it would cut."""
    network, config = rvc.load(voices, voice)
    rate, witness, encoder = config[-1], Witness(network), rvc.Encoder(voices)
    heard = []

    def extract(source, padding_mask, output_layer, ask=encoder.extract_features):
        heard.append((source, *ask(source, padding_mask, output_layer)))
        return heard[-1][1:]

    encoder.extract_features = extract
    audio, _ = librosa.load(recording, sr=16000, mono=True)
    pipeline = rvc.pipeline(rate)
    final = pipeline.pipeline(
        encoder, witness, 0, audio, "", [0, 0, 0], TRANSPOSE, "pm", "", 0, 1, 3, rate, 0, 1, "v2", 0.5
    )
    if len(heard) != 1:
        raise RuntimeError("the recording is so long that RVC cuts it: use a shorter one")
    source, content = heard[0]
    phone, lengths, pitch, hertz, speaker = witness.asked
    with torch.no_grad(), randomness.given(witness.noise):
        folder.put("peer_spoken_gaps", network.infer(*witness.asked)[0])
    # Where F0 is zero, rounding alone decides what the export makes of the phase, so networks are compared on an F0
    # without gaps, as RVC has had it since 2026.
    filled = fill(hertz)
    folder.put("peer_filled", filled)
    asked = phone, lengths, coarse_of(filled), filled, speaker
    put_spoken(folder, lambda: network.infer(*asked)[0], witness.noise)
    folder.put("recording", audio)
    folder.put("speech", source)
    folder.put("contour", hertz / 2 ** (TRANSPOSE / 12))
    folder.put("noise", witness.noise)
    folder.put("peer_content", content)
    folder.put("peer_phone", phone)
    folder.put("peer_f0", hertz)
    folder.put("peer_coarse", pitch, "i64")
    folder.put("peer_final", final / 32768.0)
    graphs = voices / voice / random_voices.graph_name(True), voices / "encoder_768.onnx"
    whole = whole_rvc.put(voices, folder, audio, *graphs)
    return {"kind": "rvc", "rate": rate, "hop": rate // 100, "dim": 768, **whole}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("voices", type=pathlib.Path)
    parser.add_argument("recording", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--voice", action="append", choices=tuple(NOISE_SCALE))
    arguments = parser.parse_args()
    fork.quiet()
    warnings.simplefilter("ignore")
    voices, recording = arguments.voices.resolve(), arguments.recording.resolve()
    for voice in arguments.voice or NOISE_SCALE:
        folder = Folder((arguments.out / voice).resolve())
        facts = (of_rvc if voice == "rvc" else of_fork)(voices, voice, recording, folder)
        encoder = f"encoder_{facts.pop('dim')}.onnx"
        folder.request(
            voice=voice, transpose=TRANSPOSE, noise_scale=NOISE_SCALE[voice], encoder=str(voices / encoder),
            synthesizer=str(voices / voice / random_voices.graph_name(True)), **facts,
        )  # fmt: skip
        print(f"{voice}: {folder.path}", flush=True)


if __name__ == "__main__":
    main()
