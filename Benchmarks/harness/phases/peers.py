"""Other systems that store the same events, in turn with Sluice."""

import os
import shutil

from ..comparison import compare, quotient, say
from ..contenders import asyncpg_copy, end_to_end, has_python_peers, python
from ..processes import run_json
from ..workload import Workload

# Each of these needs at least a statement or a message for every event.
CONNECTIONS = 8


def run(bench) -> list[dict]:
    workload = Workload(bench.mode.events)
    some = Workload(min(bench.mode.events, 20 * bench.mode.slow_events))
    few = Workload(bench.mode.slow_events)
    contenders = {"sluiced": end_to_end(bench, workload)}
    if bench.mode.name == "quick":
        if has_python_peers(bench):
            contenders["FastAPI, 100 a request"] = fastapi(bench, few, "/publish", 100)
        return _compared(bench, contenders)
    if has_python_peers(bench):
        contenders["asyncpg COPY"] = asyncpg_copy(bench, workload)
        contenders["FastAPI, 1 a request"] = fastapi(bench, few, "/publish", 1)
        contenders["FastAPI, 100 a request"] = fastapi(bench, few, "/publish", 100)
        contenders["FastAPI, 1 INSERT for 1,000"] = fastapi(bench, some, "/publish-batch", 1_000)
    if _is_there("rsyslogd"):
        contenders["rsyslog ompgsql"] = _script(
            bench, some, "rsyslog.py", lambda: [str(bench.rows.unique(some))], interpreter="python3")
    if _is_there("nats-server") and has_python_peers(bench):
        contenders["NATS JetStream, COPY workers"] = _script(bench, some, "jetstream.py")
    return _compared(bench, contenders)


def _compared(bench, contenders: dict) -> list[dict]:
    rows = compare("peers", contenders, "sluiced", bench.mode.rounds)
    for row in rows[1:]:
        row["inverse_ratio"] = quotient(rows[0], "rate", row, "rate")
    return rows


def _is_there(program: str) -> bool:
    if shutil.which(program):
        return True
    say(f"  {program} is not installed: left out")
    return False


def fastapi(bench, workload: Workload, path: str, size: int, connections: int = CONNECTIONS):
    """The aggregator in Python, over a fresh database."""
    return _script(bench, workload, "fastapi_load.py", lambda: [path, str(size), str(connections)])


def _script(bench, workload: Workload, name: str, more=lambda: [], interpreter: str | None = None):
    """A peer that runs by its own script, over a fresh database."""
    def run() -> dict:
        rows, _ = bench.rows.get(workload)
        with bench.cluster.fresh(bench.schema()) as database:
            result = run_json(
                [interpreter or python(bench), os.path.join(bench.programs.peers, name), database.socket,
                 database.name, rows, *more()], bench.log)
            bench.check_rows(database, workload)
            return {key: result[key] for key in ("rate", "p50_ms", "p95_ms") if key in result}
    return run
