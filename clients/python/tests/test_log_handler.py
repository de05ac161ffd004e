"""The handler for `logging`."""

from __future__ import annotations

import json
import logging
import time
import unittest
from typing import Any

from sluice import SluiceHandler
from sluice.columns import RawEvent, decode

from .fake_server import FakeServer
from .sluiced import free_port


class LogHandler(unittest.TestCase):
    def setUp(self) -> None:
        self.logger = logging.Logger("shop")
        self.server = FakeServer()
        self.addCleanup(self.server.close)

    def attach(self, address: str, **settings: Any) -> SluiceHandler:
        handler = SluiceHandler(address, topic="logs.shop", compress=False, first_pause=0.01, **settings)
        self.logger.addHandler(handler)
        self.addCleanup(handler.close)
        return handler

    def events(self) -> list[RawEvent]:
        return [event for _, batch in sorted(self.server.committed.items()) for event in decode(batch[36:])]

    def payloads(self) -> list[dict[str, Any]]:
        return [json.loads(event.payload or b"{}") for event in self.events()]

    def test_a_record_is_an_event_with_its_fields(self) -> None:
        handler = self.attach(self.server.address, source="shop-1")
        try:
            raise KeyError("order")
        except KeyError:
            self.logger.exception("order %d failed\0", 42, extra={"order": 42, "price": 7.5, "tags": ["a"]})
        handler.close()
        event, = self.events()
        self.assertEqual((event.topic, event.source, len(event.id)), (b"logs.shop", b"shop-1", 26))
        payload, = self.payloads()
        self.assertEqual(payload["message"], "order 42 failed\\0")
        self.assertEqual((payload["level"], payload["logger"]), ("ERROR", "shop"))
        self.assertIn("KeyError: 'order'", payload["error"])
        self.assertEqual(payload["fields"], {"order": 42, "price": 7.5, "tags": "['a']"})
        self.assertAlmostEqual((event.time or 0) / 1e6, time.time(), delta=60)
        self.assertEqual(handler.lost, 0)

    def test_without_a_server_records_are_bounded_lost_ones_counted_and_no_caller_waits(self) -> None:
        handler = self.attach(f"127.0.0.1:{free_port()}", capacity=50, memory_bytes=4_096, batch_events=1,
                              close_timeout=0.05)
        began = time.monotonic()
        for n in range(2_000):
            self.logger.info("%d", n)
        self.assertLess(time.monotonic() - began, 5)
        self.assertGreater(handler.lost, 1_900)
        handler.close()
        self.assertEqual(handler.lost, 2_000)

    def test_losses_are_told_when_there_is_room_again(self) -> None:
        handler = self.attach(self.server.address, capacity=1, batch_events=1)
        for n in range(3_000):
            self.logger.info("%d", n)
        handler.flush()
        self.logger.info("last")
        handler.close()
        self.assertEqual(sum(payload.get("lost", 0) for payload in self.payloads()), handler.lost)
        self.assertEqual(len(self.payloads()) + handler.lost, 3_001)

    def test_the_messages_of_the_producer_itself_are_left_out(self) -> None:
        handler = self.attach(self.server.address)
        for name in ("sluice", "sluice.x", "sluiced"):
            handler.emit(logging.makeLogRecord({"name": name, "msg": name}))
        handler.close()
        self.assertEqual([payload["message"] for payload in self.payloads()], ["sluiced"])

    def test_a_record_that_cannot_be_formatted_is_counted_and_raises_nothing(self) -> None:
        handler = self.attach(self.server.address)
        handler.handleError = lambda record: None  # type: ignore[method-assign]
        self.logger.info("%d", "no number")
        self.assertEqual(handler.lost, 1)
        handler.close()
        self.assertEqual(handler.lost, 1)
