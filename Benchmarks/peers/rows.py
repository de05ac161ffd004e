"""Reads the file of rows that `Bench events` writes."""

import datetime
import struct

_HEADER = struct.Struct("<qIHHH")
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
_NO_PAYLOAD = 0xFFFFFFFF


def read(path):
    """Yields (event id, topic, time in microseconds, source, payload or None), texts as str."""
    with open(path, "rb") as file:
        data = file.read()
    place = 0
    while place < len(data):
        time, payload, topic, event_id, source = _HEADER.unpack_from(data, place)
        place += _HEADER.size
        texts = []
        for length in (topic, event_id, source, 0 if payload == _NO_PAYLOAD else payload):
            texts.append(data[place:place + length].decode())
            place += length
        yield texts[1], texts[0], time, texts[2], None if payload == _NO_PAYLOAD else texts[3]


def timestamp(microseconds):
    """The time in the form of asyncpg."""
    return _EPOCH + datetime.timedelta(microseconds=microseconds)
