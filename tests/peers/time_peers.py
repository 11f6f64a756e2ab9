"""Times the peers, to be set beside Syrinx's own times. Prints one JSON object.

    python time_peers.py VOICES RECORDING fork-file|rvc-file|fork-live|rvc-live|product [--threads N]
        [--block MS] [--context MS] [--lookahead MS] [--crossfade MS] [--seconds S]

A "file" part converts a recording from loading to writing, F0 by each program's fast method (the fork's dio, RVC's pm):
wall and processor seconds, the peak of memory, `imported_s`, which of it was starting, and `again_s`, what the same
takes a second time in the same process. The second is far shorter with torch 2.6 on processors without a GPU: its transposed convolution takes many times as long
for the first signal of each length, and a recording is cut into pieces of different lengths. A "live" part streams blocks as fast as they are computed: seconds
of computing per second of audio, the median over blocks, loading and the first blocks not counted.
"""

import time

BEGAN = time.perf_counter()

import stubs

stubs.install()

import argparse
import contextlib
import io
import json
import pathlib
import resource
import statistics
import tempfile
import warnings

import fork
import rvc

# Blocks that are not counted: the first ones make caches.
WARM = 3


def fork_file(arguments):
    """so-vits-svc-fork's own command, from its checkpoint to the written file."""
    from so_vits_svc_fork.inference.main import infer

    folder = arguments.voices / arguments.voice
    return twice(lambda: fork_file_once(arguments, folder, infer))


def fork_file_once(arguments, folder, infer):
    with tempfile.TemporaryDirectory() as out, fork.at_home(arguments.voices):
        infer(
            input_path=arguments.recording, output_path=pathlib.Path(out) / "out.wav",
            model_path=folder / fork.CHECKPOINT, config_path=folder / "config.json", speaker="first", transpose=3,
            f0_method="dio", device="cpu",
        )  # fmt: skip


def rvc_file(arguments):
    """RVC's pipeline, from its checkpoint to the written file."""
    import librosa
    import soundfile

    return twice(lambda: rvc_file_once(arguments, librosa, soundfile))


def twice(convert):
    """Converts, notes when, and converts again. What was imported before counts as starting."""
    imported = time.perf_counter() - BEGAN
    convert()
    done = time.perf_counter()
    found = {"wall_s": done - BEGAN, "imported_s": imported, **usage()}
    convert()
    return found | {"again_s": time.perf_counter() - done}


def usage():
    """Processor seconds and the peak of memory so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {"cpu_s": used.ru_utime + used.ru_stime, "peak_mb": used.ru_maxrss * 1024 / 1e6}


def rvc_file_once(arguments, librosa, soundfile):
    network, config = rvc.load(arguments.voices)
    encoder = rvc.Encoder(arguments.voices)
    audio, _ = librosa.load(arguments.recording, sr=16000, mono=True)
    spoken = rvc.pipeline(config[-1]).pipeline(
        encoder, network, 0, audio, "", [0, 0, 0], 3, "pm", "", 0, 1, 3, config[-1], 0, 1, "v2", 0.5
    )
    with tempfile.TemporaryDirectory() as out:
        soundfile.write(pathlib.Path(out) / "out.wav", spoken, config[-1])


def fork_live(arguments):
    """so-vits-svc-fork's first real-time algorithm: each block with its surroundings, anew."""
    import numpy as np
    from so_vits_svc_fork.inference.core import RealtimeVC

    svc = fork.load(arguments.voices, arguments.voice)
    rate = svc.target_sample

    def samples(milliseconds):
        return int(milliseconds * rate / 1000)

    model = RealtimeVC(
        svc_model=svc, crossfade_len=samples(arguments.crossfade),
        additional_infer_before_len=samples(arguments.context), additional_infer_after_len=samples(arguments.lookahead),
    )  # fmt: skip

    def step(block):
        # Its command's padding; a threshold at which nothing is skipped as silent.
        model.process(
            block.astype(np.float32), speaker="first", transpose=3, f0_method="dio", db_thresh=-200, pad_seconds=0.02
        )

    return blocks(arguments, rate, step)


def rvc_live(arguments):
    """RVC's real-time algorithm, written down from its description: the decoder runs on the newest frames alone."""
    import live_rvc

    network, config = rvc.load(arguments.voices)
    # Its real-time program does so, its conversion of files does not.
    network.dec.remove_weight_norm()
    network.flow.remove_weight_norm()
    stream = live_rvc.Stream(network, rvc.Encoder(arguments.voices), config[-1], arguments)
    return blocks(arguments, stream.rate, stream.step)


def blocks(arguments, rate, step):
    """Times `step` on the recording's blocks, repeated as long as asked for."""
    import librosa
    import numpy as np

    audio, _ = librosa.load(arguments.recording, sr=rate, mono=True)
    size = int(arguments.block * rate / 1000)
    count = max(int(arguments.seconds * 1000 / arguments.block), WARM + 3)
    audio = np.resize(audio, size * count)
    seconds = []
    for start in range(0, len(audio), size):
        began = time.perf_counter()
        step(audio[start : start + size])
        seconds.append(time.perf_counter() - began)
    factors = sorted(taken / (arguments.block / 1000) for taken in seconds[WARM:])
    return {
        "per_second": statistics.median(factors), "p99": factors[int(0.99 * (len(factors) - 1))],
        "blocks": len(factors),
    }  # fmt: skip


def product(_):
    """The rate of torch's matrix products in GFLOP/s: what a network could reach at most."""
    import torch

    size, best = 1024, float("inf")
    a, b = torch.randn(size, size), torch.randn(size, size)
    for _ in range(30):
        began = time.perf_counter()
        torch.mm(a, b)
        best = min(best, time.perf_counter() - began)
    return {"gflops": 2 * size**3 / best / 1e9}


PARTS = {
    "fork-file": fork_file, "rvc-file": rvc_file, "fork-live": fork_live, "rvc-live": rvc_live, "product": product,
}  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("voices", type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("recording", type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("part", choices=tuple(PARTS))
    parser.add_argument("--voice", default="sovits")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=10.0, help="how long to stream")
    for name, default in (("block", 350), ("context", 1000), ("lookahead", 100), ("crossfade", 50)):
        parser.add_argument(f"--{name}", type=float, default=default, help="milliseconds")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    with contextlib.redirect_stdout(io.StringIO()):
        import torch

        torch.set_num_threads(arguments.threads)
        if arguments.part.startswith("fork"):
            fork.quiet()
        found = PARTS[arguments.part](arguments) or {}
    found = {"wall_s": time.perf_counter() - BEGAN, **usage(), **found, "threads": arguments.threads}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
