"""Attacks a server in all ways at once while honest producers publish.

Prints a table of the required and the measured figures, and ends with status 1 when a requirement is not met.
Everything uses the loopback interface. The same seed makes the same attacks.
"""

import argparse
import asyncio
import json
import os
import pathlib
import pwd
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

import attacks

REVIEWED_CONNECTIONS_A_SECOND = 100_000 / 300


class Server:
    """A daemon with its own embedded Postgres."""

    def __init__(self, programs: pathlib.Path, descriptors: int | None = None):
        self.programs = programs
        self.directory = tempfile.mkdtemp(prefix="sluice-hostile-", dir="/var/tmp")
        if os.geteuid() == 0:
            os.chown(self.directory, pwd.getpwnam("postgres").pw_uid, -1)
        self.data = f"{self.directory}/data"
        self.log_path = pathlib.Path(self.directory, "log")
        limit = None
        if descriptors:
            limit = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))  # noqa: E731
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(
                [programs / "sluiced", "--tcp-port", "0", "--http-port", "0", "--data-dir", self.data],
                stdout=subprocess.PIPE, stderr=log, preexec_fn=limit)
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"sluiced did not start: {self.log_path.read_text()[-2_000:]}")
        ready = json.loads(line)
        self.tcp_port, self.http_port = ready["tcp_port"], ready["http_port"]

    @property
    def printed_sum(self) -> int:
        """The memory sum that the server printed, in bytes."""
        found = re.search(r"(\d+)MiB: ingest", self.log_path.read_text())
        if not found:
            raise SystemExit("the server did not print its sum of memory")
        return int(found[1]) << 20

    def resident(self) -> int:
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) << 10

    def cpu_seconds(self) -> float:
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def postmaster(self) -> str:
        found = next(pathlib.Path(self.data).rglob("postmaster.pid"), None)
        return found.read_text().split("\n")[0] if found else "none"

    def get(self, path: str, timeout: float = 5.0):
        """Status, seconds and body of an answer; status 0 without an answer."""
        begun = time.monotonic()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.http_port}{path}", timeout=timeout) as answer:
                status, body = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, body = error.code, error.read()
        except OSError:
            status, body = 0, b""
        return status, time.monotonic() - begun, body

    def publish(self, events: int, rate: float, seed: int) -> subprocess.Popen:
        return subprocess.Popen(
            [self.programs / "sluice-publish", "--port", str(self.tcp_port), "--events", str(events), "--rate",
             str(max(1, int(rate))), "--duplicates", "0", "--seed", str(seed), "--json", "--wait", "60s"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def audit(self) -> bool:
        audit = subprocess.run([self.programs / "sluiced", "audit", "--data-dir", self.data], capture_output=True)
        return audit.returncode == 0

    def remove(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


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
    """Runs four producers. Returns the events sent, the events committed, and the rate in events a second."""
    each = max(1, int(rate * seconds / 4))
    begun = time.monotonic()
    producers = [server.publish(each, rate / 4, seed * 10 + number) for number in range(4)]
    committed = 0
    for producer in producers:
        try:
            output, _ = producer.communicate(timeout=4 * seconds + 60)
        except subprocess.TimeoutExpired:
            producer.kill()
            output, _ = producer.communicate()
        lines = [line for line in output.decode().splitlines() if line.startswith("{")]
        committed += json.loads(lines[-1]).get("committed", 0) if lines else 0
    return 4 * each, committed, committed / (time.monotonic() - begun)


def attack(server: Server, seconds: float, seed: int, report):
    """Runs the attacks in a separate process, and returns their counts."""
    os.nice(5)
    target = attacks.Target(server.tcp_port, server.http_port, seed)
    asyncio.run(attacks.run(target, seconds, int(REVIEWED_CONNECTIONS_A_SECOND * seconds)))
    report.write(json.dumps(target.counts))
    report.flush()


def among_strangers(programs: pathlib.Path, seconds: float, seed: int, rate: float, table: Table):
    server = Server(programs)
    try:
        sent, committed, alone = honest(server, max(5.0, seconds / 6), rate, seed)
        watch = Watch(server)
        watch.start()
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
            more, then, beside = honest(server, seconds - 1, rate, seed + 1)
            _, status = os.waitpid(child, 0)
            report.seek(0)
            counts = json.loads(report.read() or "{}")
        watch.end()
        sent, committed = sent + more, committed + then
        stats = json.loads(server.get("/stats", 30)[2] or b"{}")
        malformed = sum(count for name, count in counts.items() if name.startswith("malformed"))
        kinds = sum(name.startswith("malformed") for name in counts)
        for name in sorted(counts):
            if not name.startswith("malformed"):
                print(f"{name}: {counts[name]} times")
        table.add("malformed connections", f"{malformed} of {kinds} kinds", "all, of 20 kinds",
                  status == 0 and kinds >= 20 and malformed >= int(REVIEWED_CONNECTIONS_A_SECOND * seconds))
        table.add("events told as committed", str(committed), str(sent), committed == sent)
        table.add("events stored", str(stats.get("unique_processed")), str(sent),
                  stats.get("unique_processed") == sent)
        table.add("honest rate beside strangers", f"{beside:.0f}/s", f"half of {alone:.0f}/s", beside >= alone / 2)
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
    arguments = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    table = Table()
    among_strangers(arguments.programs, arguments.seconds, arguments.seed, arguments.rate, table)
    few_descriptors(arguments.programs, arguments.seed, table)
    table.print()
    return 1 if table.failed else 0


if __name__ == "__main__":
    sys.exit(main())
