"""Makes the small graphs on which the ONNX backends are tested, and what they must compute.

    python make_graphs.py        # writes graphs/ beside this file

Made with onnx 1.23.2. The expected values come from onnx's own reference evaluator, so neither backend is
measured against the other alone. Weights and inputs come from a fixed formula, not a generator, so that any
version of numpy gives the same bytes.
"""

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

HERE = Path(__file__).parent / "graphs"
CASES = []


def weights(*shape):
    """Values in -0.5..0.5 without a pattern that a transposed read would hide."""
    count = int(np.prod(shape))
    return (np.sin(np.arange(count) * 1.7 + 0.3) * 0.5).astype(np.float32).reshape(shape)


def f32(name, shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def i64(name, shape):
    return helper.make_tensor_value_info(name, TensorProto.INT64, shape)


def constant(name, array):
    return numpy_helper.from_array(np.asarray(array), name)


def model(name, nodes, inputs, outputs, constants=()):
    graph = helper.make_graph(nodes, name, inputs, outputs, list(constants))
    made = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="make_graphs.py"
    )
    made.ir_version = 8
    onnx.checker.check_model(made)
    return made


def as_json(array):
    array = np.asarray(array)
    values = array.reshape(-1).tolist()
    if array.dtype == np.int64:
        return {"shape": list(array.shape), "i64": values}
    return {"shape": list(array.shape), "f32": [round(value, 8) for value in values]}


def case(name, made, **inputs):
    """Notes what the reference evaluator computes."""
    outputs = ReferenceEvaluator(made).run(None, inputs)
    names = [output.name for output in made.graph.output]
    CASES.append(
        {
            "graph": name,
            "inputs": {key: as_json(value) for key, value in inputs.items()},
            "outputs": [{"name": key, **as_json(value)} for key, value in zip(names, outputs)],
        }
    )


def save(made, name):
    path = HERE / f"{name}.onnx"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(made.SerializeToString())
    return made


def main():
    # Linked into the program: it tries a device with this one.
    save(
        model("identity", [helper.make_node("Identity", ["x"], ["y"])], [f32("x", [1])], [f32("y", [1])]),
        "identity",
    )
    # A static convolution over 32 frames.
    conv = save(
        model(
            "conv",
            [
                helper.make_node("Conv", ["x", "w", "b"], ["c"], dilations=[2], pads=[2, 2]),
                helper.make_node("Relu", ["c"], ["y"]),
            ],
            [f32("x", [1, 4, 32])],
            [f32("y", [1, 6, 32])],
            [constant("w", weights(6, 4, 3)), constant("b", weights(6))],
        ),
        "conv",
    )
    case("conv", conv, x=weights(1, 4, 32) * 3)
    # A free number of frames, and a shape that is computed from it.
    matmul = save(
        model(
            "matmul",
            [
                helper.make_node("MatMul", ["x", "w"], ["m"]),
                helper.make_node("Softmax", ["m"], ["y"], axis=-1),
                helper.make_node("Shape", ["x"], ["frames"]),
            ],
            [f32("x", [1, "frames", 8])],
            [f32("y", [1, "frames", 5]), i64("frames", [3])],
            [constant("w", weights(8, 5))],
        ),
        "matmul",
    )
    # More sizes than a backend keeps plans for, and the first one again.
    for frames in [3, 5, 1, 2, 4, 6, 3]:
        case("matmul", matmul, x=weights(1, frames, 8) * 3)
    # A table that is looked up by integers: speaker or phoneme.
    gather = save(
        model(
            "gather",
            [helper.make_node("Gather", ["table", "index"], ["y"], axis=0)],
            [i64("index", [1, 3])],
            [f32("y", [1, 3, 4])],
            [constant("table", weights(7, 4))],
        ),
        "gather",
    )
    case("gather", gather, index=np.array([[6, 0, 3]], np.int64))
    # One step of a streaming convolution: the state is the last two frames, in and out, with two more outputs.
    stream = save(
        model(
            "stream",
            [
                helper.make_node("Concat", ["state", "x"], ["wide"], axis=2),
                helper.make_node("Conv", ["wide", "w"], ["c"]),
                helper.make_node("Tanh", ["c"], ["y"]),
                helper.make_node("Slice", ["wide", "start", "end", "axis"], ["state_out"]),
                helper.make_node("ReduceMean", ["y"], ["mean"], axes=[1, 2], keepdims=0),
            ],
            [f32("x", [1, 3, 4]), f32("state", [1, 3, 2])],
            [f32("y", [1, 5, 4]), f32("state_out", [1, 3, 2]), f32("mean", [1])],
            [
                constant("w", weights(5, 3, 3)),
                constant("start", np.array([4], np.int64)),
                constant("end", np.array([6], np.int64)),
                constant("axis", np.array([2], np.int64)),
            ],
        ),
        "stream",
    )
    case("stream", stream, x=weights(1, 3, 4) * 3, state=weights(1, 3, 2))
    hostile()
    (HERE / "expected.json").write_text(json.dumps(CASES, indent=1) + "\n")


def external(array, name, location):
    tensor = constant(name, array)
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    return tensor


def unchecked(nodes, inputs, outputs, constants=(), functions=()):
    graph = helper.make_graph(nodes, "hostile", inputs, outputs, list(constants))
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("local", 1)]
    made = helper.make_model(graph, opset_imports=opsets, functions=list(functions))
    made.ir_version = 8
    return made


def hostile():
    """Graphs that must be refused."""
    io = [f32("x", [1, 4])], [f32("y", [1, 4])]
    add = [helper.make_node("Add", ["x", "w"], ["y"])]
    outside = external(weights(1, 4), "w", "../../secret.bin")
    save(unchecked(add, *io, [outside]), "hostile/external_initializer")

    in_node = helper.make_node("Constant", [], ["w"], value=outside)
    save(unchecked([in_node, *add], *io), "hostile/external_constant")

    branch = helper.make_graph(
        [helper.make_node("Identity", ["w"], ["y"])], "branch", [], [f32("y", [1, 4])], [outside]
    )
    condition = constant("condition", np.array(True))
    choose = helper.make_node("If", ["condition"], ["y"], then_branch=branch, else_branch=branch)
    save(unchecked([choose], *io, [condition]), "hostile/external_in_branch")

    function = helper.make_function(
        "local", "Secret", ["x"], ["y"], [in_node, *add], [helper.make_opsetid("", 17)]
    )
    call = helper.make_node("Secret", ["x"], ["y"], domain="local")
    save(unchecked([call], *io, functions=[function]), "hostile/external_in_function")

    save(
        unchecked([helper.make_node("NoSuchOperator", ["x"], ["y"])], [f32("x", [1, "n"])], [f32("y", [1, "n"])]),
        "hostile/unknown_operator",
    )
    save(
        unchecked(
            [helper.make_node("Conv", ["x", "w"], ["y"])],
            [f32("x", [1, 4, 32])],
            [f32("y", [1, 6, 30])],
            [constant("w", weights(6, 9, 3))],
        ),
        "hostile/channels_disagree",
    )
    half = helper.make_tensor_value_info("x", TensorProto.FLOAT16, [1])
    half_out = helper.make_tensor_value_info("y", TensorProto.FLOAT16, [1])
    save(unchecked([helper.make_node("Identity", ["x"], ["y"])], [half], [half_out]), "hostile/half_floats")
    # Declares an output of another rank than the operator gives.
    save(
        unchecked([helper.make_node("Identity", ["x"], ["y"])], [f32("x", [1, 4])], [f32("y", [1, 4, 4])]),
        "hostile/rank_disagrees",
    )


if __name__ == "__main__":
    main()
