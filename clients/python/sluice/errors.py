"""Error codes of the protocol (spec/errors.json) and the exceptions of this package."""

from __future__ import annotations

import enum


class Retry(enum.IntEnum):
    """What the receiver of an ERROR may do next (wire protocol, section 8)."""

    NEVER = 0
    NEW_CONNECTION = 1
    DELAY = 2

    @property
    def word(self) -> str:
        """Name in spec/errors.json."""
        return self.name.lower().replace("_", "-")


class ErrorCode(enum.IntEnum):
    """Codes of spec/errors.json. A later version may send other numbers."""

    NOT_SLUICE = 1
    UNSUPPORTED_VERSION = 2
    HANDSHAKE_TIMEOUT = 3
    UNEXPECTED_FRAME = 4
    UNKNOWN_CRITICAL = 5
    FRAME_TOO_LARGE = 6
    BAD_CHECKSUM = 7
    MALFORMED_FRAME = 8
    BAD_CODEC = 9
    BAD_COMPRESSION = 10
    MALFORMED_COLUMNS = 11
    CREDIT_EXCEEDED = 12
    PEER_SILENT = 13
    TOO_MANY_CONNECTIONS = 14
    STORE_UNAVAILABLE = 15
    DRAINING = 16
    SUPERSEDED = 17
    PRODUCER_NOT_YOURS = 18
    PRODUCER_STALE = 19
    AUTHENTICATION_FAILED = 20
    STORE_CHANGED = 21
    BATCH_TOO_LARGE = 101
    SEQUENCE_OUT_OF_SPAN = 102
    SEQUENCE_REUSED = 103
    BATCH_EXPIRED = 104
    TOPIC_NOT_ALLOWED = 105

    @property
    def retry(self) -> Retry:
        """Retry class that a sender of this code uses."""
        return _RETRIES.get(self, Retry.NEVER)


_RETRIES = {
    ErrorCode.HANDSHAKE_TIMEOUT: Retry.NEW_CONNECTION,
    ErrorCode.BAD_CHECKSUM: Retry.NEW_CONNECTION,
    ErrorCode.PEER_SILENT: Retry.NEW_CONNECTION,
    ErrorCode.TOO_MANY_CONNECTIONS: Retry.DELAY,
    ErrorCode.STORE_UNAVAILABLE: Retry.DELAY,
    ErrorCode.DRAINING: Retry.NEW_CONNECTION,
    ErrorCode.STORE_CHANGED: Retry.NEW_CONNECTION,
}


def code_name(code: int) -> str:
    """Returns the name of a code, or `UNKNOWN_n` for a code of a later version."""
    try:
        return ErrorCode(code).name
    except ValueError:
        return f"UNKNOWN_{code}"


def peer_text(text: str, limit: int = 200) -> str:
    """Returns text of a peer for people: control characters escaped, at most `limit` characters."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[:limit])
    return shown if len(text) <= limit else shown + "…"


class SluiceError(Exception):
    """Base class of every exception of this package."""


class ProtocolViolation(SluiceError):
    """The server broke the protocol. `Connection` turns this exception into the event `Failed`."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(f"{code.name}: {message}")
        self.code = code
        self.message = message


class EventRejected(SluiceError, ValueError):
    """An event that the server would only count as dead; `reason` is its name in section 5.3."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(f"cannot publish the event: {message} ({reason})")
        self.reason = reason


class ConnectionFailed(SluiceError):
    """A connection ended with an error after which this producer may not connect again."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"the connection ended with {code_name(code)}: {message}")
        self.code = code


class BatchRefused(SluiceError):
    """A batch was refused and will not be sent again.

    `may_be_stored` is true when an earlier attempt to send the batch may have stored its events.
    """

    def __init__(self, code: int, message: str, may_be_stored: bool = False) -> None:
        stored = "; an earlier attempt may have stored its events" if may_be_stored else ""
        super().__init__(f"the batch was refused with {code_name(code)}: {message}{stored}")
        self.code = code
        self.may_be_stored = may_be_stored


class ProducerFull(SluiceError, TimeoutError):
    """`publish` waited for room until its timeout, because unsettled batches fill the memory bound."""


class ProducerClosed(SluiceError):
    """The producer is closed, or closing ended before every batch was settled."""
