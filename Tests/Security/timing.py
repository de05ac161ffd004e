"""Measures whether the time of a refused login tells an unknown key id from a known one with a wrong proof.

Both kinds are tried in random order, so that they see the same load. The difference of their medians is compared with
the noise: with the differences of the medians of random halves of one kind. Ends with status 1 when the difference is
above the noise. `--delay` shows that a difference would be found.
"""

import argparse
import http.client
import pathlib
import random
import secrets
import socket
import ssl
import statistics
import struct
import sys
import time
import uuid

from http_checks import key_text
from secured import SecuredServer

import sluice
from sluice import connection

KINDS = ("unknown key id", "wrong proof")
# Wrong keys that the HTTP port takes of one address before it answers 429 instead.
HTTP_TRIES = 8
# Halves that are compared, and the share of their differences that counts as noise.
SPLITS, NOISE = 2_000, 0.99


def ingest_try(server: SecuredServer, key: sluice.Key, tls: ssl.SSLContext | None) -> float:
    """Seconds from AUTH to the last byte of its answer."""
    channel = socket.create_connection(("127.0.0.1", server.tcp_port), timeout=20)
    # Reset at the close, so that no port waits.
    channel.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    channel.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if tls:
        channel = tls.wrap_socket(channel, server_hostname="localhost")
    with channel:
        binding = sluice.tls_exporter(channel) if tls else b""
        machine = connection.Connection(
            connection.Greeting(uuid.uuid4(), 1, key=key, nonce=secrets.token_bytes(32), channel_binding=binding), 0)
        channel.sendall(machine.data_to_send(0))
        while not (proof := machine.data_to_send(0)):
            machine.receive(channel.recv(65_536), 0)
            if failed := next(machine.events(), None):
                raise SystemExit(f"the server did not take a proof: {failed}")
        begun = time.perf_counter()
        channel.sendall(proof)
        machine.receive(channel.recv(65_536), 0)
        took = time.perf_counter() - begun
        failed = next(machine.events(), None)
        if getattr(failed, "name", None) != "AUTHENTICATION_FAILED":
            raise SystemExit(f"the server did not refuse a wrong key: {failed}")
        return took


class HTTPTries:
    """Requests with wrong keys. Addresses of the loopback network take turns, because each may send a few only."""

    def __init__(self, server: SecuredServer):
        self.server, self.count = server, 0
        self.client: http.client.HTTPConnection | None = None

    def __call__(self, key: sluice.Key) -> float:
        if self.count % HTTP_TRIES == 0:
            if self.client:
                self.client.close()
            number = self.count // HTTP_TRIES + 256
            source = f"127.1.{number >> 8 & 255}.{number & 255}"
            self.client = http.client.HTTPConnection("127.0.0.1", self.server.http_port, 20, (source, 0))
        self.count += 1
        fields = {"Authorization": f"Bearer {key_text(key.id, key.secret)}"}
        begun = time.perf_counter()
        self.client.request("GET", "/events", headers=fields)
        answer = self.client.getresponse()
        answer.read()
        took = time.perf_counter() - begun
        if answer.status != 401:
            raise SystemExit(f"the server answered a wrong key with {answer.status} instead of 401")
        return took


def measure(attempt, known: str, tries: int, delay: float, random_: random.Random) -> dict[str, list[float]]:
    """Seconds of `tries` tries of each kind, in random order."""
    order = [kind for kind in KINDS for _ in range(tries)]
    random_.shuffle(order)
    seconds: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for number in range(100):
        attempt(sluice.Key(known, secrets.token_bytes(32)))
    for kind in order:
        # An id as long as the known one, because the length of a frame says nothing about keys.
        id_ = known if kind == "wrong proof" else secrets.token_hex(len(known))[:len(known)]
        took = attempt(sluice.Key(id_, secrets.token_bytes(32)))
        seconds[kind].append(took + (delay if kind == "wrong proof" else 0))
    return seconds


def bootstrap(one: list[float], other: list[float], random_: random.Random) -> tuple[float, float]:
    """The middle 99 % of the differences of the medians of resamples.

    The median of a resample is the value whose rank, as a share of all, has a Beta distribution, so the resamples need
    not be made.
    """
    one, other = sorted(one), sorted(other)

    def median(values: list[float]) -> float:
        half = (len(values) + 1) / 2
        return values[min(len(values) - 1, int(random_.betavariate(half, half) * len(values)))]

    differences = sorted(median(other) - median(one) for _ in range(10_000))
    return differences[50], differences[-51]


def noise(seconds: dict[str, list[float]], random_: random.Random) -> float:
    """The difference of medians that `NOISE` of the comparisons of halves of one kind do not exceed."""
    differences = []
    for values in seconds.values():
        values = list(values)
        for _ in range(SPLITS // len(seconds)):
            random_.shuffle(values)
            middle = len(values) // 2
            differences.append(abs(statistics.median(values[:middle]) - statistics.median(values[middle:])))
    return sorted(differences)[int(NOISE * (len(differences) - 1))]


def report(seconds: dict[str, list[float]], random_: random.Random) -> bool:
    """Prints the figures. Returns whether the difference is within the noise."""
    one, other = (seconds[kind] for kind in KINDS)
    for kind in KINDS:
        print(f"{kind}: median {statistics.median(seconds[kind]) * 1e6:.2f} us of {len(seconds[kind])} tries")
    difference = statistics.median(other) - statistics.median(one)
    low, high = bootstrap(one, other, random_)
    bound = noise(seconds, random_)
    holds = abs(difference) <= bound
    print(f"difference {difference * 1e6:+.2f} us, 99 % interval {low * 1e6:+.2f} to {high * 1e6:+.2f} us; "
          f"halves of one kind differ by up to {bound * 1e6:.2f} us: {'within' if holds else 'ABOVE'} the noise")
    return holds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=pathlib.Path, required=True)
    parser.add_argument("--tries", type=int, default=10_000, help="tries of each kind")
    parser.add_argument("--connection", choices=["tcp", "tls", "http"], default="tcp", help="port, and TLS on it")
    parser.add_argument("--delay", type=float, default=0, help="microseconds that are added to each wrong proof")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    random_ = random.Random(arguments.seed)
    # The limits of handshakes and of connections without a key would end the run early.
    limits = [text for name in ("address-hellos", "unauthenticated-connections", "unauthenticated-address")
              for text in (f"--limits-{name}", "100000")]
    server = SecuredServer(arguments.programs, {"known": ["--role", "publish,read"]}, *limits,
                           tls=arguments.connection == "tls")
    try:
        known = sluice.Key.parse(server.keys.text["known"]).id
        context = ssl.create_default_context(cafile=server.authority) if arguments.connection == "tls" else None
        attempt = HTTPTries(server) if arguments.connection == "http" else (
            lambda key: ingest_try(server, key, context))
        seconds = measure(attempt, known, arguments.tries, arguments.delay * 1e-6, random_)
    finally:
        server.remove()
    return 0 if report(seconds, random_) else 1


if __name__ == "__main__":
    sys.exit(main())
