"""Growth of cost and memory with the table, the connections and the topics."""

import time

from ..comparison import compare, say, spread
from ..contenders import end_to_end, run_daemons
from ..processes import Child
from ..server import replay
from ..workload import Workload

# Rows like the generator's, with keys that rise with time and sort before the keys of the runs.
FILL = """
INSERT INTO sluice.events (ts, batch_id, event_id, topic, source, payload)
SELECT at, 0, (extract(epoch FROM at) * 1000)::bigint || '-' || substr(md5(n::text), 1, 8) || '-' || n,
  'orders.invoice.' || n % 40, 'checkout-api', ('{{"order":"' || md5(n::text) || '","amount":"12.50","note":"'
  || repeat('x', 50) || '"}}')::json
FROM (SELECT n, timestamptz '2025-01-01' + n * interval '1 microsecond' AS at
  FROM generate_series({first}, {last}) AS n) AS numbered ORDER BY n;
"""


def run(bench) -> list[dict]:
    return _rows(bench) + _connections(bench) + _topics(bench)


def _rows(bench) -> list[dict]:
    """Rows in the table before the run. The rows of a run stay, because copies would take longer than runs."""
    workload = Workload(bench.mode.events, seed=None)

    def contender(rows: int):
        name = _filled(bench, rows)

        def sample() -> dict:
            with bench.cluster.in_place(name) as database:
                return run_daemons(bench, database, workload, 4, 1, {"store_index": "none"})
        return sample
    contenders = {f"{rows:,} rows": contender(rows) for rows in bench.mode.rows[1:]}
    contenders["0 rows"] = end_to_end(bench, workload)
    return compare("rows in the table", contenders, "0 rows", bench.mode.rounds)


def _filled(bench, rows: int) -> str:
    """A database with this many rows, made once from the next smaller database."""
    smaller = max((known for known in bench.mode.rows if known < rows), default=0)

    def fill(name: str):
        step = 1_000_000
        for first in range(smaller, rows, step):
            say(f"  filling: {first:,} of {rows:,} rows")
            bench.cluster.sql(name, FILL.format(first=first, last=min(first + step, rows) - 1))
    source = _filled(bench, smaller) if smaller else bench.schema()
    return bench.cluster.template(f"filled_{rows}", lambda database: fill(database.name), source)


def _connections(bench) -> list[dict]:
    """Connections that all publish small batches, each as another producer."""
    workload = Workload(bench.mode.events, batch=100)

    def contender(connections: int):
        def sample() -> dict:
            with bench.cluster.fresh(bench.schema()) as database, bench.server(database) as server:
                result, used = replay(bench.programs, server, workload, bench.log, connections)
                bench.check_rows(database, workload)
                return {
                    "rate": workload.events / result["committedSeconds"],
                    "sluiced_us": used * 1e6 / workload.events, "memory_mib": server.memory_kib()[1] / 1024}
        return sample
    names = {f"{connections:,} connections": contender(connections) for connections in bench.mode.connections}
    return compare("connections", names, next(iter(names)), bench.mode.rounds)


def _topics(bench) -> list[dict]:
    """Numbers of topics with evenly spread events, for each index that costs something."""
    rows = []
    for index in bench.indexes():
        contenders = {
            f"{topics:,} topics": end_to_end(bench, Workload(bench.mode.events, topics=topics), index=index)
            for topics in bench.mode.topics}
        rows += compare(f"topics, index {index}", contenders, next(iter(contenders)), bench.mode.rounds)
    return rows


def idle_memory(bench) -> list[dict]:
    """Resident memory of a daemon for each connection that does nothing."""
    count = bench.mode.connections[-1]

    def sample() -> dict:
        with bench.cluster.fresh(bench.schema()) as database, bench.server(database) as server:
            before = server.memory_kib()[0]
            command = [
                bench.programs.bench, "idle", "--port", str(server.port), "--connections", str(count)]
            with Child(command, bench.log) as child:
                child.line()
                time.sleep(1)  # until the memory of the handshakes is freed
                after = server.memory_kib()[0]
                child.go_on()
                child.end()
            return {"connections": count, "idle_mib": before / 1024, "kib_each": (after - before) / count}
    rounds = [sample() for _ in range(bench.mode.rounds)]
    return [{
        "case": "idle connections", "name": "sluiced", "figure": "kib_each",
        **{key: spread([one[key] for one in rounds]) for key in rounds[0]}}]
