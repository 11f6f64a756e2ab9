"""Times piper's own program on a text, to be set beside Syrinx's time. Prints one JSON object.

Run: python time_piper.py VOICE.onnx TEXT [RUNS [THREADS]]  (the packages of piper-requirements.txt)

The voice is loaded and has spoken once; then the median over runs of the seconds until the first samples, until all of
them, and of the seconds of speech. Without THREADS they are piper's own choice: one for each core of the machine. Where it
is to be held to fewer cores, that choice must be told, because the library pins its threads to cores by itself, whatever
cores the program may use.
"""

import json
import statistics
import sys
import time

import onnxruntime
from piper import PiperVoice


def spoken(voice, text):
    began, first, samples = time.perf_counter(), None, 0
    for chunk in voice.synthesize(text):
        first = first or time.perf_counter() - began
        samples += len(chunk.audio_int16_array)
    return first, time.perf_counter() - began, samples / voice.config.sample_rate


def main():
    began = time.perf_counter()
    voice = PiperVoice.load(sys.argv[1])
    opened = time.perf_counter() - began
    if len(sys.argv) > 4:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = int(sys.argv[4])
        voice.session = onnxruntime.InferenceSession(
            sys.argv[1], sess_options=options, providers=["CPUExecutionProvider"]
        )
    text, runs = sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 5
    spoken(voice, text)
    first, total, seconds = (statistics.median(values) for values in zip(*(spoken(voice, text) for _ in range(runs))))
    print(json.dumps(dict(opened_s=opened, first_audio_s=first, compute_s=total, duration_s=seconds)))


main()
