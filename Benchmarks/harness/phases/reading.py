"""Time of a page of `/events` while events arrive, with each index of events."""

import contextlib
import http.client
import json
import random
import statistics
import subprocess
import time
import urllib.parse

from ..agreement import Sorted, check, stamp
from ..comparison import compare, say
from ..processes import Failure
from ..server import publish
from ..workload import Workload

# Topics of the events that arrive.
TOPICS = 50
# Seconds of event time that the stored events span.
SPAN = 500
LIMIT = 100
# Events of the table whose pages are compared with a sort of all events.
AGREEING = 200_000


def fill(bench, events: int, name: str = "read") -> str:
    """Groups of 10,000 events in batches of 500; 5 % of the events are up to an hour late. Half of the events have 50
    topics, half 2,000 topics, and 100 events have a separate topic."""
    def insert(database):
        bench.migrate(database, "none")
        bench.cluster.sql(database.name, f"""
            SET search_path = sluice;
            SET synchronous_commit = off;
            SELECT setval('group_ids', {events // 10_000 + 1});
            INSERT INTO events (ts, processed_at, batch_id, event_id, topic, source, payload)
            SELECT CASE WHEN random() < 0.05 THEN t - random() * interval '1 hour' ELSE t END, t,
              (1 + n / 10000) * 65536 + n % 10000 / 500,
              (extract(epoch FROM t) * 1000)::bigint || '-' || lpad(to_hex((random() * 2147483647)::int), 8, '0')
                || '-' || n,
              CASE WHEN n % ({events} / 100) = 77 THEN 'rare'
                WHEN random() < 0.5 THEN 'common.' || (random() * 49)::int
                ELSE 'many.' || (random() * 1999)::int END,
              'billing', json_build_object('amount', n, 'customer', 'c-' || n, 'note', repeat('x', 80))
            FROM (SELECT n, now() - ({events} - n) * interval '{SPAN} s' / {events} AS t
              FROM generate_series(0::bigint, {events} - 1) AS n) AS s""")
    return bench.cluster.template(name, insert)


class Reader:
    """One client with its own connection."""

    def __init__(self, port: int, newest: float, rounds: int):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.newest = newest
        self.rounds = rounds
        self.random = random.Random(1)

    def get(self, path: str) -> dict:
        """The answer to a GET."""
        self.connection.request("GET", path)
        return json.loads(self.connection.getresponse().read())

    def page(self, **parameters) -> tuple[float, dict]:
        """Milliseconds of a page, and the page."""
        start = time.perf_counter()
        self.connection.request("GET", "/events?" + urllib.parse.urlencode({"limit": LIMIT, **parameters}))
        answer = self.connection.getresponse()
        body = answer.read()
        elapsed = (time.perf_counter() - start) * 1_000
        # A query that takes too long is answered with 503. Its time counts.
        return elapsed, json.loads(body) if answer.status == 200 else {}

    def twentieth(self, **parameters) -> float:
        """Milliseconds of the twentieth page, or of the last page."""
        cursor = {}
        for _ in range(20):
            elapsed, page = self.page(**parameters, **cursor)
            if not page.get("next_cursor"):
                break
            cursor = {"cursor": page["next_cursor"]}
        return elapsed

    def window(self, **parameters) -> float:
        """Milliseconds of a page of a random window of twenty seconds in the past."""
        end = self.newest - self.random.uniform(SPAN / 5, SPAN * 0.9)
        since, until = (stamp(int(seconds * 1_000_000)) for seconds in (end - 20, end))
        return self.page(since=since, until=until, **parameters)[0]

    def questions(self) -> dict:
        """Queries that a topic or a time answers: each returns its milliseconds."""
        def common():
            return {"topic": f"common.{self.random.randrange(50)}"}

        def many():
            return {"topic": f"many.{self.random.randrange(2_000)}"}
        return {
            "a common topic": lambda: self.page(**common())[0],
            "a common topic, page 20": lambda: self.twentieth(**common()),
            "one of 2,000 topics": lambda: self.page(**many())[0],
            "one of 2,000 topics, page 20": lambda: self.twentieth(**many()),
            "a topic of 100 events": lambda: self.page(topic="rare")[0],
            "all topics": lambda: self.page()[0],
            "all topics, page 20": lambda: self.twentieth(),
            "20 s of a common topic": lambda: self.window(**common()),
            "20 s of all topics": lambda: self.window(),
        }

    def searches(self) -> dict:
        """Queries that no index answers: each returns the milliseconds of its first answer."""
        return {
            "a source that does not exist": lambda: self.page(source="nobody")[0],
            "a text that does not occur": lambda: self.page(q="no such text")[0],
            "a prefix of 1,111 topics": lambda: self.page(topic="many.1*")[0],
            "a prefix without a topic": lambda: self.page(topic="none.*")[0],
        }

    def measure(self, questions: dict) -> dict[str, dict]:
        """Percentiles of each query. The queries are sent in turn."""
        times = {name: [] for name in questions}
        for _ in range(self.rounds):
            for name, ask in questions.items():
                times[name].append(ask())
        samples = {
            name: {"p50_ms": statistics.median(values), "p95_ms": sorted(values)[int(len(values) * 0.95)]}
            for name, values in times.items()}
        samples["the slowest of these"] = {
            key: max(sample[key] for sample in samples.values()) for key in ("p50_ms", "p95_ms")}
        return samples


def run(bench) -> list[dict]:
    """Each query with each index that serves it. The B-tree is the reference."""
    events = min(5_000_000, max(bench.mode.rows))
    for index in bench.indexes():
        _check_answers(bench, index, min(events, AGREEING))
    template = fill(bench, events)
    samples = {index: _measured(bench, template, index, events) for index in bench.indexes() if index != "none"}
    rows = []
    for case in next(iter(samples.values())):
        contenders = {
            f"index {index}": (lambda index=index: samples[index][case]) for index in samples}
        rows += compare(case, contenders, "index btree", 1, figure="p95_ms")
    return rows


def _check_answers(bench, index: str, events: int):
    """Fails when a page is wrong, because the speed of wrong pages means nothing."""
    with bench.cluster.fresh(fill(bench, events, "agree")) as database:
        bench.migrate(database, index)
        rows = bench.cluster.sql(
            database.name,
            "SELECT (extract(epoch FROM ts) * 1000000)::bigint, event_id, topic FROM sluice.events").splitlines()
        stored = Sorted([(int(time), event, topic) for time, event, topic in (row.split("|") for row in rows)])
        with bench.server(database, store_index=index) as server:
            reader = Reader(server.http_port, 0, 0)
            check(stored, lambda **query: reader.get("/events?" + urllib.parse.urlencode(query)), bench.mode.queries)
    say(f"  index {index}: {bench.mode.queries:,} random queries agree with a sort of all events")


def _measured(bench, template: str, index: str, events: int) -> dict[str, dict]:
    rate = bench.highest_rate(Workload(bench.mode.events, topics=TOPICS, seed=None), index) / 2
    with bench.cluster.fresh(template) as database:
        start = time.monotonic()
        bench.migrate(database, index)
        say(f"  index {index} of {events:,} events: {time.monotonic() - start:.1f} s")
        bench.cluster.sql(database.name, "VACUUM (ANALYZE) sluice.events, sluice.topic_spans")
        newest = float(bench.cluster.sql(
            database.name, "SELECT extract(epoch FROM max(ts)) FROM sluice.events"))
        with bench.server(database, store_index=index) as server:
            reader = Reader(server.http_port, newest, bench.mode.inserts // 2)
            with ingest(bench, server, rate):
                return reader.measure(reader.questions())


@contextlib.contextmanager
def ingest(bench, server, rate: float):
    """Publishes events with recent duplicates until the reading is done, at half of the highest rate."""
    workload = Workload(1_000_000_000, topics=TOPICS, seed=None)
    command = [
        bench.programs.publish, "--json", "--endpoint", f"127.0.0.1:{server.port}", "--connections", "2", "--rate",
        str(rate), *workload.options()]
    with open(bench.log, "ab") as log, subprocess.Popen(command, stdout=log, stderr=log) as publisher:
        try:
            yield
        finally:
            if publisher.poll() is not None:
                raise Failure(f"the publisher ended before the reading was done; see {bench.log}")
            publisher.kill()
