"""Writes the manifest of the default speaking voice: the last stage, and to be run by hand after an edit of the card."""

import argparse
import json
from pathlib import Path

import onnx

from bundle import DEFAULT_OUT as CONVERSION, DESCRIPTION, entry, width
from common import PHONES
from pulse_noise import HOP, RATE
from train_speech import LEAD, TAIL

DEFAULT_OUT = Path(__file__).resolve().parents[1] / "voices" / "speech"
FILES = {"phones": "phones.onnx", "frames": "frames.onnx", "card": "card.md"}
# The conversion voice's decoder serves both; the program holds it once, under this name.
DECODER = "decoder.onnx"


def manifest(folder: Path) -> dict:
    """What voice.json says."""
    numbers = json.loads((folder / "numbers.json").read_text())
    speakers = sorted(json.loads((CONVERSION / "numbers.json").read_text())["speakers"], key=lambda speaker: speaker["id"])
    graphs = {role: onnx.load(str(folder / FILES[role])) for role in ("phones", "frames")}
    graphs["decoder"] = onnx.load(str(CONVERSION / DECODER))
    files = {role: entry(folder, name) for role, name in FILES.items() if (folder / name).exists()}
    files["decoder"] = entry(CONVERSION, DECODER)
    described = ", ".join(f"{s['name']} ({DESCRIPTION[s['name']]})" for s in speakers)
    return {
        "format": 1,
        "kind": "source-filter-speech",
        "name": "speech",
        "description": f"The speaking voice that comes with Syrinx: {described}; US English, 32 kHz.",
        "rate": RATE,
        "hop": HOP,
        "speakers": [
            {"name": s["name"], "id": s["id"], "median_f0_hz": round(2.718281828 ** s["log_f0_mean"], 1)} for s in speakers
        ],
        "files": files,
        "licence": "MIT OR Apache-2.0; trained on speech made by Debian's festival, see the card",
        "consent": "Made from synthesisers whose speakers recorded them for free use (CMU ARCTIC and its kin); "
        "no other person's voice is in it.",
        "card": "card" if "card" in files else None,
        "parameters": {
            "phones": list(PHONES),
            "function_words": numbers["function_words"],
            "phones_ahead": numbers["phones_ahead"],
            "frames_ahead": numbers["frames_ahead"],
            "memory": numbers["memory"],
            "lead": LEAD,
            "tail": TAIL,
            "hidden": width(graphs["phones"], "hidden"),
            "content": width(graphs["frames"], "content"),
            "knots": width(graphs["decoder"], "harmonic"),
            **{f"{role}_state": width(graph, "state_in") for role, graph in graphs.items()},
            "log_f0_means": [s["log_f0_mean"] for s in speakers],
        },
    }


def write(folder: Path) -> None:
    """Write voice.json beside the graphs."""
    path = folder / "voice.json"
    path.write_text(json.dumps(manifest(folder), indent=1) + "\n")
    print(f"  {path.name}: {path.stat().st_size} bytes")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=DEFAULT_OUT, help="where the graphs lie")
    write(parser.parse_args().folder)


if __name__ == "__main__":
    main()
