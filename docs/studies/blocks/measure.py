#!/usr/bin/env python3
"""Measures the prototype beside the floor of `make bench`, in turn, over the same events and one Postgres.

    PROGRAMS=DIR    sluiced and sluice-publish; by default .build/release of the repository
    EVENTS=400000   events of a run
    ROUNDS=3        runs of each program
    POSTGRES=DIR    programs of Postgres; by default those of pg_config
    ONLY=a,b        cases: recent, none, old, servers, questions

The events are batches of 1,000 that `sluice-publish` encoded and sent, recorded by record.py.
"""

import contextlib
import json
import os
import re
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = os.path.abspath(os.path.join(HERE, "..", "..", ".."))
sys.path.insert(0, os.path.join(REPOSITORY, "Benchmarks"))
sys.dont_write_bytecode = True

from harness.cluster import Cluster  # noqa: E402
from harness.comparison import say, shown  # noqa: E402
from harness.processes import Child, run_json  # noqa: E402

WORK = os.environ.get("BLOCKS_WORK") or os.path.join(REPOSITORY, ".bench", "blocks")
PROGRAMS = os.environ.get("PROGRAMS") or os.path.join(REPOSITORY, ".build", "release")
EVENTS = int(os.environ.get("EVENTS", "400000"))
ROUNDS = int(os.environ.get("ROUNDS", "3"))
CASES = os.environ.get("ONLY", "recent,none,old,servers,questions").split(",")
LOG = os.path.join(WORK, "programs.log")


def settings() -> str:
    """The settings of the embedded Postgres, without those of its socket."""
    with open(os.path.join(REPOSITORY, "Sources", "EmbeddedPostgres", "ServerSetting.swift")) as file:
        found = re.findall(r'ServerSetting\(\s*"([a-z_]+)", "([^"]*)"', file.read())
    return "\n".join(f"{name} = '{value}'" for name, value in found)


class Study:
    """The cluster, and the files of events."""

    def __init__(self):
        data = os.environ.get("BLOCKS_DATA") or f"/var/tmp/sluice-blocks-{os.getpid()}"
        os.makedirs(data, exist_ok=True)
        self.cluster = Cluster(data, settings(), os.path.join(WORK, "postgres.log"), os.environ.get("POSTGRES"))
        self.blocks, self.floor = os.path.join(WORK, "blocks"), os.path.join(WORK, "floor")

    def frames(self, name: str, options: list[str]) -> str:
        """A file of recorded frames; made at its first use."""
        path = os.path.join(WORK, f"{name}-{EVENTS}.frames")
        if os.path.exists(path):
            return path
        with self.cluster.fresh(self.product()) as database:
            server = [os.path.join(PROGRAMS, "sluiced"), "--database-url", database.conninfo, "--tcp-port", "0",
                      "--http-port", "0", "--log-level", "warning", "--store-index", "none",
                      "--limits-address-connections", "20000"]
            with Child(server, LOG) as daemon:
                recorder = [sys.executable, os.path.join(HERE, "record.py"), f"127.0.0.1:{daemon.line()['tcp_port']}",
                            path + ".new"]
                with Child(recorder, LOG) as proxy:
                    port = proxy.line()
                    run_json([os.path.join(PROGRAMS, "sluice-publish"), "--json", "--connections", "4", "--endpoint",
                              f"127.0.0.1:{port}", "--topics", "40", "--payload-bytes", "120", "--batch", "1000",
                              "--seed", "1", *options], LOG)
                    proxy.end()
        os.rename(path + ".new", path)
        return path

    def rows(self, frames: str) -> str:
        path = frames.replace(".frames", ".rows")
        if not os.path.exists(path):
            run_json([self.blocks, "rows", frames, path], LOG)
        return path

    def product(self) -> str:
        """An empty database with the product's schema, as the floor has it in `make bench`."""
        return self.cluster.template("product", lambda database: subprocess.run(
            [os.path.join(PROGRAMS, "sluiced"), "migrate", "--database-url", database.conninfo, "--store-index",
             "none", "--log-level", "warning"], check=True, stdout=subprocess.DEVNULL))

    def prototype(self) -> str:
        with open(os.path.join(HERE, "schema.sql")) as file:
            schema = file.read()
        return self.cluster.template("prototype", lambda database: self.cluster.sql(database.name, schema))

    def filled(self, name: str, before: str | None) -> str:
        """A template with the events before those of a run."""
        empty = self.product() if name == "floor" else self.prototype()
        if not before:
            return empty

        def fill(database):
            if name == "floor":
                run_json([self.floor, database.schema_conninfo, self.rows(before), "5000", "2"], LOG)
            else:
                run_json([self.blocks, "write", "-m", database.conninfo, before], LOG)
        return self.cluster.template(f"{name}_filled", fill, source=empty)

    @contextlib.contextmanager
    def measured(self, template: str, sample: dict):
        """A run over a copy of a template: adds Postgres's processor time and the WAL to the sample."""
        with self.cluster.fresh(template) as database:
            before = self.cluster.cpu_seconds(), self.cluster.sql("postgres", "SELECT pg_current_wal_insert_lsn()")
            yield database
            used = self.cluster.cpu_seconds() - before[0]
            wal = self.cluster.sql("postgres", f"SELECT pg_current_wal_insert_lsn() - '{before[1]}'")
            sample["postgres_us"] = used * 1e6 / EVENTS
            sample["wal_bytes"] = int(wal) / EVENTS

    def run_floor(self, frames: str, before: str | None) -> dict:
        rows = self.rows(frames)
        sample = {}
        with self.measured(self.filled("floor", before), sample) as database:
            result = run_json([self.floor, database.schema_conninfo, rows, "5000", "2"], LOG)
        return {"rate": result["rate"], "own_us": result["cpu_seconds"] * 1e6 / EVENTS, **sample}

    def run_blocks(self, frames: str, before: str | None, options: list[str], processes: int = 1,
                   questions: bool = False) -> dict:
        sample = {}
        with self.measured(self.filled("blocks", before), sample) as database:
            results = self.write(database, frames, options, processes)
            if questions:
                return {
                    **run_json([self.blocks, "ask-blocks", database.conninfo, "9"], LOG),
                    **run_json([self.blocks, "settle", database.conninfo], LOG)}
        for result in results:
            for key in ("lookups", "alone", "merges", "filter_mib", "memory_mib", "loading_s"):
                sample[key] = max(sample.get(key, 0), result[key])
        slowest = max(result["seconds"] for result in results)
        own = sum(result["own_us"] * result["events"] for result in results) / EVENTS
        return {"rate": EVENTS / slowest, "own_us": own, **sample}

    def write(self, database, frames: str, options: list[str], processes: int) -> list[dict]:
        running = [subprocess.Popen(
            [self.blocks, "write", *options, "-p", f"{part}/{processes}", database.conninfo, frames],
            stdout=subprocess.PIPE, text=True) for part in range(processes)]
        results = [json.loads(process.communicate()[0]) for process in running]
        if not self.is_old:
            run_json([self.blocks, "verify", database.conninfo, frames], LOG)
        return results

    # Whether the run's database has events before those of the run, which `verify` would not know.
    is_old = False

    def ask_rows(self, frames: str) -> dict:
        """The same questions over rows, with the B-tree of `store.index=btree`."""
        with self.cluster.fresh(self.product()) as database:
            run_json([self.floor, database.schema_conninfo, self.rows(frames), "5000", "2"], LOG)
            self.cluster.sql(database.name, "CREATE INDEX ON sluice.events (topic, ts)")
            self.cluster.sql(database.name, "VACUUM ANALYZE sluice.events")
            return run_json([self.blocks, "ask-rows", database.conninfo, "9"], LOG)


def compare(title: str, contenders: dict):
    """Runs the contenders in turn, and prints medians, and ratios to the first one within a round."""
    names, samples = list(contenders), {}
    for number in range(ROUNDS):
        for name in names[number % len(names):] + names[:number % len(names)]:
            samples.setdefault(name, []).append(contenders[name]())
            say(f"  round {number + 1}: {name}: {samples[name][-1]}")
    print(f"\n### {title}\n")
    keys = ["rate", "postgres_us", "own_us", "wal_bytes"]
    print("| who | events/s | Postgres µs | own µs | WAL bytes | rate, times the floor | Postgres µs, of the floor |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for name in names:
        cells = [shown(statistics.median(sample[key] for sample in samples[name])) for key in keys]
        for key in ("rate", "postgres_us"):
            ratios = sorted(own[key] / base[key] for own, base in zip(samples[name], samples[names[0]]))
            cells.append(f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})")
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


def main():
    os.makedirs(WORK, exist_ok=True)
    subprocess.run(["make", "-s", "-C", HERE, f"BUILD={WORK}"], check=True)
    study = Study()
    study.cluster.start()
    try:
        count = ["--events", str(EVENTS)]
        for case in CASES:
            before, duplicates = None, ["--duplicates", "0.35"]
            if case == "none":
                duplicates = ["--duplicates", "0"]
            if case == "old":
                duplicates.append("--old-duplicates")
                before = study.frames("before", ["--events", str(2 * EVENTS), *duplicates])
                duplicates += ["--skip", str(2 * EVENTS)]
            name = {"servers": "recent", "questions": "recent"}.get(case, case)
            frames = study.frames(name, count + duplicates)
            study.rows(frames)
            study.is_old = before is not None
            if case == "questions":
                print("blocks:", study.run_blocks(frames, None, ["-m"], questions=True))
                print("rows:", study.ask_rows(frames), flush=True)
                continue
            contenders = {
                "floor": lambda: study.run_floor(frames, before),
                "blocks": lambda: study.run_blocks(frames, before, ["-m"]),
            }
            if case == "servers":
                contenders["blocks, two processes"] = lambda: study.run_blocks(frames, None, ["-m", "-w", "1"], 2)
            else:
                contenders["blocks, groups of 2,000, merged"] = lambda: study.run_blocks(
                    frames, before, ["-m", "-g", "2000"])
                if case == "old":
                    contenders["blocks, 100,000 recent keys"] = lambda: study.run_blocks(
                        frames, before, ["-m", "-k", "100000"])
            compare(case, contenders)
    finally:
        study.cluster.stop(keep=False)


if __name__ == "__main__":
    main()
