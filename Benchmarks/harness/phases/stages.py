"""The cost of each stage, alone in a loop."""

from ..comparison import spread
from ..processes import run_json
from ..workload import Workload

# The stages of a batch before the queue.
CHECKS = ("checksum", "LZ4", "columns", "validation")


def run(bench) -> list[dict]:
    events = min(bench.mode.sink_events, 200_000)
    stages = run_json(
        [bench.programs.bench, "stages", "--rounds", str(max(3, bench.mode.rounds)), *Workload(events).options()],
        bench.log)
    reference = next(stage for stage in stages if stage["stage"] == "memcpy and LZ4")
    rows = [_row(stage["side"], stage["stage"], stage["rounds"], reference, stage["allocations"]) for stage in stages]
    parts = [stage["rounds"] for stage in stages if stage["side"] == "server" and stage["stage"] in CHECKS]
    rows.append(_row("server", "all checks", [sum(times) for times in zip(*parts)], reference))
    return rows


def _row(side: str, name: str, rounds: list[float], reference: dict, allocations: float | None = None) -> dict:
    ratios = [own / base for own, base in zip(rounds, reference["rounds"])]
    row = {
        "case": side, "name": name, "reference": "memcpy and LZ4", "figure": "nanoseconds",
        "nanoseconds": spread(rounds), "ratio": spread(ratios)}
    if allocations is not None:
        row["allocations"] = allocations
    return row
