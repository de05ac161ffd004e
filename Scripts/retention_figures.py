"""The figures of `make retention-test`: rows of the table beside the expected rows, and the blocks that a page reads
at the beginning and at the end."""

import argparse
import datetime
import glob
import os
import re
import statistics
import subprocess
import sys
import time
import urllib.request

FACTOR = 1.3


class Database:
    """The embedded Postgres, through its socket."""

    def __init__(self, data):
        [self.file] = glob.glob(f"{data}/**/postmaster.pid", recursive=True)
        with open(self.file, encoding="utf-8") as lines:
            self.socket = lines.read().split("\n")[4].strip()

    def ask(self, *statements):
        command = ["psql", "-XqAt", "-h", self.socket, "-U", "sluice", "-d", "sluice", "-v", "ON_ERROR_STOP=1"]
        for statement in ("SET search_path = sluice", *statements):
            command += ["-c", statement]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def page_blocks(self, age):
        """Heap blocks that a page reads for one group of half the maximum age; None when there is no such group."""
        group = self.ask(
            "SELECT batch_id / 65536 FROM batches WHERE unique_ > 0"
            f" AND committed_at < now() - {age} * interval '0.5 s' ORDER BY xid DESC LIMIT 1"
        )
        if not group:
            return None
        plan = self.ask(
            "SET enable_seqscan = off",
            "EXPLAIN (ANALYZE, COSTS off, TIMING off) SELECT ts, event_id FROM (SELECT * FROM events WHERE"
            f" batch_id >= {group}::bigint * 65536 AND batch_id < ({group}::bigint + 1) * 65536 OFFSET 0) AS e"
            " ORDER BY ts LIMIT 100",
        )
        found = re.search(r"Heap Blocks:(.*)", plan)
        return sum(int(number) for number in re.findall(r"=(\d+)", found[1])) if found else 0

    def rows(self, age):
        """The number of rows, and of rows that are younger than `age` seconds."""
        answer = self.ask(
            f"SELECT count(*), count(*) FILTER (WHERE processed_at >= now() - {age} * interval '1 s') FROM events"
        )
        return [int(part) for part in answer.split("|")]


def page_milliseconds(port, before=0.0):
    """The time of one page over HTTP: of the newest events, or of those that are `before` seconds old."""
    query = "limit=100"
    if before:
        until = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=before)
        query += f"&until={until:%Y-%m-%dT%H:%M:%S.%fZ}"
    begin = time.monotonic()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/events?{query}") as answer:
        answer.read()
    return (time.monotonic() - begin) * 1000


def sample(database, port, age, seconds):
    """Medians: blocks that one group is read from, milliseconds of the newest page, and of a page half as old.

    They change as deletion and vacuum take turns, so the samples should span some ages."""
    blocks, newest, older = [], [], []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = database.page_blocks(age)
        if found is not None:
            blocks.append(found)
        newest.append(page_milliseconds(port))
        older.append(page_milliseconds(port, age / 2))
        time.sleep(0.5)
    return statistics.median(blocks or [0]), statistics.median(newest), statistics.median(older)


def described(figures):
    return f"the newest page takes {figures[1]:.1f} ms, an older one {figures[2]:.1f} ms (one group: {figures[0]:.0f} blocks)"


def is_running(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def main():
    options = argparse.ArgumentParser()
    for name in ("--data", "--http-port", "--seconds", "--age", "--rate", "--publisher"):
        options.add_argument(name, required=True, type=str if name == "--data" else int)
    options = options.parse_args()
    start = time.monotonic()
    if options.seconds < options.age * 2 + 20:
        sys.exit(f"--seconds is too short: a run takes at least twice the age and 20 s, here {options.age * 2 + 20} s")
    database = Database(options.data)

    # From now on the server deletes as many rows as it stores.
    time.sleep(options.age * 1.5)
    span = min(options.age * 3, (options.seconds - options.age * 1.5) * 0.4)
    early = sample(database, options.http_port, options.age, span)
    print(f"at the beginning {described(early)}", flush=True)
    while time.monotonic() - start < options.seconds - span - 2:
        time.sleep(1)
        if int(time.monotonic() - start) % 30 == 0:
            rows, young = database.rows(options.age)
            blocks = database.page_blocks(options.age)
            print(f"after {time.monotonic() - start:.0f} s {rows} rows, {young} of them young; one group: {blocks} blocks", flush=True)
    late = sample(database, options.http_port, options.age, span)
    # While events still arrive: soon after the publisher ends, all rows are old.
    counts = [database.rows(options.age) for _ in range(3)]
    if not is_running(options.publisher):
        print("the publisher ended before the last count", file=sys.stderr)
    rows, young = max(counts, key=lambda count: count[0] / max(1, count[1]))
    size = database.ask("SELECT pg_size_pretty(pg_total_relation_size('events'))")
    print(f"at the end {described(late)}")
    print(f"{rows} rows ({size}), {young} expected, which is {young / options.age:.0f} a second")
    blocks, newest, older = (end / max(1, begin) for begin, end in zip(early, late))
    print(
        f"rows: {rows / max(1, young):.2f} times the expected rows; pages, compared with the beginning:"
        f" {blocks:.2f} of the blocks of a group, {newest:.2f} and {older:.2f} of the time"
    )
    if young < options.rate * options.age * 0.5:
        print("fewer than half of the expected events arrived: the machine is too busy", file=sys.stderr)
    sys.exit(0 if rows <= young * FACTOR and max(blocks, newest, older) <= FACTOR else 1)


main()
