"""Writes the manifest of the default voice from the exported graphs and numbers: the last stage, and to be run by hand after
an edit of the card."""

import argparse
import hashlib
import json
from pathlib import Path

import onnx

DEFAULT_OUT = Path(__file__).resolve().parents[1] / "voices" / "default"
FILES = {"encoder": "encoder.onnx", "decoder": "decoder.onnx", "card": "card.md"}
LOOKAHEAD = 4
DEFAULT_STRENGTH = 0.5
DESCRIPTION = {
    "slt": "a female US voice",
    "rms": "a male US voice",
}


def entry(folder: Path, name: str) -> dict:
    """A file with its hash and size."""
    content = (folder / name).read_bytes()
    return {"path": name, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def width(graph: onnx.ModelProto, name: str) -> int:
    """The second dimension of an input or output."""
    for value in [*graph.graph.input, *graph.graph.output]:
        if value.name == name:
            return value.type.tensor_type.shape.dim[1].dim_value
    raise SystemExit(f"the graph has no tensor {name}")


def manifest(folder: Path) -> dict:
    """What voice.json says."""
    numbers = json.loads((folder / "numbers.json").read_text())
    encoder, decoder = (onnx.load(str(folder / FILES[role])) for role in ("encoder", "decoder"))
    speakers = sorted(numbers["speakers"], key=lambda speaker: speaker["id"])
    files = {role: name for role, name in FILES.items() if (folder / name).exists()}
    described = ", ".join(f"{s['name']} ({DESCRIPTION[s['name']]})" for s in speakers)
    return {
        "format": 1,
        "kind": "source-filter",
        "name": "default",
        "description": f"The voice that comes with Syrinx: {described}; streaming, 32 kHz.",
        "rate": 32000,
        "hop": 320,
        "speakers": [
            {"name": s["name"], "id": s["id"], "median_f0_hz": round(2.718281828 ** s["log_f0_mean"], 1)}
            for s in speakers
        ],
        "files": {role: entry(folder, name) for role, name in files.items()},
        "licence": "MIT OR Apache-2.0; trained on speech made by Debian's flite and festival voices, see the card",
        "consent": "Made from synthesisers whose speakers recorded them for free use (CMU ARCTIC and its kin); "
        "no other person's voice is in it.",
        "card": "card" if "card" in files else None,
        "parameters": {
            "encoder_lookahead": LOOKAHEAD,
            "encoder_state": width(encoder, "state_in"),
            "decoder_state": width(decoder, "state_in"),
            "content": width(encoder, "content"),
            "knots": width(decoder, "harmonic"),
            "default_strength": DEFAULT_STRENGTH,
            "speakers": [
                {"log_f0_mean": s["log_f0_mean"], "mean_envelope": s["mean_envelope"]} for s in speakers
            ],
            "source_mean_envelope": numbers["source_mean_envelope"],
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
