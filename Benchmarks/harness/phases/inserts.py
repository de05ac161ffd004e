"""The formats of other programs, compared with `POST /publish/batch`: events for a second of the server's processor
time."""

import os
import sys

from ..comparison import compare
from ..processes import run_json
from ..workload import Workload

SIZE = 500
CONNECTIONS = 4
REFERENCE = "/publish/batch"
FORMATS = (
    REFERENCE, "JSON lines", "Elasticsearch bulk", "OTLP, Protocol Buffers", "OTLP, JSON", "Loki", "CloudEvents")


def run(bench) -> list[dict]:
    """Requests of 500 events from 4 connections. All keys are new, because Loki has no ids."""
    workload = Workload(20 * bench.mode.slow_events, duplicates=0)
    return compare(
        f"{SIZE} events a request", {name: _loaded(bench, workload, name) for name in FORMATS}, REFERENCE,
        bench.mode.rounds, figure="core_rate")


def _loaded(bench, workload: Workload, name: str):
    def run() -> dict:
        rows, _ = bench.rows.get(workload)
        with bench.cluster.fresh(bench.schema()) as database, bench.server(database) as server:
            before = server.cpu_seconds()
            result = run_json(
                [sys.executable, os.path.join(bench.programs.peers, "insert_load.py"), str(server.http_port), rows, name,
                 str(SIZE), str(CONNECTIONS)], bench.log)
            used = server.cpu_seconds() - before
            bench.check_rows(database, workload)
            return {
                "core_rate": workload.events / used, "rate": result["rate"], "sluiced_us": used * 1e6 / workload.events,
                "p50_ms": result["p50_ms"], "p95_ms": result["p95_ms"]}
    return run
