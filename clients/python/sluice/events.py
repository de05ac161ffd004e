"""Events that a connection tells its owner, in the order in which they happened."""

from __future__ import annotations

from typing import NamedTuple, Union

from .errors import Retry, code_name
from .messages import Counts, Welcome


class Welcomed(NamedTuple):
    """The handshake is over; PUBLISH may be sent."""

    welcome: Welcome


class Accepted(NamedTuple):
    """The server's memory holds the batch. This promises no durability."""

    sequence: int


class Committed(NamedTuple):
    """The transaction of the batch has committed."""

    sequence: int
    counts: Counts


class Refused(NamedTuple):
    """An ERROR of scope batch named the batch."""

    sequence: int
    code: int
    retry: Retry
    delay_ms: int
    message: str


class QueueReport(NamedTuple):
    """State of the server's queue, which every ACK carries."""

    settled_through: int
    batches: int
    bytes: int


class CreditGranted(NamedTuple):
    """The totals that this connection may send."""

    batches: int
    bytes: int


class StoreReport(NamedTuple):
    """A heartbeat: milliseconds since the server cannot reach its store, 0 when it can."""

    unavailable_ms: int


class ServerLeaving(NamedTuple):
    """GOAWAY: the server stops within `within_ms`, and took no PUBLISH after `last_taken`."""

    last_taken: int
    within_ms: int
    reason: str


class Failed(NamedTuple):
    """The connection is over. `local` is true when this side found the error."""

    code: int
    retry: Retry
    delay_ms: int
    message: str
    local: bool

    @property
    def name(self) -> str:
        """Name of the code."""
        return code_name(self.code)


ConnectionEvent = Union[
    Welcomed, Accepted, Committed, Refused, QueueReport, CreditGranted, StoreReport, ServerLeaving, Failed
]
