#!/usr/bin/env python3
"""Sends numbered events with the programs of other people while the server is killed and connections are cut.

Afterwards each sender's topic must hold each number once, and the sums of the server must be right.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import time
import urllib.error

from daemons import Rsyslog, SyslogNG
from server import CuttingProxy, Server

HERE = pathlib.Path(__file__).resolve().parent
CLIENTS = ["elasticsearch", "elasticsearch-async", "opentelemetry", "opentelemetry-json", "loki", "cloudevents"]
DAEMONS = {"rsyslog": Rsyslog, "syslog-ng": SyslogNG}


def number(event) -> int:
    """The number of an event, wherever its format puts the number."""
    payload = event["payload"]
    if "line" in payload:
        return json.loads(json.loads(payload["line"])["message"])["number"]
    for place in (payload, payload.get("attributes"), payload.get("data")):
        if place and "number" in place:
            return int(place["number"])
    raise KeyError(f"no number in {payload}")


def stored(server: Server) -> int:
    """The number of stored events; 0 while the server does not answer."""
    try:
        return server.get("/stats")["unique_processed"]
    except (OSError, urllib.error.URLError, ValueError):
        return 0


def is_done(name: str, process, server: Server, count: int) -> bool:
    """Whether a sender has sent all. A log daemon goes on, so that its events are counted."""
    if name in DAEMONS:
        return sum(1 for _ in server.events(name)) >= count
    return process.poll() is not None


def run(arguments) -> list[str]:
    failures = []
    server = Server(arguments.programs)
    server.start()
    proxy = CuttingProxy(server, arguments.cuts, arguments.seed)
    url = f"http://127.0.0.1:{proxy.port}"
    work = pathlib.Path(server.directory, "senders")
    work.mkdir()
    senders = {}
    try:
        for name in arguments.only:
            if name in DAEMONS:
                senders[name] = DAEMONS[name](arguments.tools / name, work / name, proxy.port, arguments.events)
            else:
                log = open(work / f"{name}.log", "wb")
                senders[name] = subprocess.Popen(
                    [sys.executable, "-B", HERE / "clients.py", name, url, str(arguments.events)],
                    stdout=log, stderr=log)
        total = arguments.events * len(senders)
        for kill in range(1, arguments.kills + 1):
            wait_until(lambda: stored(server) >= total * kill / (arguments.kills + 1), arguments.seconds)
            print(f"killing the server with {stored(server)} events stored", flush=True)
            server.kill()
            server.start()
        for name, sender in senders.items():
            process = sender.process if name in DAEMONS else sender
            if not wait_until(lambda: is_done(name, process, server, arguments.events), arguments.seconds):
                failures.append(f"{name} is not done")
        for name, sender in senders.items():
            if name in DAEMONS:
                sender.stop()
            elif sender.poll():
                failures.append(f"{name}: {(work / f'{name}.log').read_text()[-1_500:]}")
        print(f"{proxy.made} connections were cut", flush=True)
        for name in senders:
            failures += check(name, server, arguments.events)
        audit = server.get("/audit")
        dead = server.get("/stats")["dead"]
        if not audit["holds"] or dead:
            failures.append(f"the audit says {audit}, and {dead} events are dead")
    finally:
        for name, sender in senders.items():
            if name in DAEMONS:
                sender.stop()
            elif sender.poll() is None:
                sender.kill()
                sender.wait()
        proxy.close()
        server.close()
    return failures


def check(name: str, server: Server, count: int) -> list[str]:
    """Compares the numbers in a topic with those that were sent."""
    found = sorted(number(event) for event in server.events(name))
    verdict = "each once" if found == list(range(count)) else "WRONG"
    print(f"{name:20} {len(found)} events stored of {count}, {verdict}", flush=True)
    if found == list(range(count)):
        return []
    missing = sorted(set(range(count)) - set(found))
    return [f"{name}: {len(found)} events, {len(set(found))} numbers, missing {missing[:5]}"]


def wait_until(condition, seconds: float) -> bool:
    """Waits until `condition` holds. Returns false when it does not hold in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=pathlib.Path, required=True, help="the directory of sluiced")
    parser.add_argument("--tools", type=pathlib.Path, required=True, help="the directory of rsyslog and syslog-ng")
    parser.add_argument("--events", type=int, default=20_000, help="events of each sender")
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--cuts", type=int, default=40, help="connections that are cut, about")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=300, help="the time within which each sender must be done")
    parser.add_argument("--only", nargs="+", default=[*CLIENTS, *DAEMONS])
    failures = run(parser.parse_args())
    for failure in failures:
        print(f"FAILED: {failure}", file=sys.stderr)
    sys.exit(1 if failures else 0)
