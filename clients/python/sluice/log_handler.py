"""A handler for `logging` whose callers never wait."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from typing import Any

from .blocking import Producer
from .errors import SluiceError
from .event import rising_id
from .notices import Notice
from .settings import EndpointLike, Settings

_STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# Characters of a message and of a traceback, so that a line stays below the limit of a payload.
_MOST_CHARACTERS = 16_384


class SluiceHandler(logging.Handler):
    """Publishes log records as events, without ever making their caller wait.

    At most `capacity` records wait in memory. When a record finds no room, it is lost and counted: `lost` has the sum,
    and the next event tells in its field `lost` how many were lost before it. The payload of an event has the fields
    `level`, `logger`, `message`, `file`, `line`, `thread`, and where there are any `lost`, `error` and `fields` (of
    `extra`). Servers that are away are tried again; only `flush` and `close` wait.
    """

    def __init__(
        self, *endpoints: EndpointLike, topic: str = "logs", level: int = logging.NOTSET, capacity: int = 10_000,
        close_timeout: float = 5.0, settings: Settings | None = None, **changes: Any
    ) -> None:
        """`changes` are fields of `Settings` when `settings` is not given."""
        super().__init__(level)
        if capacity < 1:
            raise ValueError("cannot keep no record: capacity is at least 1")
        self.topic = topic
        self.lost = 0
        """Records that were lost so far, because there was no room or the server refused them."""
        self._capacity = capacity
        self._close_timeout = close_timeout
        self._waiting: deque[tuple[dict[str, Any], int]] = deque()
        self._work = threading.Event()
        self._told_lost = 0
        self._losing = threading.Lock()
        self._taken = 0
        self._is_closing = False
        self._producer = Producer(*endpoints, settings=settings, on_notice=self._hear, **changes)
        self._thread = threading.Thread(target=self._run, name="sluice-log", daemon=True)
        self._producer.start()
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Takes a record, or counts it as lost. Never waits."""
        # The producer's own messages would make it publish for ever.
        if record.name.partition(".")[0] == "sluice":
            return
        if self._is_closing or len(self._waiting) >= self._capacity:
            self._lose(1)
            return
        try:
            self._waiting.append((self._payload(record), int(record.created * 1_000_000)))
            self._work.set()
        except Exception:
            self._lose(1)
            self.handleError(record)

    def _payload(self, record: logging.LogRecord) -> dict[str, Any]:
        payload: dict[str, Any] = {
            "level": record.levelname, "logger": record.name, "message": _text(record.getMessage()),
            "file": record.pathname, "line": record.lineno, "thread": record.threadName,
        }
        if record.exc_info:
            formatter = self.formatter or logging.Formatter()
            payload["error"] = _text(formatter.formatException(record.exc_info))
        fields = {name: _plain(value) for name, value in vars(record).items() if name not in _STANDARD_FIELDS}
        if fields:
            payload["fields"] = fields
        return payload

    def flush(self) -> None:
        """Waits until the records that were taken are committed, for at most `close_timeout` seconds."""
        ends = time.monotonic() + self._close_timeout
        while (self._waiting or self._taken) and time.monotonic() < ends and self._thread.is_alive():
            self._work.set()
            time.sleep(0.005)
        try:
            self._producer.flush(max(0.0, ends - time.monotonic()))
        except (SluiceError, TimeoutError):
            pass  # `close` counts what is lost.

    def close(self) -> None:
        """Waits like `flush`, and ends. What is not committed then is counted as lost."""
        if not self._is_closing:
            self.flush()
            self._is_closing = True
            self._work.set()
            self._lose(len(self._waiting))
            self._waiting.clear()
            try:
                self._producer.close(0 if self._producer.unsettled_events else self._close_timeout)
            except SluiceError:
                pass  # `_hear` has counted what is lost.
            # A record that waited for room in the producer is counted by the thread.
            self._thread.join(self._close_timeout + 1)
        super().close()

    def _hear(self, notice: Notice) -> None:
        # Notices are not logged, because a handler that logs would call itself.
        self._lose(notice.events)

    def _lose(self, records: int) -> None:
        with self._losing:
            self.lost += records

    def _run(self) -> None:
        while not self._is_closing:
            self._work.wait()
            self._work.clear()
            while self._waiting and not self._is_closing:
                self._taken = 1
                payload, when = self._waiting.popleft()
                lost = self.lost
                if lost > self._told_lost:
                    payload["lost"] = lost - self._told_lost
                    self._told_lost = lost
                self._publish(payload, when)
                self._taken = 0

    def _publish(self, payload: dict[str, Any], when: int) -> None:
        try:
            self._producer.publish(self.topic, rising_id(), payload, time=when)
        except SluiceError:
            self._lose(1)


def _text(text: str) -> str:
    """Returns text that every payload can hold: without U+0000 and surrogates, and not too long."""
    text = text[:_MOST_CHARACTERS].replace("\0", "\\0")
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _plain(value: Any) -> Any:
    """Returns a value that JSON can write."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, (int, float)) and abs(value) < 10**15:
        return value
    return _text(value if isinstance(value, str) else str(value))
