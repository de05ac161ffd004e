"""The default settings over two major versions of Postgres."""

import contextlib
import os
import subprocess

from ..bench import Bench
from ..comparison import compare
from ..contenders import end_to_end
from ..processes import Failure
from .ends import cases

VERSIONS = ("15", "18")
SCRIPT = os.path.join(os.path.dirname(__file__), "..", "..", "..", "Scripts", "postgres.sh")


def run(bench) -> list[dict]:
    """Each version has a cluster of its own with the same settings. The older version is the reference."""
    with contextlib.ExitStack() as stack:
        benches = {version: stack.enter_context(_beside(bench, version)) for version in VERSIONS}
        return [
            row for title, workload in cases(bench.mode.events).items()
            for row in compare(title, {
                f"Postgres {version}": end_to_end(own, workload, index="spans") for version, own in benches.items()
            }, f"Postgres {VERSIONS[0]}", bench.mode.rounds)]


def _beside(bench, version: str) -> Bench:
    found = subprocess.run([SCRIPT, version], capture_output=True, text=True)
    if found.returncode != 0:
        raise Failure(f"Postgres {version} is not installed: {found.stderr.strip()}")
    results, data = (os.path.join(place, f"postgres-{version}") for place in (bench.results, bench.data))
    for place in (results, data):
        os.makedirs(place, exist_ok=True)
    return Bench(bench.programs, bench.mode, results, data, found.stdout.strip())
