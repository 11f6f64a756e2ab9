"""Bounces a recording through an installed voice in Syrinx.vst3 in pedalboard.

    bounce_voice.py Syrinx.vst3 IN.wav OUT.f32 NAME SHA256 [BUFFER ...]

NAME and SHA256 say which voice a project has saved. Bounces once for each buffer's length. Writes the left channel of
the first bounce as raw 32-bit floats, and one JSON object with what was found to standard output.
"""

import json
import sys
import time

import numpy as np
from pedalboard import load_plugin
from preset import with_field
from recording import read


def main() -> None:
    path, source, target, name, sha256, *buffers = sys.argv[1:]
    rate, mono = read(source)
    stereo = np.repeat(mono[None, :], 2, axis=0)
    plugin = load_plugin(path)
    plugin.preset_data = with_field(plugin.preset_data, "voices", [{"name": name, "sha256": sha256}])
    bounces, seconds = [], []
    for size in buffers or ["512"]:
        begin = time.monotonic()
        bounces.append(plugin.process(stereo, rate, buffer_size=int(size)))
        seconds.append(round(time.monotonic() - begin, 2))
    bounces[0][0].tofile(target)
    print(
        json.dumps(
            {
                "latency": plugin.reported_latency_samples,
                "length": bounces[0].shape[1],
                "expected_length": stereo.shape[1],
                "difference": float(np.abs(bounces[0] - stereo).max()),
                "bounces_equal": all(np.array_equal(bounces[0], other) for other in bounces[1:]),
                "seconds": seconds,
            }
        )
    )


main()
