"""Runs the FastAPI aggregator and loads it over a Unix socket with requests that stand ready.

    fastapi_load.py SOCKET DATABASE ROWS PATH EVENTS_A_REQUEST CONNECTIONS
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time

import rows
import uvloop


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
    """One request and its answer; the status."""
    writer.write(data)
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
    await reader.readexactly(length)
    return int(head.split(b" ", 2)[1])


async def work(socket, waiting):
    reader, writer = await asyncio.open_unix_connection(socket)
    while waiting:
        data, _ = waiting.pop()
        status = await send(reader, writer, data)
        if status != 200:
            sys.exit(f"the aggregator answered {status}")
    writer.close()


async def ready(socket):
    """Waits until both workers serve: a few answers in a row."""
    deadline = time.monotonic() + 60
    answers = 0
    while answers < 20:
        try:
            reader, writer = await asyncio.open_unix_connection(socket)
            await send(reader, writer, b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            writer.close()
            answers += 1
        except OSError:
            if time.monotonic() > deadline:
                sys.exit("the aggregator did not start")
            await asyncio.sleep(0.1)


async def load(socket, everything, connections):
    await ready(socket)
    waiting = everything[::-1]
    start = time.monotonic()
    await asyncio.gather(*(work(socket, waiting) for _ in range(connections)))
    seconds = time.monotonic() - start
    events = sum(count for _, count in everything)
    print(json.dumps({"events": events, "seconds": seconds, "rate": events / seconds}))


def main(database_socket, database, path, target, size, connections):
    everything = list(requests(path, target, int(size)))
    with tempfile.TemporaryDirectory() as directory:
        socket = os.path.join(directory, "http")
        server = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "fastapi_app:app", "--uds", socket, "--workers", "2", "--loop", "uvloop",
             "--http", "httptools", "--no-access-log", "--log-level", "warning"],
            cwd=os.path.dirname(os.path.abspath(__file__)), stdout=sys.stderr,
            env={**os.environ, "SOCKET": database_socket, "DATABASE": database})
        try:
            uvloop.run(load(socket, everything, int(connections)))
        finally:
            server.terminate()
            server.wait()


main(*sys.argv[1:])
