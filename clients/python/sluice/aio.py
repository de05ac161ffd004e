"""A producer for asyncio."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from typing import Any, Callable, Iterable

from .addresses import ChannelBindingMissing, channel_binding, is_loopback, parse_endpoints
from .errors import SluiceError
from .event import Event
from .notices import Notice, deliver, log_notice
from .producer_core import Link, ProducerCore
from .receipts import AsyncReceipt
from .settings import Endpoint, EndpointLike, Settings

_WRITE_BYTES = 1 << 20
# Time for which the end of a producer waits for the end of its connections.
_CLOSING_SECONDS = 1.0


class _LinkProtocol(asyncio.Protocol):
    """Passes bytes between a transport of asyncio and the core."""

    def __init__(self, producer: AsyncProducer) -> None:
        self.producer = producer
        self.transport: asyncio.Transport | None = None
        self.link: Link | None = None
        self.is_paused = False
        self.early = bytearray()
        self.end: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.set_write_buffer_limits(high=_WRITE_BYTES)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        # A server that refuses a connection says so before the client has said anything.
        if self.link is None:
            self.early += data
        else:
            self.producer._received(self.link, data)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.end.done():
            self.end.set_result(None)
        if self.link is not None:
            self.producer._ended(self.link, str(exc) if exc else "the server closed the connection")

    def pause_writing(self) -> None:
        self.is_paused = True

    def resume_writing(self) -> None:
        self.is_paused = False
        self.producer._step()


class AsyncProducer:
    """Publishes events from tasks of one loop, and awaits while its memory is full.

    `async with AsyncProducer("127.0.0.1:7171") as producer:` connects at the beginning and settles everything at the
    end.
    """

    def __init__(
        self, *endpoints: EndpointLike, settings: Settings | None = None,
        on_notice: Callable[[Notice], None] = log_notice, **changes: Any
    ) -> None:
        """`changes` are fields of `Settings`, for example `source="billing"`, when `settings` is not given."""
        if settings is not None and changes:
            raise ValueError("cannot take both `settings` and single settings: they may differ; give one of them")
        self._settings = settings or Settings(**changes)
        self._core = ProducerCore(self._settings, parse_endpoints(endpoints))
        self._clock = self._settings.clock
        self._on_notice = on_notice
        self._protocols: dict[Link, _LinkProtocol] = {}
        self._waiters: set[asyncio.Future[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at: float | None = None
        self._soon: asyncio.Handle | None = None
        self._dialler: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_over = False

    # Life

    async def start(self) -> None:
        """Begins to connect in the background. Events may be published at once; they wait for a server."""
        self._core.check_open()
        self._loop = asyncio.get_running_loop()
        self._step()

    async def connect(self, timeout: float | None = 30.0) -> None:
        """Begins to connect, and waits until a server welcomed this producer.

        Raises ConnectionFailed when a server refused it for good, and TimeoutError after `timeout` seconds. The
        producer goes on trying after a TimeoutError, until it is closed.
        """
        await self.start()
        if not await self._until(lambda: self._core.is_connected, timeout):
            raise TimeoutError("no server welcomed the producer in time; check the addresses and the servers")

    async def close(self, timeout: float | None = 30.0) -> None:
        """Sends what waits, waits until everything is settled, and ends the connection.

        Raises ProducerClosed when events are not settled after `timeout` seconds, and ConnectionFailed when the
        producer has failed before. Events that are not settled may be stored or not.
        """
        core = self._core
        if not core.is_closing:
            core.close(self._clock())
        if self._loop is not None and core.failure is None:
            self._step()
            try:
                await self._until(lambda: core.is_finished, timeout)
            except SluiceError:
                pass  # The failure was told by receipts; what is unsettled is told below.
        unsettled = core.unsettled_events
        error = core.close_error()
        if unsettled:
            core.fail(error)
        self._is_over = True
        await self._release()
        if core.failure is not None:
            raise core.failure

    async def __aenter__(self) -> AsyncProducer:
        try:
            await self.connect()
        except BaseException:
            await self._abandon(0)
            raise
        return self

    async def __aexit__(self, kind: object, error: object, trace: object) -> None:
        if kind is None:
            await self.close()
        else:
            await self._abandon(5)

    async def _abandon(self, timeout: float) -> None:
        try:
            await self.close(timeout)
        except SluiceError:
            pass

    # Publishing

    async def publish(
        self, topic: str, id: str, payload: Any = None, *, source: str | None = None,
        time: int | datetime | None = None
    ) -> AsyncReceipt:
        """Takes an event for sending, and returns the receipt of its batch.

        `payload` is anything that `json` can write; `bytes` are JSON already, and None is no payload. `time` is in
        microseconds since 1970 or a datetime with a zone, and now by default. A bad event raises EventRejected.
        While the memory is full, `publish` waits.
        """
        return await self._publish(topic, id, payload, source, time)

    async def publish_many(self, events: Iterable[Event]) -> list[AsyncReceipt]:
        """Takes events in their order, and returns the receipts of their batches.

        A bad event raises EventRejected; the events before it are taken.
        """
        receipts: dict[int, AsyncReceipt] = {}
        for event in events:
            receipt = await self._publish(*event)
            receipts[id(receipt.outcome)] = receipt
        return list(receipts.values())

    def _take(self, topic: str, id: str, payload: Any, source: str | None,
              when: int | datetime | None) -> AsyncReceipt | None:
        """Takes an event, or returns None while the memory is full."""
        core = self._core
        if core.failure is not None or core.is_closing:
            core.check_open()
        if not core.has_room:
            return None
        outcome, work = core.publish(
            topic, id, payload, source, time.time_ns() // 1_000 if when is None else when, self._clock())
        if work:
            self._step_soon()
        return AsyncReceipt(outcome)

    async def _publish(self, topic: str, id: str, payload: Any, source: str | None,
                       when: int | datetime | None) -> AsyncReceipt:
        while (receipt := self._take(topic, id, payload, source, when)) is None:
            self._step()
            await self._until(lambda: self._core.has_room or self._core.is_closing, None)
        if self._core.has_just_sealed:
            # A publisher in a loop must leave the event loop to the connection now and then.
            await asyncio.sleep(0)
        return receipt

    async def flush(self, timeout: float | None = None) -> None:
        """Sends what waits, and waits until everything that was taken is settled.

        Raises TimeoutError after `timeout` seconds. Receipts tell which batches were refused.
        """
        self._core.flush(self._clock())
        self._step()
        if not await self._until(lambda: self._core.is_settled, timeout):
            raise TimeoutError("events are not settled yet: the timeout is over; wait longer or look at the server")

    @property
    def unsettled_events(self) -> int:
        """Events that were taken and are neither committed nor given up."""
        return self._core.unsettled_events

    async def _until(self, condition: Callable[[], object], timeout: float | None) -> bool:
        """Waits for a condition, and raises the failure of the producer. Returns false after the timeout."""
        loop = asyncio.get_running_loop()
        ends = None if timeout is None else loop.time() + timeout
        while not condition():
            if self._core.failure is not None:
                raise self._core.failure
            left = None if ends is None else ends - loop.time()
            if left is not None and left <= 0:
                return False
            waiter: asyncio.Future[None] = loop.create_future()
            self._waiters.add(waiter)
            try:
                await asyncio.wait([waiter], timeout=left)
            finally:
                self._waiters.discard(waiter)
        return True

    # The loop

    def _received(self, link: Link, data: bytes) -> None:
        self._core.received(link, data, self._clock())
        self._step()

    def _ended(self, link: Link, why: str) -> None:
        self._protocols.pop(link, None)
        self._core.ended(link, why, self._clock())
        self._step()

    def _step_soon(self) -> None:
        if self._soon is None and self._loop is not None:
            self._soon = self._loop.call_soon(self._step)

    def _step(self) -> None:
        """Does what can be done now, and sets the timer for more."""
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None
        if self._is_over or self._loop is None:
            return
        core, now = self._core, self._clock()
        core.tick(now)
        endpoint = core.dial(now)
        if endpoint is not None:
            self._dialler = self._loop.create_task(self._dial(endpoint))
        for link, protocol in list(self._protocols.items()):
            self._write(link, protocol, now)
        waiters, self._waiters = self._waiters, set()
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)
        self._set_timer(core.deadline(now), now)
        deliver(core.notices, self._on_notice)

    def _set_timer(self, deadline: float | None, now: float) -> None:
        # A timer that fires early is harmless, so it is replaced only by an earlier one.
        if self._timer is not None and self._timer_at is not None and deadline is not None \
                and now < self._timer_at <= deadline:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if deadline is not None and self._loop is not None:
            self._timer_at = deadline
            self._timer = self._loop.call_later(max(0.0, deadline - now), self._step)

    def _write(self, link: Link, protocol: _LinkProtocol, now: float) -> None:
        transport = protocol.transport
        assert transport is not None
        while not protocol.is_paused:
            data = self._core.to_send(link, now)
            if not data:
                break
            transport.write(data)
        if self._core.is_over(link):
            transport.close()

    async def _dial(self, endpoint: Endpoint) -> None:
        loop, settings = asyncio.get_running_loop(), self._settings
        tls: dict[str, Any] = {}
        if settings.tls is not None:
            tls = {"ssl": settings.tls, "server_hostname": settings.server_hostname or endpoint.host}
        try:
            transport, protocol = await asyncio.wait_for(
                loop.create_connection(lambda: _LinkProtocol(self), endpoint.host, endpoint.port, **tls),
                settings.connect_timeout)
            try:
                local = is_loopback(transport.get_extra_info("peername")[0])
                binding = channel_binding(settings, transport.get_extra_info("ssl_object")) if tls else b""
            except BaseException:
                transport.abort()
                raise
        except ChannelBindingMissing as error:
            self._core.fail(error)
        except Exception as error:  # Also of names and ports that no address has, and of `channel_binding`.
            is_late = isinstance(error, asyncio.TimeoutError)
            why = str(error) or ("the timeout is over" if is_late else type(error).__name__)
            self._core.dial_failed(why, self._clock())
        else:
            self._dialled(transport, protocol, local or bool(tls), binding)
        self._dialler = None
        self._step()

    def _dialled(
        self, transport: asyncio.Transport, protocol: _LinkProtocol, may_authenticate: bool, binding: bytes
    ) -> None:
        if self._is_over or self._core.failure is not None:
            transport.close()
            return
        link = self._core.dialled(self._clock(), may_authenticate=may_authenticate, channel_binding=binding)
        protocol.link = link
        self._protocols[link] = protocol
        if protocol.early:
            self._received(link, bytes(protocol.early))
        if transport.is_closing():
            self._ended(link, "the server closed the connection")

    async def _release(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._dialler is not None:
            self._dialler.cancel()
        ends = []
        for protocol in self._protocols.values():
            if protocol.transport is not None:
                protocol.transport.close()
                ends.append(protocol.end)
        if ends:
            await asyncio.wait(ends, timeout=_CLOSING_SECONDS)
        self._core.release()
        # TLS ends its socket one turn of the loop after it has told the protocol.
        await asyncio.sleep(0)
        deliver(self._core.notices, self._on_notice)
