"""Loads an insert route with events in ready-made requests.

    insert_load.py PORT ROWS FORMAT EVENTS_A_REQUEST CONNECTIONS

FORMAT is a key of `insert_bodies.FORMATS`.
"""

import asyncio
import sys

import http_load
import insert_bodies
import rows


def requests(path, form, size):
    """The bytes of each request, with the number of its events."""
    events = []
    for event in rows.read(path):
        events.append(event)
        if len(events) == size:
            yield request(form, events), size
            events = []
    if events:
        yield request(form, events), len(events)


def request(form, events):
    body = form.body(events)
    head = (f"POST {form.target} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {form.type}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n")
    return head.encode() + body


if __name__ == "__main__":
    port, path, name, size, connections = sys.argv[1:]
    form = insert_bodies.FORMATS[name]
    asyncio.run(http_load.load(
        lambda: asyncio.open_connection("127.0.0.1", int(port), limit=1 << 24),
        list(requests(path, form, int(size))), int(connections)))
