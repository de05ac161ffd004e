"""What a client makes of the bytes of a server: server.json and authentication.json."""

from __future__ import annotations

import hashlib
import hmac
import unittest
import uuid
from typing import Any

from sluice import authentication, events, messages
from sluice.authentication import Key
from sluice.connection import Connection, Greeting

from . import vectors

PRODUCER = uuid.UUID("00112233-4455-4677-8899-aabbccddeeff")


def connection_of(vector: dict[str, Any]) -> Connection:
    key = vector.get("key")
    return Connection(Greeting(
        producer=PRODUCER, base=1, client_name="vectors", features=messages.FEATURE_LZ4,
        key=Key(key["id"], bytes.fromhex(key["secret"])) if key else None,
        nonce=bytes.fromhex(key["nonce"]) if key else b"",
        announces_key=vector.get("certificate", False)), now=0.0)


def words(event: events.ConnectionEvent) -> str:
    """The words of server.json for an event."""
    if isinstance(event, events.Welcomed):
        return " ".join(["welcome settled", *map(str, event.welcome.listed(base=1))])
    if isinstance(event, events.Accepted):
        return f"accepted {event.sequence}"
    if isinstance(event, events.Committed):
        counts = event.counts
        text = f"{counts.unique} {counts.duplicate} {counts.dead}" if counts.known else "unknown"
        return f"committed {event.sequence}: {text}" + (" replay" if counts.replay else "")
    if isinstance(event, events.Refused):
        return f"refused {event.sequence} {retrying(event.code, event.retry, event.delay_ms)}"
    if isinstance(event, events.QueueReport):
        return f"through {event.settled_through} queue {event.batches} {event.bytes}"
    if isinstance(event, events.CreditGranted):
        return "credit"
    if isinstance(event, events.StoreReport):
        return f"store unavailable {event.unavailable_ms}"
    if isinstance(event, events.ServerLeaving):
        return f"leaving {event.last_taken} within {event.within_ms}"
    return f"failed {retrying(event.code, event.retry, event.delay_ms)}"


def retrying(code: int, retry: events.Retry, delay_ms: int) -> str:
    delay = f" {delay_ms}" if retry is events.Retry.DELAY else ""
    return f"{events.code_name(code)} {retry.word}{delay}"


class ServerVectors(unittest.TestCase):
    def test_a_client_hears_what_the_vectors_say_however_the_bytes_are_cut(self) -> None:
        for vector in vectors.load("server"):
            for pieces in vectors.cuts(vectors.unhex(vector["server"])):
                with self.subTest(vector["name"], pieces=len(pieces)):
                    self.hear(vector, pieces)

    def hear(self, vector: dict[str, Any], pieces: list[bytes]) -> None:
        connection, heard, sent = connection_of(vector), [], []
        sent.append(connection.data_to_send(0.0))
        for piece in pieces:
            connection.receive(piece, 0.0)
            for event in connection.events():
                heard.append(words(event))
                if isinstance(event, events.Welcomed):
                    for sequence in vector["sent"]:
                        connection.publish(sequence, 1, b"columns")
        sent.append(connection.data_to_send(0.0))
        self.assertEqual(heard, vector["heard"])
        if "client" in vector:
            expected = vectors.unhex(vector["client"])
            self.assertEqual(b"".join(sent)[: len(expected)], expected)
        if "welcome" in vector:
            self.compare_fields(connection, vector["welcome"])

    def compare_fields(self, connection: Connection, expected: dict[str, str]) -> None:
        welcome = connection.welcome
        assert welcome is not None
        self.assertEqual(expected, {
            "version": str(welcome.version), "features": str(welcome.features), "server": str(welcome.server),
            "session": str(welcome.session), "floor": str(welcome.floor), "highest": str(welcome.highest),
            "system": str(welcome.lineage.system), "timeline": str(welcome.lineage.timeline),
            "store": str(welcome.lineage.store), "synchronous commit": str(welcome.synchronous_commit),
            "fsync": str(int(welcome.fsync)), "limits": " ".join(map(str, welcome.limits)),
            "credit": f"{welcome.credit_batches} {welcome.credit_bytes}"})

    def test_a_violation_by_the_server_is_answered_with_one_error(self) -> None:
        vector = next(v for v in vectors.load("server") if v["name"] == "credit taken back")
        connection = connection_of(vector)
        connection.data_to_send(0.0)
        connection.receive(vectors.unhex(vector["server"]), 0.0)
        list(connection.events())
        answer = vectors.client_frames(connection.data_to_send(0.0))
        self.assertEqual([(frame.type, frame.body[:2]) for frame in answer], [(8, b"\x08\x00")])


class AuthenticationVectors(unittest.TestCase):
    def test_keys_messages_and_proofs_are_those_of_the_vectors(self) -> None:
        for vector in vectors.load("authentication"):
            with self.subTest(vector["name"]):
                value = {name: vectors.unhex(text) for name, text in vector.items()
                         if name not in ("name", "section", "key_id")}
                transcript = authentication.Transcript(value["hello"], value["challenge"], value["exporter"])
                message = transcript.client_message(value["auth"])
                self.assertEqual(message, value["client_message"])
                self.assertEqual(authentication.client_proof(value["secret"], message), value["client_proof"])
                message = transcript.server_message(value["welcome"])
                self.assertEqual(message, value["server_message"])
                self.assertTrue(authentication.is_server_proof(value["server_proof"], value["secret"], message))
                client_key = hmac.new(value["secret"], b"sluice client key 1", hashlib.sha256).digest()
                self.assertEqual(client_key, value["client_key"])
                self.assertEqual(hashlib.sha256(client_key).digest(), value["stored_key"])

    def test_a_connection_makes_the_auth_of_the_vectors(self) -> None:
        for vector in vectors.load("authentication"):
            if vector["name"].startswith("a HELLO with an option"):
                continue  # This client sends no option.
            with self.subTest(vector["name"]):
                connection = Connection(Greeting(
                    producer=PRODUCER, base=1, client_name="vectors", features=messages.FEATURE_LZ4,
                    key=Key(vector["key_id"], bytes.fromhex(vector["secret"])), nonce=b"\x5a" * 32,
                    channel_binding=vectors.unhex(vector["exporter"])), now=0.0)
                hello = connection.data_to_send(0.0)
                self.assertEqual(hello[8:], vectors.unhex(vector["hello"]))
                connection.receive(hello[:8] + vectors.unhex(vector["challenge"]), 0.0)
                self.assertEqual(list(connection.events()), [])
                self.assertEqual(connection.data_to_send(0.0), vectors.unhex(vector["auth"]))
                connection.receive(vectors.unhex(vector["welcome"]), 0.0)
                self.assertEqual([type(event) for event in connection.events()], [events.Welcomed])

    def test_no_auth_is_sent_without_tls_to_another_machine(self) -> None:
        vector = vectors.load("authentication")[0]
        connection = Connection(Greeting(
            producer=PRODUCER, base=1, key=Key(vector["key_id"], bytes.fromhex(vector["secret"])), nonce=bytes(32),
            may_authenticate=False), now=0.0)
        preface = connection.data_to_send(0.0)[:8]
        connection.receive(preface + vectors.unhex(vector["challenge"]), 0.0)
        self.assertEqual([words(event) for event in connection.events()], ["failed AUTHENTICATION_FAILED never"])
        self.assertEqual([frame.type for frame in vectors.client_frames(connection.data_to_send(0.0))], [8])
