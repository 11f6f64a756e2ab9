"""Takes the weights out of an ONNX graph, and leaves what is needed to put others of the same kind in.

    python take_out_weights.py VOICE.onnx GRAPH.zip SEED

GRAPH.zip then holds

    rest            the ONNX file's bytes without those of its weights
    weights.json    where weights stood in the file, how many they were, and the normal distribution that they have

`weights` fills such a graph again, as `tests/support/weightless.rs` does; the hash in `weights.json` is that of the file
which comes of it, so each is checked against the other. Needs numpy and onnx: `tests/peers/requirements.txt`.
"""

import argparse
import hashlib
import json
import pathlib
import zipfile

import numpy as np
import onnx

# A tensor of fewer numbers stays as it is: most are constants of the arithmetic, and describing one costs as much.
LEAST = 64
# The sum of four numbers of 16 bits has this mean and this standard deviation, and is nearly normal.
MEAN, DEVIATION = 2 * 65535, np.sqrt((2.0**32 - 1) / 3)
# Constants of SplitMix64 (Steele, Lea and Flood, 2014).
GOLDEN, FIRST, SECOND = (np.uint64(x) for x in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))
# The same zip for the same graph.
DATE = (1980, 1, 1, 0, 0, 0)


def mix(x):
    """SplitMix64's finisher: every bit of the result depends on every bit of `x`."""
    x = (x ^ (x >> np.uint64(30))) * FIRST
    x = (x ^ (x >> np.uint64(27))) * SECOND
    return x ^ (x >> np.uint64(31))


def draw(seed, number, count):
    """`count` whole numbers around 0, drawn for tensor `number`: each follows from its place alone."""
    with np.errstate(over="ignore"):
        start = mix(np.uint64(seed) * GOLDEN + np.uint64(number))
        bits = mix(start + GOLDEN * np.arange(1, count + 1, dtype=np.uint64))
    parts = (bits >> np.uint64(shift) & np.uint64(0xFFFF) for shift in (0, 16, 32, 48))
    return sum(parts).astype(np.int64) - MEAN


def weights(seed, number, tensor):
    """The bytes of a tensor, in single precision all the way, so that they are the same everywhere."""
    drawn = draw(seed, number, tensor["count"]).astype(np.float32)
    return (np.float32(tensor["mean"]) + np.float32(tensor["step"]) * drawn).astype("<f4").tobytes()


def described(tensor, at):
    """A tensor whose bytes begin at `at`."""
    values = np.frombuffer(tensor.raw_data, "<f4").astype(np.float64)
    return {
        "name": tensor.name,
        "shape": list(tensor.dims),
        "at": at,
        "count": values.size,
        "mean": float(np.float32(values.mean())),
        "step": float(np.float32(values.std() / DEVIATION)),
    }


def take_out(file):
    """The file without weights, and its weights described in the order of the file."""
    model = onnx.load_from_string(file)
    rest, taken, done = bytearray(), [], 0
    for tensor in model.graph.initializer:
        if tensor.data_type != onnx.TensorProto.FLOAT or len(tensor.raw_data) < 4 * LEAST:
            continue
        # The file has its tensors in the same order as the model.
        at = file.index(tensor.raw_data, done)
        rest += file[done:at]
        done = at + len(tensor.raw_data)
        taken.append(described(tensor, at))
    return bytes(rest + file[done:]), taken


def filled(rest, seed, taken):
    """The pieces of the file with new weights."""
    done, size = 0, 0
    for number, tensor in enumerate(taken):
        before = tensor["at"] - size
        yield rest[done : done + before]
        done += before
        yield weights(seed, number, tensor)
        size = tensor["at"] + 4 * tensor["count"]
    yield rest[done:]


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("graph", type=pathlib.Path)
    arguments.add_argument("target", type=pathlib.Path)
    arguments.add_argument("seed", type=int)
    asked = arguments.parse_args()
    file = asked.graph.read_bytes()
    rest, taken = take_out(file)
    digest, size = hashlib.sha256(), 0
    for piece in filled(rest, asked.seed, taken):
        digest.update(piece)
        size += len(piece)
    if size != len(file):
        raise RuntimeError(f"expected a file of {len(file)} bytes again, found {size}")
    summary = {"bytes": size, "sha256": digest.hexdigest(), "seed": asked.seed, "weights": taken}
    with zipfile.ZipFile(asked.target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in (("weights.json", json.dumps(summary).encode()), ("rest", rest)):
            archive.writestr(zipfile.ZipInfo(name, DATE), content, zipfile.ZIP_DEFLATED, 9)
    count = sum(tensor["count"] for tensor in taken)
    print(f"{asked.target}: {len(taken)} tensors with {count / 1e6:.1f} M weights taken out, {len(rest)} bytes left")


main()
