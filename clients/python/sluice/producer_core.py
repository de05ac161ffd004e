"""A producer without sockets, threads and clocks, for the blocking and the asyncio producer.

The owner of a `ProducerCore`

1. calls `dial`, opens the connection that it returns, and calls `dialled` or `dial_failed`;
2. passes bytes to `received` and the end of a connection to `ended`;
3. sends what `to_send` returns, and closes the connections for which `is_over` is true;
4. calls `tick` at `deadline`.

The methods are not safe for threads, and `now` is in seconds of a clock that never goes back.
"""

from __future__ import annotations

import time
import uuid
from collections import deque
from datetime import datetime
from typing import Any, Sequence

from .batcher import Batcher
from .connection import Connection, Greeting, State
from .endpoints import EndpointSelector
from .errors import ConnectionFailed, ErrorCode, ProducerClosed, Retry, code_name, peer_text
from .events import (Accepted, Committed, ConnectionEvent, Failed, Refused, ServerLeaving, StoreReport, Welcomed)
from .messages import FEATURE_LZ4, Limits
from .notices import Notice, NoticeKind
from .outbox import Outbox, Spoken
from .receipts import BatchOutcome
from .settings import Endpoint, Settings
from .spool import Spool, SpoolError

# Bytes that one call of `to_send` gathers before it stops adding batches.
_SEND_BYTES = 1 << 20
# Time for which a server may keep a connection open after GOAWAY and the last answer.
_CLOSING_SECONDS = 2.0
_NOTICES = 64


class Link:
    """One connection of a producer."""

    __slots__ = ("endpoint", "connection", "spoken", "opened_at", "closed")

    def __init__(self, endpoint: Endpoint, connection: Connection, spoken: Spoken) -> None:
        self.endpoint = endpoint
        self.connection = connection
        self.spoken = spoken
        self.opened_at: float | None = None
        self.closed = False


class ProducerCore:
    """Batches, identity and connections of one producer."""

    def __init__(self, settings: Settings, endpoints: Sequence[Endpoint]) -> None:
        self.settings = settings
        self.outbox = Outbox(self._draw_producer(), settings.learn_counts)
        self.outbox.on_given_up = self._given_up
        self.spool: Spool | None = None
        self.notices: deque[Notice] = deque(maxlen=_NOTICES)
        self.failure: Exception | None = None
        self.limits: Limits | None = None
        """Limits of the last WELCOME."""
        self.is_closing = False
        self._batcher = Batcher(settings, Limits())
        self._batch_since: float | None = None
        self._selector = EndpointSelector(endpoints, settings.first_pause, settings.longest_pause, settings.random)
        self._dialling: Endpoint | None = None
        self._current: Link | None = None
        self._links: list[Link] = []
        self._unanswered_hellos = 0
        self._renewing = False
        self._goodbye_ends: float | None = None
        if settings.spool is not None:
            self._open_spool(settings)

    def _open_spool(self, settings: Settings) -> None:
        try:
            self.spool = Spool(settings.spool or "", settings.spool_bytes, settings.spool_sync)
            self.outbox.attach(self.spool, settings.clock(), time.time_ns() // 1_000_000)
        except BaseException as error:
            if self.spool is not None:
                self.spool.close()
            if isinstance(error, OSError):
                raise SpoolError(f"cannot use the spool {settings.spool}: {error.strerror}; "
                                 "make the directory writable for this user") from error
            raise
        for text in self.spool.damage:
            self._notice(NoticeKind.SPOOL_DAMAGED, text)

    def release(self) -> None:
        """Closes the spool. Called once, when nothing uses the core any more."""
        self.outbox.detach()

    def _draw_producer(self) -> uuid.UUID:
        return uuid.UUID(bytes=self.settings.random_bytes(16), version=4)

    # Publishing

    @property
    def is_connected(self) -> bool:
        """Whether a server welcomed the current connection."""
        return self._current is not None and self._current.connection.state is State.OPEN

    @property
    def is_settled(self) -> bool:
        """Whether no event waits for its commit."""
        return not len(self.outbox) and not self._batcher.events

    @property
    def has_room(self) -> bool:
        """Whether the memory bound allows another event. A producer that holds nothing has always room."""
        if self.spool is not None and not self.spool.has_room:
            return False
        return self.outbox.memory + self._batcher.size < self.settings.memory_bytes or self.is_settled

    @property
    def has_just_sealed(self) -> bool:
        """Whether the last event completed its batch."""
        return not self._batcher.events

    @property
    def unsettled_events(self) -> int:
        """Events that wait for their commit."""
        return sum(held.batch.events for held in self.outbox.held()) + self._batcher.events

    def check_open(self) -> None:
        """Raises the failure of the producer, or ProducerClosed after the beginning of its end."""
        if self.failure is not None:
            raise self.failure
        if self.is_closing:
            raise ProducerClosed("cannot publish: the producer is closed; make another producer")

    def publish(self, topic: str, id: str, payload: Any, source: str | None, when: int | datetime, now: float
                ) -> tuple[BatchOutcome, bool]:
        """Takes an event. Returns the outcome of its batch, and whether `tick` or `to_send` has something new to do."""
        has_sealed = not self._batcher.add(topic, id, payload, source, when)
        if has_sealed:
            self.flush(now)
            self._batcher.add(topic, id, payload, source, when)
        outcome = self._batcher.outcome
        if self._batcher.is_full:
            self.flush(now)
            return outcome, True
        if self._batch_since is None:
            self._batch_since = now
            return outcome, True
        return outcome, has_sealed

    def flush(self, now: float) -> None:
        """Ends the batch that is being filled, so that it is sent now."""
        if self._batcher.events:
            batch = self._batcher.seal()
            lives = self.settings.time_to_live
            if lives is None:
                self.outbox.add(batch)
            else:
                self.outbox.add(batch, now + lives, time.time_ns() // 1_000_000 + int(lives * 1_000))
        self._batch_since = None

    def close(self, now: float) -> None:
        """Begins the end: nothing is taken any more, and GOAWAY is sent when everything is settled."""
        self.is_closing = True
        self.flush(now)
        self._say_goodbye(now)

    def close_error(self) -> ProducerClosed:
        """The error of a producer that ends before everything is settled."""
        where = "they stay in the spool" if self.spool is not None else "they may be stored or not; publish them again"
        return ProducerClosed(f"the producer ended with {self.unsettled_events} unsettled events: {where}")

    @property
    def is_finished(self) -> bool:
        """Whether a closing producer needs no connection any more."""
        return self.failure is not None or (self.is_closing and self.is_settled and self._current is None)

    def fail(self, error: Exception) -> None:
        """Ends the producer: every batch is given up with this error."""
        if self.failure is None:
            self.failure = error
            self.flush(0.0)
            events = self.unsettled_events
            self.outbox.fail_all(error)
            self._current = None
            self._notice(NoticeKind.FAILED, str(error), events)

    # Connections

    def dial(self, now: float) -> Endpoint | None:
        """Returns the endpoint to connect to now, if a connection is needed."""
        if not self._needs_dial:
            return None
        self._dialling = self._selector.choose(now)
        return self._dialling

    @property
    def _needs_dial(self) -> bool:
        return (self.failure is None and self._current is None and self._dialling is None
                and not (self.is_closing and self.is_settled))

    def dialled(self, now: float, *, may_authenticate: bool, channel_binding: bytes) -> Link:
        """Begins the handshake on the connection to the endpoint of `dial`."""
        endpoint, self._dialling = self._dialling, None
        assert endpoint is not None
        settings, spoken = self.settings, self.outbox.speak()
        greeting = Greeting(
            producer=self.outbox.producer, base=spoken.base, client_name=settings.client_name,
            features=FEATURE_LZ4 if settings.compress else 0, key=settings.key,
            nonce=settings.random_bytes(32) if settings.key else b"", channel_binding=channel_binding,
            may_authenticate=may_authenticate,
            # An `ssl.SSLContext` does not tell whether it presents a certificate.
            announces_key=settings.key is not None and settings.tls is not None)
        self._unanswered_hellos += 1
        self._current = Link(endpoint, Connection(greeting, now, settings.connect_timeout), spoken)
        self._links.append(self._current)
        return self._current

    def dial_failed(self, why: str, now: float) -> None:
        """Records that the endpoint of `dial` cannot be reached."""
        endpoint, self._dialling = self._dialling, None
        assert endpoint is not None
        self._selector.failed(endpoint, now)
        self._notice(NoticeKind.DISCONNECTED, f"cannot reach {endpoint.host}:{endpoint.port}: {why}")

    def received(self, link: Link, data: bytes, now: float) -> None:
        """Takes bytes of a server."""
        link.connection.receive(data, now)
        for event in link.connection.events():
            self._take(link, event, now)
        self._after_answers(link, now)

    def ended(self, link: Link, why: str, now: float) -> None:
        """Records that the server or the network ended a connection."""
        link.closed = True
        if link is self._current:
            text = f"the connection to {link.endpoint.host}:{link.endpoint.port} ended: {why}"
            self._lost(link, text, now, Retry.NEW_CONNECTION, 0.0)

    def is_over(self, link: Link) -> bool:
        """Whether the owner should close the connection after sending what waits."""
        return link.closed or link.connection.state is State.ENDED or self.failure is not None

    def to_send(self, link: Link, now: float) -> bytes:
        """Returns the next bytes for a connection; call again when they are sent, until nothing is returned."""
        connection, size = link.connection, 0
        if link is self._current and connection.welcome is not None and not self._renewing:
            agreed = bool(connection.welcome.features & FEATURE_LZ4)
            while size < _SEND_BYTES:
                held = self.outbox.next_to_send(now)
                if held is None or not connection.can_publish(held.batch.raw_length):
                    break
                body, codec = self.outbox.columns(held, agreed)
                lives = 0 if held.expires is None else max(1, int((held.expires - now) * 1_000))
                connection.publish(held.sequence, self.outbox.base, body, codec=codec,
                                   raw_length=held.batch.raw_length, time_to_live_ms=min(lives, 0xFFFFFFFF))
                self.outbox.sent(held)
                size += len(body)
        return connection.data_to_send(now)

    # Time

    def tick(self, now: float) -> None:
        """Does what time demands."""
        lingers_until = self._lingers_until
        if lingers_until is not None and now >= lingers_until:
            self.flush(now)
        self.outbox.wake(now)
        for link in self._links:
            link.connection.tick(now)
            for event in link.connection.events():
                self._take(link, event, now)
        self._links = [link for link in self._links if not self.is_over(link)]
        current = self._current
        if current is not None:
            self._after_answers(current, now)
        if self._goodbye_ends is not None and now >= self._goodbye_ends and current is not None:
            current.closed = True
            self._current = None

    @property
    def _lingers_until(self) -> float | None:
        # While batches wait for credit or for a connection, the last one may as well become larger. A spool must have
        # its events soon, though.
        if self._batch_since is None or (self.outbox.has_backlog and self.spool is None):
            return None
        return self._batch_since + self.settings.linger

    def deadline(self, now: float) -> float | None:
        """Returns the next time at which `dial` or `tick` has something to do."""
        times = [self.outbox.wake(now), self._goodbye_ends, self._lingers_until,
                 self.spool.tick(now) if self.spool is not None else None]
        if self._needs_dial:
            times.append(self._selector.ready_at())
        times += [link.connection.deadline() for link in self._links if not link.closed]
        return min((at for at in times if at is not None), default=None)

    # Events

    def _take(self, link: Link, event: ConnectionEvent, now: float) -> None:
        is_current = link is self._current
        if isinstance(event, Committed):
            welcome = link.connection.welcome
            assert welcome is not None
            self.outbox.committed(event.sequence, event.counts, welcome.lineage)
        elif isinstance(event, Accepted):
            self.outbox.accepted(event.sequence)
        elif isinstance(event, Welcomed) and is_current:
            self._welcomed(link, event, now)
        elif isinstance(event, Refused) and is_current:
            self._refused(link, event, now)
        elif isinstance(event, ServerLeaving) and is_current:
            reason = f" ({peer_text(event.reason)})" if event.reason else ""
            self._notice(NoticeKind.SERVER_LEAVING, f"{link.endpoint.host}:{link.endpoint.port} stops{reason}")
            self._leave(link, now)
        elif isinstance(event, StoreReport) and event.unavailable_ms:
            self._notice(NoticeKind.STORE_UNAVAILABLE, f"the server's store is away for {event.unavailable_ms} ms")
        elif isinstance(event, Failed) and is_current:
            self._failed(link, event, now)

    def _welcomed(self, link: Link, event: Welcomed, now: float) -> None:
        welcome = event.welcome
        self._unanswered_hellos -= 1
        link.opened_at = now
        was_clone = self.outbox.possible_clone
        resumption = self.outbox.welcomed(welcome, link.spoken)
        self.limits = self._batcher.limits = welcome.limits
        self._notice(NoticeKind.CONNECTED, f"to {link.endpoint.host}:{link.endpoint.port}")
        if resumption.lineage_loss is not None:
            self._notice(NoticeKind.LINEAGE_LOSS, "commits that were reported may be lost: "
                         f"{resumption.lineage_loss.finding}; compare the database with your records")
        if resumption.possible_clone and not was_clone:
            self._notice(NoticeKind.POSSIBLE_CLONE, "another client may use the identity of this producer, "
                         "so everything unsettled is sent again")

    def _refused(self, link: Link, event: Refused, now: float) -> None:
        if event.code == ErrorCode.SEQUENCE_REUSED:
            # The other open batches get their answers under the old identity first.
            self._renewing = True
            link.connection.goaway("new identity")
        else:
            self.outbox.refused(event.sequence, event.code, event.retry, event.delay_ms / 1_000, event.message, now)

    def _after_answers(self, link: Link, now: float) -> None:
        if link is not self._current or link.connection.state is not State.OPEN:
            return
        if self.outbox.needs_connection:
            link.connection.goaway("next connection")
        self._say_goodbye(now)

    def _say_goodbye(self, now: float) -> None:
        link = self._current
        if not (self.is_closing and self.is_settled) or link is None or self._goodbye_ends is not None:
            return
        if link.connection.state is State.OPEN:
            link.connection.goaway("closed")
            self._goodbye_ends = now + _CLOSING_SECONDS
        else:
            link.closed = True
            self._current = None

    def _leave(self, link: Link, now: float) -> None:
        """Goes on reading on a connection whose server stops, and connects anew."""
        self._current = None
        self._selector.failed(link.endpoint, now, self._open_for(link, now))
        self._renew_if_due()

    def _failed(self, link: Link, failure: Failed, now: float) -> None:
        message = failure.message if failure.local else peer_text(failure.message)
        ender = "this side" if failure.local else f"{link.endpoint.host}:{link.endpoint.port}"
        text = f"{ender} ended the connection with {code_name(failure.code)}: {message}"
        retry = failure.retry
        if failure.code == ErrorCode.SUPERSEDED and self._unanswered_hellos > 0:
            # An older HELLO of this client, which the server processed late, caused it.
            self._unanswered_hellos -= 1
            retry = Retry.NEW_CONNECTION
        elif failure.code == ErrorCode.PRODUCER_STALE:
            self._renewing = True
            retry = Retry.NEW_CONNECTION
        if retry is Retry.NEVER:
            self._current = None
            self.fail(ConnectionFailed(failure.code, message))
        else:
            self._lost(link, text, now, retry, failure.delay_ms / 1_000 if retry is Retry.DELAY else 0.0)

    def _lost(self, link: Link, text: str, now: float, retry: Retry, delay: float) -> None:
        self._current = None
        self.outbox.disconnected()
        self._selector.failed(link.endpoint, now, self._open_for(link, now), delay)
        if not link.connection.said_goaway:
            self._notice(NoticeKind.DISCONNECTED, text)
        self._renew_if_due()

    def _renew_if_due(self) -> None:
        if self._renewing:
            self._renewing = False
            self._unanswered_hellos = 0
            try:
                self.outbox.renew(self._draw_producer())
            except OSError as error:
                self.fail(SpoolError(f"cannot write the new identity to the spool: {error.strerror}; make room"))
                return
            self._notice(NoticeKind.NEW_IDENTITY, "unsettled batches are sent under a new identity")

    def _given_up(self, events: int, error: Exception) -> None:
        if self.failure is None:
            self._notice(NoticeKind.BATCH_REFUSED, f"{events} events are given up: {error}", events)

    def _open_for(self, link: Link, now: float) -> float:
        return 0.0 if link.opened_at is None else now - link.opened_at

    def _notice(self, kind: NoticeKind, text: str, events: int = 0) -> None:
        self.notices.append(Notice(kind, text, events))
