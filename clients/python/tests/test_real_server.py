"""The producers against a real `sluiced`. Skipped without one: set SLUICED to its path."""

from __future__ import annotations

import asyncio
import collections
import threading
import time
import unittest
from typing import Any

import sluice
from sluice import (AsyncProducer, BatchRefused, ConnectionFailed, ErrorCode, Event, Key, Notice, NoticeKind,
                    Producer)

from .sluiced import Sluiced, free_port, program

EVENTS = 200_000
DUPLICATES = 0.35
KILLS = 3


def faulty_events(count: int, duplicates: float) -> list[Event]:
    """Events of which the share `duplicates` repeats an earlier event; the keys are those of the rest."""
    unique = round(count * (1 - duplicates))
    return [Event(f"orders.{n % unique % 7}", f"id-{n % unique}", {"n": n % unique}, f"source-{n % 5}", 10**15 + n)
            for n in range(count)]


@unittest.skipIf(program() is None, "no sluiced: build the server or set SLUICED to its path")
class RealServer(unittest.TestCase):
    def setUp(self) -> None:
        self.server = Sluiced()
        self.addCleanup(self.server.stop)
        self.notices: list[Notice] = []
        self.server.start()

    def expect(self, **counts: int) -> None:
        stats = self.server.stats()
        self.assertEqual({name: stats[name] for name in counts}, counts)

    def test_counts_are_exact_over_kills_of_the_server(self) -> None:
        events = faulty_events(EVENTS, DUPLICATES)
        unique = len({(event.topic, event.id) for event in events})
        receipts: dict[int, sluice.Receipt] = {}
        killer = threading.Thread(target=self.kill_while, args=(receipts,))
        producer = Producer(f"127.0.0.1:{self.server.port}", batch_events=500, memory_bytes=256 << 10,
                            longest_pause=0.5, on_notice=self.notices.append)
        with producer:
            killer.start()
            for at in range(0, len(events), 1_000):
                for receipt in producer.publish_many(events[at : at + 1_000], timeout=120):
                    receipts[id(receipt.outcome)] = receipt
                time.sleep(0.01)  # The run must last long enough for the kills.
            killer.join(120)
            producer.flush(120)
        self.assertFalse(killer.is_alive())
        kinds = collections.Counter(notice.kind for notice in self.notices)
        self.assertGreaterEqual(kinds[NoticeKind.CONNECTED], KILLS + 1)
        self.assertFalse(kinds.keys() - {NoticeKind.CONNECTED, NoticeKind.DISCONNECTED, NoticeKind.STORE_UNAVAILABLE,
                                         NoticeKind.POSSIBLE_CLONE}, kinds)
        self.expect(received=EVENTS, unique_processed=unique, duplicate_dropped=EVENTS - unique, dead=0)
        counts = [receipt.committed(0) for receipt in receipts.values()]
        self.assertEqual(sum(count.received for count in counts), EVENTS)
        self.assertEqual(sum(count.unique for count in counts), unique)

    def kill_while(self, receipts: dict[int, Any]) -> None:
        """Kills and starts the server each time when more batches were taken."""
        for kill in range(KILLS):
            seen = len(receipts)
            deadline = time.monotonic() + 60
            while len(receipts) < seen + 40 and time.monotonic() < deadline:
                time.sleep(0.005)
            self.server.kill()
            self.server.start()

    def test_an_async_producer_settles_what_it_took_over_a_restart(self) -> None:
        async def run() -> int:
            address = f"127.0.0.1:{self.server.port}"
            async with AsyncProducer(address, batch_events=100, longest_pause=0.5, on_notice=self.notices.append) as p:
                receipts = [await p.publish("a", f"{n}", {"n": n}) for n in range(5_000)]
                await asyncio.to_thread(self.server.kill)
                receipts += [await p.publish("b", f"{n}", {"n": n}) for n in range(5_000)]
                await asyncio.to_thread(self.server.start)
                outcomes = {id(receipt.outcome): receipt for receipt in receipts}
                return sum([(await receipt.committed()).unique for receipt in outcomes.values()])

        self.assertEqual(asyncio.run(run()), 10_000)
        self.expect(received=10_000, unique_processed=10_000, duplicate_dropped=0, dead=0)

    def test_a_dead_event_does_not_stop_its_batch(self) -> None:
        with Producer(f"127.0.0.1:{self.server.port}", check_events=False) as producer:
            producer.publish("t", "bad", b"{")
            receipt = producer.publish("t", "good", {"n": 1.5})
            producer.publish("t", "good", None)
            counts = receipt.committed(30)
        self.assertEqual((counts.received, counts.unique, counts.duplicate, counts.dead), (3, 1, 1, 1))

    def test_a_producer_without_compression_is_understood(self) -> None:
        with Producer(f"127.0.0.1:{self.server.port}", compress=False) as producer:
            producer.publish("t", "1", {"text": "é" * 500})
        self.expect(received=1, unique_processed=1)

    def test_a_producer_moves_to_another_server_that_it_knows(self) -> None:
        dead = f"127.0.0.1:{free_port()}"
        with Producer(dead, f"127.0.0.1:{self.server.port}", on_notice=self.notices.append) as producer:
            producer.publish("t", "1")
        self.assertEqual(self.notices[0].kind, NoticeKind.DISCONNECTED)
        self.expect(received=1)

    def test_an_orderly_restart_loses_and_repeats_nothing(self) -> None:
        producer = Producer(f"127.0.0.1:{self.server.port}", longest_pause=0.5, on_notice=self.notices.append)
        with producer:
            for n in range(3_000):
                producer.publish("t", f"{n}", {"n": n})
                if n == 1_500:
                    self.server.terminate()
                    self.server.start()
        self.assertIn(NoticeKind.SERVER_LEAVING, [notice.kind for notice in self.notices])
        self.expect(received=3_000, unique_processed=3_000)

    def test_log_records_become_events(self) -> None:
        import logging

        logger = logging.Logger("shop")
        handler = sluice.SluiceHandler(f"127.0.0.1:{self.server.port}", topic="logs.shop")
        logger.addHandler(handler)
        for n in range(100):
            logger.warning("order %d failed", n, extra={"order": n})
        handler.close()
        self.assertEqual(handler.lost, 0)
        self.expect(received=100, unique_processed=100)


@unittest.skipIf(program() is None, "no sluiced: build the server or set SLUICED to its path")
class RealServerWithKeys(unittest.TestCase):
    def setUp(self) -> None:
        self.server = Sluiced()
        self.addCleanup(self.server.stop)
        self.key = Key.parse(self.server.add_principal("shop", "--role", "publish", "--publish-topic", "orders.*"))
        self.server.start()
        self.address = f"127.0.0.1:{self.server.port}"

    def test_a_key_opens_the_topics_of_its_principal_alone(self) -> None:
        with Producer(self.address, key=self.key, on_notice=lambda notice: None) as producer:
            self.assertEqual(producer.publish("orders.paid", "1").committed(30).unique, 1)
            with self.assertRaises(BatchRefused) as refused:
                producer.publish("other", "1").committed(30)
            self.assertEqual(refused.exception.code, ErrorCode.TOPIC_NOT_ALLOWED)
            self.assertEqual(producer.publish("orders.paid", "2").committed(30).unique, 1)

    def test_asyncio_proves_the_key_too(self) -> None:
        async def run() -> int:
            async with AsyncProducer(self.address, key=self.key) as producer:
                return (await (await producer.publish("orders.paid", "1")).committed()).unique

        self.assertEqual(asyncio.run(run()), 1)

    def test_no_key_and_a_wrong_key_end_the_producer(self) -> None:
        for key in (None, self.key._replace(secret=bytes(32)), self.key._replace(id="unknown")):
            with self.subTest(key), self.assertRaises(ConnectionFailed) as failed:
                with Producer(self.address, key=key, on_notice=lambda notice: None):
                    self.fail("connected")
            self.assertEqual(failed.exception.code, ErrorCode.AUTHENTICATION_FAILED)
