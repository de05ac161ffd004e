"""A producer for threads. One thread of its own moves the bytes."""

from __future__ import annotations

import itertools
import selectors
import socket
import ssl
import threading
import time
from collections import deque
from datetime import datetime
from typing import Any, Callable, Iterable, Union

from .addresses import ChannelBindingMissing, channel_binding, is_loopback, parse_endpoints
from .errors import ProducerFull, SluiceError
from .event import Event
from .notices import Notice, deliver, log_notice
from .producer_core import Link, ProducerCore
from .receipts import Receipt
from .settings import EndpointLike, Settings

_READ_BYTES = 256 << 10
# Bytes of a connection that may wait for the socket before more batches are encoded.
_WRITE_BYTES = 1 << 20
# Events that `publish_many` takes at a time.
_EVENTS_UNDER_LOCK = 200


class _Transport:
    """A connected socket with the bytes that wait for it."""

    def __init__(self, sock: socket.socket, link: Link) -> None:
        self.socket = sock
        self.link = link
        self.unsent = memoryview(b"")
        self.wants_write = False

    def read(self) -> bytes | None:
        """Returns bytes, empty at the end of the stream, or None when nothing is there."""
        try:
            return self.socket.recv(_READ_BYTES)
        except (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return None

    def write(self) -> None:
        """Sends what the socket takes."""
        while self.unsent:
            try:
                self.unsent = self.unsent[self.socket.send(self.unsent) :]
            except (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return


class Producer:
    """Publishes events from any thread, and blocks while its memory is full.

    `with Producer("127.0.0.1:7171") as producer:` connects at the beginning and settles everything at the end.
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
        self._lock = threading.Condition()
        self._selector = selectors.DefaultSelector()
        self._waker, self._woken = socket.socketpair()
        self._woken.setblocking(False)
        self._waker.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ, None)
        self._transports: dict[Link, _Transport] = {}
        self._dialled: deque[tuple[Union[socket.socket, Exception], bool, bytes]] = deque()
        self._is_over = False
        self._thread: threading.Thread | None = None

    # Life

    def start(self) -> None:
        """Begins to connect in the background. Events may be published at once; they wait for a server."""
        with self._lock:
            self._core.check_open()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="sluice-producer", daemon=True)
                self._thread.start()

    def connect(self, timeout: float | None = 30.0) -> None:
        """Begins to connect, and waits until a server welcomed this producer.

        Raises ConnectionFailed when a server refused it for good, and TimeoutError after `timeout` seconds. The
        producer goes on trying after a TimeoutError, until it is closed.
        """
        self.start()
        with self._lock:
            connected = self._lock.wait_for(lambda: self._core.is_connected or self._core.failure, timeout)
            if self._core.failure is not None:
                raise self._core.failure
        if not connected:
            raise TimeoutError("no server welcomed the producer in time; check the addresses and the servers")

    def close(self, timeout: float | None = 30.0) -> None:
        """Sends what waits, waits until everything is settled, and ends the connection.

        Raises ProducerClosed when events are not settled after `timeout` seconds, and ConnectionFailed when the
        producer has failed before. Events that are not settled may be stored or not.
        """
        thread = self._thread
        with self._lock:
            if not self._core.is_closing:
                self._core.close(self._clock())
            self._wake()
            if thread is not None:
                self._lock.wait_for(lambda: self._is_over, timeout)
            unsettled = self._core.unsettled_events
            error = self._core.close_error()
            if unsettled:
                self._core.fail(error)
            self._is_over = True
            self._wake()
        if thread is not None and thread is not threading.current_thread():
            thread.join(5)
        elif thread is None:
            self._release()
        if self._core.failure is not None:
            raise self._core.failure

    def __enter__(self) -> Producer:
        try:
            self.connect()
        except BaseException:
            self._abandon()
            raise
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is None:
            self.close()
        else:
            try:
                self.close(5)
            except SluiceError:
                pass

    def _abandon(self) -> None:
        try:
            self.close(0)
        except SluiceError:
            pass

    # Publishing

    def publish(
        self, topic: str, id: str, payload: Any = None, *, source: str | None = None,
        time: int | datetime | None = None, timeout: float | None = None
    ) -> Receipt:
        """Takes an event for sending, and returns the receipt of its batch.

        `payload` is anything that `json` can write; `bytes` are JSON already, and None is no payload. `time` is in
        microseconds since 1970 or a datetime with a zone, and now by default. A bad event raises EventRejected.
        While the memory is full, `publish` waits; after `timeout` seconds it raises ProducerFull.
        """
        with self._lock:
            return self._publish(topic, id, payload, source, time, timeout)

    def publish_many(self, events: Iterable[Event], timeout: float | None = None) -> list[Receipt]:
        """Takes events in their order, and returns the receipts of their batches.

        A bad event raises EventRejected; the events before it are taken.
        """
        receipts: dict[int, Receipt] = {}
        rest = iter(events)
        # The lock is given back now and then, so that the thread of the producer can send what is there.
        while part := list(itertools.islice(rest, _EVENTS_UNDER_LOCK)):
            with self._lock:
                for event in part:
                    receipt = self._publish(*event, timeout)
                    receipts[id(receipt.outcome)] = receipt
        return list(receipts.values())

    def _publish(self, topic: str, id: str, payload: Any, source: str | None, when: int | datetime | None,
                 timeout: float | None) -> Receipt:
        core = self._core
        if core.failure is not None or core.is_closing:
            core.check_open()
        if not core.has_room:
            self._wake()
            self._lock.wait_for(lambda: core.has_room or core.failure or core.is_closing, timeout)
            core.check_open()
            if not core.has_room:
                raise ProducerFull("cannot take the event: unsettled batches fill memory_bytes; publish more slowly")
        outcome, work = core.publish(
            topic, id, payload, source, time.time_ns() // 1_000 if when is None else when, self._clock())
        if work:
            self._wake()
        return Receipt(outcome, self._lock)

    def flush(self, timeout: float | None = None) -> None:
        """Sends what waits, and waits until everything that was taken is settled.

        Raises TimeoutError after `timeout` seconds. Receipts tell which batches were refused.
        """
        core = self._core
        with self._lock:
            core.flush(self._clock())
            self._wake()
            if not self._lock.wait_for(lambda: core.is_settled or core.failure, timeout):
                raise TimeoutError("events are not settled yet: the timeout is over; wait longer or look at the server")
            if core.failure is not None:
                raise core.failure

    @property
    def unsettled_events(self) -> int:
        """Events that were taken and are neither committed nor given up."""
        with self._lock:
            return self._core.unsettled_events

    # The thread

    def _wake(self) -> None:
        try:
            self._waker.send(b"\0")
        except (BlockingIOError, OSError):
            pass  # A wake-up waits already, or the producer is over.

    def _run(self) -> None:
        try:
            while self._turn():
                pass
        except Exception as error:  # A mistake of this package must not leave callers waiting.
            with self._lock:
                self._core.fail(error)
        finally:
            with self._lock:
                self._is_over = True
                self._lock.notify_all()
            self._release()
            self._tell()

    def _turn(self) -> bool:
        """Does what can be done now, and waits for more. Returns false at the end."""
        with self._lock:
            now = self._clock()
            self._take_dialled(now)
            self._core.tick(now)
            endpoint = self._core.dial(now)
            if endpoint is not None:
                threading.Thread(target=self._dial, args=endpoint, name="sluice-dial", daemon=True).start()
            for transport in list(self._transports.values()):
                self._write(transport, now)
            self._lock.notify_all()
            if self._is_over or self._core.is_finished:
                return False
            deadline = self._core.deadline(now)
        self._tell()
        wait = None if deadline is None else max(0.0, deadline - self._clock())
        for key, events in self._selector.select(wait):
            if key.data is None:
                self._forget_wakes()
            elif events & selectors.EVENT_READ:
                self._read(key.data)
        return True

    def _forget_wakes(self) -> None:
        try:
            while len(self._woken.recv(4_096)) == 4_096:
                pass
        except BlockingIOError:
            pass

    def _read(self, transport: _Transport) -> None:
        why = "the server closed the connection"
        try:
            # TLS may hold bytes that the selector does not see, so reading goes on until nothing is there.
            for _ in range(16):
                data = transport.read()
                if data is None:
                    return
                if not data:
                    break
                with self._lock:
                    self._core.received(transport.link, data, self._clock())
            else:
                self._wake()
                return
        except OSError as error:
            why = error.strerror or str(error)
        with self._lock:
            self._core.ended(transport.link, why, self._clock())
            self._close(transport)

    def _write(self, transport: _Transport, now: float) -> None:
        link = transport.link
        try:
            while True:
                transport.write()
                if len(transport.unsent) >= _WRITE_BYTES:
                    break
                data = self._core.to_send(link, now)
                if not data:
                    break
                transport.unsent = memoryview(bytes(transport.unsent) + data if transport.unsent else data)
        except OSError as error:
            self._core.ended(link, error.strerror or str(error), now)
        if self._core.is_over(link):
            self._close(transport)
        elif transport.wants_write != bool(transport.unsent):
            transport.wants_write = bool(transport.unsent)
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if transport.wants_write else 0)
            self._selector.modify(transport.socket, events, transport)

    def _close(self, transport: _Transport) -> None:
        if self._transports.pop(transport.link, None) is not None:
            self._selector.unregister(transport.socket)
            if isinstance(transport.socket, ssl.SSLSocket):
                try:
                    transport.socket.unwrap()  # Sends close_notify. The answer is not awaited.
                except (OSError, ValueError):
                    pass
            transport.socket.close()

    def _dial(self, host: str, port: int) -> None:
        """Opens a connection; runs on a thread of its own, because looking up a name blocks."""
        result: tuple[Union[socket.socket, Exception], bool, bytes]
        try:
            sock = socket.create_connection((host, port), self._settings.connect_timeout)
            try:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                local, binding = is_loopback(sock.getpeername()[0]), b""
                if self._settings.tls is not None:
                    sock = self._settings.tls.wrap_socket(sock, server_hostname=self._settings.server_hostname or host)
                    binding = channel_binding(self._settings, sock)
                sock.setblocking(False)
                result = (sock, local or self._settings.tls is not None, binding)
            except BaseException:
                sock.close()
                raise
        except Exception as error:
            result = (error, False, b"")
        self._dialled.append(result)
        self._wake()
        if self._is_over:
            self._drop_dialled()

    def _take_dialled(self, now: float) -> None:
        while self._dialled:
            result, may_authenticate, binding = self._dialled.popleft()
            if isinstance(result, socket.socket):
                if self._core.failure is not None:
                    result.close()
                    continue
                link = self._core.dialled(now, may_authenticate=may_authenticate, channel_binding=binding)
                transport = self._transports[link] = _Transport(result, link)
                self._selector.register(result, selectors.EVENT_READ, transport)
            elif isinstance(result, ChannelBindingMissing):
                self._core.fail(result)
            else:
                self._core.dial_failed(str(result), now)

    def _drop_dialled(self) -> None:
        while self._dialled:
            result = self._dialled.popleft()[0]
            if isinstance(result, socket.socket):
                result.close()

    def _release(self) -> None:
        self._drop_dialled()
        for transport in list(self._transports.values()):
            self._close(transport)
        self._core.release()
        self._selector.close()
        self._waker.close()
        self._woken.close()

    def _tell(self) -> None:
        """Calls the user's function for notices, without the lock."""
        deliver(self._core.notices, self._on_notice)
