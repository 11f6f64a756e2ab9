"""Plays Syrinx.vst3 from a keyboard in DawDreamer: a scale, and a note that the wheel bends.

    bounce_sung.py Syrinx.vst3 IN.wav OUT.f32 SECONDS KEY [KEY ...]

Holds each key for SECONDS, one after the other, while the recording plays. Then holds the first one, and moves the wheel
to its end, to the other end and back after 1, 2 and 3 s. Writes both bounces, compensated and one behind the other, as raw
32-bit floats, and one JSON object with what was found to standard output.
"""

import json
import struct
import sys
import tempfile
from pathlib import Path

import dawdreamer
import numpy as np
from recording import read

# Ticks of a MIDI file in a second: 480 in a quarter note, at the 120 beats a minute that a file without a tempo has.
TICKS = 960
# The middle of the wheel, of 14 bits.
REST = 8_192


def wheel_file(key: int) -> bytes:
    """A MIDI file with a note and a wheel."""

    def wheel(value: int) -> bytes:
        return bytes([0xE0, value & 127, value >> 7])

    events = [
        (0, bytes([0x90, key, 100])),
        (TICKS, wheel(2 * REST - 1)),
        (2 * TICKS, wheel(0)),
        (3 * TICKS, wheel(REST)),
        (4 * TICKS, bytes([0x80, key, 0])),
        (4 * TICKS, b"\xff\x2f\x00"),
    ]
    track, now = b"", 0
    for at, message in events:
        delta, now = at - now, at
        track += bytes([0x80 | delta >> 7, delta & 127]) + message
    head = b"MThd" + struct.pack(">IHHH", 6, 0, 1, TICKS // 2)
    return head + b"MTrk" + struct.pack(">I", len(track)) + track


class Studio:
    """Bounces of one plugin on one recording."""

    def __init__(self, path: str, rate: int, mono: np.ndarray) -> None:
        self.path, self.rate = path, rate
        self.stereo = np.repeat(mono[None, :], 2, axis=0)
        self.names: list[str] = []

    def bounce(self, block: int, play) -> np.ndarray:
        engine = dawdreamer.RenderEngine(self.rate, block)
        playback = engine.make_playback_processor("playback", self.stereo)
        plugin = engine.make_plugin_processor("syrinx", self.path)
        about = plugin.get_parameters_description()
        self.names = [parameter["name"] for parameter in about]
        index = {parameter["name"]: parameter["index"] for parameter in about}
        # The third of four targets, without a glide.
        plugin.set_parameter(index["Pitch Target"], 2 / 3)
        plugin.set_parameter(index["Glide"], 0.0)
        play(plugin)
        engine.load_graph([(playback, []), (plugin, ["playback"])])
        latency = plugin.get_latency_samples()
        length = self.stereo.shape[1]
        engine.render((length + latency) / self.rate + 0.1)
        audio = engine.get_audio()
        assert np.array_equal(audio[0], audio[1])
        return audio[0][latency : latency + length].astype(np.float32)


def main() -> None:
    path, source, target, seconds, *keys = sys.argv[1:]
    seconds, keys = float(seconds), [int(key) for key in keys]
    rate, mono = read(source)
    studio = Studio(path, rate, mono)

    def scale(plugin) -> None:
        for place, key in enumerate(keys):
            plugin.add_midi_note(key, 100, place * seconds, seconds)

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "wheel.mid")
        file.write_bytes(wheel_file(keys[0]))
        sung = studio.bounce(512, scale)
        others = [studio.bounce(block, scale) for block in (64, 333, 1_000)]
        bent = studio.bounce(512, lambda plugin: plugin.load_midi(str(file)))
    np.concatenate([sung, bent]).tofile(target)
    print(
        json.dumps(
            {
                "rate": rate,
                "length": int(sung.size),
                "parameters": studio.names,
                "bounces_equal": all(np.array_equal(sung, other) for other in others),
            }
        )
    )


main()
