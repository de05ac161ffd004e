#!/usr/bin/env python3
"""Writes the golden vectors from the text of ../wire-protocol.md alone.

It shares no code with the product, so that a vector is a second opinion and not an echo. Run it in this
directory after a change of the text; a test of the product reads what it writes.
"""

import json
import struct
import uuid

PREFACE = bytes.fromhex("89534c5549434501")
HELLO, WELCOME, PUBLISH, ACK, WINDOW, ERROR, HEARTBEAT, GOAWAY = 1, 4, 5, 6, 7, 8, 9, 10
PRODUCER = uuid.UUID("00112233-4455-4677-8899-aabbccddeeff")
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


def hello(lowest=1, highest=1, features=1, base=1, name="vectors", options=b""):
    text = name.encode()
    body = struct.pack("<HHQ", lowest, highest, features) + PRODUCER.bytes
    return frame(HELLO, body + struct.pack("<QB", base, len(text)) + text + options)


def option(kind, value=b""):
    return struct.pack("<HH", kind, len(value)) + value


def event(id="id-1", topic="orders.invoice.created", source="billing", time=BASE_TIME, payload='{"n":1}'):
    as_bytes = lambda text: text if isinstance(text, bytes) else text.encode()
    return {
        "topic": as_bytes(topic), "source": as_bytes(source), "id": as_bytes(id), "time": time,
        "payload": None if payload is None else as_bytes(payload),
    }


def columns(rows, width=4, base=BASE_TIME, **changes):
    """The columns of some events; `changes` replaces fields of the fixed part, or whole parts."""
    topics = list(dict.fromkeys(e["topic"] for e in rows))
    sources = list(dict.fromkeys(e["source"] for e in rows))
    payloads = [e["payload"] for e in rows]
    parts = {
        "topic_lengths": b"".join(struct.pack("<H", len(t)) for t in topics),
        "topics": b"".join(topics),
        "source_lengths": b"".join(struct.pack("<H", len(s)) for s in sources),
        "sources": b"".join(sources),
        "topic_indices": b"".join(struct.pack("<H", topics.index(e["topic"])) for e in rows),
        "source_indices": b"".join(struct.pack("<H", sources.index(e["source"])) for e in rows),
        "times": b"".join((e["time"] - base).to_bytes(width, "little", signed=True) for e in rows),
        "id_lengths": b"".join(struct.pack("<H", len(e["id"])) for e in rows),
        "ids": b"".join(e["id"] for e in rows),
        "payload_lengths": b"".join(struct.pack("<I", ABSENT if p is None else len(p)) for p in payloads),
        "payloads": b"".join(p or b"" for p in payloads),
    }
    fields = {
        "events": len(rows), "topic_count": len(topics), "source_count": len(sources),
        "topic_bytes": len(parts["topics"]), "source_bytes": len(parts["sources"]),
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


# The vectors ---------------------------------------------------------------------------------------

ONE = columns([event()])
FIRST = PREFACE + hello()


def connection(name, section, client, *outcome):
    return {"name": name, "section": section, "client": client.hex(), "outcome": list(outcome)}


def connections():
    r = "register"
    heartbeat = frame(HEARTBEAT, bytes(4))
    yield connection("a handshake", "4.1", FIRST, r)
    yield connection("a batch", "5", FIRST + publish(ONE), r, "admit 1")
    yield connection("two batches with a gap between", "5.1", FIRST + publish(ONE, 1) + publish(ONE, 9), r, "admit 1", "admit 9")
    yield connection("a batch of literals in LZ4", "3", FIRST + publish(ONE, codec=1, sent=lz4_literals(ONE)), r, "admit 1")
    yield connection("a heartbeat between batches", "9", FIRST + heartbeat + publish(ONE), r, "admit 1")
    yield connection("an unknown frame that may be skipped", "1", FIRST + frame(200, b"later") + publish(ONE), r, "admit 1")
    yield connection("an unknown flag that may be skipped", "1", FIRST + frame(HEARTBEAT, bytes(4), flags=0x80), r)
    yield connection("an unknown option that may be skipped", "1", PREFACE + hello(options=option(0x8001, b"x")), r)
    yield connection("a range of versions that includes ours", "4.1", PREFACE + hello(1, 7), r)
    yield connection("a farewell", "10", FIRST + frame(GOAWAY, bytes(4) + b"\x04done"), r)
    yield connection("the last sequence of the span", "5.1", FIRST + publish(ONE, 4096), r, "admit 4096")
    yield connection("a sequence beyond the span", "5.1", FIRST + publish(ONE, 4097), r, "refuse 4097 SEQUENCE_OUT_OF_SPAN")
    yield connection("a sequence below its base", "5.1", FIRST + publish(ONE, 4, base=5), r, "refuse 4 SEQUENCE_OUT_OF_SPAN")
    big = (16 << 20) + 1
    yield connection("a batch of one raw byte too many", "4.2", FIRST + publish(ONE, codec=1, sent=b"\0", raw_length=big), r, "refuse 1 BATCH_TOO_LARGE")
    yield connection("an HTTP request", "2", b"GET / HTTP/1.1\r\n\r\n", "turn away")
    yield connection("a TLS hello", "2", bytes.fromhex("160301020001"), "turn away")
    bad = lambda name, section, data, code, *before: connection(name, section, data, *before, "close " + code)
    yield bad("another major version", "2", PREFACE[:7] + b"\x02", "UNSUPPORTED_VERSION")
    yield bad("only newer versions", "4.1", PREFACE + hello(2, 3), "UNSUPPORTED_VERSION")
    yield bad("an empty range of versions", "4.1", PREFACE + hello(2, 1), "MALFORMED_FRAME")
    yield bad("a base of zero in HELLO", "4.1", PREFACE + hello(base=0), "MALFORMED_FRAME")
    yield bad("an unknown critical option", "1", PREFACE + hello(options=option(7)), "UNKNOWN_CRITICAL")
    yield bad("an option longer than its body", "1", PREFACE + hello(options=struct.pack("<HH", 0x8001, 9)), "MALFORMED_FRAME")
    yield bad("a batch before HELLO", "4", PREFACE + publish(ONE), "UNEXPECTED_FRAME")
    yield bad("a second HELLO", "4", FIRST + hello(), "UNEXPECTED_FRAME", r)
    yield bad("a HELLO of more than 8 KiB", "3", PREFACE + frame(HELLO, length=8193), "FRAME_TOO_LARGE")
    yield bad("a length of 4 GiB", "3", FIRST + frame(PUBLISH, length=0xFFFFFFFF), "FRAME_TOO_LARGE", r)
    yield bad("a batch of one byte too many as sent", "3", FIRST + frame(PUBLISH, length=(4 << 20) + 13), "FRAME_TOO_LARGE", r)
    yield bad("a heartbeat of more than the limit", "3", FIRST + frame(HEARTBEAT, length=(4 << 20) + 1), "FRAME_TOO_LARGE", r)
    yield bad("a wrong checksum", "3", FIRST + frame(HEARTBEAT, bytes(4), crc=1), "BAD_CHECKSUM", r)
    yield bad("another header version", "3", FIRST + frame(HEARTBEAT, bytes(4), version=2), "MALFORMED_FRAME", r)
    yield bad("an unknown critical frame", "1", FIRST + frame(100), "UNKNOWN_CRITICAL", r)
    yield bad("an unknown critical flag", "1", FIRST + frame(HEARTBEAT, bytes(4), flags=1), "UNKNOWN_CRITICAL", r)
    yield bad("a frame of the other side", "3", FIRST + frame(WINDOW, bytes(16)), "UNEXPECTED_FRAME", r)
    yield bad("a compressed heartbeat", "3", FIRST + frame(HEARTBEAT, bytes(4), codec=1), "BAD_CODEC", r)
    yield bad("an unknown codec", "3", FIRST + publish(ONE, codec=2), "BAD_CODEC", r)
    yield bad("LZ4 that was not agreed", "3", PREFACE + hello(features=0) + publish(ONE, codec=1, sent=lz4_literals(ONE)), "BAD_CODEC", r)
    yield bad("a raw length that differs without compression", "3", FIRST + publish(ONE, raw_length=len(ONE) + 1), "MALFORMED_FRAME", r)
    yield bad("a heartbeat with a byte too many", "1", FIRST + frame(HEARTBEAT, bytes(5)), "MALFORMED_FRAME", r)
    yield bad("a batch without its fixed part", "5", FIRST + frame(PUBLISH, bytes(11), 1, raw=0), "MALFORMED_FRAME", r)
    yield bad("a batch of sequence zero", "5.1", FIRST + publish(ONE, 0), "MALFORMED_FRAME", r)
    yield bad("a batch of base zero", "5.1", FIRST + publish(ONE, 1, base=0), "MALFORMED_FRAME", r)
    yield bad("a sequence of 2^63", "5.1", FIRST + publish(ONE, 1 << 63, base=1 << 62), "MALFORMED_FRAME", r)
    yield bad("a base of 2^63 in HELLO", "5.1", PREFACE + hello(base=1 << 63), "MALFORMED_FRAME")
    yield connection("the last sequence of all", "5.1", PREFACE + hello(base=(1 << 63) - 1) + publish(ONE, (1 << 63) - 1, base=(1 << 63) - 1), r, f"admit {(1 << 63) - 1}")
    yield bad("damaged LZ4", "3", FIRST + publish(ONE, codec=1, sent=b"\xff" * 40), "BAD_COMPRESSION", r)
    short, long = publish(ONE, codec=1, sent=lz4_literals(ONE[:-1])), publish(ONE, codec=1, sent=lz4_literals(ONE + b"x"))
    yield bad("LZ4 that is shorter than announced", "3", FIRST + short, "BAD_COMPRESSION", r)
    yield bad("LZ4 that is longer than announced", "3", FIRST + long, "BAD_COMPRESSION", r)
    bomb = publish(ONE, codec=1, sent=lz4_literals(b"x" * 8), raw_length=16 << 20)
    yield bad("a decompression bomb", "3", FIRST + bomb, "BAD_COMPRESSION", r)
    yield bad("columns that contradict themselves", "5.2", FIRST + publish(b"\1\2\3"), "MALFORMED_COLUMNS", r)
    yield bad("the same batch again before its answer", "5.1", FIRST + publish(ONE) + publish(ONE), "UNEXPECTED_FRAME", r, "admit 1")
    many = FIRST + b"".join(publish(ONE, n) for n in range(1, 66))
    yield bad("one batch more than the credit", "7", many, "CREDIT_EXCEEDED", r, *[f"admit {n}" for n in range(1, 65)])


def valid(name, events, dead=(), **layout):
    text = lambda data: data.decode("utf-8", "replace")
    return {
        "name": name, "raw": columns(events, **layout).hex(),
        "events": [
            {
                "topic": e["topic"].hex(), "source": e["source"].hex(), "id": e["id"].hex(), "time": str(e["time"]),
                "payload": None if e["payload"] is None else e["payload"].hex(),
            }
            for e in events
        ],
        "dead": [{"position": position, "reason": reason} for position, reason in dead],
    }


def column_vectors():
    yield valid("one event", [event()])
    yield valid("no payload, an empty object and an array", [event(payload=None), event(payload="{}"), event(payload="[1,2]")])
    yield valid("names shared by events", [event(id=f"id-{n}", topic=f"t{n % 2}", source=f"s{n % 3}") for n in range(7)])
    yield valid("times of 8 bytes", [event(time=0), event(time=-62_135_596_800_000_000), event(time=253_402_300_799_999_999)], width=8, base=0)
    yield valid("times before 1970", [event(time=-1)], base=-5)
    yield valid("names of 255 scalars", [event(id="é" * 255, topic="😀" * 255, source="s" * 255)])
    good = event(id="good")
    each = [
        ("topic_length", event(topic="")), ("topic_length", event(topic="t" * 256)), ("topic_text", event(topic=b"\xff")),
        ("topic_text", event(topic="a\0b")), ("source_length", event(source="")), ("source_length", event(source="s" * 256)),
        ("source_text", event(source=b"\xc0\x80")), ("event_id_length", event(id="")), ("event_id_length", event(id="i" * 256)),
        ("event_id_text", event(id=b"\xed\xa0\x80")), ("event_id_text", event(id="a\0")), ("payload_syntax", event(payload="")),
        ("payload_syntax", event(payload="{")), ("payload_syntax", event(payload="{} {}")), ("payload_syntax", event(payload="{'a':1}")),
        ("payload_text", event(payload=b'"\xff"')), ("payload_depth", event(payload="[" * 129 + "]" * 129)),
        ("payload_number", event(payload="1e301")), ("payload_escape", event(payload='"\\u0000"')),
        ("payload_escape", event(payload='"\\ud800"')),
    ]
    for reason, bad in each:
        shown = bad[reason.split("_")[0] if reason[0] != "e" else "id"][:12]
        yield valid(f"{reason} {shown!r}", [good, bad, good], [(1, reason)])
    edge = 253_402_300_800_000_000
    yield valid("timestamp_range", [event(time=edge), event(time=edge - 1)], [(0, "timestamp_range")], width=8, base=0)
    yield valid("nesting and exponent at their limits", [event(payload="[" * 128 + "]" * 128), event(payload="1e300"), event(payload="1e-300")])

    def broken(name, **changes):
        return {"name": name, "raw": columns([event(), event(id="id-2")], **changes).hex(), "error": "MALFORMED_COLUMNS"}

    yield broken("no events", events=0)
    yield broken("no topics", topic_count=0)
    yield broken("more topics than events", topic_count=3)
    yield broken("no sources", source_count=0)
    yield broken("more events than columns hold", events=3)
    yield broken("fewer events than columns hold", events=1)
    yield broken("topic bytes that differ from the lengths", topic_lengths=struct.pack("<H", 21))
    yield broken("source bytes that differ from the lengths", source_lengths=struct.pack("<H", 8))
    yield broken("id bytes that differ from the lengths", id_lengths=struct.pack("<HH", 4, 5))
    yield broken("payload bytes that differ from the lengths", payload_lengths=struct.pack("<II", 7, 8))
    yield broken("a topic index out of range", topic_indices=struct.pack("<HH", 0, 1))
    yield broken("a source index out of range", source_indices=struct.pack("<HH", 0, 9))
    yield broken("times cut short", times=bytes(4))
    yield {"name": "a width that is neither 4 nor 8", "raw": (lambda raw: raw[:28] + b"\x05" + raw[29:])(columns([event()])).hex(), "error": "MALFORMED_COLUMNS"}
    yield broken("a reserved byte that is not zero", reserved=b"\0\1\0")
    yield broken("sums that overflow 32 bits", topic_bytes=0xFFFFFFFF, id_bytes=0xFFFFFFFF, payload_bytes=0xFFFFFFFF)
    yield {"name": "a byte too many", "raw": (ONE + b"\0").hex(), "error": "MALFORMED_COLUMNS"}
    yield {"name": "a byte too few", "raw": ONE[:-1].hex(), "error": "MALFORMED_COLUMNS"}
    yield {"name": "less than the fixed part", "raw": ONE[:39].hex(), "error": "MALFORMED_COLUMNS"}


def welcome(bitmap=b"\x05", bits=3, credit=(64, 32 << 20), commit=3, fsync=1, version=1, features=1, options=b""):
    body = struct.pack("<HQ", version, features) + PRODUCER.bytes + struct.pack("<QQ", 2, 0)
    body += struct.pack("<QI", 7, 1) + PRODUCER.bytes + bytes([commit, fsync])
    body += struct.pack("<11I", 4 << 20, 16 << 20, 20_000, 20_000, 255, 256 << 10, 128, 300, 4096, 15_000, 45_000)
    return frame(WELCOME, body + struct.pack("<QQI", *credit, bits) + bitmap + options)


def ack(moment, entries=(), through=0, sequence=0):
    body = struct.pack("<BBHIQQ", moment, 0, len(entries), 1, 500, through)
    return frame(ACK, body + b"".join(struct.pack("<QIIIII", *entry) for entry in entries), sequence)


def error(code, scope=1, retry=0, delay=0, text="because", sequence=0):
    body = struct.pack("<HBBIH", code, scope, retry, delay, len(text.encode())) + text.encode()
    return frame(ERROR, body, sequence)


def server_vectors():
    """What a client that sent HELLO hears from its server."""
    start = PREFACE + welcome()
    yield {"name": "welcome", "section": "4.2", "server": start.hex(), "heard": ["welcome settled 1 3"]}
    yield {"name": "committed", "section": "6", "server": (start + ack(2, [(2, 6, 3, 2, 1, 0)], 3)).hex(), "heard": ["welcome settled 1 3", "committed 2: 3 2 1"]}
    yield {"name": "a replay, and counts unknown", "section": "6", "server": (start + ack(2, [(2, 6, 3, 2, 1, 1), (4, 0, 0, 0, 0, 3)], 4)).hex(), "heard": ["welcome settled 1 3", "committed 2: 3 2 1 replay", "committed 4: unknown replay"]}
    yield {"name": "more credit", "section": "7", "server": (start + frame(WINDOW, struct.pack("<QQ", 65, 33 << 20))).hex(), "heard": ["welcome settled 1 3", "credit"]}
    yield {"name": "a refused batch", "section": "8", "server": (start + error(103, 2, sequence=2)).hex(), "heard": ["welcome settled 1 3", "refused 2 SEQUENCE_REUSED"]}
    yield {"name": "an error code of a later version", "section": "8", "server": (start + error(4711, 1, 2, 250)).hex(), "heard": ["welcome settled 1 3", "failed UNKNOWN_4711"]}
    yield {"name": "a heartbeat while the store is away", "section": "9", "server": (start + frame(HEARTBEAT, struct.pack("<I", 1500))).hex(), "heard": ["welcome settled 1 3", "store away 1500"]}
    yield {"name": "a farewell", "section": "10", "server": (start + frame(GOAWAY, struct.pack("<I", 20_000) + b"\x07restart", 5)).hex(), "heard": ["welcome settled 1 3", "leaving 5"]}
    yield {"name": "an error instead of welcome", "section": "8", "server": (PREFACE + error(15, 1, 2, 1000)).hex(), "heard": ["failed STORE_UNAVAILABLE"]}
    yield {"name": "a server of another kind", "section": "2", "server": b"HTTP/1.1 400 Bad Request\r\n".hex(), "heard": ["failed NOT_SLUICE"]}
    yield {"name": "a version that was not offered", "section": "4.1", "server": (PREFACE + welcome(version=2)).hex(), "heard": ["failed UNSUPPORTED_VERSION"]}
    yield {"name": "features that were not offered", "section": "4.1", "server": (PREFACE + welcome(features=3)).hex(), "heard": ["failed MALFORMED_FRAME"]}
    yield {"name": "a bitmap cut short", "section": "4.2", "server": (PREFACE + welcome(bitmap=b"", bits=3)).hex(), "heard": ["failed MALFORMED_FRAME"]}
    yield {"name": "an unknown durability", "section": "4.2", "server": (PREFACE + welcome(commit=9)).hex(), "heard": ["failed MALFORMED_FRAME"]}
    yield {"name": "counts that do not add up", "section": "6", "server": (start + ack(2, [(2, 7, 3, 2, 1, 0)])).hex(), "heard": ["welcome settled 1 3", "failed MALFORMED_FRAME"]}
    yield {"name": "credit taken back", "section": "7", "server": (start + frame(WINDOW, struct.pack("<QQ", 1, 1))).hex(), "heard": ["welcome settled 1 3", "failed MALFORMED_FRAME"]}


def write(name, about, vectors):
    with open(f"{name}.json", "w") as file:
        json.dump({"about": about, "vectors": list(vectors)}, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    write("connections", "Bytes of whole connections from a client, and what a server with default limits must do, however the bytes are cut.", connections())
    write("columns", "Uncompressed columns, and the events in them (names in hex, times in microseconds) with those that are dead, or the error.", column_vectors())
    write("server", "Bytes from a server to a client that sent HELLO with base 1 and the feature LZ4, and what the client must make of them.", server_vectors())
