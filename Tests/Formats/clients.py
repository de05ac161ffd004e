"""Sends numbered events with the libraries of other people: clients.py NAME URL COUNT [TOPIC].

Each sender is done when the server has confirmed every event. It sends again what failed, as users of the library do.
"""

import asyncio
import json
import logging
import sys
import time

# The time within which a sender must be done.
SECONDS = 300


def again(send):
    """Calls `send` until it succeeds."""
    end = time.monotonic() + SECONDS
    while True:
        try:
            return send()
        except Exception as error:
            if time.monotonic() > end:
                raise
            print(f"again: {type(error).__name__}: {str(error)[:200]}", file=sys.stderr)
            time.sleep(0.3)


def numbers(count: int, step: int):
    """The numbers below `count` in pieces."""
    for start in range(0, count, step):
        yield range(start, min(start + step, count))


def elasticsearch(url: str, count: int, topic: str):
    """`helpers.bulk` with ids. Each piece is sent twice, because a retry must be harmless."""
    import elasticsearch
    from elasticsearch import helpers

    client = elasticsearch.Elasticsearch(f"{url}/insert/elasticsearch", retry_on_timeout=True, max_retries=10)
    assert client.info()["tagline"]
    for piece in numbers(count, 500):
        actions = [{"_index": topic, "_id": str(number), "number": number, "@timestamp": "2026-01-02T03:04:05Z"}
                   for number in piece]
        for _ in range(2):
            stored, errors = again(lambda: helpers.bulk(client, actions, raise_on_error=False))
            assert stored == len(actions) and not errors, errors[:3]


def elasticsearch_async(url: str, count: int, topic: str):
    """`helpers.async_bulk` with `create` and without ids, so that the content identifies the events."""
    import elasticsearch
    from elasticsearch import helpers

    async def send():
        client = elasticsearch.AsyncElasticsearch(f"{url}/insert/elasticsearch", retry_on_timeout=True, max_retries=10)
        end = time.monotonic() + SECONDS
        for piece in numbers(count, 500):
            actions = [{"_index": topic, "_op_type": "create", "number": number, "@timestamp": 1767323045 + number}
                       for number in piece]
            while True:
                try:
                    _, errors = await helpers.async_bulk(client, actions, raise_on_error=False)
                    # A conflict says that an earlier attempt had stored the event.
                    assert all(error["create"]["status"] == 409 for error in errors), errors[:3]
                    break
                except (elasticsearch.TransportError, elasticsearch.ApiError):
                    assert time.monotonic() < end
                    await asyncio.sleep(0.3)
        await client.close()

    asyncio.run(send())


def opentelemetry(url: str, count: int, topic: str):
    """The SDK's logger with its batch processor and the exporter for OTLP over HTTP in Protocol Buffers."""
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
    from opentelemetry.sdk._logs.export import LogRecordExportResult, SimpleLogRecordProcessor
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
    from opentelemetry.sdk.resources import Resource

    exporter = OTLPLogExporter(f"{url}/insert/opentelemetry/v1/logs", timeout=30)
    once = exporter.export

    def export(batch):
        # The exporter itself gives up after its timeout.
        def send():
            assert once(batch) == LogRecordExportResult.SUCCESS
            return LogRecordExportResult.SUCCESS
        return again(send)

    exporter.export = export
    provider = LoggerProvider(Resource.create({"service.name": topic}))
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter, max_queue_size=4_096))
    logger = logging.getLogger("formats")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(LoggingHandler(logger_provider=provider))
    for piece in numbers(count, 1_000):
        for number in piece:
            logger.info("number %d", number, extra={"number": number})
        provider.force_flush(SECONDS * 1_000)
    provider.shutdown()


def opentelemetry_json(url: str, count: int, topic: str):
    """Requests of OTLP in JSON, as SDKs for browsers send them."""
    import requests

    session = requests.Session()
    for piece in numbers(count, 500):
        records = [{"timeUnixNano": str(1_767_323_045_000_000_000 + number), "severityNumber": 9,
                    "body": {"stringValue": f"number {number}"},
                    "attributes": [{"key": "number", "value": {"intValue": str(number)}}]} for number in piece]
        resource = {"attributes": [{"key": "service.name", "value": {"stringValue": topic}}]}
        body = {"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": records}]}]}

        def send():
            answer = session.post(f"{url}/insert/opentelemetry/v1/logs", json=body, timeout=30)
            assert answer.status_code == 200 and answer.json() == {}, answer.text[:300]
        again(send)


def cloudevents(url: str, count: int, topic: str):
    """The SDK's messages: a batch, then some in the binary and in the structured mode."""
    import requests
    from cloudevents.core.bindings import http
    from cloudevents.core.v1.event import CloudEvent

    session = requests.Session()

    def post(headers, body):
        answer = session.post(f"{url}/insert/cloudevents", headers=dict(headers), data=body, timeout=30)
        assert answer.status_code == 200, answer.text[:300]

    def event(number):
        return CloudEvent(
            attributes={"type": "formats.number", "source": topic, "id": str(number)}, data={"number": number})

    few = min(count // 10, 25)
    for number in range(few):
        binary = http.to_binary_event(event(number))
        again(lambda: post(binary.headers, binary.body))
        structured = http.to_structured_event(event(number))
        again(lambda: post(structured.headers, structured.body))
    for piece in numbers(count, 500):
        parts = [http.to_structured_event(event(number)).body for number in piece]
        body = b"[" + b",".join(parts) + b"]"
        again(lambda: post({"Content-Type": "application/cloudevents-batch+json"}, body))


def loki(url: str, count: int, topic: str):
    """The handler for Python's logging, with retries of its HTTP session."""
    from loki_logger_handler.loki_logger_handler import LokiLoggerHandler

    handler = LokiLoggerHandler(f"{url}/insert/loki/api/v1/push", {"job": topic}, compressed=False, timeout=3_600)
    once = handler.request.session.post

    def post(*arguments, **options):
        def send():
            answer = once(*arguments, timeout=30, **options)
            assert answer.status_code == 204, answer.text[:300]
            return answer
        return again(send)

    handler.request.session.post = post
    logger = logging.getLogger("formats")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(handler)
    for piece in numbers(count, 500):
        for number in piece:
            logger.info(json.dumps({"number": number}))
        handler._send()


if __name__ == "__main__":
    name, url, count = sys.argv[1:4]
    globals()[name.replace("-", "_")](url, int(count), name)
