"""The same events as bodies of each format that Sluice takes over HTTP.

An event is a tuple of `rows.read`. Formats whose events have ids send them; Loki has none.
"""

import datetime
import json
import struct
from dataclasses import dataclass
from typing import Callable

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


@dataclass(frozen=True)
class Format:
    """A format of bodies."""

    target: str
    type: str
    body: Callable[[list], bytes]


def _stamp(microseconds):
    return (_EPOCH + datetime.timedelta(microseconds=microseconds)).isoformat()


def _payload(text):
    return json.loads(text) if text else {}


def _publish(events):
    return json.dumps({"events": [
        {"topic": topic, "event_id": event_id, "timestamp": _stamp(time), "source": source, "payload": _payload(payload)}
        for event_id, topic, time, source, payload in events]}).encode()


def _json_lines(events):
    return "".join(
        json.dumps({"topic": topic, "id": event_id, "time": _stamp(time), "source": source, **_payload(payload)}) + "\n"
        for event_id, topic, time, source, payload in events).encode()


def _bulk(events):
    return "".join(
        json.dumps({"create": {"_index": topic, "_id": event_id}}) + "\n"
        + json.dumps({"@timestamp": _stamp(time), "host": source, **_payload(payload)}) + "\n"
        for event_id, topic, time, source, payload in events).encode()


def _by_names(events):
    """The events by topic and source, because OTLP and Loki name both once for many events."""
    groups = {}
    for event in events:
        groups.setdefault((event[1], event[3]), []).append(event)
    return groups.items()


def _otlp_json(events):
    def value(text):
        return {"stringValue": text}

    def attribute(name, text):
        return {"key": name, "value": value(text)}

    return json.dumps({"resourceLogs": [{
        "resource": {"attributes": [attribute("sluice.topic", topic), attribute("service.name", source)]},
        "scopeLogs": [{"scope": {"name": "bench"}, "logRecords": [{
            "timeUnixNano": str(time * 1000), "severityNumber": 9, "severityText": "INFO", "body": value(payload or ""),
            "attributes": [attribute("log.record.uid", event_id)]}
            for event_id, _, time, _, payload in group]}]} for (topic, source), group in _by_names(events)]}).encode()


def _varint(number):
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def _field(number, content):
    """A field of Protocol Buffers with a length."""
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


def _otlp_protobuf(events):
    def value(text):
        return _field(1, text.encode())

    def attribute(name, text):
        return _field(1, name.encode()) + _field(2, value(text))

    def record(event):
        event_id, _, time, _, payload = event
        return (b"\x09" + struct.pack("<Q", time * 1000) + b"\x10\x09" + _field(3, b"INFO")
                + _field(5, value(payload or "")) + _field(6, attribute("log.record.uid", event_id)))

    body = b""
    for (topic, source), group in _by_names(events):
        resource = _field(1, attribute("sluice.topic", topic)) + _field(1, attribute("service.name", source))
        scope = _field(1, _field(1, b"bench")) + b"".join(_field(2, record(event)) for event in group)
        body += _field(1, _field(1, resource) + _field(2, scope))
    return body


def _loki(events):
    # The id is a part of the line, so that no two entries are equal.
    return json.dumps({"streams": [{
        "stream": {"job": topic, "host": source},
        "values": [[str(time * 1000), f"{event_id} {payload or ''}"] for event_id, _, time, _, payload in group]}
        for (topic, source), group in _by_names(events)]}).encode()


def _cloud_events(events):
    return json.dumps([
        {"specversion": "1.0", "id": event_id, "source": source, "type": topic, "time": _stamp(time),
         "data": _payload(payload)} for event_id, topic, time, source, payload in events]).encode()


FORMATS = {
    "/publish/batch": Format("/publish/batch", "application/json", _publish),
    "JSON lines": Format(
        "/insert/jsonline?_topic_field=topic&_id_field=id&_time_field=time&_source_field=source", "application/x-ndjson",
        _json_lines),
    "Elasticsearch bulk": Format("/insert/elasticsearch/_bulk", "application/x-ndjson", _bulk),
    "OTLP, Protocol Buffers": Format("/insert/opentelemetry/v1/logs", "application/x-protobuf", _otlp_protobuf),
    "OTLP, JSON": Format("/insert/opentelemetry/v1/logs", "application/json", _otlp_json),
    "Loki": Format("/insert/loki/api/v1/push", "application/json", _loki),
    "CloudEvents": Format(
        "/insert/cloudevents?_topic_attribute=type", "application/cloudevents-batch+json", _cloud_events),
}
