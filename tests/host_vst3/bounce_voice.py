"""Bounces a recording through an installed voice in Syrinx.vst3 in pedalboard.

    bounce_voice.py Syrinx.vst3 IN.wav OUT.f32 NAME SHA256 [BUFFER ...]

NAME and SHA256 say which voice a project has saved. Bounces once for each buffer's length. Writes the left channel of
the first bounce as raw 32-bit floats, and one JSON object with what was found to standard output.
"""

import json
import struct
import sys
import time

import numpy as np
from pedalboard import load_plugin
from recording import read


def with_voice(preset: bytes, name: str, sha256: str) -> bytes:
    """The VST3 preset with another list of voices in its component's state."""
    head, (at,) = preset[:40], struct.unpack_from("<q", preset, 40)
    (count,) = struct.unpack_from("<i", preset, at + 4)
    body, entries = bytearray(head + bytes(8)), []
    for number in range(count):
        kind, start, size = struct.unpack_from("<4sqq", preset, at + 8 + 20 * number)
        part = preset[start : start + size]
        if kind == b"Comp":
            state = json.loads(part)
            state["fields"]["voices"] = json.dumps([{"name": name, "sha256": sha256}])
            part = json.dumps(state).encode()
        entries.append(struct.pack("<4sqq", kind, len(body), len(part)))
        body += part
    struct.pack_into("<q", body, 40, len(body))
    return bytes(body) + b"List" + struct.pack("<i", count) + b"".join(entries)


def main() -> None:
    path, source, target, name, sha256, *buffers = sys.argv[1:]
    rate, mono = read(source)
    stereo = np.repeat(mono[None, :], 2, axis=0)
    plugin = load_plugin(path)
    plugin.preset_data = with_voice(plugin.preset_data, name, sha256)
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
