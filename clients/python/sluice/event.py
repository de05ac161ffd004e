"""An event, and ids for events."""

from __future__ import annotations

import secrets
import time as clock
from datetime import datetime
from typing import Any, NamedTuple

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Event(NamedTuple):
    """An event for `publish_many`. Topic and id together identify it: a second one is counted as a duplicate."""

    topic: str
    id: str
    payload: Any = None
    """What `json` can write; `bytes` are JSON already, and None is no payload."""
    source: str | None = None
    """The source of the producer's settings by default."""
    time: int | datetime | None = None
    """Microseconds since 1970, or a datetime with a zone; now by default."""


def rising_id() -> str:
    """Returns a fresh id of 26 characters that begins with the time in milliseconds, so that later ids sort later."""
    number = (clock.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))
