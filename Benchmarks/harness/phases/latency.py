"""Waiting times of a batch for its acknowledgements."""

import contextlib
import os
import re
import statistics
import subprocess
import time

from peers import rows as row_files

from ..comparison import compare, quotient, say
from ..processes import Child, Failure, wait_until
from ..server import publish, publisher
from ..spec_client import sluice
from ..workload import Workload
from .growth import idle_memory
from .reading import Reader

BATCH = 100
# Events a second of the quiet producer, and the length of its runs in runs of the other loads.
QUIET_RATE, QUIET_TIMES = 100, 3


def run_idle(bench) -> list[dict]:
    """The memory of an idle server."""
    return idle_memory(bench)


def _run_alone(bench) -> list[dict]:
    """A batch of 100 events on an idle server, compared with one INSERT of 100 rows by psql."""
    workload = Workload(bench.mode.inserts * BATCH, duplicates=0, batch=BATCH)
    return compare(
        "100 events at a time",
        {"psql": lambda: _inserted(bench, workload), "sluiced": lambda: _paced(bench, workload, 20 * BATCH)},
        "psql", bench.mode.rounds, figure="p50_ms")


def _inserted(bench, workload: Workload) -> dict:
    """psql's own timing of each INSERT, with the pauses of the publisher."""
    script = ["\\timing on"]
    statement = []
    for number, values in enumerate(_values(bench, workload)):
        statement.append(values)
        if len(statement) == BATCH:
            script += [
                "INSERT INTO sluice.events (ts, batch_id, event_id, topic, source, payload) VALUES "
                + ", ".join(statement) + " ON CONFLICT DO NOTHING;", "\\echo pause", "SELECT pg_sleep(0.05);"]
            statement = []
    with bench.cluster.fresh(bench.schema()) as database:
        done = subprocess.run(
            ["psql", "--no-psqlrc", "-qAtX", "-v", "ON_ERROR_STOP=1", "-d", database.conninfo],
            input="\n".join(script), capture_output=True, text=True)
        if done.returncode != 0:
            raise Failure(f"psql failed: {done.stderr.strip()}")
        bench.check_rows(database, workload)
    times = [float(time) for time in re.findall(r"Time: ([0-9.]+) ms.*\npause", done.stdout)]
    if len(times) != bench.mode.inserts:
        raise Failure(f"psql timed {len(times)} of {bench.mode.inserts} INSERTs")
    return {"p50_ms": statistics.median(times), "max_ms": max(times)}


def _values(bench, workload: Workload):
    """Each event as a row of VALUES. No text contains a quote."""
    for event_id, topic, time, source, payload in row_files.read(bench.rows.get(workload)[0]):
        stamp = row_files.timestamp(time).isoformat()
        yield f"('{stamp}', 1, '{event_id}', '{topic}', '{source}', '{payload}')"


def _paced(bench, workload: Workload, rate: float) -> dict:
    with bench.cluster.fresh(bench.schema()) as database, bench.server(database) as server:
        report = publish(bench.programs, [server], workload, bench.log, connections=1, rate=rate)
        bench.check_rows(database, workload)
        return {
            # From the call of publish, as psql counts from the sending of the INSERT: neither counts how late its own pause
            # ended.
            "p50_ms": report["publish_to_committed_ms"]["p50"], "max_ms": report["publish_to_committed_ms"]["max"],
            "accepted_p50_ms": report["ack_accepted_ms"]["p50"]}


def run(bench) -> list[dict]:
    """A batch on an idle server; and percentiles at parts of the highest rate, from the time at which each batch should
    have been sent."""
    rows = _run_alone(bench)
    highest = bench.highest_rate(Workload(bench.mode.events, seed=None), times=max(2, bench.mode.rounds))
    say(f"  highest rate: {highest:,.0f} events/s")
    inserts = Workload(bench.mode.inserts * BATCH, duplicates=0, batch=BATCH)
    loaded = []
    for percent in bench.mode.loads:
        rate = highest * percent / 100
        workload = Workload(max(BATCH, int(rate * bench.mode.latency_seconds)), seed=None)
        contenders = {
            "psql, idle": lambda: {"committed_p50_ms": _inserted(bench, inserts)["p50_ms"]},
            "sluiced": lambda: _loaded(bench, workload, rate, percent)}
        found = compare(
            f"{percent} % of the highest rate", contenders, "psql, idle", bench.mode.rounds, "committed_p50_ms")
        own = found[-1]
        own["tail_ratio"] = quotient(own, "committed_p99_ms", own, "committed_p50_ms")
        loaded += found
    for row in loaded:
        row["highest_rate"] = highest
    return rows + loaded


def _loaded(bench, workload: Workload, rate: float, percent: int) -> dict:
    directory = os.path.join(bench.results, "percentiles", str(percent))
    os.makedirs(directory, exist_ok=True)
    with bench.cluster.fresh(bench.schema()) as database, bench.server(database) as server:
        report = publish(
            bench.programs, [server], workload, bench.log, rate=rate, percentiles=directory)
    sample = {"rate": report["events_per_second"], "intended_rate": rate}
    for moment in ("accepted", "committed"):
        for name, value in report[f"ack_{moment}_ms"].items():
            sample[f"{moment}_{name}_ms"] = value
    return sample


def run_fairness(bench) -> list[dict]:
    """The waiting times of a producer with 100 events a second, alone and beside a producer at full speed."""
    return compare(
        "100 events a second",
        {"alone": lambda: _quiet(bench), "beside a producer at full speed": lambda: _beside_noise(bench)},
        "alone", bench.mode.rounds, "committed_p99_ms")


def _quiet(bench, around=lambda server: contextlib.nullcontext()) -> dict:
    """Milliseconds from the time at which each event should have been sent, to its COMMITTED. `sluice-publish` would
    count its start, too, which is more than a percent of the run."""
    count = QUIET_RATE * QUIET_TIMES * bench.mode.latency_seconds
    times: list[float] = []
    with bench.cluster.fresh(bench.schema()) as database, bench.server(database) as server, around(server), \
            sluice.Producer(f"127.0.0.1:{server.port}", source="quiet", batch_events=1) as client:
        begun = time.monotonic()
        for number in range(count):
            due = begun + number / QUIET_RATE
            time.sleep(max(0.0, due - time.monotonic()))
            receipt = client.publish("quiet", f"{number}")
            receipt.outcome.when_settled(lambda due=due: times.append((time.monotonic() - due) * 1e3))
        receipt.committed(60)
        wait_until(lambda: len(times) == count, "the answer to each event of the quiet producer")
    times.sort()
    return {
        "committed_p50_ms": times[count // 2], "committed_p99_ms": times[count * 99 // 100], "max_ms": times[-1]}


def _beside_noise(bench) -> dict:
    rates = []

    @contextlib.contextmanager
    def noise(server):
        def received() -> int:
            return Reader(server.http_port, 0, 0).get("/stats")["received"]

        # A producer has its own machine elsewhere, so this one gets the processor after the server.
        endless = Workload(1_000_000_000, duplicates=0, seed=None)
        with Child(["nice", "-n", "10", *publisher(bench.programs, [server], endless, 1)], bench.log):
            wait_until(lambda: received() > 0, "the first event of the producer at full speed")
            before, begun = received(), time.monotonic()
            yield
            rates.append((received() - before) / (time.monotonic() - begun))

    return {**_quiet(bench, noise), "rate": rates[0]}
