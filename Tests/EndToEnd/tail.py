#!/usr/bin/env python3
"""Follows the live tail of all events while a command publishes, and checks that each stored event comes once.

The connection is cut repeatedly at random positions and resumed with Last-Event-ID, as a subscriber would do. The
command is `sluice-publish --json ...`, whose result tells how many events it stored. Prints the outcome as one JSON
object. The exit status is 1 when an event was missing, came twice, or was never published.
"""

import argparse
import http.client
import json
import random
import socket
import subprocess
import sys
import threading
import time


class Tail:
    """A subscriber, with the events so far and its position."""

    def __init__(self, port, silence):
        self.port = port
        self.silence = silence
        self.connection = None
        self.position = None  # of the last complete event
        self.keys = set()
        self.repeated = []
        self.endings = {}
        self.refused = 0
        self.began = threading.Event()

    def follow(self, enough):
        """Reads until `enough()` holds or the server ends the stream. An incomplete event is dropped."""
        connection = self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.silence)
        fields = {"Accept": "text/event-stream"}
        if self.position:
            fields["Last-Event-ID"] = self.position
        try:
            connection.request("GET", "/events/stream", headers=fields)
            answer = connection.getresponse()
            if answer.status != 200:
                # The place of the cut connection may not be free yet, or the database may be unavailable.
                self.refused += 1
                if answer.status != 503:
                    raise SystemExit(f"{answer.status}: {answer.read().decode()}")
                time.sleep(0.1)
                return
            rest = b""
            while not enough() and (piece := answer.read1(1 << 16)):
                *blocks, rest = (rest + piece).split(b"\n\n")
                for block in blocks:
                    self.take(block)
                    if enough():
                        break
        except (OSError, http.client.HTTPException):
            pass  # cut, or silent for too long
        finally:
            connection.close()

    def cut(self):
        """Cuts the connection while another thread reads from it."""
        try:
            self.connection.sock.shutdown(socket.SHUT_RDWR)
        except (OSError, AttributeError):
            pass  # it is cut already

    def take(self, block):
        """Handles one event (WHATWG HTML, "Interpreting an event stream")."""
        kind, data, place = b"message", None, None
        for line in block.split(b"\n"):
            name, _, value = line.partition(b": ")
            if name == b"id":
                place = value
            elif name == b"data":
                data = value
            elif name == b"event":
                kind = value
        if place:
            self.position = place.decode()
            self.began.set()
        if data is None:
            return
        content = json.loads(data)
        if kind == b"end":
            self.endings[content["reason"]] = self.endings.get(content["reason"], 0) + 1
            return
        key = (content["topic"], content["event_id"])
        if key in self.keys:
            self.repeated.append(key)
        self.keys.add(key)


class Publishing(threading.Thread):
    """Runs the command in a separate thread."""

    def __init__(self, command, when_done):
        super().__init__(daemon=True)
        self.command = command
        self.when_done = when_done
        self.result = None

    def run(self):
        finished = subprocess.run(self.command, stdout=subprocess.PIPE, check=False)
        try:
            self.result = json.loads(finished.stdout)
        except ValueError:
            self.result = {"unique": -1}
        self.when_done()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, required=True, help="the HTTP port of the server")
    parser.add_argument("--cuts", type=int, default=10)
    parser.add_argument("--events", type=int, required=True, help="about how many come, to spread the cuts over")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--silence", type=float, default=60, help="seconds without an event until it gives up")
    parser.add_argument("command", nargs="+", help="what publishes")
    options = parser.parse_args()

    chance = random.Random(options.seed)
    cuts = sorted(chance.sample(range(1, max(options.events, options.cuts + 1)), options.cuts))
    tail = Tail(options.port, options.silence)
    publishing = Publishing(options.command, tail.cut)
    progress = [0, time.monotonic()]

    def is_over():
        if len(tail.keys) > progress[0]:
            progress[:] = [len(tail.keys), time.monotonic()]
        result = publishing.result
        return bool(
            result and (result["unique"] < 0 or len(tail.keys) >= result["unique"])
            or time.monotonic() - progress[1] > options.silence)

    # A position before the first event, so that no event is missed.
    tail.follow(tail.began.is_set)
    publishing.start()
    done = 0
    while not is_over():
        limit = cuts[done] if done < len(cuts) else None
        tail.follow(lambda: limit is not None and len(tail.keys) >= limit or is_over())
        if limit is not None and len(tail.keys) >= limit:
            done += 1
            time.sleep(chance.random() / 5)
    # An event that comes twice comes now.
    last_call = threading.Timer(1, tail.cut)
    last_call.start()
    tail.follow(lambda: not last_call.is_alive())
    publishing.join()
    report(tail, publishing.result["unique"], done, options.cuts)


def report(tail, unique, done, wanted):
    """Prints the outcome and ends with its status."""
    problems = []
    if len(tail.keys) != unique:
        problems.append(f"{unique} events were stored, {len(tail.keys)} came")
    if tail.repeated:
        problems.append(f"{len(tail.repeated)} came again, such as {tail.repeated[0]}")
    if done != wanted:
        problems.append(f"{done} cuts instead of {wanted}")
    print(json.dumps({
        "stored": unique, "came": len(tail.keys), "repeated": len(tail.repeated), "cuts": done,
        "ended_by_the_server": tail.endings, "refused": tail.refused, "problems": problems}))
    sys.exit(1 if problems else 0)


main()
