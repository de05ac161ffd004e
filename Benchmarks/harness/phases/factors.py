"""One factor at a time from the base case, each compared with a floor of the same events."""

from dataclasses import replace
from itertools import product

from ..comparison import compare, say
from ..contenders import end_to_end, floor
from ..workload import Workload
from .ends import cases


def run(bench) -> list[dict]:
    base = Workload(bench.mode.events)
    cases = {
        "base": (base, {}),
        "batches of 100": (replace(base, batch=100), {}),
        "batches of 10,000": (replace(base, batch=10_000), {}),
        "groups of 1,000": (base, {"writers_group_events": 1_000}),
        "groups of 5,000": (base, {"writers_group_events": 5_000}),
        "groups of 50,000": (base, {"writers_group_events": 50_000, "writers_group_bytes": "32MiB"}),
        "1 connection": (base, {"connections": 1}),
        "64 connections": (base, {"connections": 64}),
        "no payload": (replace(base, payload=0), {}),
        "payloads of 1,000 bytes": (replace(base, payload=1_000, events=base.events // 2), {}),
        "1 writer": (base, {"writers_count": 1}),
        "4 writers": (base, {"writers_count": 4}),
    }
    rows = []
    for title, (workload, options) in cases.items():
        say(f" {title}")
        rows += compare(
            title, {"floor": floor(bench, workload), "sluiced": end_to_end(bench, workload, **options)}, "floor",
            bench.mode.rounds)
    return rows


def run_floor(bench) -> list[dict]:
    """The floor: as the reference, and with each of its choices changed."""
    workload = Workload(bench.mode.events)
    contenders = {
        "floor": floor(bench, workload),
        "index btree": floor(bench, workload, index="btree"),
        "groups of 1,000": floor(bench, workload, group=1_000),
        "groups of 20,000": floor(bench, workload, group=20_000),
        "1 writer": floor(bench, workload, writers=1),
    }
    return compare("floor", contenders, "floor", bench.mode.rounds)


def run_index(bench) -> list[dict]:
    """The cost of each choice of `store.index`, with few topics and with many."""
    rows = []
    for topics in (50, 2_000):
        workload = Workload(bench.mode.events, topics=topics)
        contenders = {
            f"index {index}": end_to_end(bench, workload, index=index) for index in bench.indexes()}
        contenders["floor, no index"] = floor(bench, workload)
        rows += compare(f"{topics:,} topics", contenders, "index none", bench.mode.rounds)
    return rows


def run_topics(bench) -> list[dict]:
    """The cost of the index of spans when nearly every event of a group has a topic of its own."""
    workload = Workload(bench.mode.events, topics=bench.mode.topics[-1])
    contenders = {f"index {index}": end_to_end(bench, workload, index=index) for index in ("none", "spans")}
    return compare("many topics", contenders, "index none", bench.mode.rounds)


def run_ways(bench) -> list[dict]:
    """Each commit strategy alone, and the choice between them, with duplicates of each kind."""
    rows = []
    for title, workload in cases(bench.mode.events).items():
        contenders = {"floor": floor(bench, workload)}
        for way in bench.choices("writers.strategy"):
            contenders[f"sluiced, {way}"] = end_to_end(bench, workload, writers_strategy=way)
        rows += compare(f"ways, {title}", contenders, "floor", bench.mode.rounds)
    return rows


def run_combinations(bench) -> list[dict]:
    """Every combination of the factors."""
    events = bench.mode.events
    rows = []
    for kind, batch, connections, payload in product(
            ("recent", "none", "old"), (100, 1_000, 10_000), (1, 4, 64), (0, 120, 1_000)):
        workload = Workload(
            events if payload < 1_000 else events // 2, duplicates=0 if kind == "none" else 0.35, old=kind == "old",
            batch=batch, payload=payload, skip=2 * events if kind == "old" else 0)
        title = f"{kind} duplicates, batches of {batch:,}, {connections} connections, payload {payload}"
        say(f" {title}")
        rows += compare(
            title,
            {"floor": floor(bench, workload), "sluiced": end_to_end(bench, workload, connections=connections)},
            "floor", bench.mode.rounds)
    return rows
