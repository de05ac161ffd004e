"""The tables of the package against the specification."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import unittest

from sluice import Endpoint, ErrorCode, Event, Key, checksum, compression, rising_id
from sluice.frames import FrameType, encode_frame

from . import vectors


class Tables(unittest.TestCase):
    def test_error_codes_and_retry_classes_are_those_of_the_specification(self) -> None:
        rows = json.loads((vectors.SPEC / "errors.json").read_text(encoding="utf-8"))
        self.assertEqual({code.name: (code.value, code.retry.word) for code in ErrorCode},
                         {row["name"]: (row["code"], row["retry"]) for row in rows})

    def test_every_checksum_gives_the_values_of_rfc_3720(self) -> None:
        # RFC 3720, B.4; the last is the check value of the polynomial's catalogue.
        for data, expected in ((bytes(32), 0x8A9136AA), (b"\xff" * 32, 0x62A8AB43), (bytes(range(32)), 0x46DD794E),
                               (b"123456789", 0xE3069283), (b"", 0)):
            for extend in (checksum.extend, checksum.extend_in_python):
                with self.subTest(data):
                    self.assertEqual(extend(0, data), expected)
                    self.assertEqual(extend(extend(0, data[:5]), data[5:]), expected)

    @unittest.skipUnless(compression.AVAILABLE, "no package lz4")
    def test_lz4_blocks_are_shorter_and_come_back(self) -> None:
        data = b"orders.invoice.created" * 500
        block = compression.compress(data)
        assert block is not None
        self.assertLess(len(block), len(data))
        self.assertEqual(compression.decompress(block, len(data)), data)
        self.assertIsNone(compression.compress(random.Random(1).randbytes(500)))

    def test_a_frame_of_several_parts_is_the_frame_of_their_sum(self) -> None:
        self.assertEqual(encode_frame(FrameType.PUBLISH, b"ab", b"", b"c", sequence=7),
                         encode_frame(FrameType.PUBLISH, b"abc", sequence=7))


class Values(unittest.TestCase):
    def test_addresses(self) -> None:
        for text, expected in (("a", ("a", 7171)), ("a:1", ("a", 1)), ("[::1]:5", ("::1", 5)), ("::1", ("::1", 7171)),
                               ("[::1]", ("::1", 7171)), ("127.0.0.1:65535", ("127.0.0.1", 65_535))):
            with self.subTest(text):
                self.assertEqual(Endpoint.parse(text), expected)
        for text in ("", "a:", "a:b", ":1", "a:65536"):
            with self.subTest(text), self.assertRaises(ValueError):
                Endpoint.parse(text)

    def test_a_key_is_read_from_its_text(self) -> None:
        # Made by `sluiced credentials`; StoredKey of its credentials file.
        text = "sluice_sduq5vqnnpsv_FJ999nrVZr0QUEh3MWrrHwoRM9c-DFDXmNTJ9ueu4x4_2mP0MQ"
        key = Key.parse(f" {text}\n")
        self.assertEqual(key.id, "sduq5vqnnpsv")
        client_key = hmac.new(key.secret, b"sluice client key 1", hashlib.sha256).digest()
        self.assertEqual(base64.urlsafe_b64encode(hashlib.sha256(client_key).digest()).rstrip(b"="),
                         b"tcvlsc1ATgbBF7nwr3CK6xmX2FnAGoz-JxWYc9zqJxI")
        self.assertNotIn("FJ999", repr(key))
        for bad in ("", text[:-1], text[1:], text.replace("FJ", "FK"), text.replace("sduq", "sdup"), text + "é"):
            with self.subTest(bad), self.assertRaises(ValueError) as raised:
                Key.parse(bad)
            self.assertNotIn("FJ999", str(raised.exception))

    def test_rising_ids_have_26_characters_and_rise_with_time(self) -> None:
        first = rising_id()
        self.assertEqual(len(first), 26)
        self.assertEqual(len({rising_id() for _ in range(1_000)}), 1_000)
        self.assertLess(first[:8], "ZZZZZZZZ")

    def test_an_event_needs_topic_and_id_alone(self) -> None:
        self.assertEqual(Event("t", "1"), ("t", "1", None, None, None))
