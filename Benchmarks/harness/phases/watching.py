"""The cost of readers of pages and followers of the live tail for the rate of ingest."""

import contextlib
import http.client
import socket
import threading
import urllib.parse

from ..comparison import compare
from ..processes import wait_until
from ..server import publish
from ..workload import Workload
from .reading import Reader

# Topics of the events, without and with followers. A follower of one topic gets few of the events.
TOPICS = 50
FOLLOWED_TOPICS = 2_000
# Pages a second, and number of followers of the live tail.
PAGES = 20
FOLLOWERS = 10


def run(bench) -> list[dict]:
    """The highest rate of ingest with and without readers, and with and without followers."""
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
            bench.server(database, store_index="spans") as server:
        # Events for the pages.
        publish(bench.programs, [server], Workload(100_000, topics=topics, seed=None), bench.log)
        with watching(server):
            report = publish(
                bench.programs, [server], Workload(bench.mode.events, topics=topics, seed=None), bench.log)
    return {"rate": report["events_per_second"]}


def _topics(server) -> list[str]:
    return [topic["topic"] for topic in Reader(server.http_port, 0, 0).get("/topics")["topics"]]


@contextlib.contextmanager
def _pages(server):
    """A client that asks for the newest events, of all topics and of one topic in turn."""
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
        yield
    finally:
        over.set()
        thread.join()


@contextlib.contextmanager
def _followers(server):
    """Clients that follow the live tail of one topic each."""
    received = {}

    def follow(topic, answer):
        with contextlib.suppress(http.client.HTTPException):
            while data := answer.read1(1 << 16):
                received[topic] += data.count(b"data:")
    followers = []
    for topic in _topics(server)[:FOLLOWERS]:
        received[topic] = 0
        connection = http.client.HTTPConnection("127.0.0.1", server.http_port)
        connection.request("GET", "/events/stream?" + urllib.parse.urlencode({"topic": topic}))
        thread = threading.Thread(target=follow, args=(topic, connection.getresponse()))
        thread.start()
        followers.append((connection, thread))
    try:
        yield
        # Checks only that the followers got events, not how soon.
        wait_until(lambda: received and all(received.values()), "events for all followers of the live tail")
    finally:
        for connection, thread in followers:
            connection.sock.shutdown(socket.SHUT_RDWR)
            thread.join()
            connection.close()
