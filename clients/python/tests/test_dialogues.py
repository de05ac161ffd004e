"""The producer core against spec/vectors/dialogues.json."""

from __future__ import annotations

import itertools
import re
import struct
import unittest
from typing import Any

from sluice import BatchRefused, Endpoint, NoticeKind, Settings, frames
from sluice.errors import code_name
from sluice.producer_core import Link, ProducerCore
from sluice.receipts import BatchOutcome

from . import vectors

HELLO, PUBLISH, HEARTBEAT, GOAWAY = 1, 5, 9, 10


class DialogueClient:
    """A producer core without network, which takes the steps of a vector."""

    def __init__(self) -> None:
        draws = itertools.count(1)
        self.identities: list[bytes] = []
        settings = Settings(
            random=lambda: 0.5, random_bytes=lambda size: next(draws).to_bytes(size, "little"), batch_events=1,
            learn_counts=False)
        self.core = ProducerCore(settings, (Endpoint("server", 7171),))
        self.now = 0.0
        self.links: dict[str, Link] = {}
        self.pending: list[tuple[BatchOutcome, int]] = []
        self.told: list[str] = []
        # Whether the core wants a connection now or later; it does not after the end.
        self.is_identity_new = False

    def take(self, step: dict[str, Any]) -> None:
        self.told = []
        self.is_identity_new = False
        sequences = {id(held.batch.outcome): held.sequence for held in self.core.outbox.held()}
        words = step["does"].split()
        if words[0] == "publishes":
            outcome, _ = self.core.publish("t", words[1], None, "s", 0, self.now)
            self.pending.append((outcome, 0))
        elif words[0] == "connects":
            self.dial()
            self.links[words[1]] = self.core.dialled(self.now, may_authenticate=True, channel_binding=b"")
        elif words[0] == "hears":
            self.core.received(self.links[words[1]], vectors.unhex(step["hears"]), self.now)
        elif words[0] == "is":
            self.core.ended(self.links[words[2]], "cut", self.now)
        elif words[0] == "fails":
            self.dial()
            self.core.dial_failed("refused", self.now)
        else:
            self.now += int(words[1]) / 1_000
        self.end_what_the_client_left(step)
        self.core.tick(self.now)
        self.read_outcomes(sequences)

    def dial(self) -> None:
        """Waits for the pause, and connects."""
        self.now = max(self.now, self.core._selector.ready_at())
        assert self.core.dial(self.now) is not None, "the client does not want to connect"

    def end_what_the_client_left(self, step: dict[str, Any]) -> None:
        """This client waits for the server's end of a connection that it left, before it connects again."""
        current = self.core._current
        if "then" in step and current is not None and current.connection.said_goaway:
            self.core.ended(current, "the server closed", self.now)

    def read_outcomes(self, sequences: dict[int, int]) -> None:
        for notice in self.core.notices:
            if notice.kind is NoticeKind.LINEAGE_LOSS:
                self.told.append("lineage loss")
            self.is_identity_new |= notice.kind is NoticeKind.NEW_IDENTITY
        self.core.notices.clear()
        for outcome, _ in [one for one in self.pending if one[0].is_settled]:
            sequence = sequences.get(id(outcome), 0)
            if outcome.counts is not None:
                counts = outcome.counts
                replay = " replay" if counts.replay else ""
                known = f"{counts.unique} {counts.duplicate} {counts.dead}{replay}" if counts.known else "unknown"
                self.told.append(f"committed {sequence}: {known}")
            elif isinstance(outcome.error, BatchRefused):
                self.told.append(f"refused {sequence}: {code_name(outcome.error.code)}")
        self.pending = [one for one in self.pending if not one[0].is_settled]

    def sent(self) -> list[str]:
        said = []
        for link in self.links.values():
            data = b""
            while part := self.core.to_send(link, self.now):
                data += part
            if data.startswith(frames.PREFACE):
                said.append("preface")
            for frame in vectors.client_frames(data):
                said += self.words(frame)
        return said

    def words(self, frame: vectors.ClientFrame) -> list[str]:
        if frame.type == HELLO:
            producer, base = struct.unpack_from("<16sQ", frame.body, 12)
            if producer not in self.identities:
                self.identities.append(producer)
            return [f"hello {self.identities.index(producer) + 1} base {base}"]
        if frame.type == PUBLISH:
            (base,) = struct.unpack_from("<Q", frame.body)
            event = re.search(rb"id-\d+", frame.body)
            return [f"publish {frame.sequence} base {base}: {event[0].decode() if event else 'nothing'}"]
        return [] if frame.type in (HEARTBEAT, GOAWAY) else [f"frame {frame.type}"]

    def decision(self) -> tuple[bool, float] | None:
        """Whether the identity is new, and the pause in milliseconds; None after the end of the producer."""
        if self.core.failure is not None:
            return None
        return self.is_identity_new, (self.core._selector.ready_at() - self.now) * 1_000


class DialogueVectors(unittest.TestCase):
    def test_the_client_does_what_the_dialogue_says(self) -> None:
        dialogues = vectors.load("dialogues")
        self.assertGreater(len(dialogues), 15)
        for vector in dialogues:
            with self.subTest(vector["name"]):
                self.play(vector)

    def play(self, vector: dict[str, Any]) -> None:
        client = DialogueClient()
        for number, step in enumerate(vector["steps"]):
            place = f"step {number}: {step['does']}"
            client.take(step)
            self.assertEqual(client.sent(), step.get("sends", []), place)
            self.assertEqual(client.told, step.get("tells", []), place)
            then = step.get("then")
            if then is None:
                self.assertIsNone(client.core.failure, place)
                continue
            decision = client.decision()
            if then == "give up":
                self.assertIsNone(decision, place)
                continue
            assert decision is not None, place
            low, high = (int(bound) for bound in then.split()[-2].split("-"))
            self.assertEqual(decision[0], then.startswith("new identity"), place)
            self.assertTrue(low - 1 <= decision[1] <= high + 1, f"{place}: a pause of {decision[1]} ms")
