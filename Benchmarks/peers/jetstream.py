"""Runs NATS with JetStream on files, a publisher of ready-made messages, and two workers that fetch messages in bulk
and store them as the asyncpg client does.

    jetstream.py SOCKET DATABASE ROWS

There is one stream for each worker. A worker acknowledges everything up to the last message of a transaction.
"""

import asyncio
import glob
import json
import multiprocessing
import os
import socket
import subprocess
import sys
import tempfile
import time

import asyncpg
import nats
import rows
import uvloop
from nats.js.api import AckPolicy, ConsumerConfig

WORKERS = 2
BULK = 5_000
# Messages that JetStream has not acknowledged, and messages sent in one piece.
WINDOW = 8_000
PIECE = 500
COLUMNS = ["batch_id", "event_id", "topic", "ts", "source", "payload"]
STAGING = """CREATE TEMPORARY TABLE staging (batch_id bigint NOT NULL, event_id text COLLATE "C" NOT NULL,
  topic text COLLATE "C" NOT NULL, ts timestamptz NOT NULL, source text NOT NULL, payload json)
  ON COMMIT DELETE ROWS"""
INSERT = """INSERT INTO events (ts, batch_id, event_id, topic, source, payload)
  SELECT ts, batch_id, event_id, topic, source, payload FROM staging
  ORDER BY event_id, topic ON CONFLICT (event_id, topic) DO NOTHING"""


async def store(url, number, share, database_socket, database, ready, ends):
    client = await nats.connect(url)
    stream = client.jetstream()
    await stream.add_stream(name=f"events{number}", subjects=[f"events.{number}"])
    pull = await stream.pull_subscribe(
        f"events.{number}", "store", config=ConsumerConfig(ack_policy=AckPolicy.ALL, max_ack_pending=4 * BULK))
    connection = await asyncpg.connect(
        host=database_socket, user="sluice", database=database, server_settings={"search_path": "sluice"})
    await connection.execute(STAGING)
    ready.wait()
    done = 0
    while done < share:
        messages = await pull.fetch(min(BULK, share - done), timeout=30)
        records = []
        for message in messages:
            microseconds, event_id, topic, source, payload = message.data.decode().split("\t")
            records.append((number, event_id, topic, rows.timestamp(int(microseconds)), source, payload))
        async with connection.transaction():
            await connection.copy_records_to_table("staging", records=records, columns=COLUMNS)
            await connection.execute(INSERT)
        await messages[-1].ack()
        done += len(messages)
    ends.put(time.monotonic())
    await connection.close()
    await client.close()


def work(*arguments):
    uvloop.run(store(*arguments))


def pieces(path):
    """Pieces of many PUBs each, in turn for each stream, with their numbers of messages."""
    piece, count = [], 0
    for number, (event_id, topic, microseconds, source, payload) in enumerate(rows.read(path)):
        body = f"{microseconds}\t{event_id}\t{topic}\t{source}\t{payload}".encode()
        piece.append(b"PUB events.%d acks %d\r\n%b\r\n" % (number % WORKERS, len(body), body))
        count += 1
        if count == PIECE:
            yield b"".join(piece), count
            piece, count = [], 0
    if piece:
        yield b"".join(piece), count


def publish(port, everything):
    """Sends all messages, with a bounded number of unacknowledged messages."""
    client = socket.create_connection(("127.0.0.1", port))
    client.sendall(b'CONNECT {"verbose":false}\r\nSUB acks 1\r\n')
    outstanding, tail = 0, b""
    for piece, count in [*everything, (b"", WINDOW)]:
        while outstanding + count > WINDOW:
            data = tail + client.recv(1 << 16)
            complete, _, tail = data.rpartition(b"\r\n")
            outstanding -= complete.count(b"MSG acks ")
            if b"PING" in complete:
                client.sendall(b"PONG\r\n")
        client.sendall(piece)
        outstanding += count
    client.close()


def server(directory):
    """Starts NATS on a free port, and returns the process and the port."""
    process = subprocess.Popen(
        ["nats-server", "-js", "-sd", directory, "-a", "127.0.0.1", "-p", "-1", "--ports_file_dir", directory],
        stdout=sys.stderr, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for path in glob.glob(os.path.join(directory, "*.ports")):
            with open(path) as file:
                text = file.read()
            if text:
                return process, int(json.loads(text)["nats"][0].rsplit(":", 1)[1])
        time.sleep(0.05)
    process.kill()
    sys.exit("nats-server did not start")


def main(database_socket, database, path):
    everything = list(pieces(path))
    events = sum(count for _, count in everything)
    with tempfile.TemporaryDirectory(dir=os.path.dirname(path)) as directory:
        process, port = server(directory)
        context = multiprocessing.get_context("fork")
        ready, ends = context.Barrier(WORKERS + 1), context.Queue()
        try:
            workers = [
                context.Process(
                    target=work, daemon=True,
                    args=(f"nats://127.0.0.1:{port}", number, (events + WORKERS - 1 - number) // WORKERS,
                          database_socket, database, ready, ends))
                for number in range(WORKERS)]
            for worker in workers:
                worker.start()
            ready.wait(30)
            start = time.monotonic()
            publish(port, everything)
            for worker in workers:
                worker.join()
                if worker.exitcode != 0:
                    sys.exit("a worker failed")
            seconds = max(ends.get() for _ in workers) - start
        finally:
            process.terminate()
            process.wait()
    print(json.dumps({"events": events, "seconds": seconds, "rate": events / seconds}))


main(*sys.argv[1:])
