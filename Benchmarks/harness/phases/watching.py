"""What those who read pages and follow the live tail take away from the rate of ingest."""

import contextlib
import http.client
import threading
import urllib.parse

from ..comparison import compare
from ..server import publish
from ..workload import Workload
from .reading import Reader

# Topics of the events that come in, and of those that have followers: a follower of a topic has few of the events.
TOPICS = 50
FOLLOWED_TOPICS = 2_000
# Pages a second, and followers of the live tail.
PAGES = 20
FOLLOWERS = 10


def run(bench) -> list[dict]:
    """Ingest as fast as it can, with and without readers, and with and without followers."""
    return compare(
        "pages", {
            "nobody reads": lambda: _ingested(bench, TOPICS),
            f"{PAGES} pages a second": lambda: _ingested(bench, TOPICS, _pages),
        }, "nobody reads", bench.mode.rounds
    ) + compare(
        "live tail", {
            "nobody follows": lambda: _ingested(bench, FOLLOWED_TOPICS),
            f"{FOLLOWERS} followers of a topic": lambda: _ingested(bench, FOLLOWED_TOPICS, _followers),
        }, "nobody follows", bench.mode.rounds)


def _ingested(bench, topics: int, watching=lambda server: contextlib.nullcontext()) -> dict:
    with bench.cluster.fresh(bench.schema("spans")) as database, \
            bench.server(database, events_index="spans") as server:
        # Something to be found.
        publish(bench.programs, [server], Workload(100_000, topics=topics, seed=None), bench.log)
        with watching(server) as seen:
            report = publish(
                bench.programs, [server], Workload(bench.mode.events, topics=topics, seed=None), bench.log)
    return {"rate": report["events_per_second"]} | (seen.figures() if seen else {})


class Seen:
    """What watchers got."""

    def __init__(self):
        self.bytes = 0

    def figures(self) -> dict:
        return {"seen_mib": self.bytes / 2**20}


def _topics(server) -> list[str]:
    return [topic["topic"] for topic in Reader(server.http_port, 0, 0).get("/topics")["topics"]]


@contextlib.contextmanager
def _pages(server):
    """Someone who asks for the newest events, of all topics or of one, in turn."""
    over = threading.Event()

    def read():
        reader = Reader(server.http_port, 0, 0)
        topics = _topics(server)
        number = 0
        while not over.wait(1 / PAGES):
            number += 1
            reader.page(**({"topic": topics[number % len(topics)]} if topics and number % 2 else {}))
    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield None
    finally:
        over.set()
        thread.join()


@contextlib.contextmanager
def _followers(server):
    """Some who follow the live tail of a topic each."""
    seen = Seen()
    connections = []

    def follow(answer):
        with contextlib.suppress(OSError, http.client.HTTPException, AttributeError):
            while data := answer.read1(1 << 16):
                seen.bytes += len(data)
    threads = []
    for topic in _topics(server)[:FOLLOWERS]:
        connection = http.client.HTTPConnection("127.0.0.1", server.http_port)
        connection.request("GET", "/events/stream?" + urllib.parse.urlencode({"topic": topic}))
        threads.append(threading.Thread(target=follow, args=(connection.getresponse(),)))
        connections.append(connection)
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        for connection in connections:
            connection.sock and connection.sock.shutdown(2)
            connection.close()
        for thread in threads:
            thread.join()
