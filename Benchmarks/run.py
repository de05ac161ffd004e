#!/usr/bin/env python3
"""Measures Sluice against references in the same invocation; `make bench` runs it.

    ONLY=e2e,accept     the phases to run; by default the phases of the mode
    QUICK=1             the main figures in a few minutes
    TINY=1              tiny sizes, to check that everything works
    FULL=1              every combination of factors
    CORES=0,1           the processors that all programs share
    PROGRAMS=DIR        directory of sluiced and sluice-publish, instead of the release build
    BENCH_PROGRAMS=DIR  directory of the measuring programs, instead of their release build
    BENCH_RESULTS=DIR   directory of the results, instead of .bench
    BENCH_DATA=DIR      directory of the cluster, on a disk with reliable timing
    POSTGRES_SETTINGS=  settings of Postgres beside those of the embedded one: "wal_init_zero=off; jit=on"
    KEEP=1              keep the cluster's data
"""

import os
import resource
import subprocess
import sys
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = os.path.dirname(HERE)
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True

from harness import modes, results, tables  # noqa: E402
from harness.bench import Bench, Programs  # noqa: E402
from harness.comparison import say  # noqa: E402
from harness.phases import PHASES  # noqa: E402
from harness.processes import Failure  # noqa: E402


def data_directory(scratch: str) -> str:
    """Directory of the cluster: beside the results, unless Postgres's account cannot enter it."""
    directory = os.environ.get("BENCH_DATA") or scratch
    os.makedirs(directory, exist_ok=True)
    if os.geteuid() == 0 and subprocess.run(["runuser", "-u", "postgres", "--", "test", "-x", directory]).returncode:
        directory = f"/var/tmp/sluice-bench-{zlib.crc32(REPOSITORY.encode()):x}"
        os.makedirs(directory, exist_ok=True)
    return directory


def prepare() -> list[int]:
    """Pins this process and its children to the cores, and raises their limit of open files. Returns the cores."""
    if "CORES" in os.environ:
        cores = [int(core) for core in os.environ["CORES"].split(",")]
    else:
        cores = sorted(os.sched_getaffinity(0))[:2]
    os.sched_setaffinity(0, cores)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    os.environ["PATH"] += ":/usr/sbin"
    return cores


def programs() -> Programs:
    """Paths of the programs, which `make bench` has built."""
    product = os.path.abspath(os.environ.get("PROGRAMS") or os.path.join(REPOSITORY, ".build", "release"))
    own = os.path.abspath(os.environ.get("BENCH_PROGRAMS") or os.path.join(REPOSITORY, ".build-bench", "release"))
    found = Programs(
        sluiced=os.path.join(product, "sluiced"), publish=os.path.join(product, "sluice-publish"),
        bench=os.path.join(own, "Bench"), floor=os.path.join(own, "Floor"), peers=os.path.join(HERE, "peers"))
    for path in (found.sluiced, found.publish, found.bench, found.floor):
        if not os.path.exists(path):
            raise Failure(f"{path} is missing; run `make bench`, which builds it")
    return found


def main() -> int:
    mode = modes.chosen(os.environ)
    names = [name for name in os.environ.get("ONLY", "").split(",") if name] or mode.phases
    for name in names:
        if name not in PHASES:
            raise Failure(f"unknown phase {name}; the phases are {', '.join(PHASES)}")
    cores = prepare()
    directory = os.path.abspath(os.environ.get("BENCH_RESULTS") or os.path.join(REPOSITORY, ".bench"))
    os.makedirs(directory, exist_ok=True)
    about = results.machine(cores)
    with Bench(programs(), mode, directory, data_directory(directory)) as bench:
        for name in names:
            say(f"== {name}")
            rows = PHASES[name](bench)
            results.write(directory, name, mode, about, rows)
            if rows:
                print(f"\n{tables.screen(tables.table(rows))}\n", flush=True)
    print(tables.screen(tables.figures(results.read(directory))))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        sys.exit(f"bench: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
