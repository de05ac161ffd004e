"""Columns and the reasons of dead events: columns.json."""

from __future__ import annotations

import unittest
from random import Random
from typing import Any

from sluice import columns, validation
from sluice.columns import RawEvent, Rows
from sluice.errors import ProtocolViolation
from sluice.messages import Limits

from . import vectors

LIMITS = Limits()


def fault(event: RawEvent) -> str | None:
    """The first reason of section 5.3 for which an event is dead."""
    for kind, name in (("topic", event.topic), ("source", event.source), ("event_id", event.id)):
        found = validation.name_fault(name, LIMITS)
        if found:
            return f"{kind}_{found}"
    if event.time is None or not validation.EARLIEST <= event.time <= validation.LATEST:
        return "timestamp_range"
    return None if event.payload is None else validation.payload_fault(event.payload, LIMITS)


def encoded(events: list[RawEvent]) -> bytes:
    topics, sources = list(dict.fromkeys(e.topic for e in events)), list(dict.fromkeys(e.source for e in events))
    return columns.encode(Rows(
        topics, sources, [topics.index(e.topic) for e in events], [sources.index(e.source) for e in events],
        [e.time or 0 for e in events], [e.id for e in events], [e.payload for e in events]))


class ColumnVectors(unittest.TestCase):
    def test_columns_hold_the_events_of_the_vectors(self) -> None:
        for vector in vectors.load("columns"):
            with self.subTest(vector["name"]):
                raw = vectors.unhex(vector["raw"])
                if "error" in vector:
                    with self.assertRaises(ProtocolViolation) as raised:
                        columns.decode(raw)
                    self.assertEqual(raised.exception.code.name, vector["error"])
                    continue
                events = columns.decode(raw)
                if vector["events"] is not None:
                    self.assertEqual(events, [self.event(e) for e in vector["events"]])
                    self.assertEqual(columns.decode(encoded(events)), events)
                dead = [{"position": n, "reason": fault(e)} for n, e in enumerate(events) if fault(e)]
                self.assertEqual(dead, vector["dead"])

    def event(self, fields: dict[str, Any]) -> RawEvent:
        payload = fields["payload"]
        return RawEvent(
            vectors.unhex(fields["topic"]), vectors.unhex(fields["source"]), vectors.unhex(fields["id"]),
            int(fields["time"]), None if payload is None else vectors.unhex(payload))

    def test_one_event_is_encoded_to_the_bytes_of_its_vector(self) -> None:
        for name in ("one event", "no payload, an empty object and an array", "names shared by events"):
            with self.subTest(name):
                vector = next(v for v in vectors.load("columns") if v["name"] == name)
                self.assertEqual(encoded([self.event(e) for e in vector["events"]]), vectors.unhex(vector["raw"]))

    def test_the_quick_check_and_the_scanner_agree(self) -> None:
        payloads = [event.payload for vector in vectors.load("columns") if "error" not in vector
                    for event in columns.decode(vectors.unhex(vector["raw"])) if event.payload]
        payloads = sorted({payload for payload in payloads if len(payload) <= LIMITS.payload_bytes})
        random = Random(1)
        for payload in payloads + [self.changed(random, payloads) for _ in range(3_000)]:
            with self.subTest(payload[:80]):
                self.assertEqual(validation.payload_fault(payload, LIMITS), validation.scanned_fault(payload, LIMITS))

    def changed(self, random: Random, payloads: list[bytes]) -> bytes:
        """One or two payloads with a few bytes changed."""
        data = bytearray(random.choice((b"[%b,%b]", b"%b%b", b'{"a":%b,"b":%b}'))
                         % (random.choice(payloads)[:400], random.choice(payloads)[:400]))
        for _ in range(random.randint(0, 3)):
            at = random.randrange(len(data))
            data[at : at + random.randint(0, 1)] = random.choice(
                (b"e", b"-", b"1", b"0" * 58, b"9" * 290, b"e29", b"E+30", b"[", b"}", b'"', b"\\", b"\xff", b" ",
                 b"."))
        return bytes(data)
