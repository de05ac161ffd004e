"""Faults of producers, of clients with encryption, and of certificates."""

import contextlib
import datetime
import json
import random
import shutil
import socket
import ssl
import subprocess
import threading
import time

import servers  # First, because it finds the modules of the other tests.

import wire
from servers import SecuredServer, Server

ADDRESSES = 32
CONNECTIONS = 8_050


def publish_event(server: Server, path: str = "/publish", **fields):
    now = datetime.datetime.now(datetime.UTC).isoformat()
    event = {"topic": "alerts.fault", "event_id": "1", "timestamp": now, "source": "alerts", **fields}
    status, answer = server.request(path, json.dumps(event).encode())
    if status != 200:
        raise RuntimeError(f"{path} answers {status}: {answer}")


@contextlib.contextmanager
def dead_events(server: Server):
    """An event with a topic that is too long."""
    publish_event(server, "/publish?partial=true", topic="t" * 300)
    yield


@contextlib.contextmanager
def conflicts(server: Server):
    """Two different events with one key."""
    for payload in ({"n": 1}, {"n": 2}):
        publish_event(server, payload=payload)
    yield


def read_exactly(channel: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = channel.recv(size - len(data))
        if not more:
            raise ConnectionError("the server closed the connection")
        data += more
    return data


def await_welcome(channel: socket.socket):
    """Reads the preface and the first frame of the server, whose header begins with the length of its body."""
    header = read_exactly(channel, len(wire.PREFACE) + len(wire.header(wire.HELLO, 0)))[len(wire.PREFACE):]
    read_exactly(channel, int.from_bytes(header[:4], "little"))


@contextlib.contextmanager
def greeted(server: Server, address: str = "127.0.0.1"):
    """A connection after its handshake."""
    with socket.create_connection((server.host, server.tcp_port), 10, (address, 0)) as channel:
        channel.sendall(wire.PREFACE + wire.hello(random.Random()))
        await_welcome(channel)
        yield channel


@contextlib.contextmanager
def damaged_frame(server: Server):
    """A bit of a batch changes on its way."""
    with greeted(server) as channel:
        frame = bytearray(wire.publish(1, bytes(100)))
        frame[-1] ^= 1
        channel.sendall(frame)
        # Until the connection is closed.
        with contextlib.suppress(OSError):
            while channel.recv(65_536):
                pass
    yield


@contextlib.contextmanager
def copied_spool(server: Server):
    """A spool with batches that are not settled is copied, and both copies are sent."""
    spool, copy = (f"{server.directory}/{name}" for name in ("spool", "copy"))
    with server.transaction("LOCK TABLE events IN ACCESS EXCLUSIVE MODE"):
        with server.load("--spool", spool, "--rate", "1000", "--batch", "100"):
            time.sleep(3)
        shutil.copytree(spool, copy)
    for directory in (spool, copy):
        # The original also sends batches of its own, and so declares the others settled.
        server.publish("--spool", directory, "--events", "5000", "--batch", "100").wait(60)
    yield


@contextlib.contextmanager
def many_connections(server: Server):
    """8,050 producers that are connected and send nothing."""
    limit = servers.raise_descriptor_limit(2 * CONNECTIONS)
    if limit < CONNECTIONS + 500:
        raise RuntimeError(f"this machine permits {limit} open files, and the fault needs {CONNECTIONS + 500}")
    # Enough addresses, because a server takes 250 handshakes of an address in a second.
    with contextlib.ExitStack() as channels:
        opened: list[socket.socket] = []
        for number in range(CONNECTIONS):
            address = f"127.0.0.{2 + number % ADDRESSES}"
            channel = socket.create_connection((server.host, server.tcp_port), 30, (address, 0))
            opened.append(channels.enter_context(channel))
            channel.sendall(wire.PREFACE + wire.hello(random.Random(number)))
            # A bounded number of handshakes at a time, because each must end within 3 s.
            if len(opened) == 100:
                for one in opened:
                    await_welcome(one)
                opened.clear()
        yield


@contextlib.contextmanager
def quota_used_up(server: SecuredServer):
    """A principal with a quota of 100 events in a second sends as fast as it can."""
    with server.load("--key-file", server.keys.file("hasty"), "--batch", "10"):
        yield


@contextlib.contextmanager
def certificate_that_ends(server: SecuredServer):
    """The certificate in force ends in 13 days."""
    server.sign(13)
    try:
        yield
    finally:
        server.sign(90)


def distrustful(server: SecuredServer, port: int):
    """Clients that do not trust the authority of the server: two handshakes fail in a second."""

    def fail():
        context = ssl.create_default_context()
        with contextlib.suppress(OSError):
            with socket.create_connection((server.host, port), 5) as plain, \
                    context.wrap_socket(plain, server_hostname=server.host):
                pass

    return repeated(fail, 0.5)


@contextlib.contextmanager
def repeated(act, pause: float):
    """Does something again and again meanwhile, on a thread."""
    over = threading.Event()

    def run():
        while not over.is_set():
            act()
            over.wait(pause)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def distrustful_producers(server: SecuredServer):
    return distrustful(server, server.tcp_port)


def distrustful_browsers(server: SecuredServer):
    return distrustful(server, server.http_port)
