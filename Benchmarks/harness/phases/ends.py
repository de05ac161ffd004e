"""End to end (publishers -> TCP -> sluiced -> Postgres), compared with the floor and the asyncpg client."""

from ..comparison import compare, quotient
from ..contenders import asyncpg_copy, end_to_end, floor, has_python_peers
from ..workload import Workload


def cases(events: int) -> dict[str, Workload]:
    """The cases by name. In "old", another program stored two thirds of the rows that are in the table at the end."""
    return {
        "recent duplicates": Workload(events),
        "no duplicates": Workload(events, duplicates=0),
        "old duplicates": Workload(events, old=True, skip=2 * events),
    }


def run_default(bench) -> list[dict]:
    """The settings that users get, with the index of spans, beside the floor without that index and without any BRIN."""
    rows = []
    for title, workload in cases(bench.mode.events).items():
        rows += compare(f"default settings, {title}", {
            "floor": floor(bench, workload),
            "floor, the key alone": floor(bench, workload, index="key"),
            "sluiced": end_to_end(bench, workload, index="spans"),
        }, "floor", bench.mode.rounds)
    return rows


def run(bench) -> list[dict]:
    rows = []
    for title, workload in cases(bench.mode.events).items():
        contenders = {"floor": floor(bench, workload), "sluiced": end_to_end(bench, workload)}
        if title == "recent duplicates":
            contenders["two sluiced"] = end_to_end(bench, workload, servers=2)
            if has_python_peers(bench):
                contenders["asyncpg COPY"] = asyncpg_copy(bench, workload)
        found = {row["name"]: row for row in compare(title, contenders, "floor", bench.mode.rounds)}
        own = found["sluiced"]
        own["cpu_ratio"] = quotient(own, "sluiced_us", own, "postgres_us")
        if "asyncpg COPY" in found:
            found["asyncpg COPY"]["inverse_ratio"] = quotient(own, "rate", found["asyncpg COPY"], "rate")
        rows += found.values()
    return rows
