"""Sizes of one invocation."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mode:
    """Sizes of runs. A ratio needs several rounds; a rate needs a few seconds."""

    name: str
    # Runs of every contender, in turn.
    rounds: int
    # Events of a run into the database.
    events: int
    # Events of a run into the store that keeps nothing, and of the stages.
    sink_events: int
    # Events for programs that take a millisecond for each.
    slow_events: int
    # Seconds of a run at a fixed rate, and INSERTs of psql.
    latency_seconds: int
    inserts: int
    # Loads of the runs at a fixed rate, in percent of the highest rate.
    loads: tuple[int, ...]
    # Random queries whose answers are compared with a sort of all events.
    queries: int
    # Numbers of rows in the table before a run, of connections, and of topics.
    rows: tuple[int, ...]
    connections: tuple[int, ...]
    topics: tuple[int, ...]
    # Phases that run when ONLY is not set.
    phases: tuple[str, ...]


MAIN = ("default", "e2e", "accept", "stages", "idle", "latency", "peers")
ALL = (
    "default", "floor", "e2e", "accept", "stages", "idle", "peers", "factors", "index", "topics", "latency", "growth",
    "reading", "searches", "watching", "http", "inserts", "tls", "fairness", "spread", "versions", "log")

TINY = Mode("tiny", 1, 20_000, 50_000, 200, 1, 20, (50,), 50, (0, 50_000), (1, 20), (10, 1_000), ALL)
QUICK = Mode(
    "quick", 3, 300_000, 1_000_000, 2_000, 4, 60, (50,), 200, (0, 1_000_000), (1, 1_000), (10, 10_000), MAIN)
USUAL = Mode(
    "usual", 3, 1_000_000, 2_000_000, 5_000, 10, 200, (10, 50, 90), 1_000, (0, 5_000_000, 20_000_000),
    (1, 10, 100, 1_000, 10_000), (10, 1_000, 100_000), ALL)
FULL = Mode(
    "full", 5, 1_000_000, 2_000_000, 10_000, 20, 400, (10, 50, 90), 3_000, (0, 5_000_000, 20_000_000),
    (1, 10, 100, 1_000, 10_000), (10, 100, 1_000, 10_000, 100_000), ALL + ("ways", "combinations"))


def chosen(environment) -> Mode:
    """The mode that the environment asks for: TINY=1, QUICK=1, FULL=1, or none of them."""
    for mode in (TINY, QUICK, FULL):
        if environment.get(mode.name.upper(), "0") not in ("", "0"):
            return mode
    return USUAL
