"""The cost of TLS and keys: the rate of ingest, handshakes, and the memory of idle connections."""

import contextlib
import os
import re
import secrets
import socket
import ssl
import subprocess
import time
import uuid

from ..comparison import compare, spread
from ..contenders import end_to_end
from ..processes import Child, Failure, cpu_seconds
from ..spec_client import Welcomed, connection, sluice
from ..workload import Workload

# Connections that are open before the memory is measured, so that the first use of OpenSSL does not count.
FIRST = 20
# Most idle connections, because each takes some milliseconds of this process.
MOST_IDLE = 1_000


class Secured:
    """Certificates, and one principal with its key."""

    def __init__(self, bench):
        directory = os.path.join(bench.scratch, "secured")
        os.makedirs(directory, exist_ok=True)
        certificates = os.path.join(directory, "certificates")
        credentials = os.path.join(directory, "credentials.yaml")
        self._run(bench, "dev-certs", certificates)
        text = self._run(bench, "credentials", "add", "bench", "--role", "publish", "--auth-credentials", credentials)
        self.key = sluice.Key.parse(text)
        key_file = os.path.join(directory, "key")
        with open(os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        authority = os.path.join(certificates, "ca.pem")
        self.context = ssl.create_default_context(cafile=authority)
        self.certificate = os.path.join(certificates, "server.pem")
        self.certificate_key = os.path.join(certificates, "server.key")
        self.settings = {
            "tls_certificate": self.certificate, "tls_key": self.certificate_key, "auth_credentials": credentials,
            "timeouts_idle": "1h"}
        self.client = ("--tls", "--tls-ca", authority, "--key-file", key_file)

    @staticmethod
    def _run(bench, *arguments: str) -> str:
        done = subprocess.run([bench.programs.sluiced, *arguments], capture_output=True, text=True)
        if done.returncode != 0:
            raise Failure(f"sluiced {arguments[0]} failed: {done.stderr.strip()}")
        return done.stdout


def run(bench) -> list[dict]:
    secured = Secured(bench)
    workload = Workload(bench.mode.events)
    rows = compare("TLS and keys", {
        "neither": end_to_end(bench, workload),
        "TLS and keys": end_to_end(bench, workload, client=secured.client, **secured.settings),
    }, "neither", bench.mode.rounds)
    rows += compare("handshakes", {
        "openssl s_server": lambda: _handshakes_of_openssl(bench, secured),
        "sluiced": lambda: _handshakes_of_sluiced(bench, secured),
    }, "openssl s_server", bench.mode.rounds, figure="core_handshakes")
    return rows + _idle(bench, secured)


@contextlib.contextmanager
def _connected(port: int, secured: Secured):
    """A TLS connection after its handshake."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as plain, \
            secured.context.wrap_socket(plain, server_hostname="127.0.0.1") as channel:
        yield channel


def _handshakes(port: int, pid: int, secured: Secured, count: int) -> dict:
    """Handshakes one after the other, for a second, and for a second of the processor time of the server."""
    for number in range(count + FIRST):
        if number == FIRST:
            begun, before = time.monotonic(), cpu_seconds(pid)
        with _connected(port, secured) as channel:
            if channel.version() != "TLSv1.3":
                raise Failure(f"the handshake chose {channel.version()}")
    return {
        "core_handshakes": count / (cpu_seconds(pid) - before), "handshakes": count / (time.monotonic() - begun)}


def _handshakes_of_sluiced(bench, secured: Secured) -> dict:
    with bench.cluster.fresh(bench.schema()) as database, bench.server(database, **secured.settings) as server:
        return _handshakes(server.port, server.child.pid, secured, 10 * bench.mode.inserts)


def _handshakes_of_openssl(bench, secured: Secured) -> dict:
    """Full handshakes as those of sluiced: TLS 1.3 without tickets. The server answers requests, and none comes."""
    command = ["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", secured.certificate, "-key",
               secured.certificate_key, "-tls1_3", "-num_tickets", "0", "-www"]
    with Child(command, bench.log) as child:
        for line in child.process.stdout:
            if found := re.match(r"ACCEPT .*:(\d+)", line):
                return _handshakes(int(found[1]), child.pid, secured, 10 * bench.mode.inserts)
    raise Failure(f"openssl s_server does not listen; see {bench.log}")


def _idle(bench, secured: Secured) -> list[dict]:
    """Resident memory of a daemon for each connection that has logged in over TLS and does nothing."""
    count = min(MOST_IDLE, bench.mode.connections[-1])

    def sample() -> dict:
        with bench.cluster.fresh(bench.schema()) as database, \
                bench.server(database, **secured.settings) as server, contextlib.ExitStack() as connections:
            def open_some(number: int) -> int:
                for _ in range(number):
                    _log_in(connections.enter_context(_connected(server.port, secured)), secured.key)
                time.sleep(1)  # until the memory of the handshakes is freed
                return server.memory_kib()[0]

            before = open_some(FIRST)
            after = open_some(count)
            return {"connections": count, "idle_mib": before / 1024, "kib_each": (after - before) / count}
    rounds = [sample() for _ in range(bench.mode.rounds)]
    return [{
        "case": "idle connections with TLS", "name": "sluiced", "figure": "kib_each",
        **{key: spread([one[key] for one in rounds]) for key in rounds[0]}}]


def _log_in(channel: ssl.SSLSocket, key: sluice.Key):
    """Proves the key, and reads up to WELCOME."""
    machine = connection.Connection(connection.Greeting(
        uuid.uuid4(), 1, key=key, nonce=secrets.token_bytes(32), channel_binding=sluice.tls_exporter(channel)), 0)
    while True:
        channel.sendall(machine.data_to_send(0))
        machine.receive(channel.recv(65_536), 0)
        for event in machine.events():
            if not isinstance(event, Welcomed):
                raise Failure(f"the server refused the key: {event}")
            return
