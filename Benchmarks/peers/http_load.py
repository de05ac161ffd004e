"""Loads an HTTP server with events in ready-made requests.

    http_load.py PORT ROWS PATH EVENTS_A_REQUEST CONNECTIONS
"""

import asyncio
import json
import sys
import time

import rows


def requests(path, target, size):
    """The bytes of each request."""
    events = []
    for event_id, topic, microseconds, source, payload in rows.read(path):
        events.append({
            "topic": topic, "event_id": event_id, "timestamp": rows.timestamp(microseconds).isoformat(),
            "source": source, "payload": payload and json.loads(payload)})
        if len(events) == size:
            yield request(target, events), size
            events = []
    if events:
        yield request(target, events), len(events)


def request(target, events):
    body = json.dumps({"events": events}).encode()
    head = (f"POST {target} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n")
    return head.encode() + body


async def send(reader, writer, data):
    """Sends a request, reads the answer, and returns the status."""
    writer.write(data)
    head = await reader.readuntil(b"\r\n\r\n")
    # An answer without content, 204, has no length.
    length = next(
        (int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")), 0)
    await reader.readexactly(length)
    return int(head.split(b" ", 2)[1])


async def work(connect, waiting, times):
    """One connection, which sends the next request after the answer."""
    reader, writer = await connect()
    while waiting:
        data, _ = waiting.pop()
        start = time.monotonic()
        status = await send(reader, writer, data)
        times.append(time.monotonic() - start)
        if status not in (200, 204):
            sys.exit(f"the server answered {status}")
    writer.close()


async def load(connect, everything, connections):
    """Prints the rate in events a second, and percentiles of the time of a request."""
    waiting = everything[::-1]
    times = []
    start = time.monotonic()
    await asyncio.gather(*(work(connect, waiting, times) for _ in range(connections)))
    seconds = time.monotonic() - start
    events = sum(count for _, count in everything)
    times.sort()
    print(json.dumps({
        "events": events, "seconds": seconds, "rate": events / seconds, "p50_ms": times[len(times) // 2] * 1e3,
        "p95_ms": times[int(len(times) * 0.95)] * 1e3}))


if __name__ == "__main__":
    port, path, target, size, connections = sys.argv[1:]
    import uvloop
    uvloop.run(load(
        lambda: asyncio.open_connection("127.0.0.1", int(port)), list(requests(path, target, int(size))),
        int(connections)))
