"""Attacks a server in all ways at once while honest producers publish.

Prints a table of the required and the measured figures, and ends with status 1 when a requirement is not met.
Everything uses the loopback interface. The same seed makes the same attacks.
"""

import argparse
import asyncio
import json
import os
import pathlib
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time

import attacks
import secured_attacks
from server import HONEST, SecuredServer, Server, secured

REVIEWED_CONNECTIONS_A_SECOND = 100_000 / 300
# The default of `writers.dedup.keys`.
KEYS_OF_CACHE = 1 << 20
# Events a second while the cache is filled.
WARMING_RATE = 60_000


class Watch(threading.Thread):
    """Measures the answers of HTTP and the resident memory until it is stopped."""

    def __init__(self, server: Server):
        super().__init__(daemon=True)
        self.server, self.over = server, threading.Event()
        self.seconds = {"/livez": [], "/health": []}
        self.resident, self.unanswered = 0, 0

    def run(self):
        while not self.over.wait(0.1):
            for path, seconds in self.seconds.items():
                status, took, _ = self.server.get(path)
                seconds.append(took)
                self.unanswered += status == 0
            self.resident = max(self.resident, self.server.resident())

    def end(self):
        self.over.set()
        self.join()

    def p95(self, path: str) -> float:
        ordered = sorted(self.seconds[path]) or [float("inf")]
        return ordered[int(0.95 * (len(ordered) - 1))]


class Table:
    def __init__(self):
        self.rows, self.failed = [], False

    def add(self, what: str, measured: str, asked: str, holds: bool):
        self.rows.append((what, measured, asked, "yes" if holds else "NO"))
        self.failed |= not holds

    def print(self):
        rows = [("what", "measured", "asked for", "holds"), *self.rows]
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        for row in rows:
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip(), flush=True)


def honest(server: Server, seconds: float, rate: float, seed: int) -> tuple[int, int, float]:
    """Runs the honest producers. Returns the events sent, the events committed, and the rate in events a second."""
    each = max(1, int(rate * seconds / HONEST))
    begun = time.monotonic()
    producers = [server.publish(number, each, rate / HONEST, seed * 10 + number) for number in range(HONEST)]
    committed = 0
    for producer in producers:
        try:
            output, _ = producer.communicate(timeout=4 * seconds + 60)
        except subprocess.TimeoutExpired:
            producer.kill()
            output, _ = producer.communicate()
        lines = [line for line in output.decode().splitlines() if line.startswith("{")]
        committed += json.loads(lines[-1]).get("committed", 0) if lines else 0
    return HONEST * each, committed, committed / (time.monotonic() - begun)


def attack(server: Server, seconds: float, seed: int, report):
    """Runs the attacks in a separate process, and returns their counts."""
    os.nice(5)
    count = int(REVIEWED_CONNECTIONS_A_SECOND * seconds)
    if isinstance(server, SecuredServer):
        target = secured_attacks.SecuredTarget(server, seed)
        asyncio.run(secured_attacks.run(target, seconds, count))
    else:
        target = attacks.Target(server.tcp_port, server.http_port, seed)
        asyncio.run(attacks.run(target, seconds, count))
    report.write(json.dumps(target.counts))
    report.flush()


def honest_beside_attack(server: Server, seconds: float, seed: int, rate: float):
    """Returns what `honest` returns, the counts of the attacks, and whether the attacks went as planned."""
    with tempfile.TemporaryFile("w+") as report:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                attack(server, seconds, seed, report)
                status = 0
            finally:
                os._exit(status)
        time.sleep(1)
        figures = honest(server, max(1.0, seconds - 1), rate, seed + 1)
        _, status = os.waitpid(child, 0)
        report.seek(0)
        return figures, json.loads(report.read() or "{}"), status == 0


def among_strangers(server: Server, seconds: float, seed: int, rate: float, table: Table):
    is_secured = isinstance(server, SecuredServer)
    try:
        sent = committed = 0
        if is_secured:
            # Pools and caches reach their sizes with the first strangers. Growth after that would be a leak. The dedup
            # cache is the exception: its second table begins when the first one is full, and a long run stores more keys
            # than one table has. So both tables are filled first.
            if seconds * rate > KEYS_OF_CACHE:
                sent, committed, _ = honest(server, 2.2 * KEYS_OF_CACHE / WARMING_RATE, WARMING_RATE, seed + 4)
            quiet = server.resident()
            (more, then, _), _, _ = honest_beside_attack(server, max(5.0, seconds / 6), seed + 2, rate)
            sent, committed = sent + more, committed + then
            first = server.resident()
            print(f"resident memory: {quiet >> 20} MiB after the start, {first >> 20} MiB after a few strangers")
        # About as long as beside strangers when that is short, because the start of a producer counts.
        more, then, alone = honest(server, max(min(seconds, 30.0) - 1, seconds / 6), rate, seed)
        sent, committed, memory = sent + more, committed + then, server.resident()
        watch = Watch(server)
        watch.start()
        (more, then, beside), counts, went = honest_beside_attack(server, seconds, seed, rate)
        watch.end()
        sent, committed = sent + more, committed + then
        stats = json.loads(server.get("/stats", 30)[2] or b"{}")
        malformed = sum(count for name, count in counts.items() if name.startswith("malformed"))
        kinds = sum(name.startswith("malformed") for name in counts)
        for name in sorted(counts):
            if not name.startswith("malformed"):
                print(f"{name}: {counts[name]} times")
        table.add("malformed connections", f"{malformed} of {kinds} kinds", "all, of 20 kinds",
                  went and kinds >= 20 and malformed >= int(REVIEWED_CONNECTIONS_A_SECOND * seconds))
        table.add("events told as committed", str(committed), str(sent), committed == sent)
        table.add("events stored", str(stats.get("unique_processed")), str(sent),
                  stats.get("unique_processed") == sent)
        share = 0.9 if is_secured else 0.5
        table.add("honest rate beside strangers", f"{beside:.0f}/s", f"{share} x {alone:.0f}/s",
                  beside >= share * alone)
        if is_secured:
            # Connections of strangers that wait for a time limit may end first.
            secured.wait_until(lambda: server.resident() <= 1.1 * memory, 15)
            after = server.resident()
            table.add("resident memory after", f"{after / 2**20:.1f} MiB", f"1.1 x {memory / 2**20:.1f} MiB",
                      after <= 1.1 * memory)
        table.add("resident memory at most", f"{watch.resident >> 20} MiB", f"{server.printed_sum >> 20} MiB",
                  watch.resident <= server.printed_sum)
        for path in watch.seconds:
            table.add(f"P95 of {path}", f"{watch.p95(path) * 1e3:.0f} ms", "100 ms", watch.p95(path) < 0.1)
        table.add("requests without an answer", str(watch.unanswered), "0", watch.unanswered == 0)
        log = server.log_path.read_text(errors="replace")
        table.add("forged lines in the log", str(log.count("\nforged line")), "0", "\nforged line" not in log)
        table.add("the server ends in order", str(status := server.stop()), "0", status == 0)
        table.add("the audit holds", "", "", server.audit())
    finally:
        server.remove()


def few_descriptors(programs: pathlib.Path, seed: int, table: Table):
    """Opens 1,100 connections to a server that may open 1,024 files."""
    server = Server(programs, descriptors=1_024)
    crowd = []
    try:
        before = server.postmaster()
        for _ in range(1_100):
            channel = socket.socket()
            channel.setblocking(False)
            channel.connect_ex(("127.0.0.1", server.tcp_port))
            crowd.append(channel)
        watch = Watch(server)
        watch.start()
        cpu, begun = server.cpu_seconds(), time.monotonic()
        time.sleep(6)
        used = (server.cpu_seconds() - cpu) / (time.monotonic() - begun)
        watch.end()
        table.add("1,024 files: CPU of the server", f"{used:.2f} cores", "0.5 cores", used < 0.5)
        table.add("1,024 files: unanswered requests", str(watch.unanswered), "0", watch.unanswered == 0)
        table.add("1,024 files: Postgres lives on", server.postmaster(), before, server.postmaster() == before)
        table.add("1,024 files: the log says so", "", "",
                  "the system grants 1024 open files" in server.log_path.read_text())
        for channel in crowd:
            channel.close()
        sent, committed, _ = honest(server, 2, 1_000, seed)
        table.add("1,024 files: events committed after", str(committed), str(sent), committed == sent)
    finally:
        for channel in crowd:
            channel.close()
        server.remove()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=8_000, help="events a second of all honest producers")
    parser.add_argument("--programs", type=pathlib.Path, required=True)
    parser.add_argument("--keys", action="store_true", help="the server asks for keys")
    parser.add_argument("--tls", action="store_true", help="the ingest port speaks TLS; needs --keys")
    arguments = parser.parse_args()
    if arguments.tls and not arguments.keys:
        parser.error("--tls needs --keys: the attacks over TLS use a key, too")
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    table = Table()
    programs = arguments.programs
    server = SecuredServer(programs, arguments.tls) if arguments.keys else Server(programs)
    among_strangers(server, arguments.seconds, arguments.seed, arguments.rate, table)
    if not arguments.keys:
        few_descriptors(programs, arguments.seed, table)
    table.print()
    return 1 if table.failed else 0


if __name__ == "__main__":
    sys.exit(main())
