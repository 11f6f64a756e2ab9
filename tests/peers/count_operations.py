"""Counts what the networks of voices compute. Prints one JSON object: of each bundle and role, GFLOP per second of audio.

    python count_operations.py VOICES BUNDLE...

Products and sums of convolutions and matrix products alone, from the shapes that ONNX Runtime gives for one second and
for two: the difference is what a second more costs, without what is done once.
"""

import argparse
import json
import pathlib

import numpy as np
import onnx
import onnxruntime

COUNTED = ("Conv", "ConvTranspose", "MatMul", "Gemm")
CONTENT_RATE = 16_000


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("voices", type=pathlib.Path)
    parser.add_argument("bundles", nargs="+")
    arguments = parser.parse_args()
    print(json.dumps({name: of_bundle(arguments.voices / "bundles" / name) for name in arguments.bundles}))


def of_bundle(folder):
    manifest = json.loads((folder / "voice.json").read_text())
    found = {}
    for role in ("encoder", "head", "generator"):
        one, two = (operations(folder / f"{role}.onnx", seconds, manifest) for seconds in (1, 2))
        found[role] = (two - one) / 1e9
    return found


def operations(path, seconds, manifest):
    """Products and sums for so many seconds."""
    model = onnx.load(path)
    nodes = [node for node in model.graph.node if node.op_type in COUNTED]
    wanted = {name for node in nodes for name in (*node.input, *node.output) if name}
    have = {value.name for value in (*model.graph.input, *model.graph.output)}
    constants = {tensor.name: list(tensor.dims) for tensor in model.graph.initializer}
    for name in sorted(wanted - have - set(constants)):
        model.graph.output.append(onnx.ValueInfoProto(name=name))
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    fed = {value.name: made(value, seconds, manifest) for value in session.get_inputs()}
    names = [value.name for value in session.get_outputs()]
    shapes = {name: list(value.shape) for name, value in zip(names, session.run(None, fed))}
    shapes |= constants | {name: list(value.shape) for name, value in fed.items()}
    return sum(of_node(node, shapes) for node in nodes)


def made(value, seconds, manifest):
    """Something of the shape that an input has for so many seconds."""
    frames = seconds * manifest["rate"] // manifest["hop"]
    free = {"source": seconds * CONTENT_RATE, "audio": seconds * CONTENT_RATE, "c": seconds * 50}
    shape = [size if isinstance(size, int) else None for size in value.shape]
    if value.name == "c":
        shape[0] = 1
    # The excitation is at the rate of the audio, whose tensors have one channel; all else is at that of the frames.
    excitation = manifest["parameters"]["stream"]["excitation"]
    if excitation and value.name == excitation["name"]:
        free[value.name] = frames * manifest["hop"]
    shape = [free.get(value.name, frames) if size is None else size for size in shape]
    if "int64" in value.type:
        return np.full(shape, frames if value.name in ("phone_lengths", "p_len") else 1, np.int64)
    return np.full(shape, 0.1, np.float32)


def of_node(node, shapes):
    out = shapes[node.output[0]]
    if node.op_type == "Conv":
        weights = shapes[node.input[1]]
        return 2 * np.prod(out) * np.prod(weights[1:])
    if node.op_type == "ConvTranspose":
        weights = shapes[node.input[1]]
        return 2 * np.prod(shapes[node.input[0]]) * np.prod(weights[1:])
    return 2 * np.prod(out) * shapes[node.input[0]][-1]


if __name__ == "__main__":
    main()
