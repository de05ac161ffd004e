#!/usr/bin/env python3
"""Writes content-identity.json from the text of ../content-identity.md alone.

It shares no code with the product, so that a vector is a second opinion and not an echo. Run it in this
directory after a change of the text; a test of the product reads what it writes.
"""

import json
import struct

MASK = (1 << 64) - 1
KEY = b"sluice-content-1"


def rotate(word, count):
    return ((word << count) | (word >> (64 - count))) & MASK


def rounds(v, count):
    for _ in range(count):
        v[0] = (v[0] + v[1]) & MASK
        v[1] = rotate(v[1], 13) ^ v[0]
        v[0] = rotate(v[0], 32)
        v[2] = (v[2] + v[3]) & MASK
        v[3] = rotate(v[3], 16) ^ v[2]
        v[0] = (v[0] + v[3]) & MASK
        v[3] = rotate(v[3], 21) ^ v[0]
        v[2] = (v[2] + v[1]) & MASK
        v[1] = rotate(v[1], 17) ^ v[2]
        v[2] = rotate(v[2], 32)


def siphash128(key, message):
    k0, k1 = struct.unpack("<QQ", key)
    v = [
        k0 ^ 0x736F6D6570736575,
        k1 ^ 0x646F72616E646F6D ^ 0xEE,
        k0 ^ 0x6C7967656E657261,
        k1 ^ 0x7465646279746573,
    ]
    padded = message + bytes(-(len(message) + 1) % 8) + bytes([len(message) & 0xFF])
    for (word,) in struct.iter_unpack("<Q", padded):
        v[3] ^= word
        rounds(v, 2)
        v[0] ^= word
    v[2] ^= 0xEE
    rounds(v, 4)
    first = v[0] ^ v[1] ^ v[2] ^ v[3]
    v[1] ^= 0xDD
    rounds(v, 4)
    return struct.pack("<QQ", first, v[0] ^ v[1] ^ v[2] ^ v[3])


def counted(part):
    return struct.pack("<Q", len(part)) + part


def identity(topic, time, source, payload, before=0):
    moment = b"" if time is None else struct.pack("<q", time)
    content = counted(topic) + counted(moment) + counted(source) + counted(payload or b"")
    digest = siphash128(KEY, content)
    if before > 0:
        digest = siphash128(KEY, digest + struct.pack("<Q", before))
    return "c-" + digest.hex()


EVENTS = [
    ("no time", "logs", None, "http", "{}", 0),
    ("a second equal event", "logs", None, "http", "{}", 1),
    ("a third equal event", "logs", None, "http", "{}", 2),
    ("many equal events", "logs", None, "http", "{}", 1 << 40),
    ("a time", "logs", 1767323045123456, "http", "{}", 0),
    ("the time 0 is not the same as no time", "logs", 0, "http", "{}", 0),
    ("a time before 1970", "logs", -1, "http", "{}", 0),
    ("no payload", "logs", 1767323045123456, "http", None, 0),
    ("topic and source change places", "http", None, "logs", "{}", 0),
    ("a border between topic and source moves", "logsh", None, "ttp", "{}", 0),
    ("white space in the payload counts", "logs", None, "http", "{ }", 0),
    ("names beyond ASCII", "Zähler/töpfe", 1, "größe-😀", '{"ß":"\u4e16"}', 0),
    ("a payload of seven bytes", "t", None, "s", "1234567", 0),
    ("a payload of eight bytes", "t", None, "s", "12345678", 0),
    ("a payload of nine bytes", "t", None, "s", "123456789", 0),
    ("a long payload", "t", 2, "s", '"' + "x" * 1000 + '"', 0),
]


def main():
    vectors = []
    for name, topic, time, source, payload, before in EVENTS:
        text = identity(topic.encode(), time, source.encode(), payload and payload.encode(), before)
        vectors.append(
            {
                "name": name,
                "topic": topic,
                "time": time,
                "source": source,
                "payload": payload,
                "before": before,
                "event_id": text,
            }
        )
    with open("content-identity.json", "w", encoding="utf-8") as file:
        json.dump({"vectors": vectors}, file, indent=1, ensure_ascii=False)
        file.write("\n")


main()
