"""What the generator of requests can not read from the OpenAPI document, and has to know."""

import json
import os
import re

import schemathesis
from schemathesis import GenerationMode

# Where the number of requests so far is written.
REQUESTS = os.environ.get("CONTRACT_REQUESTS")
count = 0
cursors = set()
CURSOR = re.compile(rb'"next_cursor":"([^"]+)"')


@schemathesis.serializer("application/x-ndjson")
def to_lines(context, value):
    """An event on each line; what is no list is one line."""
    lines = value if isinstance(value, list) else [value]
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


@schemathesis.deserializer("application/x-ndjson")
def from_lines(context, response):
    return [json.loads(line) for line in response.content.splitlines()]


@schemathesis.hook
def before_call(context, case, kwargs):
    """Takes from good requests what only the server can know to be wrong; bad requests go as they are.

    A place in a list comes from an earlier answer, as the links of the document say, and a made-up one is refused. An
    idempotency key is good for one body, so that each request gets one of its own.
    """
    if case.meta is None or case.meta.generation.mode != GenerationMode.POSITIVE:
        return
    query = case.query or {}
    if query.get("cursor") not in cursors:
        query.pop("cursor", None)
    headers = case.headers or {}
    headers.pop("Last-Event-ID", None)
    if "Idempotency-Key" in headers:
        headers["Idempotency-Key"] = f"{headers['Idempotency-Key'][:200]}-{os.getpid()}-{count}"


@schemathesis.hook
def after_call(context, case, response):
    global count
    count += 1
    if cursor := CURSOR.search(response.content):
        cursors.add(cursor[1].decode())
    if REQUESTS:
        with open(REQUESTS, "w", encoding="ascii") as file:
            file.write(f"{count}\n")
