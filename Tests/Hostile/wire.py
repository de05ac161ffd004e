"""Frames of the ingest protocol (`spec/wire-protocol.md`), valid and damaged."""

import random
import struct

PREFACE = b"\x89SLUICE\x01"
HELLO, PUBLISH, ACK, WINDOW, ERROR, HEARTBEAT, GOAWAY = 1, 5, 6, 7, 8, 9, 10

_TABLE = []
for _number in range(256):
    for _ in range(8):
        _number = _number >> 1 ^ 0x82F63B78 if _number & 1 else _number >> 1
    _TABLE.append(_number)


def crc32c(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def header(type_: int, length: int, sequence: int = 0, raw: int | None = None, codec: int = 0, flags: int = 0,
           version: int = 1, checksum: int = 0) -> bytes:
    return struct.pack("<IBBBBQII", length, type_, flags, codec, version, sequence,
                       length if raw is None else raw, checksum)


def frame(type_: int, body: bytes, **fields) -> bytes:
    """A frame with a correct checksum."""
    crc = crc32c(header(type_, len(body), **fields) + body)
    return header(type_, len(body), checksum=crc, **fields) + body


def hello(rng: random.Random, name: bytes = b"hostile", base: int = 1, versions: tuple[int, int] = (1, 1)) -> bytes:
    body = struct.pack("<HHQ", *versions, 1) + rng.randbytes(16) + struct.pack("<Q", base)
    return frame(HELLO, body + bytes([len(name)]) + name)


def publish(sequence: int, columns: bytes, base: int = 1, raw: int | None = None, codec: int = 0) -> bytes:
    return frame(PUBLISH, struct.pack("<QI", base, 0) + columns, sequence=sequence,
                 raw=len(columns) if raw is None else raw, codec=codec)


def announced(type_: int, length: int, raw: int | None = None) -> bytes:
    """The header of a frame whose body may never be sent."""
    return header(type_, length, sequence=1 if type_ == PUBLISH else 0, raw=raw)


# Kinds of `malformed` that are sent after WELCOME. The others are the first bytes of a connection.
AFTER_HANDSHAKE = {
    "columns that are none", "a codec that is none", "a block that is none", "a raw length beyond the limit",
    "a frame of the server's", "a heartbeat of the wrong length", "an unfinished batch",
}


def malformed(rng: random.Random) -> dict[str, bytes]:
    """The bytes of a connection, by kind."""
    greeting = PREFACE + hello(rng)
    damaged = bytearray(hello(rng))
    damaged[rng.randrange(24, len(damaged))] ^= 1 << rng.randrange(8)
    return {
        "nothing": b"",
        "noise": rng.randbytes(rng.randrange(1, 400)),
        "half a preface": PREFACE[:rng.randrange(1, 8)],
        "another major version": PREFACE[:7] + bytes([rng.randrange(2, 256)]),
        "an HTTP request": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "a TLS greeting": b"\x16\x03\x01" + rng.randbytes(200),
        "a preface alone": PREFACE,
        "half a HELLO": greeting[:rng.randrange(9, len(greeting))],
        "a damaged HELLO": PREFACE + bytes(damaged),
        "a HELLO of unknown versions": PREFACE + hello(rng, versions=(7, 9)),
        "a HELLO with a base of 0": PREFACE + hello(rng, base=0),
        "a HELLO whose name is no text": PREFACE + hello(rng, name=b"\xff\xfe"),
        "a HELLO with control characters": PREFACE + hello(rng, name=b"\x1b[2J\nforged line\n"),
        "two HELLOs": greeting + hello(rng),
        "a batch before its HELLO": PREFACE + publish(1, b"x"),
        "a frame that is too large": PREFACE + announced(HELLO, 1 << 31),
        "another header version": PREFACE + header(HELLO, 4, version=3) + b"abcd",
        "a critical flag": PREFACE + frame(HELLO, b"", flags=1),
        "an unknown critical type": PREFACE + frame(99, b"abc"),
        "an ERROR with a forged log line": PREFACE + frame(
            ERROR, struct.pack("<HBBIH", 7, 1, 0, 0, 40) + b"\nforged line \x1b[31m".ljust(40, b"x")),
        "columns that are none": publish(1, rng.randbytes(100)),
        "a codec that is none": publish(1, b"abc", codec=9),
        "a block that is none": publish(1, rng.randbytes(60), raw=1000, codec=1),
        "a raw length beyond the limit": publish(1, b"abc", raw=0xFFFFFFFF, codec=1),
        "a frame of the server's": frame(ACK, bytes(20)),
        "a heartbeat of the wrong length": frame(HEARTBEAT, b"abc"),
        "an unfinished batch": publish(1, rng.randbytes(500))[:-rng.randrange(1, 400)],
    }
