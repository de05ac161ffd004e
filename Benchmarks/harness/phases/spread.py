"""Two servers over one database on the cores of one, with and without spreading events over them by key."""

from ..comparison import compare, quotient, say
from ..contenders import end_to_end, floor
from ..workload import Workload


def run(bench) -> list[dict]:
    """Duplicates are repeated over all connections, so without spreading half of them reach the other server. The rates
    are compared with that of one server, and with that of the floor."""
    rows = []
    for title, workload in {
            "35 % recent duplicates": Workload(bench.mode.events),
            "no duplicates": Workload(bench.mode.events, duplicates=0),
    }.items():
        say(f" {title}")
        contenders = {
            "floor": floor(bench, workload),
            "one server": end_to_end(bench, workload),
            "two servers, spread by key": end_to_end(bench, workload, servers=2, client=("--spread", "keys")),
            "two servers": end_to_end(bench, workload, servers=2),
        }
        found = compare(title, contenders, "one server", bench.mode.rounds)
        for row in found[1:]:
            row["floor_ratio"] = quotient(row, "rate", found[0], "rate")
        rows += found
    return rows
