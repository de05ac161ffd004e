"""Programs that store the same events, each as a function that runs once and returns a sample.

A sample is a dictionary with at least `rate`, in events a second.
"""

import contextlib
import os

from .bench import Bench
from .comparison import say
from .processes import run_json
from .server import publish
from .workload import Workload


def floor(bench: Bench, workload: Workload, index: str = "none", group: int = 5_000, writers: int = 2):
    """A C program over libpq, from buffers in memory, with the strategy stagedInsert alone."""
    def run() -> dict:
        with bench.cluster.fresh(bench.preloaded(workload, index)) as database:
            before = bench.cluster.cpu_seconds()
            result = bench.floor(database, workload, group, writers)
            bench.check_rows(database, workload, _rows_before(bench, workload))
            return {
                "rate": result["rate"],
                "postgres_us": _microseconds(bench.cluster.cpu_seconds() - before, workload)}
    return run


def end_to_end(bench: Bench, workload: Workload, index: str = "none", connections: int = 4, servers: int = 1,
               client: tuple[str, ...] = (), **settings):
    """`sluice-publish` with the options `client` over TCP to `sluiced`, until the last COMMITTED."""
    def run() -> dict:
        with bench.cluster.fresh(bench.preloaded(workload, index)) as database:
            options = {"store_index": index, "writers_count": max(1, 2 // servers), **settings}
            sample = run_daemons(bench, database, workload, connections, servers, options, client)
            bench.check_rows(database, workload, _rows_before(bench, workload))
            return sample
    return run


def run_daemons(bench: Bench, database, workload: Workload, connections: int, count: int, options: dict,
                client: tuple[str, ...] = ()) -> dict:
    """Starts daemons over `database`, publishes once, and returns the figures of the run."""
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(bench.server(database, **options)) for _ in range(count)]
        clocks = lambda: (sum(server.cpu_seconds() for server in servers), bench.cluster.cpu_seconds())
        before = clocks()
        report = publish(bench.programs, servers, workload, bench.log, connections, options=client)
        used = [after - start for after, start in zip(clocks(), before)]
        return {
            "rate": report["events_per_second"],
            "sluiced_us": _microseconds(used[0], workload),
            "postgres_us": _microseconds(used[1], workload),
            "publisher_us": _microseconds(report["cpu_seconds"], workload),
            "memory_mib": max(server.memory_kib()[1] for server in servers) / 1024,
            "accepted_p50_ms": report["ack_accepted_ms"]["p50"],
            "committed_p50_ms": report["ack_committed_ms"]["p50"],
            "committed_p99_ms": report["ack_committed_ms"]["p99"]}


def asyncpg_copy(bench: Bench, workload: Workload, index: str = "none"):
    """Two Python processes with asyncpg, from tuples in memory, with the statements of the floor."""
    def run() -> dict:
        path, _ = bench.rows.get(workload)
        with bench.cluster.fresh(bench.preloaded(workload, index)) as database:
            result = run_json(
                [python(bench), os.path.join(bench.programs.peers, "asyncpg_copy.py"), database.socket,
                 database.name, path], bench.log)
            bench.check_rows(database, workload, _rows_before(bench, workload))
            return {"rate": result["rate"]}
    return run


def python(bench: Bench) -> str:
    """The interpreter with the peers' packages."""
    return os.path.join(bench.results, "venv", "bin", "python")


def has_python_peers(bench: Bench) -> bool:
    """Whether the packages of the peers are installed. Prints a line when they are not."""
    if os.path.exists(python(bench)):
        return True
    say("  the Python packages of the peers are not installed (Benchmarks/prepare.sh peers): left out")
    return False


def _rows_before(bench: Bench, workload: Workload) -> int:
    return bench.rows.unique(workload.before) if workload.skip else 0


def _microseconds(seconds: float, workload: Workload) -> float:
    return seconds * 1e6 / workload.events
