"""What a user of a producer chooses."""

from __future__ import annotations

import os
import random
import secrets
import ssl
import time
from dataclasses import dataclass, field
from typing import Any, Callable, NamedTuple, Union

from . import compression
from .authentication import Key


class Endpoint(NamedTuple):
    """Address of a server."""

    host: str
    port: int = 7171

    @classmethod
    def parse(cls, text: str) -> Endpoint:
        """Returns the endpoint of `host`, `host:port` or `[IPv6]:port`. Another text raises ValueError."""
        host, colon, port = text.rpartition(":")
        if not colon or (host.count(":") and not host.endswith("]")):
            host, port = text, "7171"
        if not host or not port.isdigit() or int(port) > 65_535:
            raise ValueError(
                f"cannot use {text!r} as an address: it is not HOST:PORT; write for example 127.0.0.1:7171")
        return cls(host.strip("[]"), int(port))


EndpointLike = Union[str, Endpoint]


@dataclass(frozen=True)
class Settings:
    """Settings of a producer. Times are in seconds, sizes in bytes."""

    client_name: str = "sluice-python"
    """Name for people in the lists of the server: at most 255 bytes."""
    source: str | None = None
    """Source of events that name none; `client_name` by default."""
    tls: ssl.SSLContext | None = None
    """TLS with this context; without it the connection is plain."""
    server_hostname: str | None = None
    """Name in the server's certificate; the host of the endpoint by default."""
    key: Key | None = None
    """Key that the server asks for."""
    channel_binding: Callable[[Any], bytes] | None = None
    """Returns the 32 bytes `tls-exporter` (RFC 9266) of an `ssl.SSLSocket` or `ssl.SSLObject`. Needed for a key over
    TLS, because Python's `ssl` does not offer this value. `sluice.tls_exporter` reads it in CPython 3.9 to 3.13."""
    compress: bool = compression.AVAILABLE
    """Whether columns are compressed with LZ4. Needs the package `lz4`."""
    check_events: bool = True
    """Whether an event that the server would only count as dead raises EventRejected."""
    learn_counts: bool = True
    """Whether a batch that a WELCOME lists as settled is sent again, so that its receipt has its counts."""
    linger: float = 0.005
    """Longest time for which a single event waits for others in its batch."""
    batch_events: int = 2_000
    """A batch is sent when it has this number of events."""
    batch_bytes: int = 512 << 10
    """A batch is sent when its columns have about this size."""
    memory_bytes: int = 64 << 20
    """Bound of all unsettled batches. At the bound `publish` waits. A batch beyond the bound is taken alone."""
    spool: str | os.PathLike[str] | None = None
    """Directory that keeps unsettled batches for the next process; in memory alone by default. A batch is there before
    it is sent; an event that still waits for its batch (`linger`) is not. The format is that of spec/spool.md."""
    spool_bytes: int = 64 << 20
    """Bound of the spool. At the bound `publish` waits. What is in the spool is in memory, too."""
    spool_sync: float | None = 1.0
    """What a power failure may take: with seconds, batches younger than that; with 0 nothing, because each batch is
    synced before it is sent; with None everything that the system has not written. The end of the process takes
    nothing."""
    time_to_live: float | None = None
    """Seconds after which a batch that no server accepted is given up. Its receipt then raises BatchRefused."""
    connect_timeout: float = 10.0
    """Longest time for a TCP connection with TLS, and again for the handshake after that."""
    first_pause: float = 0.1
    """Pause before a failed endpoint is tried again; it doubles with each failure in a row."""
    longest_pause: float = 10.0
    """Bound of the pause."""
    clock: Callable[[], float] = time.monotonic
    """Clock of pauses and timeouts, in seconds. It never goes back."""
    random: Callable[[], float] = field(default_factory=lambda: random.Random(secrets.randbits(64)).random)
    """Random numbers from 0 to 1 for pauses."""
    random_bytes: Callable[[int], bytes] = secrets.token_bytes
    """Unpredictable bytes for producer UUIDs and nonces."""

    def __post_init__(self) -> None:
        if self.compress and not compression.AVAILABLE:
            raise ValueError("cannot compress: the package lz4 is not installed; install lz4, or set compress=False")
        if len(self.client_name.encode()) > 255:
            raise ValueError("cannot use this client name: it has more than 255 bytes of UTF-8; shorten the name")
        if min(self.batch_events, self.batch_bytes, self.memory_bytes) < 1 or self.batch_events > 20_000:
            raise ValueError("cannot use these bounds: batch_events is 1 to 20000, and sizes are at least 1 byte")
        if self.key is not None and len(self.key.secret) != 32:
            raise ValueError(f"cannot use key {self.key.id!r}: its secret is not 32 bytes; check how it was decoded")
