"""Bounces a recording through Syrinx.vst3 in DawDreamer, which renders fast and says that it is in real time.

    bounce_dawdreamer.py Syrinx.vst3 IN.wav OUT.f32

Writes the left channel as raw 32-bit floats, latency and all, and one JSON object to standard output.
"""

import json
import sys

import dawdreamer
import numpy as np
from recording import read


def main() -> None:
    path, source, target = sys.argv[1:]
    rate, mono = read(source)
    engine = dawdreamer.RenderEngine(rate, 512)
    stereo = np.repeat(mono[None, :], 2, axis=0)
    playback = engine.make_playback_processor("playback", stereo)
    plugin = engine.make_plugin_processor("syrinx", path)
    engine.load_graph([(playback, []), (plugin, ["playback"])])
    latency = plugin.get_latency_samples()
    engine.render((mono.size + latency) / rate + 0.1)
    audio = engine.get_audio()
    audio[0].astype(np.float32).tofile(target)
    print(json.dumps({"rate": rate, "latency": latency, "length": int(audio.shape[1])}))


main()
