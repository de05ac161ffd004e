"""The golden vectors of spec/vectors."""

from __future__ import annotations

import json
import os
import pathlib
import random
import struct
from typing import Any, Iterator

from sluice import frames

_HERE = pathlib.Path(__file__).resolve()
SPEC = pathlib.Path(os.environ.get("SLUICE_SPEC", _HERE.parents[3] / "spec"))


def load(name: str) -> list[dict[str, Any]]:
    """Returns the vectors of a file."""
    document = json.loads((SPEC / "vectors" / f"{name}.json").read_text(encoding="utf-8"))
    return list(document["vectors"])


def unhex(text: str) -> bytes:
    """Returns the bytes of hex, in which `ff*300` is one byte 300 times."""
    parts = []
    for word in text.split():
        digits, star, count = word.partition("*")
        parts.append(bytes.fromhex(digits) * int(count) if star else bytes.fromhex(digits))
    return b"".join(parts)


def cuts(data: bytes) -> Iterator[list[bytes]]:
    """Returns the bytes as a whole, one by one, and in pieces of random sizes."""
    yield [data]
    if len(data) <= 65_536:
        yield [data[at : at + 1] for at in range(len(data))]
    sizes, pieces, at = random.Random(len(data)), [], 0
    while at < len(data):
        size = sizes.randint(1, 97)
        pieces.append(data[at : at + size])
        at += size
    yield pieces


class ClientFrame:
    """A frame of a client in a vector, read without any check."""

    def __init__(self, data: bytes) -> None:
        self.whole = data
        length, self.type, self.flags, self.codec, version, self.sequence, self.raw_length, _ = struct.unpack_from(
            "<IBBBBQII", data)
        self.body = data[24:]


def client_frames(data: bytes) -> list[ClientFrame]:
    """Returns the whole frames of a client's bytes, without the preface."""
    found, at = [], 8 if data.startswith(frames.PREFACE) else 0
    while at + 24 <= len(data):
        end = at + 24 + struct.unpack_from("<I", data, at)[0]
        if end > len(data):
            break
        found.append(ClientFrame(data[at:end]))
        at = end
    return found
