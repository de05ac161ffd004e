"""Columns of a batch (wire protocol, section 5.2)."""

from __future__ import annotations

import struct
import sys
from array import array
from typing import NamedTuple, Sequence

from .errors import ErrorCode, ProtocolViolation

FIXED_BYTES = 40
ABSENT = 0xFFFFFFFF
_FIXED = struct.Struct("<7IB3sq")


class RawEvent(NamedTuple):
    """An event of a batch in bytes. `time` is in microseconds since 1970; None when it leaves 64 bits."""

    topic: bytes
    source: bytes
    id: bytes
    time: int | None
    payload: bytes | None


class Rows(NamedTuple):
    """The events of a batch by column. Indices point into the dictionaries `topics` and `sources`."""

    topics: Sequence[bytes]
    sources: Sequence[bytes]
    topic_indices: Sequence[int]
    source_indices: Sequence[int]
    times: Sequence[int]
    ids: Sequence[bytes]
    payloads: Sequence[bytes | None]


def _packed(kind: str, values: Sequence[int]) -> bytes:
    packed = array(kind, values)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


def _unpacked(kind: str, data: bytes) -> list[int]:
    values = array(kind)
    values.frombytes(data)
    if sys.byteorder == "big":
        values.byteswap()
    return values.tolist()


def encode(rows: Rows) -> bytes:
    """Returns the columns. A time that is not within 64 bits of its base, or a text beyond 65,535 bytes, raises
    OverflowError."""
    times = rows.times
    base, latest = min(times), max(times)
    wide = latest - base > 0x7FFFFFFF
    payload_lengths = [ABSENT if payload is None else len(payload) for payload in rows.payloads]
    payloads = b"".join([payload for payload in rows.payloads if payload])
    topics, sources, ids = b"".join(rows.topics), b"".join(rows.sources), b"".join(rows.ids)
    fixed = _FIXED.pack(
        len(rows.ids), len(rows.topics), len(rows.sources), len(topics), len(sources), len(ids), len(payloads),
        8 if wide else 4, b"\0\0\0", base)
    return b"".join((
        fixed,
        _packed("H", [len(topic) for topic in rows.topics]), topics,
        _packed("H", [len(source) for source in rows.sources]), sources,
        _packed("H", rows.topic_indices), _packed("H", rows.source_indices),
        _packed("q" if wide else "i", [time - base for time in times]),
        _packed("H", [len(id) for id in rows.ids]), ids,
        _packed("I", payload_lengths), payloads))


class _Cursor:
    def __init__(self, data: bytes, at: int) -> None:
        self._data, self._at = data, at

    def take(self, count: int) -> bytes:
        part = self._data[self._at : self._at + count]
        self._at += count
        return part

    def texts(self, lengths: list[int]) -> list[bytes]:
        return [self.take(length) for length in lengths]


def _malformed(what: str) -> ProtocolViolation:
    return ProtocolViolation(ErrorCode.MALFORMED_COLUMNS, what)


def decode(data: bytes) -> list[RawEvent]:
    """Returns the events of columns. Columns that contradict themselves raise ProtocolViolation."""
    if len(data) < FIXED_BYTES:
        raise _malformed("less than the fixed part")
    n, topic_count, source_count, *sizes, width, zero, base = _FIXED.unpack_from(data)
    if width not in (4, 8) or zero != b"\0\0\0" or not 1 <= topic_count <= n or not 1 <= source_count <= n:
        raise _malformed("a field of the fixed part")
    topic_bytes, source_bytes, id_bytes, payload_bytes = sizes
    if len(data) != FIXED_BYTES + 2 * (topic_count + source_count) + (10 + width) * n + sum(sizes):
        raise _malformed("the sum of the parts")
    at = _Cursor(data, FIXED_BYTES)

    def texts(count: int, size: int) -> list[bytes]:
        lengths = _unpacked("H", at.take(2 * count))
        if sum(lengths) != size:
            raise _malformed("lengths that differ from their sum")
        return at.texts(lengths)

    topics, sources = texts(topic_count, topic_bytes), texts(source_count, source_bytes)
    topic_indices, source_indices = _unpacked("H", at.take(2 * n)), _unpacked("H", at.take(2 * n))
    if max(topic_indices) >= topic_count or max(source_indices) >= source_count:
        raise _malformed("an index out of range")
    deltas = _unpacked("i" if width == 4 else "q", at.take(width * n))
    ids = texts(n, id_bytes)
    lengths = _unpacked("I", at.take(4 * n))
    if sum(length for length in lengths if length != ABSENT) != payload_bytes:
        raise _malformed("lengths that differ from their sum")
    payloads = [None if length == ABSENT else at.take(length) for length in lengths]
    times = [base + delta if -(1 << 63) <= base + delta < 1 << 63 else None for delta in deltas]
    return [RawEvent(topics[t], sources[s], id, time, payload) for t, s, id, time, payload in
            zip(topic_indices, source_indices, ids, times, payloads)]
