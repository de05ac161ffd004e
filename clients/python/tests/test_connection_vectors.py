"""What a client sends, and must not send: connections.json and resuming.json."""

from __future__ import annotations

import struct
import unittest
import uuid
from typing import Any

from sluice import columns, events, frames, messages
from sluice.batcher import EncodedBatch
from sluice.connection import Connection, Greeting
from sluice.errors import ProtocolViolation
from sluice.messages import Lineage
from sluice.outbox import Outbox
from sluice.receipts import BatchOutcome

from . import vectors
from .server import welcome
from .vectors import ClientFrame

HELLO, PUBLISH, HEARTBEAT, GOAWAY = 1, 5, 9, 10


def greeting_of(hello: ClientFrame) -> Greeting | None:
    """What a client of this package must be told to send this HELLO, or None for one that it never sends."""
    if hello.type != HELLO or len(hello.body) < 37 or hello.flags:
        return None
    lowest, highest, features, producer, base = struct.unpack_from("<HHQ16sQ", hello.body)
    name = hello.body[37:]
    if (lowest, highest) != (1, 1) or hello.body[36] != len(name) or features > 1:
        return None
    try:
        return Greeting(uuid.UUID(bytes=producer), base, name.decode("utf-8"), features)
    except UnicodeDecodeError:
        return None


class ConnectionVectors(unittest.TestCase):
    def test_a_client_sends_the_bytes_that_a_server_must_take(self) -> None:
        compared = 0
        for vector in vectors.load("connections"):
            said = [word for step in vector["steps"] for word in step["server"]]
            if "key" not in vector and not any(word.startswith(("ended ", "rejected")) for word in said):
                with self.subTest(vector["name"]):
                    compared += self.replay(vector)
        self.assertGreater(compared, 25)

    def replay(self, vector: dict[str, Any]) -> int:
        """Sends the frames of a vector, and returns the number of vectors (1 or 0) that this client can say."""
        data = b"".join(vectors.unhex(step["client"]) for step in vector["steps"])
        first, *rest = vectors.client_frames(data) or [None]
        greeting = greeting_of(first) if first else None
        whole = len(data) == 8 + sum(len(frame.whole) for frame in [first, *rest] if frame)
        if not whole or greeting is None or any(self.is_foreign(frame) for frame in rest):
            return 0
        connection = Connection(greeting, 0.0)
        sent = [connection.data_to_send(0.0)]
        connection.receive(frames.PREFACE + welcome(features=greeting.features), 0.0)
        self.assertEqual([type(event) for event in connection.events()], [events.Welcomed])
        for frame in rest:
            if frame.type == PUBLISH:
                base, ttl = struct.unpack_from("<QI", frame.body)
                if base > frame.sequence or frame.sequence in connection._open:
                    return 0  # This client never sends a sequence below its base, or twice.
                connection.publish(frame.sequence, base, frame.body[12:], codec=frame.codec,
                                   raw_length=frame.raw_length, time_to_live_ms=ttl)
            elif frame.type == HEARTBEAT:
                connection._last_sent = -60.0
                connection.tick(0.0)
            else:
                connection.goaway()
            sent.append(connection.data_to_send(0.0))
        self.assertEqual(b"".join(sent), data)
        return 1

    def is_foreign(self, frame: ClientFrame) -> bool:
        if frame.type == GOAWAY:
            return frame.sequence != 0 or frame.body[5:] != b"done"
        return frame.type not in (PUBLISH, HEARTBEAT) or frame.flags != 0

    def test_the_columns_of_good_batches_can_be_read(self) -> None:
        for vector in vectors.load("connections"):
            for step in vector["steps"]:
                words = step["server"]
                for frame in vectors.client_frames(vectors.unhex(step["client"])):
                    if frame.type == PUBLISH and frame.codec == 0 and words == [f"committed {frame.sequence}"]:
                        with self.subTest(vector["name"]):
                            self.assertTrue(columns.decode(frame.body[12:]))
                    elif frame.type == PUBLISH and frame.codec == 0 and words == ["ended MALFORMED_COLUMNS"]:
                        with self.subTest(vector["name"]), self.assertRaises(ProtocolViolation):
                            columns.decode(frame.body[12:])


class ForbiddenFrames(unittest.TestCase):
    """What a server ends a connection for is not sent."""

    def open(self, credit: tuple[int, int] = (64, 32 << 20), features: int = 1) -> Connection:
        connection = Connection(Greeting(uuid.UUID(int=1), 1, features=features), 0.0)
        connection.data_to_send(0.0)
        connection.receive(frames.PREFACE + welcome(credit=credit, features=features), 0.0)
        list(connection.events())
        return connection

    def refuses(self, connection: Connection, sequence: int = 1, base: int = 1, **more: Any) -> None:
        with self.assertRaises(ValueError):
            connection.publish(sequence, base, b"columns", **more)
        self.assertEqual(connection.data_to_send(0.0), b"")

    def test_a_batch_before_welcome(self) -> None:
        connection = Connection(Greeting(uuid.UUID(int=1), 1), 0.0)
        connection.data_to_send(0.0)
        self.refuses(connection)

    def test_a_heartbeat_or_goaway_before_welcome(self) -> None:
        connection = Connection(Greeting(uuid.UUID(int=1), 1), 0.0)
        connection.data_to_send(0.0)
        connection.goaway()
        connection.tick(9.0)
        self.assertEqual(connection.data_to_send(0.0), b"")

    def test_more_batches_or_bytes_than_the_credit(self) -> None:
        for credit in ((1, 1_000), (9, 13)):
            with self.subTest(credit):
                connection = self.open(credit)
                connection.publish(1, 1, b"columns")
                connection.data_to_send(0.0)
                self.refuses(connection, 2)

    def test_the_credit_counts_raw_bytes(self) -> None:
        self.refuses(self.open((9, 1_000)), codec=1, raw_length=1_001)

    def test_a_sequence_twice_before_its_answer(self) -> None:
        connection = self.open()
        connection.publish(1, 1, b"columns")
        connection.data_to_send(0.0)
        self.refuses(connection)

    def test_a_sequence_or_base_out_of_range(self) -> None:
        for sequence, base in ((0, 0), (1, 0), (1 << 63, 1), (4, 5)):
            with self.subTest(sequence=sequence, base=base):
                self.refuses(self.open(), sequence, base)

    def test_lz4_that_was_not_agreed(self) -> None:
        self.refuses(self.open(features=0), codec=1, raw_length=9)

    def test_a_batch_or_a_second_goaway_after_a_goaway(self) -> None:
        connection = self.open()
        connection.goaway()
        self.assertTrue(connection.data_to_send(0.0))
        connection.goaway()
        self.refuses(connection)


class ResumingVectors(unittest.TestCase):
    def test_a_client_resumes_as_the_vectors_say(self) -> None:
        for vector in vectors.load("resuming"):
            with self.subTest(vector["name"]):
                self.resume(vector, learn_counts=False)

    def test_with_learn_counts_listed_batches_are_sent_again_too(self) -> None:
        for vector in vectors.load("resuming"):
            with self.subTest(vector["name"]):
                self.resume(vector, learn_counts=True)

    def resume(self, vector: dict[str, Any], learn_counts: bool) -> None:
        base = vector["base"]
        outbox = Outbox(uuid.UUID(int=1), learn_counts)
        # Batches before the first one of the vector are settled.
        outbox._next = outbox._base = base
        for batch in vector["batches"]:
            outbox._next = batch["sequence"]
            raw = bytes.fromhex(batch["raw"])
            held = outbox.add(EncodedBatch(raw, frames.CODEC_NONE, len(raw), 1, 1, 1, BatchOutcome()))
            if batch["sent"]:
                outbox.sent(held)
        lineage = vector["lineage"]
        outbox.remember(Lineage(int(lineage["system"]), lineage["timeline"], uuid.UUID(lineage["store"])),
                        vector["session"], vector["highest_told"])
        spoken = outbox.speak()
        self.assertEqual(spoken.base, base)
        connection = Connection(Greeting(outbox.producer, spoken.base, features=1), 0.0)
        connection.data_to_send(0.0)
        connection.receive(vectors.unhex(vector["server"]), 0.0)
        for event in connection.events():
            assert isinstance(event, events.Welcomed)
            resumption = outbox.welcomed(event.welcome, spoken)
        self.assertEqual(resumption.lineage_loss is not None, vector["lineage_loss"])
        while (held := outbox.next_to_send(0.0)) is not None:
            connection.publish(held.sequence, outbox.base, held.batch.body)
            outbox.sent(held)
        sent = connection.data_to_send(0.0)
        if learn_counts:
            self.assertEqual([frame.sequence for frame in vectors.client_frames(sent)],
                             [batch["sequence"] for batch in vector["batches"]])
        else:
            self.assertEqual(list(resumption.settled), vector["settled"])
            self.assertEqual(sent, vectors.unhex(vector["client"]))
