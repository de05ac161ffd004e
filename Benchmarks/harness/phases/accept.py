"""The accept path: sockets, checks, queue and acknowledgements over a store that keeps nothing."""

from ..comparison import compare
from ..processes import run_json
from ..server import publish, replay, sink
from ..workload import Workload


def run(bench) -> list[dict]:
    workload = Workload(bench.mode.sink_events)
    contenders = {
        "memcpy and LZ4": lambda: _loop(bench, workload),
        "ready-made frames, 1 connection": lambda: _replayed(bench, workload, connections=1),
        "ready-made frames, 4 connections": lambda: _replayed(bench, workload, connections=4),
        "ready-made frames, 64 connections": lambda: _replayed(bench, workload, connections=64),
        "sluice-publish": lambda: _published(bench, workload),
    }
    return compare("accept path", contenders, "memcpy and LZ4", max(3, bench.mode.rounds), figure="core_rate")


def _loop(bench, workload: Workload) -> dict:
    """A loop on one core that only copies and decompresses the frames."""
    part = Workload(min(workload.events, 200_000))
    stages = run_json(
        [bench.programs.bench, "stages", "--rounds", "3", "--only", "reference", *part.options()], bench.log)
    time = next(stage["nanoseconds"] for stage in stages if stage["stage"] == "memcpy and LZ4")
    return {"core_rate": 1e9 / time}


def _replayed(bench, workload: Workload, connections: int) -> dict:
    with sink(bench.programs, bench.log) as server:
        result, used = replay(bench.programs, server, workload, bench.log, connections)
        return {
            "core_rate": workload.events / used, "rate": workload.events / result["acceptedSeconds"],
            "memory_mib": server.memory_kib()[1] / 1024}


def _published(bench, workload: Workload) -> dict:
    with sink(bench.programs, bench.log) as server:
        before = server.cpu_seconds()
        report = publish(bench.programs, [server], workload, bench.log)
        return {
            "core_rate": workload.events / (server.cpu_seconds() - before), "rate": report["events_per_second"],
            "publisher_us": report["cpu_seconds"] * 1e6 / workload.events}
