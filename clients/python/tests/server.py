"""Frames of a server, and a server in memory for tests of the producer core."""

from __future__ import annotations

import struct
import uuid

from sluice import frames
from sluice.frames import FrameType
from sluice.messages import Lineage, Limits

SERVER = uuid.UUID("12345678-9abc-4def-8123-456789abcdef")
LINEAGE = Lineage(7, 1, uuid.UUID("ffeeddcc-bbaa-4988-b766-554433221100"))


def welcome(
    features: int = 1, session: int = 1, floor: int = 0, highest: int = 0, lineage: Lineage = LINEAGE,
    limits: Limits = Limits(), credit: tuple[int, int] = (64, 32 << 20), bits: int = 0, bitmap: bytes = b""
) -> bytes:
    """A WELCOME frame."""
    body = struct.pack("<HQ16sQQQ", 1, features, SERVER.bytes, session, floor, highest)
    body += struct.pack("<QI16sBB11I", lineage.system, lineage.timeline, lineage.store.bytes, 3, 1, *limits)
    return frames.encode_frame(FrameType.WELCOME, body + struct.pack("<QQI", *credit, bits) + bitmap)


def committed(*entries: tuple[int, int, int, int], replay: bool = False) -> bytes:
    """An ACK of the moment committed. An entry is sequence, unique, duplicate, dead."""
    body = struct.pack("<BBHIQQ", 2, 28, len(entries), 0, 0, 0)
    for sequence, *counts in entries:
        body += struct.pack("<QIIIII", sequence, sum(counts), *counts, int(replay))
    return frames.encode_frame(FrameType.ACK, body)


def accepted(sequence: int) -> bytes:
    """An ACK of the moment accepted."""
    return frames.encode_frame(FrameType.ACK, struct.pack("<BBHIQQ", 1, 0, 0, 0, 0, 0), sequence=sequence)


def window(batches: int, size: int) -> bytes:
    """A WINDOW frame."""
    return frames.encode_frame(FrameType.WINDOW, struct.pack("<QQ", batches, size))


def error(code: int, retry: int = 0, delay_ms: int = 0, sequence: int = 0) -> bytes:
    """An ERROR of scope batch when there is a sequence, otherwise of scope connection."""
    body = struct.pack("<HBBIH", code, 2 if sequence else 1, retry, delay_ms, 4) + b"text"
    return frames.encode_frame(FrameType.ERROR, body, sequence=sequence)


def goaway(last_taken: int = 0) -> bytes:
    """A GOAWAY frame."""
    return frames.encode_frame(FrameType.GOAWAY, struct.pack("<IB", 1_000, 0), sequence=last_taken)
