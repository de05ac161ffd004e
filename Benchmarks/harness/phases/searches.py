"""Searches of a large table while events arrive: the time of a first answer, what `/stats` waits beside searches, and
what searches cost ingest."""

import contextlib
import threading
import time

from ..comparison import say, spread
from ..workload import Workload
from .reading import TOPICS, Reader, fill, ingest

# Clients that search without a pause.
SEARCHERS = 4
# Seconds between two requests for the figures of the server.
PAUSE = 0.05


def run(bench) -> list[dict]:
    """All questions over the largest table, with events arriving at half of the highest rate."""
    events = max(bench.mode.rows)
    rate = bench.highest_rate(Workload(bench.mode.events, topics=TOPICS, seed=None), "spans") / 2
    name = _filled(bench, events)
    newest = float(bench.cluster.sql(name, "SELECT extract(epoch FROM max(ts)) FROM sluice.events"))
    # The events of the run stay, because a copy of the table would take longer than the run.
    with bench.cluster.in_place(name) as database, bench.server(database, store_index="spans") as server:
        reader = Reader(server.http_port, newest, bench.mode.inserts // 2)
        with ingest(bench, server, rate):
            samples = reader.measure({**reader.questions(), **reader.searches()})
            alone = _watched(bench, server, rate)
            with _searchers(server, newest):
                beside = _watched(bench, server, rate)
    title = f"{events:,} rows"
    rows = [_row(title, question, sample) for question, sample in samples.items()]
    return rows + [
        _row("/stats", "nobody searches", alone),
        {**_row("/stats", f"beside {SEARCHERS} searches", beside),
         "ratio": spread([beside["rate"] / alone["rate"]])}]


def _filled(bench, events: int) -> str:
    def index(database):
        start = time.monotonic()
        bench.migrate(database, "spans")
        say(f"  index spans of {events:,} events: {time.monotonic() - start:.1f} s")
    return bench.cluster.template("searched", index, fill(bench, events, "unindexed"))


def _row(case: str, name: str, sample: dict) -> dict:
    return {
        "case": case, "name": name, "figure": "p95_ms", **{key: spread([value]) for key, value in sample.items()}}


def _watched(bench, server, rate: float) -> dict:
    """Percentiles of `/stats`, and the rate of the events that arrive meanwhile."""
    reader = Reader(server.http_port, 0, 0)
    times = []
    before, begun = reader.get("/stats")["received"], time.monotonic()
    # Long enough for a rate: the publisher sends batches of 1,000 events.
    while len(times) < bench.mode.inserts or (time.monotonic() - begun) * rate < 20_000:
        start = time.perf_counter()
        received = reader.get("/stats")["received"]
        times.append((time.perf_counter() - start) * 1_000)
        time.sleep(PAUSE)
    times.sort()
    return {
        "rate": (received - before) / (time.monotonic() - begun), "p50_ms": times[len(times) // 2],
        "p95_ms": times[int(len(times) * 0.95)]}


@contextlib.contextmanager
def _searchers(server, newest: float):
    """Clients that search for what does not exist, again and again."""
    over = threading.Event()

    def search(number: int):
        reader = Reader(server.http_port, newest, 0)
        questions = list(reader.searches().values())
        while not over.is_set():
            questions[number % len(questions)]()
    threads = [threading.Thread(target=search, args=(number,)) for number in range(SEARCHERS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()
