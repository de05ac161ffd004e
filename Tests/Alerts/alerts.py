"""Fires every alert of deploy/prometheus/alerts.yml by making its fault for real.

Several servers run, each with its own database and its own faults, which follow one another. Prometheus watches all of
them. Prints a line for each alert, and ends with status 1 when an alert does not fire, does not end, or fires without
its fault. Scripts/alerts-test.sh describes the settings.
"""

import argparse
import contextlib
import dataclasses
import os
import pathlib
import shutil
import signal
import sys
import threading
import time

import faults
import producer_faults
from faults import AWAY, WAITING, Fault
from prometheus import AlertLog, Prometheus, names
from servers import SecuredServer, Server, free_port, raise_descriptor_limit, secured

LOAD = ["--rate", "300", "--batch", "30", "--connections", "2"]

# By server. Alerts that look back for an hour come first, because they take longest to end.
PLAN: dict[str, list[Fault]] = {
    "ordinary": [
        Fault("sluiced killed three times", faults.killed_server, ("SluiceRestarts",), ("SluiceDown", *WAITING),
              lasts=True),
        Fault("two payloads under one key", producer_faults.conflicts, ("SluiceConflicts",), lasts=True),
        Fault("a topic of 300 characters", producer_faults.dead_events, ("SluiceDeadEvents",)),
        Fault("a batch with a wrong checksum", producer_faults.damaged_frame, ("SluiceRefusals",)),
        Fault("a third of the transactions fail with 40001", faults.failing_transactions, ("SluiceGroupsRunAgain",),
              WAITING),
        Fault("transactions that take 1.5 s", faults.slow_commits, ("SluiceCommitsSlow",), WAITING),
        Fault("sluiced stopped", faults.stopped_server, ("SluiceDown",), WAITING),
    ],
    "strained": [
        Fault("a counter changed by hand", faults.changed_counters, ("SluiceConservationBroken",)),
        Fault("a lock on the table of the events", faults.table_locked,
              ("SluiceCommitsStopped", "SluiceBatchWaits", "SluiceBatchesNotCommitted"), WAITING),
        Fault("Postgres stopped, four fast producers", faults.database_away,
              ("SluiceDatabaseAway", "SluiceQueueNearFull", "SluiceHTTPErrors"), AWAY),
        Fault("Postgres stopped, 60 producers of small batches", faults.database_away_from_small_batches,
              ("SluiceQueueNearFull",), AWAY),
        Fault("a constraint that refuses a topic", faults.refused_event, ("SluiceBatchesNotCommitted",),
              ("SluiceGroupsRunAgain", *WAITING)),
        Fault("a spool copied", producer_faults.copied_spool, ("SluiceRefusals",), WAITING),
    ],
    "bounded": [
        Fault("old events locked by another program", faults.rows_kept, ("SluiceRetentionBehind",)),
        Fault("queue.bytes above ingest.memory, Postgres stopped", faults.memory_bound_reached,
              ("SluiceMemoryNearFull",), AWAY),
    ],
    "large": [
        Fault("8,050 connections from 32 addresses", producer_faults.many_connections, ("SluiceConnectionsNearLimit",)),
        Fault("a queue of 1 GiB, Postgres stopped", faults.large_process, ("SluiceMemoryHigh",),
              ("SluiceDown", *AWAY)),
    ],
    "secured": [
        Fault("a certificate that ends in 13 days", producer_faults.certificate_that_ends,
              ("SluiceCertificateExpires",)),
        Fault("producers that do not trust the authority", producer_faults.distrustful_producers,
              ("SluiceTLSFailures",)),
        Fault("HTTP clients that do not trust the authority", producer_faults.distrustful_browsers,
              ("SluiceTLSFailures",)),
        Fault("a principal above its quota", producer_faults.quota_used_up, ("SluiceQuotaUsedUp",)),
    ],
}


@dataclasses.dataclass
class Outcome:
    """What an alert did about a fault. Times are those of the monotonic clock."""

    alert: str
    fault: Fault
    server: Server
    begun: float
    fired: float | None = None
    # The end of the fault.
    ended: float = 0.0
    resolved: float | None = None
    note: str = ""

    @property
    def holds(self) -> bool:
        return self.fired is not None and self.resolved is not None

    def __str__(self) -> str:
        fired = f"fired after {self.fired - self.begun:5.1f} s" if self.fired else "DID NOT FIRE       "
        if self.resolved:
            resolved = f"resolved {self.resolved - self.ended:5.1f} s after the fault"
        else:
            resolved = "DID NOT END" if self.fired else self.note
        return f"{'ok  ' if self.holds else 'FAIL'} {self.alert:28} {self.fault.what:50} {fired}, {resolved}"


def make_servers(plan: dict[str, list[Fault]], programs: pathlib.Path, directory: str,
                 stack: contextlib.ExitStack) -> list[Server]:
    """Makes the servers of a plan, which end with `stack`."""
    options = {
        "ordinary": ["--conflicts-detect", "true"],
        "strained": [],
        # A queue that may hold more than the budget, as after a change of one of the two keys.
        "bounded": ["--ingest-memory", "32MiB", "--retention-age", "5s"],
        # Memory for more than the container of the compose file has.
        "large": ["--queue-bytes", "1GiB", "--ingest-memory", "1536MiB", "--timeouts-idle", "10m"],
    }
    servers: list[Server] = []
    for name in plan:
        server = Server(name, programs, directory, *options[name]) if name in options \
            else SecuredServer(name, programs, directory)
        stack.callback(server.close)
        servers.append(server)
    return servers


class Run:
    """One run over all servers: the alerts that fired, and the outcomes."""

    def __init__(self, log: AlertLog, divisor: float):
        self.log = log
        self.outcomes: list[Outcome] = []
        self.wrong: list[str] = []
        # An alert that looks back for an hour ends after that time. No fault takes two minutes to fire its alert.
        self.longest_wait = 120 + 3_600 / divisor
        # The other alerts look back for 10 minutes and wait for 10 minutes, so they may begin that long after a fault.
        self.aftermath = 5 + 1_200 / divisor

    def make_faults(self, server: Server, plan: list[Fault]):
        """Makes the faults of a server one after the other, each until its alerts fire."""
        lasting: list[Outcome] = []
        for fault in plan:
            made = self.make(fault, server)
            if fault.lasts:
                lasting += made
            else:
                self.await_ends(made)
        self.await_ends(lasting)

    def make(self, fault: Fault, server: Server) -> list[Outcome]:
        begun = time.monotonic()
        made = [Outcome(alert, fault, server, begun) for alert in fault.alerts]
        self.outcomes += made
        try:
            with fault.make(server):
                for outcome in made:
                    outcome.fired = self.log.fired_after(outcome.alert, server.address, begun, self.longest_wait)
        except Exception as error:
            for outcome in made:
                outcome.note = f"{type(error).__name__}: {error}"
        for outcome in made:
            outcome.ended = time.monotonic()
        return made

    def await_ends(self, outcomes: list[Outcome]):
        """Waits until the alerts no longer fire, and prints what they did."""
        for outcome in outcomes:
            if outcome.fired:
                outcome.resolved = self.log.ended_after(
                    outcome.alert, outcome.server.address, outcome.ended, self.longest_wait)
            # One call, because several threads print.
            print(f"{outcome}\n", end="", flush=True)

    def unexplained(self, servers: list[Server]) -> list[str]:
        """The alerts that began to fire while no fault was made that explains them."""
        found = []
        for start, alert, instance in self.log.begun():
            [server] = [server for server in servers if server.address == instance]
            then = {outcome.fault.what: outcome.fault for outcome in self.outcomes
                    if outcome.server is server and outcome.begun <= start <= outcome.ended + self.aftermath}
            if not any(alert in fault.alerts + fault.others for fault in then.values()):
                reasons = "; ".join(then) or "no fault"
                found.append(f"{alert} fires on the server \"{server.name}\" with: {reasons}")
        return found


def missing_faults() -> list[str]:
    """The alerts of the rules that no fault fires."""
    made = {alert for plan in PLAN.values() for fault in plan for alert in fault.alerts}
    return [name for name in names() if name not in made]


def parse_options() -> argparse.Namespace:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--programs", required=True, type=pathlib.Path)
    options.add_argument("--prometheus", required=True)
    options.add_argument("--divisor", type=float, default=20)
    options.add_argument("--healthy", type=float, default=60)
    options.add_argument("--only", nargs="+", choices=names(), default=names())
    return options.parse_args()


def run(options: argparse.Namespace, stack: contextlib.ExitStack) -> Run:
    """Starts everything, lets it work in health, and makes the faults."""
    directory = secured.make_directory("sluice-alerts-")
    stack.callback(shutil.rmtree, directory, ignore_errors=True)
    os.chmod(directory, 0o755)
    plan = {name: wanted for name, plan in PLAN.items()
            if (wanted := [fault for fault in plan if set(fault.alerts) & set(options.only)])}
    servers = make_servers(plan, options.programs, directory, stack)
    for server in servers:
        server.start()
        server.publish(*LOAD)
    prometheus = Prometheus(options.prometheus, f"{directory}/prometheus", free_port(), options.divisor)
    stack.callback(prometheus.stop)
    prometheus.start(servers)
    log = AlertLog(prometheus)
    log.start()
    stack.callback(log.end)
    print(f"== {len(servers)} servers under load for {options.healthy:.0f} s; the durations of the rules are divided"
          f" by {options.divisor:g}, their thresholds are unchanged", flush=True)
    time.sleep(options.healthy)
    print("== making the faults", flush=True)
    this = Run(log, options.divisor)
    threads = [threading.Thread(target=this.make_faults, args=(server, plan[server.name]), daemon=True)
               for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    this.wrong = this.unexplained(servers)
    return this


def main() -> int:
    options = parse_options()
    if missing := missing_faults():
        print(f"alerts-test: no fault fires {', '.join(missing)}; add one to Tests/Alerts", file=sys.stderr)
        return 1
    raise_descriptor_limit(20_000)
    begun = time.monotonic()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(130))
    with contextlib.ExitStack() as stack:
        done = run(options, stack)
    for line in done.wrong:
        print(f"FAIL {line}")
    fired = {outcome.alert for outcome in done.outcomes if outcome.holds}
    print(f"== {len(fired)} of {len(names())} alerts fired for their faults and ended, {len(done.wrong)} fired without,"
          f" in {time.monotonic() - begun:.0f} s")
    return 0 if not done.wrong and all(outcome.holds for outcome in done.outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
