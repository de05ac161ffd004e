"""Publishing over HTTP, compared with the aggregator in Python, with the same client."""

import os

from ..comparison import compare, quotient
from ..contenders import has_python_peers, python
from ..processes import run_json
from ..workload import Workload
from .peers import fastapi

BATCH = 100
CONNECTIONS = 4
SINGLES = 64


def run(bench) -> list[dict]:
    """Batches of 100 events from 4 connections, and single events from 64."""
    if not has_python_peers(bench):
        return []
    many = Workload(20 * bench.mode.slow_events)
    few = Workload(bench.mode.slow_events)
    batches = compare(
        "100 events a request",
        {
            "sluiced": lambda: _published(bench, many, "/publish/batch", BATCH, CONNECTIONS),
            "FastAPI, an INSERT for each event": fastapi(bench, few, "/publish", BATCH, CONNECTIONS),
        },
        "sluiced", bench.mode.rounds)
    batches[1]["inverse_ratio"] = quotient(batches[0], "rate", batches[1], "rate")
    singles = compare(
        "1 event a request",
        {
            "sluiced": lambda: _published(bench, few, "/publish", 1, SINGLES),
            "FastAPI, an INSERT for each event": fastapi(bench, few, "/publish", 1, SINGLES),
        },
        "sluiced", bench.mode.rounds)
    return batches + singles


def _published(bench, workload: Workload, path: str, size: int, connections: int) -> dict:
    with bench.cluster.fresh(bench.schema()) as database, bench.server(database) as server:
        rows, _ = bench.rows.get(workload)
        result = run_json(
            [python(bench), os.path.join(bench.programs.peers, "http_load.py"), str(server.http_port), rows, path,
             str(size), str(connections)], bench.log)
        bench.check_rows(database, workload)
        return {key: result[key] for key in ("rate", "p50_ms", "p95_ms")}
