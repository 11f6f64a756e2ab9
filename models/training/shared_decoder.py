"""Reads the default conversion voice's decoder back from its ONNX graph, so that the speaking voice can learn to feed it."""

from pathlib import Path

import onnx
import torch
from onnx import numpy_helper

from blocks import StreamConv
from decoder import Decoder

DECODER = Path(__file__).resolve().parents[1] / "voices" / "default" / "decoder.onnx"


def load_decoder(path: Path = DECODER) -> Decoder:
    """The decoder with the graph's weights, in evaluation form. The export merged every norm into the layer before it."""
    decoder = Decoder().eval()
    merged, named = [], {}
    for initializer in onnx.load(str(path)).graph.initializer:
        value = torch.from_numpy(numpy_helper.to_array(initializer).copy())
        if initializer.name.startswith("net."):
            named[initializer.name.removeprefix("net.")] = value
        else:
            merged.append(value)
    state = decoder.state_dict()
    state.update(named)
    decoder.load_state_dict(state)
    layers: list[tuple[StreamConv, torch.nn.BatchNorm1d]] = [(decoder.stack.first, decoder.stack.norm)]
    layers += [(block.time, block.norm) for block in decoder.stack.blocks]
    *convolutions, speakers = merged
    with torch.no_grad():
        for (layer, norm), weight, bias in zip(layers, convolutions[0::2], convolutions[1::2], strict=True):
            layer.conv.weight.copy_(weight)
            if layer.conv.bias is not None:
                layer.conv.bias.zero_()
            norm.running_mean.zero_()
            norm.running_var.fill_(1.0 - norm.eps)
            norm.weight.fill_(1.0)
            norm.bias.copy_(bias)
        decoder.speakers.weight.copy_(speakers.T)
    return decoder
