"""Changes what a VST3 preset holds of a plugin's state."""

import json
import struct


def with_field(preset: bytes, field: str, value: object) -> bytes:
    """The preset with another value in a field of its component's state."""
    head, (at,) = preset[:40], struct.unpack_from("<q", preset, 40)
    (count,) = struct.unpack_from("<i", preset, at + 4)
    body, entries = bytearray(head + bytes(8)), []
    for number in range(count):
        kind, start, size = struct.unpack_from("<4sqq", preset, at + 8 + 20 * number)
        part = preset[start : start + size]
        if kind == b"Comp":
            state = json.loads(part)
            state["fields"][field] = json.dumps(value)
            part = json.dumps(state).encode()
        entries.append(struct.pack("<4sqq", kind, len(body), len(part)))
        body += part
    struct.pack_into("<q", body, 40, len(body))
    return bytes(body) + b"List" + struct.pack("<i", count) + b"".join(entries)
