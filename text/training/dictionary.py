"""Packs the pronouncing dictionary into text/data/english.dict, which the Rust side searches where it lies.

A block holds 16 words in order. Each word begins with one byte: how many letters it shares with the word before (upper
half, at most 15, 0 for the first of a block) and how many follow (lower half; 15 means that a byte with the number of
the further ones comes next). Then come the letters, then the phones, a byte each, the last one with its upper bit set.
A homograph has the byte 0x7e and the number of its readings before them, and before each its reading.
The file: "SXD1", number of blocks, where each begins (both little-endian u32, counted from the end of this table).
"""

import struct
from pathlib import Path

from phones import CODES, Phones

BLOCK = 16
HOMOGRAPH = 0x7E


def spell(before: str, word: str) -> bytes:
    """The letters of a word after its predecessor in the block."""
    shared = 0
    while shared < min(15, len(before), len(word)) and before[shared] == word[shared]:
        shared += 1
    rest = word[shared:]
    more = bytes([len(rest) - 15]) if len(rest) >= 15 else b""
    return bytes([shared << 4 | min(15, len(rest))]) + more + rest.encode()


def say(phones: Phones) -> bytes:
    """The codes of one pronunciation."""
    codes = [CODES[phone] for phone in phones]
    return bytes(codes[:-1] + [codes[-1] | 0x80])


def entry(readings: dict[int, Phones]) -> bytes:
    """The pronunciations of one word."""
    if len(set(readings.values())) == 1:
        return say(next(iter(readings.values())))
    return bytes([HOMOGRAPH, len(readings)]) + b"".join(bytes([tag]) + say(phones) for tag, phones in readings.items())


def pack(words: dict[str, dict[int, Phones]], path: Path) -> None:
    """Write the file."""
    blocks, starts, before = b"", [], ""
    for index, (word, readings) in enumerate(words.items()):
        if index % BLOCK == 0:
            starts.append(len(blocks))
            before = ""
        blocks += spell(before, word) + entry(readings)
        before = word
    table = struct.pack(f"<{len(starts) + 1}I", len(starts), *starts)
    path.write_bytes(b"SXD1" + table + blocks)
    print(f"{path.name}: {len(words)} words, {path.stat().st_size} bytes")
