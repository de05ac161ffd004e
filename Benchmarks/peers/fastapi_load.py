"""Runs the FastAPI aggregator and loads it over a Unix socket with ready-made requests.

    fastapi_load.py SOCKET DATABASE ROWS PATH EVENTS_A_REQUEST CONNECTIONS
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time

import uvloop
from http_load import load, requests, send


async def ready(socket):
    """Waits until both workers serve, which a few answers in a row show."""
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


async def run(socket, everything, connections):
    await ready(socket)
    await load(lambda: asyncio.open_unix_connection(socket), everything, connections)


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
            uvloop.run(run(socket, everything, int(connections)))
        finally:
            server.terminate()
            server.wait()


main(*sys.argv[1:])
