"""Bodies of the frames (wire protocol, sections 4 to 10)."""

from __future__ import annotations

import struct
import uuid
from dataclasses import dataclass
from typing import Iterator, NamedTuple

from .errors import ErrorCode, ProtocolViolation, Retry

PROTOCOL_VERSION = 1
FEATURE_LZ4 = 1
LARGEST_SEQUENCE = (1 << 63) - 1
PROOF_OPTION = 1
_CRITICAL_OPTIONS = 0x8000

_WELCOME = struct.Struct("<HQ16sQQQQI16sBB11IQQI")
_ACK = struct.Struct("<BBHIQQ")
_ENTRY = struct.Struct("<QIIIIB3s")
_ERROR = struct.Struct("<HBBIH")
_HELLO = struct.Struct("<HHQ16sQ")


def _malformed(what: str) -> ProtocolViolation:
    return ProtocolViolation(ErrorCode.MALFORMED_FRAME, what)


def _text(data: bytes, what: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise _malformed(f"{what} is not UTF-8") from None


def encode_text8(text: str) -> bytes:
    """Returns a `text8`. A text of more than 255 bytes of UTF-8 raises ValueError."""
    data = text.encode("utf-8")
    if len(data) > 255:
        raise ValueError(f"cannot send a text of {len(data)} bytes: the protocol allows 255; shorten the text")
    return bytes([len(data)]) + data


class Lineage(NamedTuple):
    """Which history of which database a server speaks of."""

    system: int
    timeline: int
    store: uuid.UUID


class Limits(NamedTuple):
    """Limits of WELCOME in their order there. The defaults are those of section 14."""

    body_bytes: int = 4 << 20
    raw_bytes: int = 16 << 20
    events: int = 20_000
    dictionary: int = 20_000
    name_scalars: int = 255
    payload_bytes: int = 256 << 10
    json_depth: int = 128
    json_exponent: int = 300
    span: int = 4_096
    heartbeat_ms: int = 15_000
    idle_timeout_ms: int = 45_000


KEY_OPTION = struct.pack("<HH", 0x8001, 0)
"""The option of HELLO that says that the client has a key (section 4.4)."""


def encode_hello(producer: uuid.UUID, base: int, client_name: str, features: int, options: bytes = b"") -> bytes:
    """Returns the body of HELLO for protocol version 1."""
    fixed = _HELLO.pack(PROTOCOL_VERSION, PROTOCOL_VERSION, features, producer.bytes, base)
    return fixed + encode_text8(client_name) + options


@dataclass(frozen=True)
class Welcome:
    """WELCOME: what the server knows of this producer, its limits and the first credit."""

    version: int
    features: int
    server: uuid.UUID
    session: int
    floor: int
    highest: int
    lineage: Lineage
    synchronous_commit: int
    fsync: bool
    limits: Limits
    credit_batches: int
    credit_bytes: int
    bits: int
    bitmap: bytes
    proof: bytes | None
    """The server proof of option 1, if the client may expect it."""

    def listed(self, base: int) -> Iterator[int]:
        """Returns the sequences that the bitmap lists as settled, for the base of HELLO."""
        for index, byte in enumerate(self.bitmap):
            for bit in range(8):
                if byte >> bit & 1:
                    yield base + index * 8 + bit


def decode_welcome(body: bytes, proof_expected: bool) -> Welcome:
    """Returns WELCOME after the checks of its layout, without those of version, features and proof."""
    if len(body) < _WELCOME.size:
        raise _malformed("WELCOME ends early")
    (version, features, server, session, floor, highest, system, timeline, store, commit, fsync,
     *rest) = _WELCOME.unpack_from(body)
    *limits, batches, size, bits = rest
    end = _WELCOME.size + (bits + 7) // 8
    if end > len(body):
        raise _malformed("the bitmap of WELCOME ends early")
    bitmap = body[_WELCOME.size : end]
    if bits % 8 and bitmap[-1] >> bits % 8:
        raise _malformed("WELCOME has a bit beyond its bitmap")
    if commit > 4 or fsync > 1 or highest < floor:
        raise _malformed("a field of WELCOME is out of range")
    proof = _decode_options(body, end, proof_expected)
    return Welcome(
        version, features, uuid.UUID(bytes=server), session, floor, highest,
        Lineage(system, timeline, uuid.UUID(bytes=store)), commit, bool(fsync), Limits(*limits),
        batches, size, bits, bitmap, proof)


def _decode_options(body: bytes, at: int, proof_expected: bool) -> bytes | None:
    """Returns the server proof, which must be the last option."""
    proof = None
    while at < len(body):
        if proof is not None:
            raise _malformed("an option after the server proof")
        if at + 4 > len(body):
            raise _malformed("an option ends early")
        kind, length = struct.unpack_from("<HH", body, at)
        value = body[at + 4 : at + 4 + length]
        if len(value) < length:
            raise _malformed("an option ends early")
        if kind == PROOF_OPTION and proof_expected:
            if length != 32:
                raise _malformed(f"a server proof of {length} bytes")
            proof = value
        elif kind < _CRITICAL_OPTIONS:
            raise ProtocolViolation(ErrorCode.UNKNOWN_CRITICAL, f"option {kind}")
        at += 4 + length
    return proof


def decode_challenge(body: bytes) -> tuple[bytes, str]:
    """Returns server nonce and key hint."""
    if len(body) < 33 or len(body) != 33 + body[32]:
        raise _malformed("the length of CHALLENGE")
    return body[:32], _text(body[33:], "the key hint")


def encode_auth(key_id: str, nonce: bytes, proof: bytes) -> bytes:
    """Returns the body of AUTH."""
    return encode_text8(key_id) + nonce + proof


def encode_publish_prefix(base: int, time_to_live_ms: int) -> bytes:
    """Returns the 12 bytes before the columns of PUBLISH."""
    return struct.pack("<QI", base, time_to_live_ms)


class Counts(NamedTuple):
    """Counts of a committed batch: received = unique + duplicate + dead."""

    received: int
    unique: int
    duplicate: int
    dead: int
    replay: bool = False
    """An earlier transaction committed the batch, and the counts are those of that transaction."""
    known: bool = True
    """False when the server has deleted the counts, because the batch was committed long ago."""


class Ack(NamedTuple):
    """ACK of either moment. `entries` is None for accepted."""

    entries: list[tuple[int, Counts]] | None
    queue_batches: int
    queue_bytes: int
    settled_through: int


def decode_ack(body: bytes, sequence: int) -> Ack:
    """Returns an ACK after the checks of its layout and counts."""
    if len(body) < _ACK.size:
        raise _malformed("ACK ends early")
    moment, size, count, batches, queued, through = _ACK.unpack_from(body)
    if len(body) != _ACK.size + size * count:
        raise _malformed("the length of ACK")
    if moment == 1:
        if size or count:
            raise _malformed("an accepted ACK with entries")
        return Ack(None, batches, queued, through)
    if moment != 2 or size < _ENTRY.size or count == 0 or sequence != 0:
        raise _malformed("moment, entry size, number of entries or sequence of ACK")
    entries = [_decode_entry(body, _ACK.size + size * index) for index in range(count)]
    return Ack(entries, batches, queued, through)


def _decode_entry(body: bytes, at: int) -> tuple[int, Counts]:
    sequence, received, unique, duplicate, dead, flags, zero = _ENTRY.unpack_from(body, at)
    # Python's integers do not overflow, so a sum beyond 32 bits differs from `received`.
    if flags > 3 or zero != b"\0\0\0" or received != unique + duplicate + dead or (flags & 2 and received):
        raise _malformed("an entry of ACK contradicts itself")
    return sequence, Counts(received, unique, duplicate, dead, bool(flags & 1), not flags & 2)


def decode_window(body: bytes) -> tuple[int, int]:
    """Returns the credit in batches and in raw bytes since the connection began."""
    if len(body) != 16:
        raise _malformed("the length of WINDOW")
    batches, size = struct.unpack("<QQ", body)
    return batches, size


class ErrorMessage(NamedTuple):
    """ERROR: the retry class and scope of the frame count, not those of the code."""

    code: int
    of_batch: bool
    retry: Retry
    delay_ms: int
    message: str


def decode_error(body: bytes, sequence: int) -> ErrorMessage:
    """Returns an ERROR after the checks of its layout."""
    if len(body) < _ERROR.size:
        raise _malformed("ERROR ends early")
    code, scope, retry, delay, length = _ERROR.unpack_from(body)
    if len(body) != _ERROR.size + length or length > 1_024:
        raise _malformed("the length of ERROR")
    if scope not in (1, 2) or retry > 2 or (scope == 1 and sequence != 0):
        raise _malformed("scope, retry class or sequence of ERROR")
    return ErrorMessage(code, scope == 2, Retry(retry), delay, _text(body[_ERROR.size :], "the message of ERROR"))


def encode_error(code: ErrorCode, message: str) -> bytes:
    """Returns the body of an ERROR of scope connection."""
    text = message.encode("utf-8")[:1_024]
    return _ERROR.pack(code, 1, code.retry, 0, len(text)) + text


def decode_heartbeat(body: bytes) -> int:
    """Returns the milliseconds since the server cannot reach its store, 0 when it can."""
    if len(body) != 4:
        raise _malformed("the length of HEARTBEAT")
    return int.from_bytes(body, "little")


def decode_goaway(body: bytes) -> tuple[int, str]:
    """Returns the milliseconds until the sender closes, and its reason."""
    if len(body) < 5 or len(body) != 5 + body[4]:
        raise _malformed("the length of GOAWAY")
    return int.from_bytes(body[:4], "little"), _text(body[5:], "the reason of GOAWAY")


def encode_goaway(time_ms: int, reason: str) -> bytes:
    """Returns the body of GOAWAY."""
    return time_ms.to_bytes(4, "little") + encode_text8(reason)
