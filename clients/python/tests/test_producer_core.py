"""The producer core over scripted servers: reconnects, refusals, identities, bounds and time."""

from __future__ import annotations

import itertools
import struct
import unittest
from typing import Any

from sluice import (BatchRefused, ConnectionFailed, Endpoint, ErrorCode, NoticeKind, ProducerClosed, Retry, Settings,
                    compression, frames)
from sluice.messages import Lineage, Limits
from sluice.producer_core import Link, ProducerCore
from sluice.receipts import BatchOutcome

from . import server, vectors

A, B = Endpoint("a", 1), Endpoint("b", 2)


class Dialogue:
    """A producer core, a clock, and what the core sent."""

    _draws = itertools.count(1)

    def __init__(self, endpoints: tuple[Endpoint, ...] = (A,), **settings: Any) -> None:
        defaults = {"random": lambda: 1.0, "batch_events": 1, "compress": False,
                    "random_bytes": lambda size: next(self._draws).to_bytes(size, "little")}
        self.core = ProducerCore(Settings(**{**defaults, **settings}), endpoints)
        self.now = 0.0
        self.sessions = itertools.count(1)
        self.ids = itertools.count(1)

    def publish(self) -> BatchOutcome:
        return self.core.publish("t", f"{next(self.ids)}", None, "s", 0, self.now)[0]

    def dial(self) -> tuple[Link, vectors.ClientFrame]:
        """Connects, and returns the connection with its HELLO."""
        endpoint = self.core.dial(self.now)
        assert endpoint is not None, "the core does not want to connect now"
        link = self.core.dialled(self.now, may_authenticate=True, channel_binding=b"")
        hello, = self.sent(link)
        return link, hello

    def connect(self, **welcome: Any) -> Link:
        link, _ = self.dial()
        self.say(link, frames.PREFACE, server.welcome(**{"session": next(self.sessions), "features": 0, **welcome}))
        return link

    def say(self, link: Link, *data: bytes) -> None:
        self.core.received(link, b"".join(data), self.now)
        self.core.tick(self.now)

    def sent(self, link: Link) -> list[vectors.ClientFrame]:
        data = b""
        while part := self.core.to_send(link, self.now):
            data += part
        return vectors.client_frames(data)

    def batches(self, link: Link) -> list[tuple[int, int]]:
        """Sequence and base of each PUBLISH that was sent since the last call."""
        return [(frame.sequence, int.from_bytes(frame.body[:8], "little")) for frame in self.sent(link)
                if frame.type == 5]

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.core.tick(self.now)

    def heard(self) -> list[NoticeKind]:
        kinds = [notice.kind for notice in self.core.notices]
        self.core.notices.clear()
        return kinds


class Sending(unittest.TestCase):
    def test_a_batch_stays_within_the_bytes_of_the_server(self) -> None:
        """A batch beyond them would be given up with all its events."""
        for limits in (Limits(raw_bytes=1_000), Limits(body_bytes=1_000)):
            d = Dialogue(batch_events=100)
            link = d.connect(limits=limits)
            for number in range(4):
                d.core.publish(f"t{number}", "x", {"text": "x" * 300}, "s", 0, d.now)
            d.core.flush(d.now)
            held = list(d.core.outbox.held())
            self.assertEqual([each.batch.events for each in held], [2, 2])
            self.assertTrue(all(each.batch.raw_length <= 1_000 for each in held))
            self.assertEqual(len(d.batches(link)), 2)
            self.assertEqual(d.heard(), [NoticeKind.CONNECTED])

    def test_batches_are_numbered_from_one_and_the_base_follows_the_commits(self) -> None:
        d = Dialogue()
        outcomes = [d.publish(), d.publish()]
        link = d.connect()
        self.assertEqual(d.batches(link), [(1, 1), (2, 1)])
        d.say(link, server.accepted(2))
        self.assertEqual([outcome.is_accepted for outcome in outcomes], [True, True])
        d.say(link, server.committed((1, 1, 0, 0), (2, 0, 1, 0)))
        d.publish()
        self.assertEqual(d.batches(link), [(3, 3)])
        self.assertEqual([(o.result().unique, o.result().duplicate) for o in outcomes], [(1, 0), (0, 1)])

    def test_nothing_is_sent_beyond_the_credit_and_the_span(self) -> None:
        d = Dialogue()
        for _ in range(5):
            d.publish()
        link = d.connect(credit=(2, 1 << 20), limits=Limits(span=3))
        self.assertEqual([s for s, _ in d.batches(link)], [1, 2])
        d.say(link, server.window(9, 1 << 20))
        self.assertEqual([s for s, _ in d.batches(link)], [3])
        d.say(link, server.committed((1, 1, 0, 0)))
        self.assertEqual(d.batches(link), [(4, 2)])

    def test_a_batch_that_the_server_can_never_take_is_given_up_and_the_next_is_sent(self) -> None:
        for limits, credit in ((Limits(raw_bytes=10), (9, 99)), (Limits(), (9, 10)), (Limits(events=0), (9, 99))):
            with self.subTest(limits=limits, credit=credit):
                d = Dialogue()
                outcome = d.publish()
                self.assertEqual(d.batches(d.connect(limits=limits, credit=credit)), [])
                with self.assertRaises(BatchRefused):
                    outcome.result()

    def test_events_wait_for_others_until_the_linger_is_over(self) -> None:
        d = Dialogue(batch_events=10, linger=0.5)
        link = d.connect()
        d.publish()
        d.publish()
        self.assertEqual(d.batches(link), [])
        self.assertEqual(d.core.deadline(d.now), 0.5)
        d.wait(0.5)
        self.assertEqual(d.batches(link), [(1, 1)])
        self.assertEqual(d.core.unsettled_events, 2)

    def test_the_memory_bound_holds_and_room_comes_back_with_commits(self) -> None:
        d = Dialogue(memory_bytes=3_000)
        while d.core.has_room:
            d.publish()
        self.assertEqual(len(d.core.outbox), 3)
        link = d.connect()
        d.batches(link)
        d.say(link, server.committed((1, 1, 0, 0)))
        self.assertTrue(d.core.has_room)

    @unittest.skipUnless(compression.AVAILABLE, "no package lz4")
    def test_columns_are_decompressed_for_a_server_without_lz4(self) -> None:
        d = Dialogue(compress=True, batch_events=100)
        for _ in range(100):
            d.publish()
        first = d.connect(features=1)
        packed, = d.sent(first)
        d.core.ended(first, "cut", d.now)
        d.wait(1)
        plain, = d.sent(d.connect(features=0))
        self.assertEqual((packed.codec, plain.codec), (1, 0))
        self.assertEqual(packed.raw_length, len(plain.body) - 12)
        self.assertEqual(compression.decompress(packed.body[12:], packed.raw_length), plain.body[12:])


class Reconnecting(unittest.TestCase):
    def test_unanswered_batches_are_sent_again_with_their_sequences_and_bytes(self) -> None:
        d = Dialogue()
        d.publish(), d.publish()
        first = d.connect()
        before = d.sent(first)
        d.core.ended(first, "cut", d.now)
        d.wait(1)
        link, hello = d.dial()
        self.assertEqual(struct.unpack_from("<Q", hello.body, 28), (1,))
        d.say(link, frames.PREFACE, server.welcome(session=2, features=0, highest=1, bits=1, bitmap=b"\1"))
        self.assertEqual([frame.whole for frame in d.sent(link)], [frame.whole for frame in before])

    def test_pauses_double_with_jitter_and_begin_anew_after_ten_seconds_open(self) -> None:
        for random, expected in ((1.0, [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10]),
                                 (0.0, [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5, 5])):
            with self.subTest(random):
                d, pauses = Dialogue(random=lambda: random), []
                for _ in expected:
                    self.assertEqual(d.core.dial(d.now), A)
                    d.core.dial_failed("refused", d.now)
                    self.assertIsNone(d.core.dial(d.now))
                    deadline = d.core.deadline(d.now)
                    assert deadline is not None
                    pauses.append(round(deadline - d.now, 6))
                    d.now = deadline
                self.assertEqual(pauses, expected)
                link = d.connect()
                d.now += 10
                d.core.ended(link, "cut", d.now)
                self.assertAlmostEqual(d.core._selector.ready_at() - d.now, expected[0])

    def test_other_endpoints_are_tried_without_a_pause(self) -> None:
        d = Dialogue((A, B))
        self.assertEqual(d.core.dial(d.now), A)
        d.core.dial_failed("refused", d.now)
        self.assertEqual(d.core.dial(d.now), B)
        d.core.dial_failed("refused", d.now)
        self.assertIsNone(d.core.dial(d.now))

    def test_the_delay_of_a_retry_is_the_shortest_pause(self) -> None:
        d = Dialogue()
        link, _ = d.dial()
        d.say(link, frames.PREFACE, server.error(ErrorCode.STORE_UNAVAILABLE, Retry.DELAY, 5_000))
        self.assertTrue(d.core.is_over(link))
        self.assertEqual(d.core.deadline(d.now), 5.0)

    def test_an_error_of_class_never_ends_the_producer(self) -> None:
        d = Dialogue()
        outcome = d.publish()
        link, _ = d.dial()
        d.say(link, frames.PREFACE, server.error(ErrorCode.PRODUCER_NOT_YOURS))
        self.assertIsNone(d.core.dial(d.now + 99))
        with self.assertRaises(ConnectionFailed):
            outcome.result()
        with self.assertRaises(ConnectionFailed):
            d.core.check_open()

    def test_superseded_is_forgiven_once_for_each_hello_without_welcome(self) -> None:
        d = Dialogue()
        lost, _ = d.dial()
        d.core.ended(lost, "cut", d.now)
        d.wait(1)
        d.say(d.connect(), server.error(ErrorCode.SUPERSEDED))
        self.assertIsNone(d.core.failure)
        d.wait(1)
        d.say(d.connect(), server.error(ErrorCode.SUPERSEDED))
        self.assertIsInstance(d.core.failure, ConnectionFailed)

    def test_after_goaway_new_batches_go_elsewhere_and_old_answers_still_count(self) -> None:
        d = Dialogue((A, B))
        old_outcome = d.publish()
        old = d.connect()
        self.assertEqual(d.batches(old), [(1, 1)])
        d.say(old, server.goaway(1))
        new_outcome = d.publish()
        new = d.connect()
        self.assertEqual(new.endpoint, B)
        d.say(old, server.committed((1, 1, 0, 0)), server.error(ErrorCode.SUPERSEDED))
        self.assertEqual(old_outcome.result().unique, 1)
        self.assertIsNone(d.core.failure)
        self.assertEqual(d.batches(new), [(2, 2)])
        d.say(new, server.committed((2, 1, 0, 0)))
        self.assertEqual(new_outcome.result().unique, 1)

    def test_counts_of_batches_that_welcome_lists_are_unknown_without_learn_counts(self) -> None:
        d = Dialogue(learn_counts=False)
        outcome = d.publish()
        link = d.connect()
        d.batches(link)
        d.core.ended(link, "cut", d.now)
        d.wait(1)
        self.assertEqual(d.batches(d.connect(highest=1, bits=1, bitmap=b"\1")), [])
        self.assertFalse(outcome.result().known)


class Refusals(unittest.TestCase):
    def refused(self, d: Dialogue, code: int, retry: Retry, delay_ms: int = 0) -> tuple[Link, BatchOutcome]:
        outcome, link = d.publish(), d.connect()
        self.assertEqual(d.batches(link), [(1, 1)])
        d.say(link, server.error(code, retry, delay_ms, sequence=1))
        return link, outcome

    def test_class_never_gives_the_batch_up(self) -> None:
        d = Dialogue()
        link, outcome = self.refused(d, ErrorCode.TOPIC_NOT_ALLOWED, Retry.NEVER)
        with self.assertRaises(BatchRefused) as raised:
            outcome.result()
        self.assertEqual(raised.exception.code, ErrorCode.TOPIC_NOT_ALLOWED)
        self.assertIn(NoticeKind.BATCH_REFUSED, d.heard())
        d.publish()
        self.assertEqual(d.batches(link), [(2, 2)])

    def test_class_delay_sends_the_batch_again_after_the_delay(self) -> None:
        d = Dialogue()
        link, _ = self.refused(d, 4_712, Retry.DELAY, 500)
        d.wait(0.4)
        self.assertEqual(d.batches(link), [])
        self.assertEqual(d.core.deadline(d.now), 0.5)
        d.wait(0.1)
        self.assertEqual(d.batches(link), [(1, 1)])
        d.say(link, server.error(4_712, Retry.DELAY, 500, sequence=1))
        d.wait(0.5)
        self.assertEqual(d.batches(link), [(1, 1)])

    def test_class_new_connection_opens_another_when_nothing_else_is_open(self) -> None:
        d = Dialogue()
        link, outcome = self.refused(d, 4_713, Retry.NEW_CONNECTION)
        self.assertEqual([frame.type for frame in d.sent(link)], [10])
        d.core.ended(link, "closed", d.now)
        d.wait(1)
        again = d.connect()
        self.assertEqual(d.batches(again), [(1, 1)])
        d.say(again, server.committed((1, 1, 0, 0)))
        self.assertEqual(outcome.result().unique, 1)

    def test_a_reused_sequence_renews_the_identity_after_the_open_answers(self) -> None:
        d = Dialogue()
        first, second, third = d.publish(), d.publish(), d.publish()
        link = d.connect()
        before = d.core.outbox.producer
        d.batches(link)
        d.say(link, server.error(ErrorCode.SEQUENCE_REUSED, sequence=1))
        d.say(link, server.committed((2, 1, 0, 0)))
        self.assertEqual([frame.type for frame in d.sent(link)], [10])
        d.core.ended(link, "closed", d.now)
        d.wait(1)
        again, hello = d.dial()
        self.assertNotEqual(hello.body[12:28], before.bytes)
        d.say(again, frames.PREFACE, server.welcome(session=1, features=0))
        self.assertEqual(d.batches(again), [(1, 1), (2, 1)])
        d.say(again, server.committed((1, 0, 1, 0), (2, 1, 0, 0)))
        self.assertEqual([o.result().unique for o in (first, second, third)], [0, 1, 1])
        self.assertIn(NoticeKind.NEW_IDENTITY, d.heard())
        self.assertNotIn(NoticeKind.LINEAGE_LOSS, d.heard())

    def test_a_stale_producer_renews_its_identity(self) -> None:
        d = Dialogue()
        d.publish()
        link, hello = d.dial()
        d.say(link, frames.PREFACE, server.error(ErrorCode.PRODUCER_STALE))
        d.wait(1)
        self.assertNotEqual(d.dial()[1].body[12:28], hello.body[12:28])


class Lineages(unittest.TestCase):
    def reconnect(self, **welcome: Any) -> list[NoticeKind]:
        d = Dialogue()
        d.publish()
        link = d.connect()
        d.batches(link)
        d.say(link, server.committed((1, 1, 0, 0)))
        d.core.ended(link, "cut", d.now)
        d.wait(1)
        d.heard()
        d.connect(**welcome)
        return d.heard()

    def test_losses_are_told(self) -> None:
        other = Lineage(8, 1, server.LINEAGE.store)
        for welcome in ({"lineage": other, "highest": 1}, {"highest": 0}, {"highest": 1, "session": 1}):
            with self.subTest(welcome):
                self.assertIn(NoticeKind.LINEAGE_LOSS, self.reconnect(**welcome))
        self.assertNotIn(NoticeKind.LINEAGE_LOSS, self.reconnect(highest=1))

    def test_a_jump_of_the_session_is_a_possible_clone(self) -> None:
        self.assertIn(NoticeKind.POSSIBLE_CLONE, self.reconnect(highest=1, session=3))


class Time(unittest.TestCase):
    def test_a_client_that_sent_nothing_sends_a_heartbeat(self) -> None:
        d = Dialogue()
        link = d.connect(limits=Limits(heartbeat_ms=2_000, idle_timeout_ms=9_000))
        self.assertEqual(d.core.deadline(d.now), 2.0)
        d.wait(2)
        self.assertEqual([frame.type for frame in d.sent(link)], [9])
        self.assertEqual(d.core.deadline(d.now), 4.0)

    def test_a_silent_server_is_left(self) -> None:
        d = Dialogue()
        link = d.connect(limits=Limits(heartbeat_ms=20_000, idle_timeout_ms=9_000))
        d.wait(9)
        self.assertTrue(d.core.is_over(link))
        self.assertEqual(d.heard(), [NoticeKind.CONNECTED, NoticeKind.DISCONNECTED])

    def test_a_server_that_never_welcomes_is_left(self) -> None:
        d = Dialogue(connect_timeout=3.0)
        link, _ = d.dial()
        d.wait(3)
        self.assertTrue(d.core.is_over(link))

    def test_a_batch_is_sent_with_the_rest_of_its_time_and_given_up_when_it_was_never_sent(self) -> None:
        d = Dialogue(time_to_live=2.0)
        d.publish()
        link = d.connect()
        d.wait(0.5)
        sent, = d.sent(link)
        self.assertEqual(struct.unpack_from("<I", sent.body, 8), (1_500,))
        d.core.ended(link, "cut", d.now)
        late = d.publish()
        d.wait(5)
        again, = d.sent(d.connect())
        self.assertEqual((again.sequence, struct.unpack_from("<I", again.body, 8)), (1, (1,)))
        with self.assertRaises(BatchRefused):
            late.result()


class Closing(unittest.TestCase):
    def test_close_waits_for_the_commits_then_says_goaway(self) -> None:
        d = Dialogue(batch_events=10)
        outcome, link = d.publish(), d.connect()
        d.core.close(d.now)
        self.assertEqual(d.batches(link), [(1, 1)])
        self.assertFalse(d.core.is_finished)
        d.say(link, server.committed((1, 1, 0, 0)))
        self.assertEqual([frame.type for frame in d.sent(link)], [10])
        d.core.ended(link, "closed", d.now)
        self.assertTrue(d.core.is_finished)
        self.assertEqual(outcome.result().unique, 1)
        with self.assertRaises(ProducerClosed):
            d.core.check_open()

    def test_a_server_that_does_not_close_is_left_after_two_seconds(self) -> None:
        d = Dialogue()
        link = d.connect()
        d.core.close(d.now)
        d.wait(2)
        self.assertTrue(d.core.is_finished and d.core.is_over(link))

    def test_a_producer_that_holds_nothing_needs_no_server_to_close(self) -> None:
        d = Dialogue()
        d.core.close(d.now)
        self.assertTrue(d.core.is_finished)
        self.assertIsNone(d.core.dial(d.now))
