"""What became of a batch."""

from __future__ import annotations

import asyncio
import threading
from typing import Callable

from .messages import Counts


class BatchOutcome:
    """The moments of one batch. Either `counts` or `error` is set when the batch is settled."""

    __slots__ = ("events", "is_accepted", "counts", "error", "_callbacks")

    def __init__(self) -> None:
        self.events = 0
        """Events of the batch; it may grow until the batch is sent."""
        self.is_accepted = False
        """Whether a server's memory holds the batch, which promises no durability."""
        self.counts: Counts | None = None
        self.error: Exception | None = None
        self._callbacks: list[Callable[[], None]] | None = None

    @property
    def is_settled(self) -> bool:
        """Whether the outcome is final."""
        return self.counts is not None or self.error is not None

    def commit(self, counts: Counts) -> None:
        """Reports the counts. Called once, by the outbox."""
        self.counts = counts
        self._notify()

    def fail(self, error: Exception) -> None:
        """Reports that the batch is given up. Called once, by the outbox."""
        self.error = error
        self._notify()

    def when_settled(self, callback: Callable[[], None]) -> None:
        """Calls `callback` when the batch is settled, at once if it is."""
        if self.is_settled:
            callback()
        elif self._callbacks is None:
            self._callbacks = [callback]
        else:
            self._callbacks.append(callback)

    def _notify(self) -> None:
        callbacks, self._callbacks = self._callbacks, None
        for callback in callbacks or ():
            callback()

    def result(self) -> Counts:
        """Returns the counts of a settled batch, or raises its error."""
        if self.error is not None:
            raise self.error
        assert self.counts is not None
        return self.counts


class Receipt:
    """Tells a thread what became of the batch of its event. Events of one batch share a receipt."""

    __slots__ = ("_outcome", "_lock")

    def __init__(self, outcome: BatchOutcome, lock: threading.Condition) -> None:
        self._outcome = outcome
        self._lock = lock

    @property
    def done(self) -> bool:
        """Whether the batch is committed or given up."""
        return self._outcome.is_settled

    @property
    def accepted(self) -> bool:
        """Whether a server's memory holds the batch, which promises no durability."""
        return self._outcome.is_accepted or self._outcome.counts is not None

    @property
    def outcome(self) -> BatchOutcome:
        """Outcome that the receipts of one batch share."""
        return self._outcome

    def committed(self, timeout: float | None = None) -> Counts:
        """Waits until the batch is committed, and returns the counts of the whole batch.

        Raises the error for which the batch was given up, and TimeoutError after `timeout` seconds.
        """
        event = threading.Event()
        with self._lock:
            self._outcome.when_settled(event.set)
        if not event.wait(timeout):
            raise TimeoutError("the batch is not settled yet: the timeout is over; wait longer or look at the server")
        return self._outcome.result()


class AsyncReceipt:
    """Tells a task what became of the batch of its event. Events of one batch share a receipt."""

    __slots__ = ("_outcome",)

    def __init__(self, outcome: BatchOutcome) -> None:
        self._outcome = outcome

    @property
    def done(self) -> bool:
        """Whether the batch is committed or given up."""
        return self._outcome.is_settled

    @property
    def accepted(self) -> bool:
        """Whether a server's memory holds the batch, which promises no durability."""
        return self._outcome.is_accepted or self._outcome.counts is not None

    @property
    def outcome(self) -> BatchOutcome:
        """Outcome that the receipts of one batch share."""
        return self._outcome

    async def committed(self) -> Counts:
        """Waits until the batch is committed, and returns the counts of the whole batch.

        Raises the error for which the batch was given up.
        """
        if not self._outcome.is_settled:
            future = asyncio.get_running_loop().create_future()
            self._outcome.when_settled(lambda: None if future.done() else future.set_result(None))
            await future
        return self._outcome.result()
