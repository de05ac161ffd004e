"""Checks that nothing of a revoked principal is accepted 5 s after the revocation, on 100 open connections."""

import contextlib
import http.client
import json
import ssl
import threading
import time

import sluice
from http_checks import document
from secured import Checks, SecuredServer, wait_until

CONNECTIONS = 50
NAME = "leaver"
LIMIT = 5.0


class Attempts:
    """Events that clients send again and again, and the time of the last accepted one."""

    def __init__(self):
        self.is_over = False
        self._lock = threading.Lock()
        self._accepted: dict[str, int] = {"tcp": 0, "http": 0}
        self._last = 0.0
        self._clients: set[tuple[str, int]] = set()

    def accepted(self, way: str, client: int):
        with self._lock:
            self._accepted[way] += 1
            self._clients.add((way, client))
            self._last = time.monotonic()

    @property
    def last(self) -> float:
        """Time of the last acceptance."""
        with self._lock:
            return self._last

    def clients(self) -> int:
        """Number of clients of which an event was accepted."""
        with self._lock:
            return len(self._clients)


def publish_over_tcp(server: SecuredServer, client: int, connect, attempts: Attempts):
    """Publishes over one connection until the server ends the connection, and tries again until the end."""
    number = 0
    while not attempts.is_over:
        with contextlib.suppress(sluice.SluiceError, OSError, TimeoutError), connect(server, NAME) as producer:
            while not attempts.is_over:
                number += 1
                producer.publish("revoked.tcp", f"{client}-{number}").committed(10)
                attempts.accepted("tcp", client)
                time.sleep(0.05)
        time.sleep(0.05)


def publish_over_http(server: SecuredServer, client: int, attempts: Attempts):
    """Posts over one connection, and over a new one when the server has closed it."""
    number = 0
    context = ssl.create_default_context(cafile=server.authority)
    fields = {"Authorization": f"Bearer {server.keys.text[NAME]}", "Content-Type": "application/json"}
    while not attempts.is_over:
        connection = http.client.HTTPSConnection("localhost", server.http_port, timeout=10, context=context)
        with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
            while not attempts.is_over:
                number += 1
                event = {"topic": "revoked.http", "event_id": f"{client}-{number}", "source": "revocation",
                         "timestamp": "2026-01-02T03:04:05Z", "payload": None}
                connection.request("POST", "/publish", json.dumps(event), fields)
                with connection.getresponse() as answer:
                    answer.read()
                    if answer.status == 200:
                        attempts.accepted("http", client)
                time.sleep(0.05)


def check_revocation(checks: Checks, server: SecuredServer, connect):
    """Revokes a principal with 50 producers and 50 HTTP connections, each of which keeps trying for 10 s."""
    attempts = Attempts()
    ways = [(publish_over_tcp, (connect, attempts)), (publish_over_http, (attempts,))]
    threads = [
        threading.Thread(target=way, args=(server, client, *rest))
        for way, rest in ways for client in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    try:
        everybody = wait_until(lambda: attempts.clients() == 2 * CONNECTIONS, 60)
        checks.add("revocation: 50 producers and 50 HTTP clients publish", everybody, attempts.clients())
        revoked = time.monotonic()
        server.keys.revoke(NAME)
        time.sleep(LIMIT)
        before = document(server, "/stats", "analyst")["received"]
        time.sleep(LIMIT)
        after = document(server, "/stats", "analyst")["received"]
    finally:
        attempts.is_over = True
        for thread in threads:
            thread.join(60)
    late = attempts.last - revoked
    checks.add(f"revocation: no event is accepted {LIMIT:.0f} s later, the last after {max(0.0, late):.1f} s",
               late < LIMIT, late)
    checks.add("revocation: the server counts no event that came later", before == after, (before, after))
