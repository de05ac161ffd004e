"""Rules for the generator of requests that the OpenAPI document cannot express."""

import json
import os
import re

import schemathesis
from schemathesis import GenerationMode

# File with the number of requests so far.
REQUESTS = os.environ.get("CONTRACT_REQUESTS")
count = 0
cursors = set()
CURSOR = re.compile(rb'"next_cursor":"([^"]+)"')


@schemathesis.serializer("application/x-ndjson")
def to_lines(context, value):
    """One event a line. A value that is not a list is one line."""
    lines = value if isinstance(value, list) else [value]
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


@schemathesis.deserializer("application/x-ndjson")
def from_lines(context, response):
    return [json.loads(line) for line in response.content.splitlines()]


@schemathesis.hook
def before_call(context, case, kwargs):
    """Removes values from valid requests that only the server can know to be wrong. Invalid requests are not changed.

    A cursor must come from an earlier answer, as the links of the document say; the server refuses an invented cursor.
    An idempotency key is valid for one body only, so each request gets its own key.
    """
    if case.meta is None or case.meta.generation.mode != GenerationMode.POSITIVE:
        # With `partial` a bad event does not make a bad request: it becomes a dead event, and the answer names it.
        if case.query:
            case.query.pop("partial", None)
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
