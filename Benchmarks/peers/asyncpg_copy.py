"""Stores events with asyncpg in its fastest form: binary COPY into a temporary table, sorted INSERT ... ON CONFLICT DO
NOTHING, a row of the ledger, COMMIT. Two processes, 5,000 events a transaction, and all events ready in memory as the
tuples of asyncpg.

    asyncpg_copy.py SOCKET DATABASE ROWS
"""

import asyncio
import gc
import json
import multiprocessing
import sys
import time
import uuid

import asyncpg
import rows

PROCESSES = 2
GROUP = 5_000
COLUMNS = ["batch_id", "event_id", "topic", "ts", "source", "payload"]
STAGING = """CREATE TEMPORARY TABLE staging (batch_id bigint NOT NULL, event_id text COLLATE "C" NOT NULL,
  topic text COLLATE "C" NOT NULL, ts timestamptz NOT NULL, source text NOT NULL, payload json)
  ON COMMIT DELETE ROWS"""
INSERT = """INSERT INTO events (ts, batch_id, event_id, topic, source, payload)
  SELECT ts, batch_id, event_id, topic, source, payload FROM staging
  ORDER BY event_id, topic ON CONFLICT (event_id, topic) DO NOTHING"""
LEDGER = """INSERT INTO batches (batch_id, producer, sequence, base, digest, received, unique_, duplicate, dead)
  VALUES ($1, $2, $3, 1, 0, $4, $5, $4::int - $5::int, 0)"""


def groups(path):
    group = []
    number = 1
    for event_id, topic, microseconds, source, payload in rows.read(path):
        group.append((number * 65536, event_id, topic, rows.timestamp(microseconds), source, payload))
        if len(group) == GROUP:
            yield number, group
            number, group = number + 1, []
    if group:
        yield number, group


async def store(arguments, own, start, spans):
    socket, database, _ = arguments
    connection = await asyncpg.connect(
        host=socket, user="sluice", database=database, server_settings={"search_path": "sluice"})
    producer = uuid.uuid4()
    await connection.execute(STAGING)
    start.wait()
    begun = time.monotonic()
    for number, group in own:
        async with connection.transaction():
            await connection.copy_records_to_table("staging", records=group, columns=COLUMNS)
            unique = int((await connection.execute(INSERT)).split()[-1])
            await connection.execute(LEDGER, number * 65536, producer, number, len(group), unique)
    spans.put((begun, time.monotonic()))
    await connection.close()


def work(arguments, own, start, spans):
    asyncio.run(store(arguments, own, start, spans))


def main(arguments):
    # Forked, so that both processes share the tuples in memory.
    context = multiprocessing.get_context("fork")
    everything = list(groups(arguments[2]))
    gc.freeze()
    start, spans = context.Barrier(PROCESSES), context.Queue()
    processes = [
        context.Process(target=work, args=(arguments, everything[place::PROCESSES], start, spans), daemon=True)
        for place in range(PROCESSES)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        if process.exitcode != 0:
            # The other processes would wait at the barrier forever.
            sys.exit("a process failed")
    times = [spans.get() for _ in processes]
    seconds = max(end for _, end in times) - min(begin for begin, _ in times)
    events = sum(len(group) for _, group in everything)
    print(json.dumps({"events": events, "seconds": seconds, "rate": events / seconds}))


main(sys.argv[1:])
