"""Opens and closes the editor of Syrinx.vst3 again and again while parameters change and audio is processed.

    editor_loop.py Syrinx.vst3 TIMES [SCREENSHOT.png]

Needs a display. With a path it takes a picture of the screen, by ImageMagick's `import`, while the last one is open.
"""

import subprocess
import sys
import threading
import time

import numpy as np
from pedalboard import load_plugin

OPEN_SECONDS = 0.4


def change_parameters(plugin, stop: threading.Event) -> None:
    """Processes blocks, each with other values."""
    block = np.zeros((2, 512), dtype=np.float32)
    number = 0
    while not stop.is_set():
        number += 1
        plugin.parameters["mix"].raw_value = (number % 101) / 100.0
        plugin.parameters["transpose"].raw_value = (number % 49) / 48.0
        plugin.parameters["output_gain"].raw_value = (number % 37) / 36.0
        plugin.process(block, 48_000, buffer_size=512, reset=False)
        time.sleep(0.001)


def show(plugin, seconds: float, screenshot: str | None) -> None:
    """Opens the editor for some time; it must be called on the main thread."""
    close = threading.Event()

    def end() -> None:
        time.sleep(seconds)
        if screenshot:
            subprocess.run(["import", "-window", "root", screenshot], check=True)
        close.set()

    thread = threading.Thread(target=end)
    thread.start()
    plugin.show_editor(close)
    thread.join()


def main() -> None:
    path, times = sys.argv[1], int(sys.argv[2])
    screenshot = sys.argv[3] if len(sys.argv) > 3 else None
    plugin = load_plugin(path)
    plugin.process(np.zeros((2, 4_800), dtype=np.float32), 48_000)
    stop = threading.Event()
    worker = threading.Thread(target=change_parameters, args=(plugin, stop))
    worker.start()
    for number in range(times):
        last = number == times - 1
        show(plugin, 3.0 if last and screenshot else OPEN_SECONDS, screenshot if last else None)
    stop.set()
    worker.join()
    print("closed", times)


main()
