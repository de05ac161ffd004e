"""Faults of the database and of the machine: each is made for real, and ends with its context."""

import contextlib
import dataclasses
import datetime
import json
import signal
import threading
import time
import typing

from servers import Server


@dataclasses.dataclass(frozen=True)
class Fault:
    """A fault, and the alerts that tell of it."""

    # In words.
    what: str
    # Makes the fault on a server, and ends it with its context.
    make: typing.Callable[[Server], typing.ContextManager]
    # The alerts that must fire.
    alerts: tuple[str, ...]
    # Alerts that may fire, too, because they have the same cause.
    others: tuple[str, ...] = ()
    # Whether the alerts look back for an hour, so that the next fault does not wait for their end.
    lasts: bool = False


# Whatever keeps batches from being committed may fire these.
WAITING = ("SluiceBatchesNotCommitted", "SluiceBatchWaits", "SluiceCommitsStopped", "SluiceCommitsSlow",
           "SluiceQueueNearFull")
# A database that is away may fire these, too.
AWAY = ("SluiceDatabaseAway", "SluiceGroupsRunAgain", *WAITING)


@contextlib.contextmanager
def table_locked(server: Server):
    """Another program locks the table of the events."""
    with server.transaction("LOCK TABLE events IN ACCESS EXCLUSIVE MODE"):
        yield


@contextlib.contextmanager
def database_stopped(server: Server):
    """Postgres is stopped."""
    server.postgres.kill()
    try:
        yield
    finally:
        server.postgres.start()


@contextlib.contextmanager
def database_away(server: Server):
    """Postgres is stopped, while four fast producers and a program that uses HTTP publish.

    The batches are large, because a producer may have 64 batches in the queue.
    """
    with server.load("--batch", "5000", connections=4), publishing_over_http(server), database_stopped(server):
        yield


@contextlib.contextmanager
def database_away_from_small_batches(server: Server):
    """Postgres is stopped, while 60 producers send batches of one event: many batches of few bytes."""
    with server.load("--batch", "1", connections=60), database_stopped(server):
        yield


@contextlib.contextmanager
def publishing_over_http(server: Server):
    """Ten requests in a second, each from a thread of its own because an answer may take long."""
    over = threading.Event()

    def publish(number: int):
        while not over.is_set():
            now = datetime.datetime.now(datetime.UTC).isoformat()
            server.request("/publish", json.dumps({
                "topic": "alerts.http", "event_id": f"{number}-{time.monotonic_ns()}", "timestamp": now,
                "source": "alerts"}).encode())
            over.wait(1)

    threads = [threading.Thread(target=publish, args=(number,), daemon=True) for number in range(10)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


@contextlib.contextmanager
def trigger(server: Server, table: str, when: str, body: str):
    """A trigger of somebody else on a table of the server."""
    server.sql(f"""
        CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$;
        CREATE TRIGGER fault {when} ON {table} EXECUTE FUNCTION fault();""")
    try:
        yield
    finally:
        server.sql("SET lock_timeout = '60s'; DROP FUNCTION fault CASCADE;")


def slow_commits(server: Server):
    """Each transaction of a writer takes 1.5 s."""
    return trigger(server, "batches", "AFTER INSERT", "PERFORM pg_sleep(1.5); RETURN NULL;")


def failing_transactions(server: Server):
    """A third of the transactions fail to be serialised."""
    return trigger(server, "batches", "AFTER INSERT",
                   "IF random() < 0.33 THEN RAISE EXCEPTION 'made by the test' USING ERRCODE = '40001'; END IF;"
                   " RETURN NULL;")


@contextlib.contextmanager
def refused_event(server: Server):
    """A constraint of somebody else refuses the events of one topic."""
    server.sql("ALTER TABLE events ADD CONSTRAINT fault CHECK (topic NOT LIKE 'refused.%') NOT VALID")
    try:
        with server.load("--topic-prefix", "refused.", "--rate", "10", "--batch", "10"):
            yield
    finally:
        server.sql("ALTER TABLE events DROP CONSTRAINT fault")


@contextlib.contextmanager
def changed_counters(server: Server):
    """Somebody changes a counter by hand."""
    change = "UPDATE counters SET unique_ = unique_ {} 1 WHERE ctid = (SELECT min(ctid) FROM counters)"
    server.sql(change.format("+"))
    try:
        yield
    finally:
        server.sql(change.format("-"))


@contextlib.contextmanager
def rows_kept(server: Server):
    """A transaction of another program locks the oldest events, so that they cannot be deleted."""
    with server.transaction("SELECT FROM events ORDER BY processed_at LIMIT 1000 FOR UPDATE"):
        yield


@contextlib.contextmanager
def memory_bound_reached(server: Server):
    """Postgres is stopped under a load, and the queue may hold more than `ingest.memory`."""
    with server.load(connections=4), database_stopped(server):
        yield


@contextlib.contextmanager
def large_process(server: Server):
    """Postgres is stopped under a load of large events, and the queue may hold more than the container has."""
    try:
        with server.load("--payload-bytes", "50000", "--batch", "50", connections=20), database_stopped(server):
            yield
    finally:
        # A new process, because memory that was used is not given back at once.
        server.end(signal.SIGKILL)
        server.start()


@contextlib.contextmanager
def stopped_server(server: Server):
    """The server is stopped."""
    server.end(signal.SIGTERM)
    try:
        yield
    finally:
        server.start()


@contextlib.contextmanager
def killed_server(server: Server):
    """The server is killed three times. Each time its uptime is seen before."""
    for _ in range(3):
        time.sleep(4)
        server.end(signal.SIGKILL)
        server.start()
    yield
