#!/usr/bin/env python3
"""Writes the golden vectors from the text of ../wire-protocol.md alone.

It shares no code with the product, so that a vector is a second opinion and not an echo. Run it in this
directory after a change of the text; a test of the product reads what it writes.
"""

import hashlib
import hmac
import json
import re
import struct
import uuid

PREFACE = bytes.fromhex("89534c5549434501")
HELLO, CHALLENGE, AUTH, WELCOME, PUBLISH, ACK, WINDOW, ERROR, HEARTBEAT, GOAWAY = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
TRACE = 129
PRODUCER = uuid.UUID("00112233-4455-4677-8899-aabbccddeeff")
STORE = uuid.UUID("ffeeddcc-bbaa-4988-b766-554433221100")
SERVER = uuid.UUID("12345678-9abc-4def-8123-456789abcdef")
BASE_TIME = 1_700_000_000_000_000
ABSENT = 0xFFFFFFFF


# The encoder ---------------------------------------------------------------------------------------


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def frame(kind, body=b"", sequence=0, codec=0, raw=None, flags=0, version=1, length=None, crc=None):
    raw = len(body) if raw is None else raw
    length = len(body) if length is None else length
    head = struct.pack("<IBBBBQI", length, kind, flags, codec, version, sequence, raw)
    checksum = crc32c(head + b"\0\0\0\0" + body) if crc is None else crc
    return head + struct.pack("<I", checksum) + body


def hello(lowest=1, highest=1, features=1, base=1, name="vectors", options=b"", producer=PRODUCER, **header):
    text = name if isinstance(name, bytes) else name.encode()
    body = struct.pack("<HHQ", lowest, highest, features) + producer.bytes
    return frame(HELLO, body + struct.pack("<QB", base, len(text)) + text + options, **header)


def goaway(milliseconds=0, reason=b"done", sequence=0):
    return frame(GOAWAY, struct.pack("<IB", milliseconds, len(reason)) + reason, sequence)


def trace(context, sequence=1, **header):
    return frame(TRACE, context.encode(), sequence, **header)


def heartbeat(milliseconds=0, **header):
    return frame(HEARTBEAT, struct.pack("<I", milliseconds), **header)


def error(code, scope=1, retry=0, delay=0, text="because", sequence=0, **header):
    words = text if isinstance(text, bytes) else text.encode()
    return frame(ERROR, struct.pack("<HBBIH", code, scope, retry, delay, len(words)) + words, sequence, **header)


def hexes(data):
    """Hex in which a byte that comes 64 times or more in a row is written once: `ff*300`."""
    runs = re.sub(rb"(?s)(.)\1{63,}", lambda run: b"", data)
    if len(runs) == len(data):
        return data.hex()
    words, at = [], 0
    for run in re.finditer(rb"(?s)(.)\1{63,}", data):
        words += [data[at:run.start()].hex(), f"{run[1].hex()}*{len(run[0])}"]
        at = run.end()
    return " ".join(word for word in [*words, data[at:].hex()] if word)


def option(kind, value=b""):
    return struct.pack("<HH", kind, len(value)) + value


def event(id="id-1", topic="orders.invoice.created", source="billing", time=BASE_TIME, payload='{"n":1}'):
    as_bytes = lambda text: text if isinstance(text, bytes) else text.encode()
    return {
        "topic": as_bytes(topic), "source": as_bytes(source), "id": as_bytes(id), "time": time,
        "payload": None if payload is None else as_bytes(payload),
    }


def columns(rows, width=4, base=BASE_TIME, topics=None, sources=None, **changes):
    """The columns of some events; `changes` replaces fields of the fixed part, or whole parts."""
    topics = topics or list(dict.fromkeys(e["topic"] for e in rows))
    sources = sources or list(dict.fromkeys(e["source"] for e in rows))
    payloads = [e["payload"] for e in rows]
    parts = {
        "topic_lengths": b"".join(struct.pack("<H", len(t)) for t in topics),
        "topic_text": b"".join(topics),
        "source_lengths": b"".join(struct.pack("<H", len(s)) for s in sources),
        "source_text": b"".join(sources),
        "topic_indices": b"".join(struct.pack("<H", topics.index(e["topic"])) for e in rows),
        "source_indices": b"".join(struct.pack("<H", sources.index(e["source"])) for e in rows),
        "times": b"".join(e.get("delta", e["time"] - base).to_bytes(width, "little", signed=True) for e in rows),
        "id_lengths": b"".join(struct.pack("<H", len(e["id"])) for e in rows),
        "ids": b"".join(e["id"] for e in rows),
        "payload_lengths": b"".join(struct.pack("<I", ABSENT if p is None else len(p)) for p in payloads),
        "payloads": b"".join(p or b"" for p in payloads),
    }
    fields = {
        "events": len(rows), "topic_count": len(topics), "source_count": len(sources),
        "topic_bytes": len(parts["topic_text"]), "source_bytes": len(parts["source_text"]),
        "id_bytes": len(parts["ids"]), "payload_bytes": len(parts["payloads"]),
        "width": width, "reserved": b"\0\0\0", "base": base,
    }
    for name, value in changes.items():
        (parts if name in parts else fields)[name] = value
    f = fields
    fixed = struct.pack(
        "<7IB3sq", f["events"], f["topic_count"], f["source_count"], f["topic_bytes"], f["source_bytes"],
        f["id_bytes"], f["payload_bytes"], f["width"], f["reserved"], f["base"])
    return fixed + b"".join(parts.values())


def publish(raw, sequence=1, base=1, ttl=0, codec=0, sent=None, raw_length=None):
    body = struct.pack("<QI", base, ttl) + (raw if sent is None else sent)
    return frame(PUBLISH, body, sequence, codec, len(raw) if raw_length is None else raw_length)


def lz4_literals(data):
    """An LZ4 block of one sequence that holds literals only."""
    if len(data) < 15:
        return bytes([len(data) << 4]) + data
    rest, extra = len(data) - 15, b""
    while rest >= 255:
        rest, extra = rest - 255, extra + b"\xff"
    return b"\xf0" + extra + bytes([rest]) + data


def lz4_run(byte, count):
    """An LZ4 block of one byte `count` times: a literal, a match that overlaps itself, five literals."""
    rest, extra = count - 1 - 5 - 19, b""
    extra = b"\xff" * (rest // 255) + bytes([rest % 255])
    return b"\x1f" + byte + b"\x01\x00" + extra + b"\x50" + byte * 5


def lz4_match(data, start, length, offset):
    """An LZ4 block in which `length` bytes from `start` on are a match `offset` bytes back."""
    assert all(data[start + i] == data[start + i - offset] for i in range(length)) and len(data) - start - length >= 12

    def number(value):
        return b"" if value < 15 else b"\xff" * ((value - 15) // 255) + bytes([(value - 15) % 255])

    token = bytes([min(start, 15) << 4 | min(length - 4, 15)])
    return token + number(start) + data[:start] + struct.pack("<H", offset) + number(length - 4) + lz4_literals(data[start + length:])


# Authentication -------------------------------------------------------------------------------------

KEY_ID = "vectors1"
SECRET = bytes(range(0x20, 0x40))
OTHER_SECRET = bytes(range(0x21, 0x41))
SERVER_NONCE, CLIENT_NONCE, OTHER_NONCE = bytes([0xA5]) * 32, bytes([0x5A]) * 32, bytes([0x3C]) * 32
EXPORTER = bytes(range(0xC0, 0xE0))


def mac(key, message):
    return hmac.new(key, message, hashlib.sha256).digest()


def keys(secret):
    """ClientKey, StoredKey, ServerKey."""
    client = mac(secret, b"sluice client key 1")
    return client, hashlib.sha256(client).digest(), mac(secret, b"sluice server key 1")


def transcript(label, hello, challenge, auth, welcome=None, exporter=b""):
    """The bytes under a proof: the parts, each with its length before it."""
    parts = [label, PREFACE, PREFACE, hello, challenge, auth[:20] + bytes(4) + auth[24:-32] + bytes(32)]
    if welcome is not None:
        parts.append(welcome[:20] + bytes(4) + welcome[24:-36])
    return b"".join(struct.pack("<I", len(part)) + part for part in [*parts, exporter])


def client_proof(hello, challenge, auth, secret=SECRET, label=b"sluice client proof 1", exporter=b""):
    client, stored, _ = keys(secret)
    pad = mac(stored, transcript(label, hello, challenge, auth, exporter=exporter))
    return bytes(a ^ b for a, b in zip(client, pad))


def server_proof(hello, challenge, auth, welcome, secret=SECRET, label=b"sluice server proof 1", exporter=b""):
    return mac(keys(secret)[2], transcript(label, hello, challenge, auth, welcome, exporter))


def challenge(nonce=SERVER_NONCE, hint=b"", **header):
    return frame(CHALLENGE, nonce + bytes([len(hint)]) + hint, **header)


def bare_auth(proof=bytes(32), key=KEY_ID.encode(), nonce=CLIENT_NONCE, **header):
    return frame(AUTH, bytes([len(key)]) + key + nonce + proof, **header)


def auth(first=None, asked=None, key=KEY_ID.encode(), nonce=CLIENT_NONCE, **proof):
    """AUTH with the proof for HELLO `first` and CHALLENGE `asked`."""
    bare = bare_auth(key=key, nonce=nonce)
    return bare_auth(client_proof(first or hello(), asked or challenge(), bare, **proof), key, nonce)


# Connections: what a server must do -----------------------------------------------------------------

ONE = columns([event()])
TWO = columns([event(id="id-2")])
FIRST = PREFACE + hello()
GREETED = (FIRST, "preface", "welcome")


def connection(name, section, *steps, **settings):
    """Each step is bytes of a client, then what the server has said when it has looked at them."""
    shown = [{"client": hexes(step[0]), "server": list(step[1:])} for step in steps]
    return {"name": name, "section": section, **settings, "steps": shown}


def after(name, section, data, *words, **settings):
    return connection(name, section, GREETED, (data, *words), **settings)


def first(name, section, data, code):
    return connection(name, section, (data, "preface", "ended " + code))


def handshakes():
    yield connection("a handshake", "4.1", GREETED)
    for name, options in [
        ("a range of versions that includes ours", {"lowest": 0, "highest": 7}), ("a feature that nobody knows", {"features": 1 | 1 << 63}),
        ("an empty client name", {"name": ""}), ("a client name with U+0000", {"name": "a\0b"}), ("a client name of 255 bytes", {"name": "n" * 255}),
        ("the highest base", {"base": (1 << 63) - 1}), ("an unknown option that may be skipped", {"options": option(0x8002, b"x")}),
        ("the same option twice", {"options": option(0x8002, b"x") + option(0x8002)}),
        ("an unknown flag of HELLO that may be skipped", {"flags": 0xF0}),
    ]:
        yield connection(name, "4.1", (PREFACE + hello(**options), "preface", "welcome"))
    yield connection("a batch after the highest base", "5.1", (PREFACE + hello(base=(1 << 63) - 1), "preface", "welcome"), (publish(ONE, (1 << 63) - 1, base=(1 << 63) - 1), f"committed {(1 << 63) - 1}"))
    yield connection("a frame that may be skipped before HELLO", "1", (PREFACE + frame(200, b"later", 7, codec=9, raw=3) + hello(), "preface", "welcome"))
    yield connection("a preface and HELLO apart", "2", (PREFACE, "preface"), (hello(), "welcome"))
    yield connection("a preface that breaks off", "2", (PREFACE[:7],), (PREFACE[7:] + hello(), "preface", "welcome"))
    yield connection("an HTTP request", "2", (b"GET / HTTP/1.1\r\n\r\n", "rejected"))
    yield connection("a TLS hello", "2", (bytes.fromhex("160301020001"), "rejected"))
    yield first("another major version", "2", PREFACE[:7] + b"\x02", "UNSUPPORTED_VERSION")
    yield first("only newer versions", "4.1", PREFACE + hello(2, 3), "UNSUPPORTED_VERSION")
    yield first("only older versions", "4.1", PREFACE + hello(0, 0), "UNSUPPORTED_VERSION")
    yield first("a lowest version above the highest", "4.1", PREFACE + hello(2, 1), "MALFORMED_FRAME")
    yield first("a base of zero in HELLO", "4.1", PREFACE + hello(base=0), "MALFORMED_FRAME")
    yield first("a base of 2^63 in HELLO", "4.1", PREFACE + hello(base=1 << 63), "MALFORMED_FRAME")
    yield first("the nil UUID", "4.1", PREFACE + hello(producer=uuid.UUID(int=0)), "MALFORMED_FRAME")
    yield first("a client name that is not UTF-8", "4.1", PREFACE + hello(name=b"\xff"), "MALFORMED_FRAME")
    yield first("a sequence in HELLO", "3", PREFACE + hello(sequence=1), "MALFORMED_FRAME")
    yield first("an unknown critical option", "1", PREFACE + hello(options=option(7)), "UNKNOWN_CRITICAL")
    yield first("the highest critical option", "1", PREFACE + hello(options=option(0x7FFF)), "UNKNOWN_CRITICAL")
    yield first("an option longer than its body", "1", PREFACE + hello(options=struct.pack("<HH", 0x8001, 9)), "MALFORMED_FRAME")
    yield first("an option without a length", "1", PREFACE + hello(options=b"\x01\x80"), "MALFORMED_FRAME")
    yield first("a HELLO that ends early", "4.1", PREFACE + frame(HELLO, hello()[24:60]), "MALFORMED_FRAME")
    yield first("a batch before HELLO", "4", PREFACE + publish(ONE), "UNEXPECTED_FRAME")
    yield first("a heartbeat before HELLO", "4", PREFACE + heartbeat(), "UNEXPECTED_FRAME")
    yield first("a HELLO of more than 8 KiB", "3", PREFACE + frame(HELLO, length=8193), "FRAME_TOO_LARGE")
    yield first("a frame of more than 8 KiB that would be skipped before HELLO", "3", PREFACE + frame(200, length=8193), "FRAME_TOO_LARGE")
    yield first("a batch of more than 8 KiB before HELLO", "3", PREFACE + frame(PUBLISH, length=8193), "FRAME_TOO_LARGE")
    yield connection("an option that fills HELLO up to 8 KiB", "3", (PREFACE + hello(options=option(0x8002, bytes(8192 - 44 - 4))), "preface", "welcome"))
    yield after("a second HELLO", "4", hello(), "ended UNEXPECTED_FRAME")
    yield after("a WELCOME from a client", "3", frame(WELCOME), "ended UNEXPECTED_FRAME")
    yield after("an AUTH that nobody asked for", "4.3", frame(AUTH), "ended UNEXPECTED_FRAME")
    yield first("an AUTH that nobody asked for instead of HELLO", "4.3", PREFACE + auth(), "UNEXPECTED_FRAME")


def keyed(name, *steps):
    """A server that asks for the key, with a known nonce."""
    return connection(name, "4.3", *steps, key={"id": KEY_ID, "secret": SECRET.hex(), "nonce": SERVER_NONCE.hex()})


def certified(name, *steps):
    """The same server, to a client whose certificate names a principal that may publish."""
    return {**keyed(name, *steps), "section": "4.4", "certificate": True}


def certificates():
    announced = hello(options=option(0x8001))
    announcing = (PREFACE + announced, "preface", "challenge")
    yield certified("a certificate and no key", (FIRST, "preface", "welcome"), (publish(ONE), "committed 1"))
    yield certified("a certificate and a key that is announced", announcing, (auth(announced), "welcome proven"), (publish(ONE), "committed 1"))
    yield certified("a certificate and a wrong key", announcing, (auth(announced, secret=OTHER_SECRET), "ended AUTHENTICATION_FAILED"))
    yield certified("a certificate and a key that is not announced", (FIRST, "preface", "welcome"), (auth(), "ended UNEXPECTED_FRAME"))
    yield keyed("a key that is announced without a certificate", announcing, (auth(announced), "welcome proven"))


def asked(name, data, *words):
    return keyed(name, (FIRST, "preface", "challenge"), (data, *words))


def authentications():
    failed, unexpected = "ended AUTHENTICATION_FAILED", "ended UNEXPECTED_FRAME"
    yield keyed("a handshake with a key", (FIRST, "preface", "challenge"), (auth(), "welcome proven"), (publish(ONE), "committed 1"))
    yield keyed("HELLO and AUTH at once", (FIRST + auth(), "preface", "challenge", "welcome proven"))
    greeting = hello(options=option(0x8002, b"x"), flags=0x10)
    yield keyed("a proof over HELLO as it was sent", (PREFACE + greeting, "preface", "challenge"), (auth(greeting), "welcome proven"))
    yield asked("a frame that may be skipped before AUTH", frame(200, b"later", 7, codec=9, raw=3) + auth(), "welcome proven")
    yield keyed("a second AUTH", (FIRST, "preface", "challenge"), (auth(), "welcome proven"), (auth(), unexpected))
    yield asked("a proof of which one bit differs", bare_auth(auth()[-32:-1] + bytes([auth()[-1] ^ 1])), failed)
    yield asked("a proof of zeros", bare_auth(), failed)
    yield asked("a proof of another secret", auth(secret=OTHER_SECRET), failed)
    yield asked("an unknown key id", auth(key=b"vectors2"), failed)
    yield asked("an empty key id", auth(key=b""), failed)
    yield asked("a key id that shares its beginning with a known one", auth(key=b"vectors11"), failed)
    yield asked("a replayed AUTH: the proof for another CHALLENGE", auth(asked=challenge(OTHER_NONCE)), failed)
    yield asked("the proof for a CHALLENGE with a key hint that was not sent", auth(asked=challenge(hint=b"x")), failed)
    yield asked("the proof for another HELLO", auth(hello(producer=SERVER)), failed)
    yield asked("the proof for another client nonce", bare_auth(auth()[-32:], nonce=OTHER_NONCE), failed)
    yield asked("the proof for another key id", bare_auth(auth(key=b"vectors2")[-32:]), failed)
    yield asked("a proof under the label of the server", auth(label=b"sluice server proof 1"), failed)
    yield asked("a reflected proof: that of the server", bare_auth(mac(keys(SECRET)[2], transcript(b"sluice client proof 1", hello(), challenge(), bare_auth()))), failed)
    yield asked("a proof that is bound to a TLS connection", auth(exporter=EXPORTER), failed)
    yield asked("an AUTH that ends early", frame(AUTH, auth()[24:-1]), "ended MALFORMED_FRAME")
    yield asked("an AUTH without a proof", frame(AUTH, auth()[24:-32]), "ended MALFORMED_FRAME")
    yield asked("an AUTH with a byte too many", frame(AUTH, auth()[24:] + b"x"), "ended MALFORMED_FRAME")
    yield asked("a key id that is not UTF-8", auth(key=b"\xff"), "ended MALFORMED_FRAME")
    yield asked("a sequence in AUTH", bare_auth(sequence=1), "ended MALFORMED_FRAME")
    yield asked("an AUTH of more than 8 KiB", frame(AUTH, length=8193), "ended FRAME_TOO_LARGE")
    yield asked("a second HELLO instead of AUTH", hello(), unexpected)
    yield asked("a batch instead of AUTH", publish(ONE), unexpected)
    yield asked("a heartbeat instead of AUTH", heartbeat(), unexpected)
    yield asked("a GOAWAY instead of AUTH", goaway(), unexpected)
    yield asked("a CHALLENGE from a client", challenge(), unexpected)
    yield asked("an ERROR instead of AUTH", error(20), "ended")
    yield keyed("an AUTH before HELLO", (PREFACE + auth(), "preface", unexpected))
    yield keyed("a batch before HELLO to a server that asks for a key", (PREFACE + publish(ONE), "preface", unexpected))
    yield keyed("no CHALLENGE to a version that is not spoken", (PREFACE + hello(2, 3), "preface", "ended UNSUPPORTED_VERSION"))


def framings():
    yield after("an unknown frame that may be skipped", "1", frame(200, b"later") + publish(ONE), "committed 1")
    yield after("the lowest type that may be skipped, with any codec and raw length", "1", frame(128, b"x", 5, codec=7, raw=99) + publish(ONE), "committed 1")
    yield after("the highest critical type", "1", frame(127), "ended UNKNOWN_CRITICAL")
    yield after("an unknown critical frame", "1", frame(100), "ended UNKNOWN_CRITICAL")
    yield after("a frame of type 0", "1", frame(0), "ended UNKNOWN_CRITICAL")
    yield after("an unknown flag that may be skipped", "1", heartbeat(flags=0x80) + publish(ONE), "committed 1")
    yield after("the lowest flag that may be skipped", "1", heartbeat(flags=0x10) + publish(ONE), "committed 1")
    yield after("an unknown critical flag", "1", heartbeat(flags=1), "ended UNKNOWN_CRITICAL")
    yield after("the highest critical flag", "1", heartbeat(flags=8), "ended UNKNOWN_CRITICAL")
    yield after("a critical flag of a frame that may be skipped", "1", frame(200, flags=2), "ended UNKNOWN_CRITICAL")
    yield after("a length of 4 GiB", "3", frame(PUBLISH, length=0xFFFFFFFF), "ended FRAME_TOO_LARGE")
    yield after("a batch of one byte too many as sent", "3", frame(PUBLISH, length=(4 << 20) + 13), "ended FRAME_TOO_LARGE")
    yield after("a heartbeat of more than the limit", "3", frame(HEARTBEAT, length=(4 << 20) + 1), "ended FRAME_TOO_LARGE")
    yield after("a header of another version and a length of 4 GiB", "3", frame(PUBLISH, length=0xFFFFFFFF, version=2), "ended MALFORMED_FRAME")
    yield after("a length of 4 GiB and a wrong checksum", "3", frame(100, length=0xFFFFFFFF, crc=1), "ended FRAME_TOO_LARGE")
    yield after("a header of which the body is awaited", "3", frame(HEARTBEAT, length=4))
    yield after("a wrong checksum", "3", heartbeat(crc=1), "ended BAD_CHECKSUM")
    yield after("a wrong checksum of an unknown critical frame", "3", frame(100, crc=1), "ended BAD_CHECKSUM")
    yield after("a wrong checksum of a frame that may be skipped", "3", frame(200, crc=1), "ended BAD_CHECKSUM")
    yield after("a body that differs from its checksum", "3", heartbeat()[:-1] + b"\x01", "ended BAD_CHECKSUM")
    yield after("another header version", "3", heartbeat(version=2), "ended MALFORMED_FRAME")
    yield after("a frame of the other side", "3", frame(WINDOW, bytes(16)), "ended UNEXPECTED_FRAME")
    yield after("an ACK from a client", "3", frame(ACK, bytes(24)), "ended UNEXPECTED_FRAME")
    yield after("a compressed heartbeat", "3", heartbeat(codec=1), "ended BAD_CODEC")
    yield after("a compressed frame of the other side", "3", frame(WINDOW, bytes(16), codec=1), "ended BAD_CODEC")
    yield after("a heartbeat whose raw length differs", "3", heartbeat(raw=5), "ended MALFORMED_FRAME")
    yield after("a heartbeat with a byte too many", "1", frame(HEARTBEAT, bytes(5)), "ended MALFORMED_FRAME")
    yield after("a heartbeat with a byte too few", "1", frame(HEARTBEAT, bytes(3)), "ended MALFORMED_FRAME")
    yield after("a client's heartbeat that is not zero", "9", heartbeat(1500), "ended MALFORMED_FRAME")
    yield after("a sequence in a heartbeat", "3", heartbeat(sequence=1), "ended MALFORMED_FRAME")
    yield after("two heartbeats, then a batch", "9", heartbeat() + heartbeat() + publish(ONE), "committed 1")


def publishing():
    yield after("a batch", "5", publish(ONE), "committed 1")
    yield after("two batches with a gap between", "5.1", publish(ONE, 1) + publish(TWO, 9), "committed 1", "committed 9")
    yield after("a batch before a lower one", "5.1", publish(ONE, 9) + publish(TWO, 1), "committed 1", "committed 9")
    yield after("a batch with an hour to live", "5", publish(ONE, ttl=3_600_000), "committed 1")
    yield after("a batch with a critical flag", "1", frame(PUBLISH, publish(ONE)[24:], 1, raw=len(ONE), flags=1), "ended UNKNOWN_CRITICAL")
    yield after("a batch of literals in LZ4", "3", publish(ONE, codec=1, sent=lz4_literals(ONE)), "committed 1")
    many = columns([event(payload='"' + "a" * 400 + '"')])
    at = many.index(b"aaaa")
    yield after("a batch with a match in LZ4", "3", publish(many, codec=1, sent=lz4_match(many, at + 1, 380, 1)), "committed 1")
    yield after("an unknown codec", "3", publish(ONE, codec=2), "ended BAD_CODEC")
    yield connection("LZ4 that was not agreed", "3", (PREFACE + hello(features=0), "preface", "welcome"), (publish(ONE, codec=1, sent=lz4_literals(ONE)), "ended BAD_CODEC"))
    yield connection("LZ4 under another feature's bit", "3", (PREFACE + hello(features=2), "preface", "welcome"), (publish(ONE, codec=1, sent=lz4_literals(ONE)), "ended BAD_CODEC"))
    yield after("a raw length that differs without compression", "3", publish(ONE, raw_length=len(ONE) + 1), "ended MALFORMED_FRAME")
    yield after("a batch without its fixed part", "5", frame(PUBLISH, bytes(11), 1, raw=0), "ended MALFORMED_FRAME")
    yield after("a batch without columns", "5.2", publish(b""), "ended MALFORMED_COLUMNS")
    yield after("a batch of sequence zero", "5.1", publish(ONE, 0), "ended MALFORMED_FRAME")
    yield after("a batch of base zero", "5.1", publish(ONE, 1, base=0), "ended MALFORMED_FRAME")
    yield after("a sequence of 2^63", "5.1", publish(ONE, 1 << 63, base=1 << 62), "ended MALFORMED_FRAME")
    yield after("a base of 2^63", "5.1", publish(ONE, 5, base=1 << 63), "ended MALFORMED_FRAME")
    yield after("damaged LZ4", "3", publish(ONE, codec=1, sent=b"\xff" * 40), "ended BAD_COMPRESSION")
    yield after("LZ4 that is shorter than announced", "3", publish(ONE, codec=1, sent=lz4_literals(ONE[:-1])), "ended BAD_COMPRESSION")
    yield after("LZ4 that is longer than announced", "3", publish(ONE, codec=1, sent=lz4_literals(ONE + b"x")), "ended BAD_COMPRESSION")
    yield after("LZ4 of nothing", "3", publish(ONE, codec=1, sent=b""), "ended BAD_COMPRESSION")
    bomb = lz4_run(b"\0", 64 << 20)
    yield after("263,182 bytes of LZ4 that expand to 64 MiB", "3", publish(ONE, codec=1, sent=bomb, raw_length=16 << 20), "ended BAD_COMPRESSION")
    yield after("columns that contradict themselves", "5.2", publish(b"\1\2\3"), "ended MALFORMED_COLUMNS")
    yield after("a batch with a dead event", "5.2", publish(columns([event(), event(id="")])), "committed 1")
    for name, data, dictionary in [
        ("more topics than a dictionary may have", [event(topic=f"t{n}") for n in range(3)], True),
        ("more sources than a dictionary may have", [event(source=f"s{n}") for n in range(3)], True),
        ("more events than a batch may have", [event(id=f"id-{n}") for n in range(3)], False),
    ]:
        limits = {"limits": {"dictionary" if dictionary else "events": 2}}
        yield after(name, "4.2", publish(columns(data)) + publish(ONE, 2), "refused 1 BATCH_TOO_LARGE", "committed 2", **limits)
        yield after("no " + name, "4.2", publish(columns(data[:2])), "committed 1", **limits)
    big = (16 << 20) + 1
    yield after("one raw byte too many, which is not decompressed", "4.2", publish(ONE, codec=1, sent=b"\0", raw_length=big) + publish(ONE, 2), "refused 1 BATCH_TOO_LARGE", "committed 2")


def sequences():
    yield after("the last sequence of the span", "5.1", publish(ONE, 4096), "committed 4096")
    yield after("a sequence beyond the span, then a good one", "5.1", publish(ONE, 4097) + publish(ONE, 1), "refused 4097 SEQUENCE_OUT_OF_SPAN", "committed 1")
    yield after("a sequence below its base", "5.1", publish(ONE, 4, base=5), "refused 4 SEQUENCE_OUT_OF_SPAN")
    yield after("a base that rises", "5.1", publish(ONE, 4105, base=10), "committed 4105")
    yield after("a sequence beyond the span of a base that rose", "5.1", publish(ONE, 4106, base=10), "refused 4106 SEQUENCE_OUT_OF_SPAN")
    yield after("a sequence equal to its base", "5.1", publish(ONE, 10, base=10), "committed 10")
    yield after("a base that falls is no error", "5.1", publish(ONE, 9, base=9) + publish(TWO, 2, base=1), "committed 2", "committed 9")
    yield connection("a base below that of HELLO is no error", "5.1", (PREFACE + hello(base=5), "preface", "welcome"), (publish(ONE, 2, base=1), "committed 2"))
    yield connection("a batch that is sent again after its answer", "5.1", GREETED, (publish(ONE), "committed 1"), (publish(ONE), "committed 1 replay"))
    yield connection("a batch that is sent again in LZ4 after its answer", "5.1", GREETED, (publish(ONE), "committed 1"), (publish(ONE, codec=1, sent=lz4_literals(ONE)), "committed 1 replay"))
    yield connection("a batch that is sent again with another base and time to live", "5", GREETED, (publish(ONE, 7), "committed 7"), (publish(ONE, 7, base=7, ttl=1_000_000), "committed 7 replay"))
    yield connection("a sequence that is used again for other columns", "5.1", GREETED, (publish(ONE), "committed 1"), (publish(TWO), "refused 1 SEQUENCE_REUSED"))
    yield connection("a refused batch that is sent again", "8", GREETED, (publish(ONE, 4097), "refused 4097 SEQUENCE_OUT_OF_SPAN"), (publish(ONE, 4097, base=2), "committed 4097"))
    held = {"store": "holds"}
    yield after("the same batch again before its answer", "5.1", publish(ONE) + publish(ONE), "ended UNEXPECTED_FRAME", **held)
    yield after("the same sequence and a batch beyond the credit", "7", publish(ONE) + publish(ONE), "ended UNEXPECTED_FRAME", limits={"credit_batches": 1}, **held)
    many = b"".join(publish(ONE, n) for n in range(1, 65))
    yield after("all batches of the credit", "7", many, **held)
    yield after("one batch more than the credit", "7", many + publish(ONE, 65), "ended CREDIT_EXCEEDED", **held)
    yield after("one batch more than the credit, and beyond the span", "7", publish(ONE) + publish(ONE, 9999), "ended CREDIT_EXCEEDED", limits={"credit_batches": 1}, **held)
    size = {"limits": {"credit_bytes": 2 * len(ONE)}}
    yield after("all bytes of the credit", "7", publish(ONE, 1) + publish(ONE, 2), **size, **held)
    yield after("a byte more than the credit", "7", publish(ONE, 1) + publish(columns([event(payload='{"n":12}')]), 2), "ended CREDIT_EXCEEDED", **size, **held)
    yield after("the credit counts raw bytes", "7", publish(many_a(), codec=1, sent=lz4_match(many_a(), 200, 280, 1)), "ended CREDIT_EXCEEDED", limits={"credit_bytes": 400}, **held)
    yield connection("credit of refused batches comes back", "7", GREETED, *[(publish(ONE, 4097), "refused 4097 SEQUENCE_OUT_OF_SPAN")] * 3, limits={"credit_batches": 1})
    yield connection("credit of committed batches comes back", "7", GREETED, *[(publish(ONE, n), f"committed {n}") for n in (1, 2, 3)], limits={"credit_batches": 1})


def many_a():
    data = columns([event(payload='"' + "a" * 400 + '"')])
    return data


def endings():
    yield after("a GOAWAY", "10", goaway(), "ended")
    yield after("a GOAWAY with a sequence", "10", goaway(sequence=7), "ended")
    yield after("a GOAWAY after a batch", "10", publish(ONE) + goaway(), "committed 1", "ended")
    held = {"store": "holds"}
    yield after("a GOAWAY while a batch is open", "10", publish(ONE) + goaway(), **held)
    yield after("a batch after a GOAWAY", "10", publish(ONE) + goaway() + publish(TWO, 2), "ended UNEXPECTED_FRAME", **held)
    yield after("a second GOAWAY", "10", publish(ONE) + goaway() + goaway(), "ended UNEXPECTED_FRAME", **held)
    yield after("a heartbeat after a GOAWAY", "10", publish(ONE) + goaway() + heartbeat(), **held)
    yield after("a GOAWAY that is cut short", "10", frame(GOAWAY, bytes(4) + b"\x09done"), "ended MALFORMED_FRAME")
    yield after("a GOAWAY that is not UTF-8", "10", goaway(reason=b"\xff"), "ended MALFORMED_FRAME")
    yield after("an ERROR of a client", "8", error(8), "ended")
    yield after("an ERROR of a client about one batch", "8", error(103, 2, sequence=1), "ended")
    yield after("an ERROR of an unknown scope", "8", error(8, scope=3), "ended MALFORMED_FRAME")
    yield after("an ERROR of an unknown retry class", "8", error(8, retry=3), "ended MALFORMED_FRAME")
    yield after("an ERROR of the connection with a sequence", "8", error(8, sequence=1), "ended MALFORMED_FRAME")
    yield connection("an ERROR instead of HELLO", "8", (PREFACE + error(8), "preface", "ended"))


CONTEXT, LATER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b8-00"


def traces():
    """With `traced` the batches that have a context, and the contexts; no batch has one otherwise."""
    def traced(name, data, *words, **contexts):
        return after(name, "9.1", data, *words, traced={key[1:]: value for key, value in contexts.items()})

    yield traced("a TRACE before its PUBLISH", trace(CONTEXT) + publish(ONE), "committed 1", n1=CONTEXT)
    yield traced("a TRACE before each PUBLISH", trace(CONTEXT) + publish(ONE) + trace(LATER, 2) + publish(TWO, 2), "committed 1", "committed 2", n1=CONTEXT, n2=LATER)
    yield traced("a TRACE for the first of two batches", trace(CONTEXT) + publish(ONE) + publish(TWO, 2), "committed 1", "committed 2", n1=CONTEXT)
    yield traced("the later of two TRACEs", trace(CONTEXT) + trace(LATER) + publish(ONE), "committed 1", n1=LATER)
    yield traced("other frames between TRACE and PUBLISH", trace(CONTEXT) + heartbeat() + frame(200, b"later") + publish(ONE), "committed 1", n1=CONTEXT)
    yield traced("a TRACE for another batch than the next", trace(CONTEXT, 2) + publish(ONE) + publish(TWO, 2), "committed 1", "committed 2")
    yield traced("a TRACE without a batch", trace(CONTEXT, 0) + publish(ONE), "committed 1")
    for name, context in [
        ("an empty TRACE", ""), ("a TRACE of version 01", "01" + CONTEXT[2:]), ("a TRACE with upper case digits", CONTEXT.upper()),
        ("a TRACE with more than 55 bytes", CONTEXT + "-x"), ("a TRACE with the trace id zero", "00-" + "0" * 32 + CONTEXT[35:]),
        ("a TRACE with the parent id zero", CONTEXT[:36] + "0" * 16 + CONTEXT[52:]), ("a TRACE without dashes", CONTEXT.replace("-", "0")),
    ]:
        yield traced(name, trace(context) + publish(ONE), "committed 1")
    yield traced("a TRACE with a codec", trace(CONTEXT, codec=1) + publish(ONE), "committed 1")
    yield traced("a TRACE with another raw length", trace(CONTEXT, raw=54) + publish(ONE), "committed 1")
    yield {**connection("a TRACE before HELLO", "9.1", (PREFACE + trace(CONTEXT) + hello(), "preface", "welcome"), (publish(TWO, 2), "committed 2")), "traced": {}}
    yield after("a TRACE with a wrong checksum", "9.1", trace(CONTEXT, crc=1), "ended BAD_CHECKSUM")
    yield after("a TRACE with a critical flag", "9.1", trace(CONTEXT, flags=1), "ended UNKNOWN_CRITICAL")


def connections():
    for part in (handshakes, authentications, certificates, framings, publishing, sequences, endings, traces):
        yield from part()


# Columns -------------------------------------------------------------------------------------------


def valid(name, events, dead=(), **layout):
    return {
        "name": name, "raw": hexes(columns(events, **layout)),
        "events": [
            {
                "topic": hexes(e["topic"]), "source": hexes(e["source"]), "id": hexes(e["id"]), "time": str(e["time"]),
                "payload": None if e["payload"] is None else hexes(e["payload"]),
            }
            for e in events
        ],
        "dead": [{"position": position, "reason": reason} for position, reason in dead],
    }


def payload(name, text, reason=None):
    """One payload between two good events."""
    good = event(id="good")
    return valid(name, [good, event(payload=text), good], [(1, reason)] if reason else [])


def payloads():
    yield payload("the longest payload", '"' + "a" * ((256 << 10) - 2) + '"')
    yield payload("payload_length: a byte more", '"' + "a" * ((256 << 10) - 1) + '"', "payload_length")
    yield payload("payload_length before payload_text", b"\xff" * ((256 << 10) + 1), "payload_length")
    yield payload("payload_text in a string", b'"\xff"', "payload_text")
    yield payload("payload_text: an overlong character", b'"\xc0\xaf"', "payload_text")
    yield payload("payload_text: a surrogate in UTF-8", b'"\xed\xa0\x80"', "payload_text")
    yield payload("payload_text: beyond U+10FFFF", b'"\xf4\x90\x80\x80"', "payload_text")
    yield payload("characters of every length", '"é€😀\U0010ffff"')
    yield payload("the first fault from the left: syntax, then text", b'{]"\xff"', "payload_syntax")
    yield payload("the first fault from the left: text, then syntax", b'["\xff",]', "payload_text")
    yield payload("the first fault from the left: number, then syntax", "[1e301,]", "payload_number")
    yield payload("the first fault from the left: depth, then number", "[" * 129 + "1e301", "payload_depth")
    yield payload("the first fault from the left: escape, then number", '["\\u0000",1e301]', "payload_escape")
    for text in ["", " ", "{", "{} {}", "{'a':1}", "[1,]", '{"a":1,}', '{"a"}', "[1 2]", "01", "-", "1.", ".5", "+1", "1e", "1e+", "nul", "True", "NaN", "-01", "00", '"a', '"\\x"', '"\\u12g4"', '"\\u123"', '"\t"', '"\x1f"', '{1:2}', "[}", "\ufeff1", "1\v", '{"a":1 "b":2}', "0x1"]:
        yield payload(f"payload_syntax: {text!r}", text, "payload_syntax")
    for text in [" \t\n\r[ 1 , 2 ] ", '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9"', '"\x7f"', "true", "false", "null", "-0", "0", "1.5e-3", "1E5", '{"a":1,"a":2}', '{"":{}}']:
        yield payload(f"good: {text!r}", text)
    for text in ["1e301", "-1e301", "1e-301", "100e299", "1" + "0" * 301, "0." + "0" * 300 + "1", "0.1e-300", "0e301", "0e-301", "0.0e301", "10e300", "1e999999999999999999999", "1e-999999999999999999999", "0." + "0" * 16384, '{"a":1e301}', "1e+301"]:
        yield payload(f"payload_number: {text[:12]} of {len(text)}", text, "payload_number")
    for text in ["1e300", "1e-300", "100e298", "0.001e303", "0.001e302", "1" + "0" * 300, "0." + "0" * 299 + "1", "0e300", "0.000e300", "10e-301", "0." + "0" * 16383, "1e0000300", "1.5e+300"]:
        yield payload(f"a number within its limit: {text[:12]} of {len(text)}", text)
    yield payload("payload_depth of arrays", "[" * 129 + "]" * 129, "payload_depth")
    yield payload("payload_depth of objects", '{"a":' * 129 + "1" + "}" * 129, "payload_depth")
    yield payload("payload_depth of an empty object", "[" * 128 + "{}" + "]" * 128, "payload_depth")
    yield payload("the deepest arrays", "[" * 128 + "]" * 128)
    yield payload("the deepest objects", '{"a":' * 128 + "1" + "}" * 128)
    yield payload("brackets in a string have no depth", '"' + "[" * 200 + '"')
    yield payload("many arrays side by side have no depth", "[" + ",".join(["[]"] * 200) + "]")
    for text in ['"\\u0000"', '"\\ud800"', '"\\udc00"', '"\\ud800\\u0041"', '"\\ud800\\n"', '"\\ud800\\ud800"', '"\\udc00\\ud800"', '{"\\u0000":1}', '{"\\ud800":1}', '["\\uD83D"]', '"\\ud800x"', '"\\ud800\\uzzzz"', '"\\uDBFF"', '"\\uDFFF"']:
        yield payload(f"payload_escape: {text}", text, "payload_escape")
    for text in ['"\\ud83d\\ude00"', '"\\uD83D\\uDE00"', '{"\\ud83d\\ude00":1}', '"\\ud7ff\\ue000"', '"\\\\u0000"', '"\\u0001"', '"\\uffff"']:
        yield payload(f"an escape that may be: {text}", text)


def names():
    good = event(id="good")
    yield valid("names of 255 scalars", [event(id="é" * 255, topic="😀" * 255, source="s" * 255)])
    for kind, field in [("topic", "topic"), ("source", "source"), ("event_id", "id")]:
        for reason, text in [
            ("length", ""), ("length", "x" * 256), ("length", "😀" * 256), ("text", b"\xff"), ("text", "a\0b"), ("text", "\0"), ("text", b"\xc0\x80"),
            ("text", b"\xed\xa0\x80"), ("text", b"\xf4\x90\x80\x80"), ("text", b"\xe2\x82"), ("text", "x" * 255 + "\0"), ("text", b"x" * 256 + b"\xff"),
        ]:
            shown = (text if isinstance(text, bytes) else text.encode())
            yield valid(f"{kind}_{reason} {shown[:8]!r} of {len(shown)}", [good, event(**{"id": "bad", field: text}), good], [(1, f"{kind}_{reason}")])
    every = dict(topic="", source="", id="", time=1 << 62, payload="")
    order = [("topic_length", "topic"), ("source_length", "source"), ("event_id_length", "id"), ("timestamp_range", "time"), ("payload_syntax", "payload")]
    for index, (reason, _) in enumerate(order):
        faults = {field: every[field] for _, field in order[index:]}
        yield valid(f"several faults, {reason} first", [event(**faults)], [(0, reason)], width=8, base=0)
    yield valid("an unused topic, and a bad one", [event(topic="a"), event(topic="b")], topics=[b"a", b"b"])
    for name, changes in [
        ("an unused topic that is bad", {"topics": [b"\xff", b"orders.invoice.created"]}), ("an unused source that is empty", {"sources": [b"", b"billing"]}),
        ("a topic twice in the dictionary", {"topics": [b"orders.invoice.created"] * 2, "topic_indices": struct.pack("<HH", 0, 1)}),
        ("a source twice in the dictionary", {"sources": [b"billing"] * 2, "source_indices": struct.pack("<HH", 1, 0)}),
    ]:
        yield valid(name, [event(), event(id="id-2")], **changes)
    yield valid("dead events at several places", [event(id=""), event(), event(topic="")], [(0, "event_id_length"), (2, "topic_length")])


def times():
    wide = {"width": 8, "base": 0}
    low, high = -62_135_596_800_000_000, 253_402_300_799_999_999
    yield valid("times of 8 bytes", [event(time=0), event(time=low), event(time=high)], **wide)
    yield valid("times before 1970", [event(time=-1)], base=-5)
    yield valid("the smallest and largest delta of 4 bytes", [event(time=-(1 << 31)), event(time=(1 << 31) - 1)], base=0)
    yield valid("a delta is from the base, not from the event before", [event(time=10), event(time=11), event(time=9)], base=5)
    yield valid("timestamp_range after year 9999", [event(time=high + 1), event(time=high)], [(0, "timestamp_range")], **wide)
    yield valid("timestamp_range before year 1", [event(time=low), event(time=low - 1)], [(1, "timestamp_range")], **wide)
    top = (1 << 63) - 1
    for name, extreme in [("above", top), ("below", -top - 1)]:
        bad = {**event(time=0), "delta": extreme}
        vector = valid(f"timestamp_range: base and delta {name} 64 bits", [bad], [(0, "timestamp_range")], base=extreme, width=8)
        vector["events"] = None
        yield vector


def broken_columns():
    def broken(name, **changes):
        return {"name": name, "raw": hexes(columns([event(), event(id="id-2")], **changes)), "error": "MALFORMED_COLUMNS"}

    yield broken("no events", events=0)
    yield broken("no topics", topic_count=0)
    yield broken("more topics than events", topics=[b"orders.invoice.created", b"b", b"c"])
    yield broken("more sources than events", sources=[b"billing", b"b", b"c"])
    yield broken("no sources", source_count=0)
    yield broken("more events than columns hold", events=3)
    yield broken("fewer events than columns hold", events=1)
    yield broken("topic bytes that differ from the lengths", topic_lengths=struct.pack("<H", 21))
    yield broken("source bytes that differ from the lengths", source_lengths=struct.pack("<H", 8))
    yield broken("id bytes that differ from the lengths", id_lengths=struct.pack("<HH", 4, 5))
    yield broken("payload bytes that differ from the lengths", payload_lengths=struct.pack("<II", 7, 8))
    yield broken("payload bytes without a payload", payload_lengths=struct.pack("<II", 7, ABSENT))
    yield broken("a topic index out of range", topic_indices=struct.pack("<HH", 0, 1))
    yield broken("a source index out of range", source_indices=struct.pack("<HH", 0, 9))
    yield broken("times cut short", times=bytes(4))
    one = columns([event()])
    for width in (0, 5, 255):
        yield {"name": f"times of {width} bytes", "raw": (one[:28] + bytes([width]) + one[29:]).hex(), "error": "MALFORMED_COLUMNS"}
    for place in range(3):
        yield broken(f"reserved byte {place} that is not zero", reserved=bytes(place) + b"\1" + bytes(2 - place))
    yield broken("sums that overflow 32 bits", topic_bytes=0xFFFFFFFF, id_bytes=0xFFFFFFFF, payload_bytes=0xFFFFFFFF)
    yield {"name": "a byte too many", "raw": (ONE + b"\0").hex(), "error": "MALFORMED_COLUMNS"}
    yield {"name": "a byte too few", "raw": ONE[:-1].hex(), "error": "MALFORMED_COLUMNS"}
    yield {"name": "less than the fixed part", "raw": ONE[:39].hex(), "error": "MALFORMED_COLUMNS"}
    yield {"name": "a fixed part and no event", "raw": (bytes(28) + b"\4" + bytes(11)).hex(), "error": "MALFORMED_COLUMNS"}
    yield {"name": "nothing", "raw": "", "error": "MALFORMED_COLUMNS"}


def column_vectors():
    yield valid("one event", [event()])
    yield valid("no payload, an empty object and an array", [event(payload=None), event(payload="{}"), event(payload="[1,2]")])
    yield valid("names shared by events", [event(id=f"id-{n}", topic=f"t{n % 2}", source=f"s{n % 3}") for n in range(7)])
    for part in (times, names, payloads, broken_columns):
        yield from part()


# What a client hears -------------------------------------------------------------------------------


def welcome(bitmap=b"\x05", bits=3, credit=(64, 32 << 20), commit=3, fsync=1, version=1, features=1, options=b"", highest=None, floor=0, session=2, timeline=1, system=7, store=STORE, limits=None, **header):
    highest = bits if highest is None else highest
    body = struct.pack("<HQ", version, features) + SERVER.bytes + struct.pack("<QQQ", session, floor, highest)
    body += struct.pack("<QI", system, timeline) + store.bytes + bytes([commit, fsync])
    body += struct.pack("<11I", *(limits or (4 << 20, 16 << 20, 20_000, 20_000, 255, 256 << 10, 128, 300, 4096, 15_000, 45_000)))
    return frame(WELCOME, body + struct.pack("<QQI", *credit, bits) + bitmap + options, **header)


def ack(moment, entries=(), through=0, sequence=0, size=None, more=b"", tail=b"", count=None, **header):
    """An ACK. Each entry is followed by the bytes `more`; `size` is the entry size if it is not that of the entries."""
    size = (28 + len(more) if moment == 2 else 0) if size is None else size
    body = struct.pack("<BBHIQQ", moment, size, len(entries) if count is None else count, 1, 500, through)
    return frame(ACK, body + b"".join(struct.pack("<QIIIII", *entry) + more for entry in entries) + tail, sequence, **header)


def window(batches, size, **header):
    return frame(WINDOW, struct.pack("<QQ", batches, size), **header)


SETTLED = "welcome settled 1 3"
QUEUE = "queue 1 500"
BAD = "failed MALFORMED_FRAME never"


def heard(name, section, data, *words, sent=()):
    """A client that sent `sent` after a WELCOME that lists 1 and 3."""
    return {"name": name, "section": section, "sent": list(sent), "server": hexes(PREFACE + welcome() + data), "heard": [SETTLED, *words]}


def greeted(name, section, data, *words):
    return {"name": name, "section": section, "sent": [], "server": hexes(data), "heard": list(words)}


def welcomes():
    yield heard("welcome", "4.2", b"")
    fields = greeted("every field of WELCOME", "4.2", PREFACE + welcome(
        b"\x81\x02", 10, (5, 6_000_000_000), 4, 0, features=0, highest=77, floor=5, session=(1 << 40) + 9, timeline=3, system=(1 << 63) + 1,
        limits=(5_000_000, 17_000_000, 2_001, 2_002, 203, 204_000, 105, 206, 4_007, 8_001, 9_002)), "welcome settled 1 8 10")
    fields["welcome"] = {
        "version": "1", "features": "0", "server": str(SERVER), "session": str((1 << 40) + 9), "floor": "5", "highest": "77", "system": str((1 << 63) + 1), "timeline": "3",
        "store": str(STORE), "synchronous commit": "4", "fsync": "0", "limits": "5000000 17000000 2001 2002 203 204000 105 206 4007 8001 9002", "credit": "5 6000000000",
    }
    yield fields
    yield greeted("a bitmap of no bits", "4.2", PREFACE + welcome(b"", 0), "welcome settled")
    yield greeted("a bitmap of 17 bits", "4.2", PREFACE + welcome(b"\x01\x80\x01", 17), "welcome settled 1 16 17")
    yield greeted("a bitmap of the whole span", "4.2", PREFACE + welcome(bytes(511) + b"\x80", 4096), "welcome settled 4096")
    yield greeted("a bit beyond the bitmap", "4.2", PREFACE + welcome(b"\x0d", 3), BAD)
    yield greeted("a bitmap cut short", "4.2", PREFACE + welcome(b"", 3), BAD)
    yield greeted("a bitmap of 4 GiB", "4.2", PREFACE + welcome(b"\x05", 0xFFFFFFFF), BAD)
    yield greeted("an option of WELCOME that may be skipped", "1", PREFACE + welcome(options=option(0x8000, b"abc")), SETTLED)
    yield greeted("a critical option of WELCOME", "1", PREFACE + welcome(options=option(2)), "failed UNKNOWN_CRITICAL never")
    yield greeted("the server proof without AUTH", "4.3", PREFACE + welcome(options=option(1, bytes(32))), "failed UNKNOWN_CRITICAL never")
    yield greeted("an option longer than WELCOME", "1", PREFACE + welcome(options=struct.pack("<HH", 0x8000, 5)), BAD)
    yield greeted("a WELCOME that ends early", "4.2", PREFACE + frame(WELCOME, welcome()[24:90]), BAD)
    yield greeted("a sequence in WELCOME", "3", PREFACE + welcome(sequence=1), BAD)
    yield greeted("a version that was not offered", "4.1", PREFACE + welcome(version=2), "failed UNSUPPORTED_VERSION never")
    yield greeted("features that were not offered", "4.1", PREFACE + welcome(features=3), BAD)
    yield greeted("no feature", "4.1", PREFACE + welcome(features=0), SETTLED)
    yield greeted("an unknown synchronous commit", "4.2", PREFACE + welcome(commit=5), BAD)
    yield greeted("an fsync of 2", "4.2", PREFACE + welcome(fsync=2), BAD)
    yield greeted("a floor above the highest sequence", "4.2", PREFACE + welcome(floor=9, highest=8), BAD)
    yield greeted("a second WELCOME", "4", PREFACE + welcome() + welcome(), SETTLED, "failed UNEXPECTED_FRAME never")
    for name, data in [("an ACK", ack(1)), ("a WINDOW", window(65, 33 << 20)), ("a HEARTBEAT", heartbeat()), ("a GOAWAY", goaway())]:
        yield greeted(name + " before WELCOME", "4", PREFACE + data, "failed UNEXPECTED_FRAME never")
    yield greeted("a frame that may be skipped before WELCOME", "1", PREFACE + frame(130, b"x", codec=3) + welcome(), SETTLED)
    yield greeted("an ERROR instead of WELCOME", "8", PREFACE + error(15, 1, 2, 1000), "failed STORE_UNAVAILABLE delay 1000")
    yield greeted("a frame of more than 8 KiB before WELCOME", "3", PREFACE + frame(WELCOME, length=8193), "failed FRAME_TOO_LARGE never")
    yield greeted("a server of another kind", "2", b"HTTP/1.1 400 Bad Request\r\n", "failed NOT_SLUICE never")
    yield greeted("a server of major version 2", "2", PREFACE[:7] + b"\x02" + welcome(), "failed UNSUPPORTED_VERSION never")
    yield greeted("a preface that breaks off", "2", PREFACE[:7])
    yield greeted("a CHALLENGE to a client without a key", "4.3", PREFACE + challenge(), "failed AUTHENTICATION_FAILED never")
    yield greeted("a CHALLENGE after WELCOME to a client without a key", "4.3", PREFACE + welcome() + challenge(), SETTLED, "failed UNEXPECTED_FRAME never")


def proven(asked=None, options=b"", sent=None, secret=SECRET, nonce=CLIENT_NONCE, label=b"sluice server proof 1", exporter=b"", tail=b"", **fields):
    """WELCOME with the proof of a server that sent CHALLENGE `asked`."""
    bare = welcome(options=options + option(1, bytes(32)), **fields)
    proof = server_proof(hello(), asked or challenge(), bare_auth(nonce=nonce), bare, secret, label, exporter)
    return welcome(options=options + option(1, proof) + tail, **fields)


def challenged(name, data, *words, asked=None, says=True):
    """A client with the key, which a server has sent CHALLENGE `asked`."""
    vector = greeted(name, "4.3", PREFACE + (asked or challenge()) + data, *words)
    vector["key"] = {"id": KEY_ID, "secret": SECRET.hex(), "nonce": CLIENT_NONCE.hex()}
    if says:
        vector["client"] = hexes(FIRST + auth(asked=asked))
    return vector


def announced(name, data, *words):
    """A client with the key and a certificate."""
    first = hello(options=option(0x8001))
    vector = {**challenged(name, data, *words), "section": "4.4", "certificate": True}
    vector["client"] = hexes(PREFACE + first + auth(first))
    return vector


def server_authentications():
    first, bare = hello(options=option(0x8001)), welcome(options=option(1, bytes(32)))
    right = server_proof(first, challenge(), bare_auth(), bare)
    yield announced("a client with a certificate announces its key", welcome(options=option(1, right)), SETTLED)
    failed, unexpected = "failed AUTHENTICATION_FAILED never", "failed UNEXPECTED_FRAME never"
    yield challenged("a handshake with a key", proven(), SETTLED)
    hinted = challenge(hint=b"a hint")
    yield challenged("a CHALLENGE with a key hint", proven(hinted), SETTLED, asked=hinted)
    flagged = challenge(flags=0x10)
    yield challenged("a proof over CHALLENGE as it was sent", proven(flagged), SETTLED, asked=flagged)
    yield challenged("an option that may be skipped before the server proof", proven(options=option(0x8000, b"abc")), SETTLED)
    yield challenged("a frame that may be skipped before the proven WELCOME", frame(130, b"x", codec=3) + proven(), SETTLED)
    yield challenged("a WELCOME without a proof", welcome(), failed)
    yield challenged("a server proof of which one bit differs", welcome(options=option(1, proven()[-32:-1] + bytes([proven()[-1] ^ 1]))), failed)
    yield challenged("a server proof of zeros", welcome(options=option(1, bytes(32))), failed)
    yield challenged("a server proof of another secret", proven(secret=OTHER_SECRET), failed)
    yield challenged("a replayed WELCOME: the proof for another client nonce", proven(nonce=OTHER_NONCE), failed)
    yield challenged("the proof for another CHALLENGE", proven(challenge(OTHER_NONCE)), failed)
    yield challenged("the proof for another WELCOME", welcome(options=option(1, proven()[-32:]), session=3), failed)
    yield challenged("a server proof under the label of the client", proven(label=b"sluice client proof 1"), failed)
    yield challenged("a reflected proof: that of the client", welcome(options=option(1, auth()[-32:])), failed)
    yield challenged("a server proof that is bound to a TLS connection", proven(exporter=EXPORTER), failed)
    yield challenged("the proof is checked before the version", welcome(options=option(1, bytes(32)), version=2), failed)
    yield challenged("a proven version that was not offered", proven(version=2), "failed UNSUPPORTED_VERSION never")
    yield challenged("an option after the server proof", proven(tail=option(0x8000)), BAD)
    yield challenged("the server proof twice", welcome(options=option(1, bytes(32)) + option(1, bytes(32))), BAD)
    yield challenged("a server proof of 31 bytes", welcome(options=option(1, bytes(31))), BAD)
    yield challenged("a server proof of 33 bytes", welcome(options=option(1, bytes(33))), BAD)
    yield challenged("a server proof that ends early", welcome(options=struct.pack("<HH", 1, 32) + bytes(31)), BAD)
    yield challenged("another critical option before the server proof", welcome(options=option(2) + option(1, bytes(32))), "failed UNKNOWN_CRITICAL never")
    yield challenged("a second CHALLENGE", challenge(OTHER_NONCE), unexpected)
    yield challenged("a CHALLENGE after WELCOME", proven() + challenge(OTHER_NONCE), SETTLED, unexpected)
    yield challenged("a second WELCOME after a proven one", proven() + proven(), SETTLED, unexpected)
    yield challenged("an AUTH from a server", auth(), unexpected)
    yield challenged("a GOAWAY instead of the proven WELCOME", goaway(), unexpected)
    yield challenged("a refused proof", error(20), failed)
    for name, asked, code in [
        ("a CHALLENGE that ends early", frame(CHALLENGE, bytes(32)), BAD), ("a CHALLENGE with a byte too many", frame(CHALLENGE, bytes(34)), BAD),
        ("a CHALLENGE with a nonce of 31 bytes", frame(CHALLENGE, bytes(31)), BAD), ("a key hint that is not UTF-8", challenge(hint=b"\xff"), BAD),
        ("a sequence in CHALLENGE", challenge(sequence=1), BAD), ("a CHALLENGE of more than 8 KiB", frame(CHALLENGE, length=8193), "failed FRAME_TOO_LARGE never"),
        ("a WELCOME without CHALLENGE to a client with a key", welcome(), failed), ("a WELCOME with a proof but without CHALLENGE to a client with a key", proven(), "failed UNKNOWN_CRITICAL never"),
    ]:
        yield challenged(name, b"", code, asked=asked, says=False)


def authentication_vector(name, first=None, asked=None, exporter=b"", **fields):
    first, asked = first or hello(), asked or challenge()
    bare = bare_auth()
    answer = bare_auth(client_proof(first, asked, bare, exporter=exporter))
    unproven = welcome(options=option(1, bytes(32)), **fields)
    proof = server_proof(first, asked, bare, unproven, exporter=exporter)
    client_key, stored_key, server_key = keys(SECRET)
    values = {
        "secret": SECRET, "client_key": client_key, "stored_key": stored_key, "server_key": server_key,
        "hello": first, "challenge": asked, "auth": answer, "welcome": welcome(options=option(1, proof), **fields), "exporter": exporter,
        "client_message": transcript(b"sluice client proof 1", first, asked, bare, exporter=exporter), "client_proof": answer[-32:],
        "server_message": transcript(b"sluice server proof 1", first, asked, bare, unproven, exporter), "server_proof": proof,
    }
    return {"name": name, "section": "4.3", "key_id": KEY_ID, **{word: hexes(value) for word, value in values.items()}}


def authentication_vectors():
    yield authentication_vector("a plain connection")
    yield authentication_vector("a connection over TLS", exporter=EXPORTER)
    yield authentication_vector("a HELLO with an option, a CHALLENGE with a key hint, an empty bitmap", hello(options=option(0x8001, b"x"), name=""), challenge(hint="a hint é".encode()), bitmap=b"", bits=0)


def acknowledgements():
    three = (1, 2, 3)
    yield heard("accepted, cumulative", "6", ack(1, sequence=2), "accepted 1", "accepted 2", f"through 0 {QUEUE}", sent=three)
    yield heard("accepted in the order sent, not by number", "6", ack(1, sequence=2), "accepted 5", "accepted 2", f"through 0 {QUEUE}", sent=(5, 2, 4))
    yield heard("accepted twice", "6", ack(1, sequence=1) + ack(1, sequence=3), "accepted 1", f"through 0 {QUEUE}", "accepted 2", "accepted 3", f"through 0 {QUEUE}", sent=three)
    yield heard("accepted of what was never sent", "6", ack(1, sequence=9), f"through 0 {QUEUE}", sent=three)
    yield heard("accepted of what was accepted before", "6", ack(1, sequence=2) + ack(1, sequence=1), "accepted 1", "accepted 2", f"through 0 {QUEUE}", f"through 0 {QUEUE}", sent=three)
    yield heard("accepted with an entry", "6", ack(1, [(2, 6, 3, 2, 1, 0)]), BAD)
    yield heard("committed", "6", ack(2, [(2, 6, 3, 2, 1, 0)], 3), "committed 2: 3 2 1", f"through 3 {QUEUE}", sent=(2,))
    yield heard("committed without being accepted, two at once and not in order", "6", ack(2, [(3, 1, 1, 0, 0, 0), (2, 4, 0, 4, 0, 0)], 3), "committed 3: 1 0 0", "committed 2: 0 4 0", f"through 3 {QUEUE}", sent=three)
    yield heard("committed of what was never sent", "6", ack(2, [(9, 1, 1, 0, 0, 0)]), f"through 0 {QUEUE}", sent=(2,))
    yield heard("a replay, and counts unknown", "6", ack(2, [(2, 6, 3, 2, 1, 1), (4, 0, 0, 0, 0, 3)], 4), "committed 2: 3 2 1 replay", "committed 4: unknown replay", f"through 4 {QUEUE}", sent=(2, 4))
    yield heard("counts unknown that are not zero", "6", ack(2, [(2, 1, 1, 0, 0, 2)]), BAD, sent=(2,))
    yield heard("committed without an entry", "6", ack(2), BAD)
    yield heard("fewer entries than announced", "6", ack(2, [(2, 1, 1, 0, 0, 0)], count=2), BAD, sent=(2,))
    yield heard("bytes after the entries", "6", ack(2, [(2, 1, 1, 0, 0, 0)], tail=b"\0"), BAD, sent=(2,))
    yield heard("bytes after an accepted ACK", "6", ack(1, sequence=2, tail=b"\0"), BAD, sent=(2,))
    yield heard("an ACK of moment 0", "6", ack(0), BAD)
    yield heard("an ACK of moment 3", "6", ack(3), BAD)
    yield heard("an accepted ACK with an entry size", "6", ack(1, sequence=2, size=28), BAD, sent=(2,))
    two = [(2, 6, 3, 2, 1, 0), (3, 1, 1, 0, 0, 1)]
    heard_two = ("committed 2: 3 2 1", "committed 3: 1 0 0 replay", f"through 3 {QUEUE}")
    yield heard("entries with a field of a later version", "6", ack(2, two, 3, more=b"\xff\x00\x01\x80"), *heard_two, sent=(2, 3))
    yield heard("entries with one byte of a later version", "6", ack(2, two, 3, more=b"\0"), *heard_two, sent=(2, 3))
    yield heard("entries of the largest size", "6", ack(2, two, 3, more=bytes(range(227))), *heard_two, sent=(2, 3))
    yield heard("an entry size of 27", "6", ack(2, [(2, 1, 1, 0, 0, 0)], size=27), BAD, sent=(2,))
    yield heard("28 entries of 27 bytes, which would also be 27 of 28", "6", ack(2, [(n, 0, 0, 0, 0, 0) for n in range(2, 29)], size=27, count=28), BAD, sent=(2,))
    yield heard("an entry size of 0", "6", ack(2, [(2, 1, 1, 0, 0, 0)], size=0), BAD, sent=(2,))
    yield heard("an entry size above that of the entries", "6", ack(2, two, size=29), BAD, sent=(2, 3))
    yield heard("an entry size below that of the entries", "6", ack(2, two, size=28, more=b"\0"), BAD, sent=(2, 3))
    yield heard("larger entries with a reserved byte", "6", ack(2, [(2, 1, 1, 0, 0, 0x10000)], more=bytes(4)), BAD, sent=(2,))
    yield heard("bytes after larger entries", "6", ack(2, two, more=bytes(4), tail=b"\0"), BAD, sent=(2, 3))
    yield heard("a reserved byte of an entry", "6", ack(2, [(2, 1, 1, 0, 0, 0x10000)]), BAD, sent=(2,))
    yield heard("an unknown flag of an entry", "6", ack(2, [(2, 1, 1, 0, 0, 4)]), BAD, sent=(2,))
    yield heard("a committed ACK with a sequence", "6", ack(2, [(2, 1, 1, 0, 0, 0)], sequence=2), BAD, sent=(2,))
    yield heard("counts that do not add up", "6", ack(2, [(2, 7, 3, 2, 1, 0)]), BAD, sent=(2,))
    yield heard("counts that overflow 32 bits", "6", ack(2, [(2, 0, 1 << 31, 1 << 31, 0, 0)]), BAD, sent=(2,))
    yield heard("settled through rises", "6", ack(1, through=3, sequence=2) + ack(1, through=4, sequence=3), "accepted 2", f"through 3 {QUEUE}", "accepted 3", f"through 4 {QUEUE}", sent=(2, 3))
    yield heard("settled through falls", "6", ack(1, through=3, sequence=2) + ack(1, through=2, sequence=3), "accepted 2", f"through 3 {QUEUE}", BAD, sent=(2, 3))


def other_frames():
    yield heard("more credit", "7", window(65, 33 << 20), "credit")
    yield heard("the same credit", "7", window(64, 32 << 20), "credit")
    yield heard("credit taken back", "7", window(1, 1), BAD)
    yield heard("credit in batches taken back", "7", window(63, 33 << 20), BAD)
    yield heard("credit in bytes taken back", "7", window(65, 1), BAD)
    yield heard("a WINDOW with a byte too many", "1", frame(WINDOW, bytes(17)), BAD)
    yield heard("a sequence in WINDOW", "3", window(65, 33 << 20, sequence=1), BAD)
    yield heard("a refused batch", "8", error(103, 2, sequence=2), "refused 2 SEQUENCE_REUSED never", sent=(2,))
    yield heard("a batch refused for a while, and one to send on the next connection", "8", error(4712, 2, 2, 500, sequence=2) + error(4713, 2, 1, sequence=3), "refused 2 UNKNOWN_4712 delay 500", "refused 3 UNKNOWN_4713 new-connection", sent=(2, 3))
    yield heard("a refused batch does not end the connection", "8", error(104, 2, sequence=2) + ack(2, [(3, 1, 1, 0, 0, 0)]), "refused 2 BATCH_EXPIRED never", "committed 3: 1 0 0", f"through 0 {QUEUE}", sent=(2, 3))
    yield heard("an accepted ACK passes over a refused batch", "6", error(101, 2, sequence=1) + ack(1, sequence=2), "refused 1 BATCH_TOO_LARGE never", "accepted 2", f"through 0 {QUEUE}", sent=(1, 2))
    yield heard("a refusal of what was never sent", "8", error(101, 2, sequence=9), sent=(2,))
    yield heard("the scope of the frame counts, not that of its code", "8", error(101, 1), "failed BATCH_TOO_LARGE never", sent=(2,))
    yield heard("the retry class of the frame counts, not that of its code", "8", error(8, 1, 1), "failed MALFORMED_FRAME new-connection")
    yield heard("an error code of a later version", "8", error(4711, 1, 2, 250), "failed UNKNOWN_4711 delay 250")
    yield heard("superseded", "4.2", error(17), "failed SUPERSEDED never")
    yield heard("nothing after an ERROR of the connection", "8", error(3, 1, 1) + window(65, 33 << 20), "failed HANDSHAKE_TIMEOUT new-connection")
    yield heard("an unknown scope", "8", error(3, scope=3), BAD)
    yield heard("scope 0", "8", error(3, scope=0), BAD)
    yield heard("an unknown retry class", "8", error(3, retry=3), BAD)
    yield heard("an ERROR of the connection with a sequence", "8", error(3, sequence=2), BAD, sent=(2,))
    yield heard("a message that is not UTF-8", "8", error(3, text=b"\xff"), BAD)
    yield heard("a message longer than its frame", "8", frame(ERROR, error(3)[24:-1]), BAD)
    yield heard("a heartbeat while the store is unavailable", "9", heartbeat(1500), "store unavailable 1500")
    yield heard("a heartbeat", "9", heartbeat(), "store unavailable 0")
    yield heard("a sequence in a heartbeat", "3", heartbeat(sequence=1), BAD)
    yield heard("a GOAWAY", "10", goaway(20_000, b"restart", 5), "leaving 5 within 20000")
    yield heard("answers after a GOAWAY", "10", goaway(1, b"", 2) + ack(2, [(2, 1, 1, 0, 0, 0)], 3), "leaving 2 within 1", "committed 2: 1 0 0", f"through 3 {QUEUE}", sent=(2,))
    yield heard("a GOAWAY that is not UTF-8", "1", goaway(0, b"\xff"), BAD)
    yield heard("a GOAWAY with a byte too many", "1", frame(GOAWAY, goaway()[24:] + b"x"), BAD)


def framing_of_servers():
    yield heard("a frame that may be skipped", "1", frame(128, b"x", 3, codec=5, raw=77) + window(65, 33 << 20), "credit")
    yield heard("an unknown critical frame", "1", frame(11), "failed UNKNOWN_CRITICAL never")
    yield heard("the highest critical type", "1", frame(127), "failed UNKNOWN_CRITICAL never")
    yield heard("a flag that may be skipped", "1", frame(WINDOW, struct.pack("<QQ", 65, 33 << 20), flags=0x10), "credit")
    yield heard("a critical flag", "1", frame(WINDOW, struct.pack("<QQ", 65, 33 << 20), flags=8), "failed UNKNOWN_CRITICAL never")
    yield heard("a critical flag of a frame that may be skipped", "1", frame(200, flags=1), "failed UNKNOWN_CRITICAL never")
    yield heard("a wrong checksum", "3", window(65, 33 << 20, crc=7), "failed BAD_CHECKSUM new-connection")
    yield heard("a wrong checksum of a frame that may be skipped", "3", frame(200, crc=7), "failed BAD_CHECKSUM new-connection")
    yield heard("another header version", "3", window(65, 33 << 20, version=2), BAD)
    yield heard("another header version and a length of 4 GiB", "3", frame(ACK, length=0xFFFFFFFF, version=2), BAD)
    yield heard("a length of 4 GiB of an unknown critical frame", "3", frame(100, length=0xFFFFFFFF), "failed FRAME_TOO_LARGE never")
    yield heard("a wrong checksum of an unknown critical frame", "3", frame(100, crc=7), "failed BAD_CHECKSUM new-connection")
    yield heard("a compressed WINDOW", "3", window(65, 33 << 20, codec=1), "failed BAD_CODEC never")
    yield heard("a raw length that differs", "3", window(65, 33 << 20, raw=15), BAD)
    yield heard("a frame of more than the limit", "3", frame(ACK, length=(4 << 20) + 1), "failed FRAME_TOO_LARGE never")
    yield heard("a frame of which the body is awaited", "3", frame(ACK, length=4 << 20))
    yield heard("a PUBLISH from a server", "3", publish(ONE), "failed UNEXPECTED_FRAME never")
    yield heard("a HELLO from a server", "3", hello(), "failed UNEXPECTED_FRAME never")


def server_vectors():
    for part in (welcomes, server_authentications, acknowledgements, other_frames, framing_of_servers):
        yield from part()


# Resuming: what a client sends after WELCOME --------------------------------------------------------

LINEAGE = {"system": "7", "timeline": 1, "store": str(STORE)}


def resumption(name, answer, sends, settles=(), loss=False, sent=(1, 2, 3), fresh=(4,), base=1, told=0, session=1, lineage=LINEAGE, first_of_process=False):
    """A client of which the connection was cut. Batch n is one event with the id `id-n`."""
    rows = {n: columns([event(id=f"id-{n}")]) for n in (*sent, *fresh)}
    said = b"".join(publish(rows[n], n, min(sends)) for n in sends)
    return {
        "name": name, "section": "4.2", "base": base, "highest_told": told, "session": None if first_of_process else session, "lineage": lineage,
        "batches": [{"sequence": n, "raw": rows[n].hex(), "sent": n in sent} for n in sorted(rows)],
        "server": hexes(PREFACE + answer), "settled": list(settles), "lineage_loss": loss, "client": hexes(said),
    }


def resuming_vectors():
    none = {"bitmap": b"", "bits": 0}
    yield resumption("nothing arrived", welcome(**none), (1, 2, 3, 4))
    yield resumption("what is listed is not sent again", welcome(b"\x05", 3), (2, 4), (1, 3))
    yield resumption("the bitmap begins at the base of HELLO", welcome(b"\x02", 2, highest=6), (5, 8), (6,), sent=(5, 6), fresh=(8,), base=5)
    yield resumption("a session that rose by one", welcome(b"\x07", 3, session=2), (4,), (1, 2, 3))
    yield resumption("a session that rose by two: everything is sent again", welcome(b"\x07", 3, session=3), (1, 2, 3, 4))
    yield resumption("a bitmap with what was never sent: everything is sent again", welcome(b"\x0f", 4), (1, 2, 3, 4))
    yield resumption("a new process: everything is sent again", welcome(b"\x07", 3, session=9), (1, 2, 3), sent=(), fresh=(1, 2, 3), lineage=LINEAGE, first_of_process=True)
    for name, change in [("system", {"system": 8}), ("timeline", {"timeline": 2}), ("store", {"store": SERVER})]:
        yield resumption(f"another {name}: LINEAGE_LOSS, and its bitmap counts", welcome(b"\x02", 2, **change), (1, 3, 4), (2,), loss=True)
    yield resumption("the database knows less than it told", welcome(b"\x07", 3, highest=3), (4,), (1, 2, 3), loss=True, told=9)
    yield resumption("the database knows as much as it told", welcome(b"\x07", 3, highest=9), (4,), (1, 2, 3), told=9)
    yield resumption("a session that did not rise: LINEAGE_LOSS", welcome(b"\x01", 1, session=1), (2, 3, 4), (1,), loss=True)


def write(name, about, vectors):
    vectors = list(vectors)
    assert len({vector["name"] for vector in vectors}) == len(vectors), "two vectors have one name"
    with open(f"{name}.json", "w") as file:
        json.dump({"about": about, "vectors": vectors}, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    write("connections", [
        "Connections in steps: bytes of a client, however they are cut, and what the server must have said and done when it has looked at them; the next bytes are sent after that.",
        "Words: preface; challenge; welcome; welcome proven (a WELCOME of which the last option is the right proof); committed N, with replay when it was so before; refused N CODE (ERROR of scope batch); ended CODE (ERROR of scope connection, then the end); ended (the end without an ERROR);",
        "rejected (a line of text, then the end). HEARTBEAT, WINDOW and ACKs of the moment accepted may come between and are not listed; in the list of a step `committed` stand in ascending order, after `refused` and before `ended`.",
        "The server has its default limits but for those in `limits`, and a store that is empty. With `store` = holds it commits nothing.",
        "With `key` the server asks for a key, knows this one alone, and sends CHALLENGE with this nonce and no key hint. There is no TLS, so that the exporter value is empty.",
        "With `certificate` the server takes the client for one whose certificate names exactly one principal, which may publish.",
        "With `traced` these batches, and no others, have these trace contexts when the server takes them.",
    ], connections())
    write("columns", [
        "Uncompressed columns, and the events in them (names in hex, times in microseconds; null where an event's time can not be told) with those that are dead, or the error.",
    ], column_vectors())
    write("server", [
        "Bytes from a server, however they are cut, to a client that sent HELLO with base 1, versions 1 to 1 and the feature LZ4, and what the client must make of them.",
        "Once it has WELCOME, the client sends the batches `sent` in that order, before it looks at the next bytes. failed CODE CLASS [delay]: the connection is over.",
        "With `key` the client has this key and this nonce, its HELLO has the producer 00112233-4455-4677-8899-aabbccddeeff and the client name `vectors`, and the first bytes that it has sent at the end are `client`. There is no TLS, so that the exporter value is empty.",
        "With `certificate` the client presents a certificate, too.",
    ], server_vectors())
    write("authentication", [
        "Handshakes with a key: the frames as they are sent, the keys that come from the secret, the bytes under both proofs, and the proofs. `exporter` is the tls-exporter value, empty without TLS.",
    ], authentication_vectors())
    write("resuming", [
        "A client whose connection was cut: what it holds, the session of its last WELCOME (null: none in this process), the lineage of that WELCOME and of the last commit that it was told, be it under an earlier UUID, and the highest sequence that it was told as committed under this UUID.",
        "It has sent HELLO with `base`, and hears `server`. Then `settled` are done with, and it sends the bytes `client`: without compression or time to live, with the lowest of their sequences as the base.",
    ], resuming_vectors())
