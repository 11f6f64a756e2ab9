"""Lets Syrinx.vst3 speak in DawDreamer: at a MIDI note, by its button and at a bar of the host.

    bounce_speech.py Syrinx.vst3 IN.wav OUT.f32

Writes what is heard at the note, compensated, as raw 32-bit floats, and one JSON object with what was found to standard
output. The recording plays as well, and must not be heard.
"""

import json
import sys
import tempfile
from pathlib import Path

import dawdreamer
import numpy as np
from pedalboard import load_plugin
from preset import with_field
from recording import read

# Where the note is, in samples: in the middle of a block of any size.
NOTE_AT = 12_345
# Where the button goes down: this host changes parameters between blocks, and 1024 is the longest.
BUTTON_AT = 12 * 1_024
SECONDS = 2.5
# The note of line 1; the next one is line 2.
FIRST_NOTE = 36
# At 133.7 beats a minute in 4/4, bar 1.25 begins a beat after the start, at a fraction of a sample.
TEMPO = 133.7
LINES = [
    {"text": "Good morning.", "bar": None},
    {"text": "Oh no.", "bar": 1.25},
]


class Studio:
    """Bounces of one plugin on one recording."""

    def __init__(self, path: str, preset: str, rate: int, mono: np.ndarray) -> None:
        self.path, self.preset, self.rate = path, preset, rate
        self.stereo = np.repeat(mono[None, :], 2, axis=0)

    def bounce(self, block: int, note=None, button_at=None, bars=False) -> np.ndarray:
        engine = dawdreamer.RenderEngine(self.rate, block)
        playback = engine.make_playback_processor("playback", self.stereo)
        plugin = engine.make_plugin_processor("syrinx", self.path)
        plugin.load_vst3_preset(self.preset)
        index = {about["name"]: about["index"] for about in plugin.get_parameters_description()}
        # The middle one of three modes: it speaks and does not convert.
        plugin.set_parameter(index["Mode"], 0.5)
        if note:
            at, key = note
            plugin.add_midi_note(key, 127, at / self.rate, 0.5)
        if button_at is not None:
            pressed = np.zeros(int(SECONDS * self.rate), np.float32)
            pressed[button_at:] = 1.0
            plugin.set_automation(index["Speak Line"], pressed)
        # A bar far behind the end otherwise.
        engine.set_bpm(TEMPO if bars else 1.0)
        engine.load_graph([(playback, []), (plugin, ["playback"])])
        latency = plugin.get_latency_samples()
        engine.render(SECONDS + latency / self.rate)
        audio = engine.get_audio()
        assert np.array_equal(audio[0], audio[1])
        return audio[0][latency : latency + int(SECONDS * self.rate)].astype(np.float32)


def main() -> None:
    path, source, target = sys.argv[1:]
    rate, mono = read(source)
    with tempfile.TemporaryDirectory() as folder:
        preset = Path(folder, "lines.vstpreset")
        preset.write_bytes(with_field(load_plugin(path).preset_data, "speech-lines", LINES))
        studio = Studio(path, str(preset), rate, mono)
        noted = studio.bounce(512, note=(NOTE_AT, FIRST_NOTE))
        others = [studio.bounce(block, note=(NOTE_AT, FIRST_NOTE)) for block in (64, 1000)]
        expected = studio.bounce(512, note=(BUTTON_AT, FIRST_NOTE))
        pressed = [studio.bounce(block, button_at=BUTTON_AT) for block in (512, 64, 1024)]
        bar_at = round(60.0 / TEMPO * rate)
        second = studio.bounce(512, note=(bar_at, FIRST_NOTE + 1))
        barred = [studio.bounce(block, bars=True) for block in (512, 64, 1000)]
    noted.tofile(target)
    heard = np.flatnonzero(noted)
    print(
        json.dumps(
            {
                "rate": rate,
                "note_at": NOTE_AT,
                "first": int(heard[0]) if heard.size else None,
                "bounces_equal": all(np.array_equal(noted, other) for other in others),
                "button_equal": [bool(np.array_equal(expected, other)) for other in pressed],
                "bar_equal": [bool(np.array_equal(second, other)) for other in barred],
                "lines_differ": not np.array_equal(expected, second),
            }
        )
    )


main()
