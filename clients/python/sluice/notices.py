"""What a producer tells its user beside receipts."""

from __future__ import annotations

import enum
import logging
from collections import deque
from typing import Callable, NamedTuple


class NoticeKind(enum.Enum):
    """Kinds of notices. LINEAGE_LOSS means that commits that were reported may be gone."""

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    SERVER_LEAVING = "server-leaving"
    STORE_UNAVAILABLE = "store-unavailable"
    LINEAGE_LOSS = "lineage-loss"
    POSSIBLE_CLONE = "possible-clone"
    NEW_IDENTITY = "new-identity"
    SPOOL_DAMAGED = "spool-damaged"
    BATCH_REFUSED = "batch-refused"
    FAILED = "failed"


class Notice(NamedTuple):
    """Something that happened to a producer, with a text for people."""

    kind: NoticeKind
    text: str
    events: int = 0
    """Events that were given up, for BATCH_REFUSED and FAILED."""


_logger = logging.getLogger("sluice")
_LEVELS = {
    NoticeKind.CONNECTED: logging.INFO,
    NoticeKind.LINEAGE_LOSS: logging.ERROR,
    NoticeKind.SPOOL_DAMAGED: logging.ERROR,
    NoticeKind.BATCH_REFUSED: logging.ERROR,
    NoticeKind.FAILED: logging.ERROR,
}


def log_notice(notice: Notice) -> None:
    """Writes a notice to the logger `sluice`; this is what a producer does without `on_notice`."""
    _logger.log(_LEVELS.get(notice.kind, logging.WARNING), "%s: %s", notice.kind.value, notice.text)


def deliver(notices: deque[Notice], on_notice: Callable[[Notice], None]) -> None:
    """Calls `on_notice` with all waiting notices. An error of that function is logged, because the thread that calls it
    also sends the batches, and must go on."""
    while notices:
        notice = notices.popleft()
        try:
            on_notice(notice)
        except Exception:
            _logger.exception("on_notice failed for the notice %s; the producer goes on", notice.kind.value)
