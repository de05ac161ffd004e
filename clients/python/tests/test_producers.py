"""The blocking and the asyncio producer over sockets: life, bounds, faults, TLS and keys."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import sys
import tempfile
import threading
import time
import unittest
from datetime import datetime, timedelta, timezone
from typing import Any, Iterator

from sluice import (AsyncProducer, BatchRefused, ChannelBindingMissing, ConnectionFailed, Counts, Endpoint, ErrorCode,
                    Event, EventRejected, Key, Notice, NoticeKind, Producer, ProducerClosed, ProducerFull, frames,
                    tls_exporter)
from sluice.columns import decode

from . import fake_server, server
from .fake_server import FakeServer
from .sluiced import free_port

KEY = Key("vectors1", bytes(range(32)))


class Fixture(unittest.TestCase):
    def setUp(self) -> None:
        self.notices: list[Notice] = []

    @contextlib.contextmanager
    def serving(self, **how: Any) -> Iterator[FakeServer]:
        serving = FakeServer(**how)
        try:
            yield serving
        finally:
            serving.close()

    def kinds(self) -> list[NoticeKind]:
        return [notice.kind for notice in self.notices]

    def settings(self, **more: Any) -> dict[str, Any]:
        return {"on_notice": self.notices.append, "first_pause": 0.01, "longest_pause": 0.05, **more}


class Blocking(Fixture):
    def test_events_of_several_threads_are_committed(self) -> None:
        with self.serving() as s, Producer(s.address, **self.settings(batch_events=10, compress=False)) as producer:
            def publish(name: str) -> None:
                for n in range(100):
                    producer.publish("t", f"{name}-{n}", {"n": n})

            threads = [threading.Thread(target=publish, args=(f"{i}",)) for i in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            producer.flush(10)
            ids = [event.id for batch in s.committed.values() for event in decode(batch[36:])]
        self.assertEqual(len(set(ids)), 400)
        self.assertEqual(len(ids), 400)

    def test_a_receipt_has_the_counts_of_its_batch(self) -> None:
        with self.serving() as s, Producer(s.address, **self.settings()) as producer:
            receipt = producer.publish("t", "1")
            self.assertEqual(receipt.committed(10), Counts(1, 1, 0, 0))
            self.assertTrue(receipt.done and receipt.accepted)

    def test_a_function_for_notices_that_fails_does_not_end_the_producer(self) -> None:
        def fail(notice: Notice) -> None:
            raise ValueError(notice.text)

        with self.serving() as s, self.assertLogs("sluice", "ERROR") as log:
            with Producer(s.address, **self.settings(on_notice=fail)) as producer:
                self.assertEqual(producer.publish("t", "1").committed(10), Counts(1, 1, 0, 0))
        self.assertIn("on_notice failed for the notice connected", log.output[0])

    def test_publish_waits_while_the_memory_is_full(self) -> None:
        with self.serving(holds=True) as s:
            producer = Producer(s.address, **self.settings(batch_events=1, memory_bytes=5_000))
            producer.connect(10)
            with self.assertRaises(ProducerFull):
                for n in range(100):
                    producer.publish("t", f"{n}", timeout=0.05)
            self.assertLess(producer.unsettled_events, 10)
            with self.assertRaises(ProducerClosed):
                producer.close(0.05)

    def test_a_cut_connection_is_opened_again_and_nothing_is_lost(self) -> None:
        with self.serving(cut_after=3) as s, Producer(s.address, **self.settings(batch_events=1)) as producer:
            receipts = producer.publish_many([Event("t", f"{n}") for n in range(20)])
            self.assertEqual(len(receipts), 20)
            producer.flush(10)
            self.assertEqual(sorted(s.committed), list(range(1, 21)))
            self.assertEqual(s.hellos, 2)
        self.assertEqual(self.kinds().count(NoticeKind.CONNECTED), 2)

    def test_events_may_be_published_before_a_server_is_there(self) -> None:
        producer = Producer(f"127.0.0.1:{free_port()}", **self.settings())
        producer.start()
        receipt = producer.publish("t", "1")
        with self.assertRaises(TimeoutError):
            receipt.committed(0.05)
        with self.assertRaises(ProducerClosed):
            producer.close(0.05)
        with self.assertRaises(ProducerClosed):
            receipt.committed(0)
        with self.assertRaises(ProducerClosed):
            producer.publish("t", "2")

    def test_an_address_of_another_program_ends_the_producer(self) -> None:
        with self.serving(first_words=b"HTTP/1.1 400 Bad Request\r\n\r\n") as s:
            with self.assertRaises(ConnectionFailed) as raised, Producer(s.address, **self.settings()):
                self.fail("connected")
        self.assertEqual(raised.exception.code, ErrorCode.NOT_SLUICE)

    def test_a_server_that_is_full_is_tried_again_after_its_delay(self) -> None:
        full = frames.PREFACE + server.error(ErrorCode.TOO_MANY_CONNECTIONS, 2, 60_000)
        with self.serving(first_words=full) as s:
            producer = Producer(s.address, **self.settings())
            with self.assertRaises(TimeoutError):
                producer.connect(0.2)
            self.assertEqual(self.kinds(), [NoticeKind.DISCONNECTED])
            producer.close()

    def test_bad_events_are_told_to_their_publisher_and_change_nothing(self) -> None:
        bad: list[tuple[dict[str, Any], str]] = [
            ({"topic": ""}, "topic_length"), ({"topic": "a\0"}, "topic_text"), ({"id": "x" * 256}, "event_id_length"),
            ({"source": "\ud800"}, "source_text"), ({"payload": b"{"}, "payload_syntax"),
            ({"payload": float("nan")}, "payload_syntax"), ({"payload": {1, 2}}, "payload_syntax"),
            ({"payload": "\0"}, "payload_escape"), ({"payload": 10**301}, "payload_number"),
            ({"payload": "x" * 300_000}, "payload_length"), ({"time": 1 << 62}, "timestamp_range"),
            ({"time": datetime(2026, 1, 1)}, "timestamp_range"),
        ]
        with self.serving() as s, Producer(s.address, **self.settings(linger=60)) as producer:
            for fields, reason in bad:
                with self.subTest(fields), self.assertRaises(EventRejected) as raised:
                    producer.publish(**{"topic": "t", "id": "1", **fields})
                self.assertEqual(raised.exception.reason, reason)
            self.assertEqual(producer.unsettled_events, 0)

    def test_times_and_sources_are_what_the_publisher_says(self) -> None:
        zone = timezone(timedelta(hours=2))
        with self.serving() as s, Producer(s.address, **self.settings(compress=False, source="billing")) as producer:
            producer.publish("t", "1", time=datetime(1970, 1, 1, 2, 0, 1, 5, tzinfo=zone))
            producer.publish("t", "2", time=-1, source="other")
            producer.flush(10)
            first, second = decode(s.committed[1][36:])
        self.assertEqual((first.time, first.source), (1_000_005, b"billing"))
        self.assertEqual((second.time, second.source), (-1, b"other"))

    def test_no_thread_and_no_socket_is_left(self) -> None:
        before = threading.active_count()
        with self.serving() as s:
            for _ in range(3):
                with Producer(s.address, **self.settings()) as producer:
                    producer.publish("t", "1")
        deadline = time.monotonic() + 5
        while threading.active_count() > before and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertEqual(threading.active_count(), before)


class Asyncio(Fixture):
    def test_events_of_several_tasks_are_committed_over_a_cut(self) -> None:
        async def run(address: str) -> int:
            async with AsyncProducer(address, **self.settings(batch_events=7)) as producer:
                async def publish(name: str) -> list[Counts]:
                    receipts = [await producer.publish("t", f"{name}-{n}") for n in range(100)]
                    return [await receipt.committed() for receipt in receipts]

                return len(await asyncio.gather(*[publish(f"{i}") for i in range(4)]))

        with self.serving(cut_after=5) as s:
            self.assertEqual(asyncio.run(run(s.address)), 4)
            self.assertEqual(s.hellos, 2)

    def test_publish_waits_while_the_memory_is_full(self) -> None:
        async def run(address: str) -> int:
            producer = AsyncProducer(address, **self.settings(batch_events=1, memory_bytes=5_000))
            await producer.connect(10)

            async def publish() -> None:
                for n in range(100):
                    await producer.publish("t", f"{n}")

            with self.assertRaises(asyncio.TimeoutError):
                await asyncio.wait_for(publish(), 0.1)
            waiting = producer.unsettled_events
            with self.assertRaises(ProducerClosed):
                await producer.close(0.05)
            return waiting

        with self.serving(holds=True) as s:
            self.assertLess(asyncio.run(run(s.address)), 10)

    def test_a_failure_reaches_connect_publish_and_receipts(self) -> None:
        async def run(address: str) -> None:
            producer = AsyncProducer(address, **self.settings())
            receipt = await producer.publish("t", "1")
            with self.assertRaises(ConnectionFailed):
                await producer.connect(10)
            with self.assertRaises(ConnectionFailed):
                await receipt.committed()
            with self.assertRaises(ConnectionFailed):
                await producer.publish("t", "2")
            with self.assertRaises(ConnectionFailed):
                await producer.close()

        with self.serving(first_words=frames.PREFACE + server.error(ErrorCode.PRODUCER_NOT_YOURS)) as s:
            asyncio.run(run(s.address))

    def test_an_address_that_cannot_be_is_told(self) -> None:
        """Errors of the name and of the port are no OSError. The producer must not wait for them for ever."""
        async def run(endpoint: Endpoint) -> None:
            producer = AsyncProducer(endpoint, **self.settings())
            with self.assertRaises(TimeoutError):
                await producer.connect(timeout=0.5)
            await producer.close(0)

        for endpoint in (Endpoint("127.0.0.1", 70_000), Endpoint("a" * 64 + ".invalid")):
            self.notices.clear()
            asyncio.run(run(endpoint))
            self.assertIn(NoticeKind.DISCONNECTED, self.kinds(), endpoint)
            self.assertRegex(self.notices[0].text, f"cannot reach {endpoint.host}:{endpoint.port}: .")

    def test_a_refused_batch_is_told(self) -> None:
        async def run(address: str) -> None:
            async with AsyncProducer(address, **self.settings(time_to_live=0.0)) as producer:
                receipt = await producer.publish("t", "1")
                with self.assertRaises(BatchRefused):
                    await receipt.committed()

        with self.serving() as s:
            asyncio.run(run(s.address))
        self.assertIn(NoticeKind.BATCH_REFUSED, self.kinds())


class Secured(Fixture):
    def setUp(self) -> None:
        super().setUp()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        contexts = fake_server.certificate(directory.name)
        if contexts is None:
            self.skipTest("no program openssl")
        self.server_tls, self.client_tls = contexts

    async def publish_async(self, address: str, **settings: Any) -> Counts:
        async with AsyncProducer(address, **self.settings(**settings)) as producer:
            return await (await producer.publish("t", "1")).committed()

    def publish(self, address: str, **settings: Any) -> Counts:
        with Producer(address, **self.settings(**settings)) as producer:
            return producer.publish("t", "1", {"text": "x" * 100_000}).committed(10)

    def test_batches_travel_over_tls(self) -> None:
        with self.serving(tls=self.server_tls) as s:
            self.assertEqual(self.publish(s.address, tls=self.client_tls).unique, 1)
        with self.serving(tls=self.server_tls) as s:
            self.assertEqual(asyncio.run(self.publish_async(s.address, tls=self.client_tls)).unique, 1)

    def test_a_certificate_for_another_name_is_refused(self) -> None:
        with self.serving(tls=self.server_tls) as s:
            producer = Producer(s.address, **self.settings(tls=self.client_tls, server_hostname="example.org"))
            with self.assertRaises(TimeoutError):
                producer.connect(0.3)
            producer.close()
        self.assertIn("certificate", self.notices[0].text)

    def test_a_key_is_proven_on_loopback_without_tls(self) -> None:
        for publish in (self.publish, lambda address, **s: asyncio.run(self.publish_async(address, **s))):
            with self.serving(key=KEY) as s:
                self.assertEqual(publish(s.address, key=KEY).unique, 1)
                self.assertEqual(len(s.auths), 1)

    def test_a_key_over_tls_needs_the_channel_binding(self) -> None:
        for publish in (self.publish, lambda address, **s: asyncio.run(self.publish_async(address, **s))):
            with self.serving(tls=self.server_tls, key=KEY) as s:
                with self.assertRaises(ChannelBindingMissing):
                    publish(s.address, tls=self.client_tls, key=KEY)
                self.assertEqual(s.auths, [])
            binding = bytes(range(32))
            with self.serving(tls=self.server_tls, key=KEY, binding=binding) as s:
                counts = publish(s.address, tls=self.client_tls, key=KEY, channel_binding=lambda tls: binding)
                self.assertEqual(counts.unique, 1)

    @unittest.skipIf(sys.version_info >= (3, 14), "the exporter knows CPython 3.9 to 3.13")
    def test_the_exporter_gives_both_sides_of_a_connection_the_same_value(self) -> None:
        values = []
        for publish in (self.publish, lambda address, **s: asyncio.run(self.publish_async(address, **s))):
            for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                self.server_tls.maximum_version = self.server_tls.minimum_version = version
                with self.subTest(version), self.serving(tls=self.server_tls, key=KEY, binding=None) as s:
                    counts = publish(s.address, tls=self.client_tls, key=KEY, channel_binding=tls_exporter)
                    self.assertEqual(counts.unique, 1)
                    values.append(s.binding)
        self.assertEqual(len(set(values)), 4)

    def test_a_server_that_does_not_know_the_key_is_left_for_good(self) -> None:
        for how in ({}, {"key": Key(KEY.id, bytes(32))}):
            with self.serving(**how) as s, self.assertRaises(ConnectionFailed) as raised:
                self.publish(s.address, key=KEY)
            self.assertEqual(raised.exception.code, ErrorCode.AUTHENTICATION_FAILED)
            self.assertEqual(s.committed, {})

    def test_a_server_that_asks_for_a_key_ends_a_producer_without_one(self) -> None:
        with self.serving(key=KEY) as s, self.assertRaisesRegex(ConnectionFailed, "asks for a key"):
            self.publish(s.address)
