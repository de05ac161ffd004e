"""What Postgres does while the slowest groups are committed, at half of the highest rate.

A table for people who look for the cause of a high p99. Its figures are shares of time on this machine, not ratios to
a reference, so nothing is judged by them. The debug log and the samples cost some time themselves."""

import collections
import os
import re
import subprocess
import threading
import time

from ..comparison import say
from ..processes import Failure
from ..server import publish
from ..workload import Workload

# Share of the groups that count as the slowest, and the pause between two samples in seconds.
SLOWEST = 0.03
PAUSE = 0.005
# Rows of the table.
MOST_ROWS = 12

GROUP = re.compile(r"group\.ms=(\d+)")

# Each line: time, process, what it waits for, and the COPY or the first words of its statement. Client backends count
# within their transactions, so a wait for the server shows as "Client ClientRead".
SAMPLE = """
SELECT extract(epoch FROM clock_timestamp()), backend_type,
  coalesce(wait_event_type || ' ' || wait_event, 'running'),
  coalesce(substring(query FROM 'COPY [a-z]+'), rtrim(left(regexp_replace(query, '[^A-Za-z_ ].*', ''), 30)))
FROM pg_stat_activity
WHERE pid <> pg_backend_pid()
  AND CASE backend_type WHEN 'client backend' THEN state <> 'idle' ELSE wait_event_type IS DISTINCT FROM 'Activity' END
"""


def run(bench) -> list[dict]:
    rate = bench.highest_rate(Workload(bench.mode.events, seed=None), times=2) / 2
    workload = Workload(int(rate * bench.mode.latency_seconds), seed=None)
    path = os.path.join(bench.scratch, "samples")
    with bench.cluster.fresh(bench.schema()) as database, bench.server(database, log_level="debug") as server, \
            Groups(bench.log) as groups, open(path, "w+") as samples:
        sampler = subprocess.Popen(
            ["psql", "--no-psqlrc", "-qAtX", "-d", bench.cluster.database("postgres").conninfo],
            stdin=subprocess.PIPE, stdout=samples, text=True)
        try:
            sampler.stdin.write(f"{SAMPLE.strip()} \\watch {PAUSE}\n")
            sampler.stdin.flush()
            report = publish(bench.programs, [server], workload, bench.log, rate=rate)
        finally:
            sampler.kill()
            sampler.wait()
        samples.seek(0)
        taken = [sample for line in samples if (sample := parse(line))]
    say(f"  {len(groups.found)} groups, {len(taken)} samples; committed: {report['ack_committed_ms']}")
    if not groups.found:
        raise Failure(f"the log has no groups; see {bench.log}")
    return explain(groups.found, taken)


def parse(line: str) -> tuple[float, str] | None:
    """Time and activity of a sample; None for other lines of psql."""
    fields = line.rstrip("\n").split("|")
    if len(fields) != 4:
        return None
    who = fields[3] if fields[1] == "client backend" and fields[3] else fields[1]
    return float(fields[0]), f"{who}: {fields[2]}"


def explain(groups: list[tuple[float, float]], samples: list[tuple[float, str]]) -> list[dict]:
    """What the samples show during the slowest groups, and during all: as the mean number of processes that did it.
    A group is its begin and its end."""
    times = sorted(end - begin for begin, end in groups)
    limit = times[min(len(times) - 1, int(len(times) * (1 - SLOWEST)))]
    slow = [group for group in groups if group[1] - group[0] >= limit]
    case = f"the slowest groups, from {limit * 1e3:.0f} ms on; the median is {times[len(times) // 2] * 1e3:.0f} ms"
    counts = {}
    for name, among in (("slow", slow), ("all", groups)):
        moments = {time for time, _ in samples if any(begin <= time <= end for begin, end in among)}
        found = collections.Counter(what for time, what in samples if time in moments)
        counts[name] = {what: count / max(1, len(moments)) for what, count in found.items()}
    first = sorted(counts["slow"], key=counts["slow"].get, reverse=True)[:MOST_ROWS]
    return [
        {"case": case, "name": what, "slow_processes": counts["slow"][what],
         "all_processes": counts["all"].get(what, 0.0)} for what in first]


class Groups:
    """Begin and end of each group, from the lines that a server adds to its log."""

    def __init__(self, log: str):
        self.log = log
        self.found: list[tuple[float, float]] = []
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._follow)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def _follow(self):
        with open(self.log) as file:
            file.seek(0, os.SEEK_END)
            while not self.over.wait(0.002):
                now = time.time()
                for line in file.readlines():
                    if found := GROUP.search(line):
                        self.found.append((now - int(found.group(1)) / 1e3, now))
