"""The spool: what is found after any end of a process."""

from __future__ import annotations

import errno
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
from typing import Any
from unittest import mock

from sluice import ErrorCode, NoticeKind, Producer, ProducerClosed, SpoolError, compression, frames
from sluice.columns import decode
from sluice.spool import decode_record, encode_record

from . import server
from .fake_server import FakeServer
from .sluiced import Sluiced, free_port, program
from .test_producer_core import Dialogue


class SpoolTest(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name, "spool")

    def begin(self, **settings: Any) -> Dialogue:
        return Dialogue(spool=self.directory, spool_sync=None, **settings)

    def kill(self, d: Dialogue) -> None:
        """Ends a process without a word: only what is in the files stays."""
        assert d.core.spool is not None
        d.core.spool.close()

    def segments(self) -> list[pathlib.Path]:
        return sorted(self.directory.glob("*.spool"))


class Recovery(SpoolTest):
    def test_the_record_of_the_specification(self) -> None:
        data = bytes.fromhex(
            "53504c52 03 00 0000 01000000 08000000 00000000 00000000 0000000000000000 0000000000000000 c448501e "
            "415ffa6b 0200000000000000")
        self.assertEqual(encode_record(3, 1, (2).to_bytes(8, "little")), data)
        record = decode_record(data, 0)
        assert record is not None
        self.assertEqual((record.type, record.epoch, record.size), (3, 1, len(data)))

    def test_unsettled_batches_are_sent_under_the_same_identity_sequence_and_bytes(self) -> None:
        first = self.begin()
        for _ in range(4):
            first.publish()
        link = first.connect()
        before = first.sent(link)
        first.say(link, server.committed((1, 1, 0, 0), (3, 1, 0, 0)))
        self.assertEqual(first.core.outbox.base, 2)
        self.kill(first)
        second = self.begin()
        link, hello = second.dial()
        self.assertEqual(hello.body[12:36], first.core.outbox.producer.bytes + (2).to_bytes(8, "little"))
        # Everything is sent, though WELCOME lists batch 2 as settled.
        second.say(link, frames.PREFACE, server.welcome(session=9, features=0, highest=3, bits=1, bitmap=b"\1"))
        self.assertEqual([(f.sequence, f.body[12:]) for f in second.sent(link)],
                         [(f.sequence, f.body[12:]) for f in before if f.sequence in (2, 4)])
        self.assertEqual(second.heard(), [NoticeKind.CONNECTED])
        second.publish()
        self.assertEqual([sequence for sequence, _ in second.batches(link)], [5])
        self.kill(second)

    def test_a_replaced_database_is_noticed_by_the_next_process(self) -> None:
        first = self.begin()
        first.publish(), first.publish()
        link = first.connect()
        first.batches(link)
        first.say(link, server.committed((1, 1, 0, 0)))
        self.assertEqual(first.core.outbox.base, 2)
        self.kill(first)
        second = self.begin()
        second.connect(highest=0)
        self.assertIn(NoticeKind.LINEAGE_LOSS, second.heard())
        self.kill(second)

    def test_a_file_that_ends_at_any_byte_keeps_the_whole_batches_before(self) -> None:
        first = self.begin()
        first.publish(), first.publish(), first.publish()
        self.kill(first)
        whole, = self.segments()
        data = whole.read_bytes()
        ends = [at for at in range(8, len(data)) if (record := decode_record(data, at)) and record.type == 2]
        ends = [at + decode_record(data, at).size for at in ends]  # type: ignore[union-attr]
        for size in range(ends[0], len(data) + 1):
            shutil.rmtree(self.directory)
            self.directory.mkdir()
            whole.write_bytes(data[:size])
            second = self.begin()
            with self.subTest(size):
                self.assertEqual(len(second.core.outbox), sum(end <= size for end in ends))
                self.assertEqual(second.core.outbox.producer, first.core.outbox.producer)
                self.assertEqual(second.heard(), [])
            self.kill(second)
            third = self.begin()
            self.assertEqual(third.heard(), [], "the torn end was not cut off")
            self.kill(third)

    def test_damage_is_told_copied_and_renews_the_identity(self) -> None:
        first = self.begin()
        first.publish(), first.publish(), first.publish()
        self.kill(first)
        path, = self.segments()
        data = bytearray(path.read_bytes())
        second_batch = [at for at in range(8, len(data)) if (r := decode_record(data, at)) and r.type == 2][1]
        data[second_batch + 60] ^= 1
        path.write_bytes(data)
        second = self.begin()
        self.assertEqual(second.heard(), [NoticeKind.SPOOL_DAMAGED])
        self.assertNotEqual(second.core.outbox.producer, first.core.outbox.producer)
        self.assertEqual(len(list(self.directory.glob("*.damaged"))), 1)
        self.assertEqual(second.batches(second.connect()), [(1, 1), (2, 1)])
        self.kill(second)
        third = self.begin()
        self.assertEqual(len(third.core.outbox), 2)
        self.kill(third)

    def test_a_new_identity_is_in_the_spool(self) -> None:
        first = self.begin()
        first.publish(), first.publish(), first.publish()
        link = first.connect()
        first.batches(link)
        first.say(link, server.error(ErrorCode.SEQUENCE_REUSED, sequence=2), server.committed((1, 1, 0, 0)))
        first.core.ended(link, "closed", first.now)
        renewed = first.core.outbox.producer
        self.kill(first)
        second = self.begin()
        self.assertEqual(second.core.outbox.producer, renewed)
        self.assertEqual(second.batches(second.connect()), [(1, 1), (2, 1)])
        self.kill(second)

    def test_a_later_version_is_left_alone(self) -> None:
        self.directory.mkdir()
        path = self.directory / "0000000000000001.spool"
        path.write_bytes(b"\x89SPOOL\0\2" + bytes(500))
        with self.assertRaises(SpoolError):
            self.begin()
        self.assertEqual(path.stat().st_size, 508)

    @unittest.skipUnless(compression.AVAILABLE, "no package lz4")
    def test_compressed_batches_come_back(self) -> None:
        first = self.begin(compress=True, batch_events=100)
        for _ in range(100):
            first.publish()
        self.kill(first)
        second = self.begin(compress=True)
        frame, = second.sent(second.connect(features=1))
        self.assertEqual(len(decode(compression.decompress(frame.body[12:], frame.raw_length))), 100)
        self.kill(second)


class Bounds(SpoolTest):
    def test_two_producers_cannot_use_one_directory(self) -> None:
        first = self.begin()
        with self.assertRaisesRegex(SpoolError, "another process"):
            self.begin()
        self.kill(first)
        self.kill(self.begin())

    def test_settled_segments_are_deleted(self) -> None:
        d = self.begin(spool_bytes=1 << 20)
        link = d.connect(credit=(9_999, 1 << 30))
        for n in range(1, 3_001):
            d.publish()
            d.batches(link)
            d.say(link, server.committed((n, 1, 0, 0)))
        self.assertLessEqual(len(self.segments()), 2)
        assert d.core.spool is not None
        self.assertEqual(d.core.spool.size, sum(path.stat().st_size for path in self.segments()))
        self.kill(d)
        second = self.begin()
        self.assertLessEqual(len(second.core.outbox), 1)
        self.kill(second)

    def test_publish_waits_at_the_bound_of_the_spool(self) -> None:
        d = self.begin(spool_bytes=2_000)
        while d.core.has_room:
            d.publish()
        self.assertLess(len(d.core.outbox), 20)
        self.kill(d)

    def test_a_full_disk_refuses_the_batch_and_harms_no_other(self) -> None:
        d = self.begin()
        d.publish()
        with mock.patch("os.write", side_effect=OSError(errno.ENOSPC, "No space left on device")):
            lost = d.publish()
        kept = d.publish()
        with self.assertRaisesRegex(SpoolError, "No space left"):
            lost.result()
        self.assertFalse(kept.is_settled)
        self.kill(d)
        second = self.begin()
        self.assertEqual(second.batches(second.connect()), [(1, 1), (2, 1)])
        self.kill(second)

    def test_no_base_is_declared_above_a_settlement_that_the_disk_did_not_take(self) -> None:
        d = self.begin()
        d.publish(), d.publish()
        link = d.connect()
        d.batches(link)
        d.say(link, server.committed((1, 1, 0, 0)))
        with mock.patch("os.write", side_effect=OSError(errno.ENOSPC, "No space left on device")):
            self.assertEqual(d.core.outbox.base, 1)
        self.assertEqual(d.core.outbox.base, 2)
        self.kill(d)


class Processes(SpoolTest):
    CHILD = """
import sys, time
from sluice import Producer
producer = Producer(sys.argv[1], spool=sys.argv[2], spool_sync=None, batch_events=10, on_notice=lambda notice: None)
producer.start()
for n in range(int(sys.argv[3])):
    producer.publish("t", f"{n}")
    if n == 500:
        print("half", flush=True)
        sys.stdin.readline()
while producer._core._batcher.events:
    time.sleep(0.001)
print("published", flush=True)
sys.stdin.read()
"""

    def start(self, address: str, events: int) -> subprocess.Popen[bytes]:
        root = pathlib.Path(__file__).resolve().parents[1]
        child = subprocess.Popen(
            [sys.executable, "-c", self.CHILD, address, str(self.directory), str(events)], cwd=root,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(root)})
        self.addCleanup(self.end, child)
        return child

    def end(self, child: subprocess.Popen[bytes]) -> None:
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()

    def hear(self, child: subprocess.Popen[bytes], word: bytes) -> None:
        assert child.stdout is not None
        self.assertEqual(child.stdout.readline(), word + b"\n")

    def go_on(self, child: subprocess.Popen[bytes]) -> None:
        assert child.stdin is not None
        child.stdin.write(b"\n")
        child.stdin.flush()

    def test_a_killed_process_loses_nothing_that_it_took(self) -> None:
        child = self.start(f"127.0.0.1:{free_port()}", 1_005)
        self.hear(child, b"half")
        self.go_on(child)
        self.hear(child, b"published")
        self.end(child)
        serving = FakeServer()
        self.addCleanup(serving.close)
        with Producer(serving.address, spool=self.directory, compress=False, on_notice=lambda n: None) as producer:
            producer.flush(10)
        ids = set()
        for batch in serving.committed.values():
            raw = batch[36:]
            codec, raw_length = batch[6], int.from_bytes(batch[16:20], "little")
            ids |= {event.id for event in decode(compression.decompress(raw, raw_length) if codec else raw)}
        self.assertEqual(ids, {b"%d" % n for n in range(1_005)})

    @unittest.skipIf(program() is None, "no sluiced: build the server or set SLUICED to its path")
    def test_killed_producer_and_killed_server_count_every_event_once(self) -> None:
        real = Sluiced()
        self.addCleanup(real.stop)
        real.start()
        child = self.start(f"127.0.0.1:{real.port}", 20_000)
        self.hear(child, b"half")
        self.go_on(child)
        real.kill()
        self.hear(child, b"published")
        self.end(child)
        real.start()
        with Producer(f"127.0.0.1:{real.port}", spool=self.directory, on_notice=lambda notice: None) as producer:
            producer.flush(60)
        stats = real.stats()
        self.assertEqual((stats["received"], stats["unique_processed"]), (20_000, 20_000))

    def test_close_keeps_what_is_unsettled_in_the_spool(self) -> None:
        producer = Producer(f"127.0.0.1:{free_port()}", spool=self.directory, on_notice=lambda notice: None)
        producer.start()
        producer.publish("t", "1")
        with self.assertRaisesRegex(ProducerClosed, "stay in the spool"):
            producer.close(0.05)
        serving = FakeServer()
        self.addCleanup(serving.close)
        with Producer(serving.address, spool=self.directory, on_notice=lambda notice: None):
            pass
        self.assertEqual(sorted(serving.committed), [1])
