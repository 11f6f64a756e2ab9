"""Bounces a recording through Syrinx.vst3 in pedalboard and reads parameters and state back.

    bounce_pedalboard.py Syrinx.vst3 IN.wav OUT.f32

Writes the left channel as raw 32-bit floats, and one JSON object with what was found to standard output.
"""

import json
import sys

import numpy as np
from pedalboard import load_plugin
from recording import read


def main() -> None:
    path, source, target = sys.argv[1:]
    rate, mono = read(source)
    stereo = np.repeat(mono[None, :], 2, axis=0)

    plugin = load_plugin(path)
    names = sorted(plugin.parameters)
    # Its own bypass, at the plugin's latency: compensated, the recording must come out untouched.
    plugin.bypass = True
    bypassed = plugin.process(stereo, rate, buffer_size=512)
    plugin.bypass = False

    bounces = [plugin.process(stereo, rate, buffer_size=size) for size in (512, 512, 64, 333)]
    bounces[0][0].tofile(target)

    plugin.transpose = "+5 st"
    # A change reaches the processor with the next block.
    plugin.process(stereo[:, :1024], rate)
    saved = plugin.raw_state
    other = load_plugin(path)
    before = other.parameters["transpose"].string_value
    other.raw_state = saved
    print(
        json.dumps(
            {
                "rate": rate,
                "latency": plugin.reported_latency_samples,
                "parameters": names,
                "length": bounces[0].shape[1],
                "expected_length": stereo.shape[1],
                "bypass_difference": float(np.abs(bypassed - stereo).max()),
                "bounces_equal": all(np.array_equal(bounces[0], other) for other in bounces[1:]),
                "channels_equal": bool(np.array_equal(bounces[0][0], bounces[0][1])),
                "transpose_before": before,
                "transpose_after": other.parameters["transpose"].string_value,
            }
        )
    )


main()
