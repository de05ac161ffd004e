"""Two servers over one database on the cores of one, with and without spreading events over them by key."""

from ..comparison import compare, say
from ..contenders import end_to_end
from ..workload import Workload


def run(bench) -> list[dict]:
    """Duplicates are repeated over all connections, so without spreading most of them reach the other server."""
    rows = []
    for title, workload in {
            "35 % recent duplicates": Workload(bench.mode.events),
            "no duplicates": Workload(bench.mode.events, duplicates=0),
    }.items():
        say(f" {title}")
        contenders = {
            "one server": end_to_end(bench, workload),
            "two servers, spread by key": end_to_end(bench, workload, servers=2, client=("--spread", "keys")),
            "two servers": end_to_end(bench, workload, servers=2),
        }
        rows += compare(title, contenders, "one server", bench.mode.rounds)
    return rows
