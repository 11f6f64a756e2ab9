"""Lets Syrinx.vst3 speak at a MIDI note in DawDreamer, at several block sizes.

    bounce_speech.py Syrinx.vst3 IN.wav OUT.f32

Writes what is heard at the first block size, compensated, as raw 32-bit floats, and one JSON object with what was found
to standard output. The recording plays as well, and must not be heard.
"""

import json
import sys

import dawdreamer
import numpy as np
from recording import read

# Where the note is, in samples: in the middle of a block of any size.
NOTE_AT = 12_345
SECONDS = 2.5
# The note of line 1, which a new instance has: a greeting.
FIRST_NOTE = 36


def bounce(path: str, rate: int, mono: np.ndarray, block: int) -> np.ndarray:
    engine = dawdreamer.RenderEngine(rate, block)
    playback = engine.make_playback_processor("playback", np.repeat(mono[None, :], 2, axis=0))
    plugin = engine.make_plugin_processor("syrinx", path)
    index = {about["name"]: about["index"] for about in plugin.get_parameters_description()}
    # The middle one of three modes: it speaks and does not convert.
    plugin.set_parameter(index["Mode"], 0.5)
    plugin.add_midi_note(FIRST_NOTE, 127, NOTE_AT / rate, 0.5)
    engine.load_graph([(playback, []), (plugin, ["playback"])])
    latency = plugin.get_latency_samples()
    engine.render(SECONDS + latency / rate)
    audio = engine.get_audio()
    assert np.array_equal(audio[0], audio[1])
    return audio[0][latency : latency + int(SECONDS * rate)].astype(np.float32)


def main() -> None:
    path, source, target = sys.argv[1:]
    rate, mono = read(source)
    bounces = [bounce(path, rate, mono, block) for block in (512, 64, 1000)]
    bounces[0].tofile(target)
    heard = np.flatnonzero(bounces[0])
    print(
        json.dumps(
            {
                "rate": rate,
                "note_at": NOTE_AT,
                "first": int(heard[0]) if heard.size else None,
                "bounces_equal": all(np.array_equal(bounces[0], other) for other in bounces[1:]),
            }
        )
    )


main()
