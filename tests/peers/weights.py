"""Random weights at which a voice is heard.

As they are initialised, the generators are near silence: weights of 0.01 in every upsampler and residual block, zeros
in the flow's last layers. Differences of two programs would drown in that. So each convolution of the generator is drawn
anew and scaled to the level that a trained one keeps: an output as large as its input. The levels are set one after
the other on a probe of noise and a rising F0, which the caller runs.
"""

import math

import torch
from torch import nn

# Share of a residual branch in what it is added to: three of them in a row stay near the level of the input.
BRANCH = 0.4
# What a level is scaled to, standard deviation over channels and time.
LEVEL = 1.0
# Share of the source in what it is added to: the pitch must be heard through the layers that follow.
SOURCE = 1.0
# The flow's coupling moves the prior by about this much per step.
COUPLING = 0.3
# What comes out, before the limiting tanh changes it much.
RMS = 0.08


def draw(root):
    """Draws the weights of the generator `root.dec` and of the flow's last layers from torch's generator."""
    for name, module in root.dec.named_modules():
        if isinstance(module, (nn.Conv1d, nn.ConvTranspose1d)):
            _draw(module, BRANCH if ".convs2." in name else 1.0)
    for name, module in root.flow.named_modules():
        if name.endswith("post"):
            _draw(module, COUPLING)
    linear, last = root.dec.m_source.l_linear, root.dec.conv_post
    with torch.no_grad():
        # No constant part: speech has none, and beside one every difference would look small.
        last_weight = weight_of(last)
        last_weight.sub_(last_weight.mean(2, keepdim=True))
        if last.bias is not None:
            last.bias.zero_()
        # Sines have the amplitude 0.1, the sum of nine at most 0.9: the source's tanh stays nearly straight.
        linear.weight.uniform_(0.3, 1.0)
        linear.bias.zero_()
    normalise(last)


def _draw(module, gain):
    weight = weight_of(module)
    fan_in = weight.shape[1] * weight.shape[2]
    if isinstance(module, nn.ConvTranspose1d):
        fan_in = weight.shape[0] * weight.shape[2] / module.stride[0]
    with torch.no_grad():
        weight.normal_(0.0, gain / math.sqrt(fan_in))
        if module.bias is not None:
            module.bias.normal_(0.0, 0.02)
    normalise(module)


def weight_of(module):
    """The weight, or what weight normalisation calculates it from."""
    return module.weight_v if hasattr(module, "weight_v") else module.weight


def normalise(module):
    """Gives weight normalisation the length that its direction has."""
    if hasattr(module, "weight_g"):
        with torch.no_grad():
            v = module.weight_v
            dims = [axis for axis in range(v.dim()) if module.weight_g.shape[axis] == 1]
            module.weight_g.copy_(v.norm(2, dims, keepdim=True))


def scale(module, factor):
    """Multiplies what a convolution gives."""
    with torch.no_grad():
        weight_of(module).mul_(factor)
        if module.bias is not None:
            module.bias.mul_(factor)
    normalise(module)


def settle(root, probe):
    """Scales the generator's layers, from first to last, until `probe()` has the level of speech; returns its RMS."""
    generator = root.dec
    layers = [(generator.conv_pre, LEVEL)]
    for up, source in zip(generator.ups, generator.noise_convs):
        layers += [(up, LEVEL), (source, SOURCE)]
    for layer, level in layers:
        found = _level_after(layer, probe)
        scale(layer, level / found)
    scale(generator.conv_post, RMS / _level_after(generator.conv_post, probe))
    return float(probe().pow(2).mean().sqrt())


def _level_after(layer, probe):
    seen = []
    hook = layer.register_forward_hook(lambda _, __, output: seen.append(output.std()))
    try:
        probe()
    finally:
        hook.remove()
    level = float(seen[0])
    if not level > 0.0:
        raise RuntimeError(f"{layer} gives silence")
    return level
