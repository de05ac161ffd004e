"""Frames: a header of 24 bytes and a body (wire protocol, section 3)."""

from __future__ import annotations

import enum
import struct
from typing import NamedTuple

from . import checksum
from .errors import ErrorCode, ProtocolViolation

PREFACE = bytes.fromhex("89534c5549434501")
HANDSHAKE_BODY_LIMIT = 8_192
FIXED_PUBLISH_BYTES = 12
CODEC_NONE, CODEC_LZ4 = 0, 1

_HEADER = struct.Struct("<IBBBBQII")
_HEADER_VERSION = 1
_CHECKSUM_AT = 20
_CRITICAL_FLAGS = 0x0F


class FrameType(enum.IntEnum):
    """Types of frames that this version knows."""

    HELLO = 1
    CHALLENGE = 2
    AUTH = 3
    WELCOME = 4
    PUBLISH = 5
    ACK = 6
    WINDOW = 7
    ERROR = 8
    HEARTBEAT = 9
    GOAWAY = 10


_SEQUENCED = (FrameType.ACK, FrameType.ERROR, FrameType.GOAWAY)


class Frame(NamedTuple):
    """A frame that passed the checks of section 3 up to the state of the connection."""

    type: FrameType
    sequence: int
    body: bytes
    whole: bytes
    """The frame as it was sent, for transcripts."""


def encode_frame(
    kind: FrameType, *body: bytes, sequence: int = 0, codec: int = CODEC_NONE, raw_length: int | None = None
) -> bytes:
    """Returns a frame whose body is the parts of `body` in order; `raw_length` is that length by default."""
    length = sum(map(len, body))
    raw_length = length if raw_length is None else raw_length
    header = _HEADER.pack(length, kind, 0, codec, _HEADER_VERSION, sequence, raw_length, 0)
    crc = checksum.extend(0, header)
    for part in body:
        crc = checksum.extend(crc, part)
    return b"".join((header[:_CHECKSUM_AT], crc.to_bytes(4, "little"), *body))


class FrameReader:
    """Finds frames in a stream of bytes, and checks them in the order of section 3."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._at = 0
        self.body_limit = HANDSHAKE_BODY_LIMIT
        """Largest body in bytes. A larger one is FRAME_TOO_LARGE."""
        self.publish_limit = HANDSHAKE_BODY_LIMIT
        """Largest body of a PUBLISH in bytes."""

    def feed(self, data: bytes) -> None:
        """Appends bytes of the peer."""
        if self._at > 65_536:
            del self._buffer[: self._at]
            self._at = 0
        self._buffer += data

    def take(self, count: int) -> bytes | None:
        """Returns the next `count` bytes, or None when fewer are there."""
        if len(self._buffer) - self._at < count:
            return None
        data = bytes(self._buffer[self._at : self._at + count])
        self._at += count
        return data

    def starts_with_any_of(self, expected: bytes) -> bytes:
        """Returns the bytes at hand, as many as `expected` has at most, without taking them."""
        return bytes(self._buffer[self._at : self._at + len(expected)])

    def next_frame(self) -> Frame | None:
        """Returns the next frame that is not skipped, or None when more bytes are needed.

        Raises ProtocolViolation at the first check that fails.
        """
        while True:
            if len(self._buffer) - self._at < _HEADER.size:
                return None
            length, kind, flags, codec, version, sequence, raw, crc = _HEADER.unpack_from(self._buffer, self._at)
            if version != _HEADER_VERSION:
                raise ProtocolViolation(ErrorCode.MALFORMED_FRAME, f"header version {version}")
            if length > (self.publish_limit if kind == FrameType.PUBLISH else self.body_limit):
                raise ProtocolViolation(ErrorCode.FRAME_TOO_LARGE, f"a body of {length} bytes")
            whole = self.take(_HEADER.size + length)
            if whole is None:
                return None
            zeroed = whole[:_CHECKSUM_AT] + b"\0\0\0\0" + whole[_HEADER.size :]
            if checksum.extend(0, zeroed) != crc:
                raise ProtocolViolation(ErrorCode.BAD_CHECKSUM, f"frame of type {kind}")
            if flags & _CRITICAL_FLAGS:
                raise ProtocolViolation(ErrorCode.UNKNOWN_CRITICAL, f"flags {flags:#x}")
            if kind >= 128:
                continue
            return self._known(kind, codec, raw, length, sequence, whole)

    def _known(self, kind: int, codec: int, raw: int, length: int, sequence: int, whole: bytes) -> Frame:
        try:
            known = FrameType(kind)
        except ValueError:
            raise ProtocolViolation(ErrorCode.UNKNOWN_CRITICAL, f"frame type {kind}") from None
        if known is not FrameType.PUBLISH:
            if codec != CODEC_NONE:
                raise ProtocolViolation(ErrorCode.BAD_CODEC, f"codec {codec} of {known.name}")
            if raw != length:
                raise ProtocolViolation(ErrorCode.MALFORMED_FRAME, f"raw length of {known.name}")
            if sequence != 0 and known not in _SEQUENCED:
                raise ProtocolViolation(ErrorCode.MALFORMED_FRAME, f"sequence in {known.name}")
        return Frame(known, sequence, whole[_HEADER.size :], whole)
