"""Attacks on a server with keys, and with TLS: before, in and after the handshake of TLS, and around the login."""

import asyncio
import contextlib
import random
import secrets
import socket
import ssl
import struct
import time
import uuid

import attacks
import wire
from server import SecuredServer

import sluice
from sluice import connection, frames
from sluice.events import Welcomed

HANDSHAKE, ALERT, DATA, CHANGE, HEARTBEAT = 22, 21, 23, 20, 24


class SecuredTarget(attacks.Target):
    """A target that strangers reach from other addresses than honest producers."""

    def __init__(self, server: SecuredServer, seed: int):
        super().__init__(server.tcp_port, server.http_port, seed)
        self.key = sluice.Key.parse(server.keys.text["insider"])
        self.context = None
        if server.has_tls:
            self.context = ssl.create_default_context(cafile=server.authority)

    def source(self) -> tuple[str, int]:
        """An address of the loopback network. Each address has a limit of connections without a key."""
        return f"127.2.{self.random.randrange(256)}.{self.random.randrange(1, 255)}", 0

    async def connect(self, port: int, receive_buffer: int | None = None):
        channel = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        channel.setblocking(False)
        try:
            channel.bind(self.source())
            await asyncio.wait_for(asyncio.get_running_loop().sock_connect(channel, ("127.0.0.1", port)), 10)
        except BaseException:
            channel.close()
            raise
        return channel

    @contextlib.asynccontextmanager
    async def streams(self):
        """A connection with TLS, if the server has it. Half of them end without close_notify."""
        name = "localhost" if self.context else None
        reader, writer = await asyncio.wait_for(asyncio.open_connection(
            "127.0.0.1", self.tcp_port, ssl=self.context, server_hostname=name, local_addr=self.source()), 20)
        try:
            yield reader, writer
        finally:
            if self.random.random() < 0.5:
                writer.close()
                with contextlib.suppress(OSError, TimeoutError):
                    await asyncio.wait_for(writer.wait_closed(), 1)
            # Python 3.11 raises AttributeError for a connection that has ended already.
            with contextlib.suppress(AttributeError):
                writer.transport.abort()


def record(kind: int, body: bytes, version: bytes = b"\x03\x03", length: int | None = None) -> bytes:
    """A record of TLS (RFC 8446, section 5.1)."""
    return bytes([kind]) + version + struct.pack(">H", len(body) if length is None else length) + body


def client_hello() -> bytes:
    context = ssl.create_default_context()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with contextlib.suppress(ssl.SSLWantReadError):
        context.wrap_bio(incoming, outgoing, server_hostname="localhost").do_handshake()
    return outgoing.read()


def around_tls(rng: random.Random) -> dict[str, bytes]:
    """First bytes of a connection that are nearly TLS, by kind."""
    hello = client_hello()
    changed = bytearray(hello)
    changed[rng.randrange(5, len(changed))] ^= 1 << rng.randrange(8)
    return {
        "half a ClientHello": hello[:rng.randrange(1, len(hello))],
        "a changed ClientHello": bytes(changed),
        "two ClientHellos": hello + hello,
        "noise after a ClientHello": hello + rng.randbytes(rng.randrange(1, 2_000)),
        "a ClientHello of noise": record(HANDSHAKE, b"\x01\x00\x02\x00" + rng.randbytes(512)),
        "a handshake message of 16 MiB": record(HANDSHAKE, b"\x01\xff\xff\xff" + bytes(1_000)),
        "a record that is too long": record(HANDSHAKE, bytes(100), length=0xFFFF),
        "an empty record": record(HANDSHAKE, b"") * rng.randrange(1, 100),
        "a fatal alert": record(ALERT, b"\x02\x28"),
        "many warnings": record(ALERT, b"\x01\x5a") * 50,
        "data before the handshake": record(DATA, rng.randbytes(300)),
        "ChangeCipherSpec alone": record(CHANGE, b"\x01") * rng.randrange(1, 40),
        "a heartbeat of TLS": record(HEARTBEAT, b"\x01\x40\x00"),
        "SSL 3": record(HANDSHAKE, hello[5:], version=b"\x03\x00"),
        "an SSL 2 greeting": b"\x80\x2e\x01\x00\x02" + rng.randbytes(41),
        "a server's message": record(HANDSHAKE, b"\x02\x00\x00\x26" + rng.randbytes(38)),
    }


def logins(rng: random.Random) -> dict[str, list[bytes]]:
    """Frames after CHALLENGE that are no right login, by kind."""
    def auth(id_: bytes, more: bytes = b"") -> bytes:
        return wire.frame(frames.FrameType.AUTH, bytes([len(id_)]) + id_ + rng.randbytes(64) + more)

    return {
        "an unknown key": [auth(b"nobody")],
        "a key without a name": [auth(b"")],
        "a name of 255 bytes": [auth(rng.randbytes(255))],
        "a name with control characters": [auth(b"\x1b[2J\nforged line\n")],
        "bytes after AUTH": [auth(b"nobody", b"more")],
        "half an AUTH": [auth(b"nobody")[:50]],
        "two AUTHs": [auth(b"nobody") * 2],
        "a batch before the login": [wire.publish(1, b"x")],
        "an announced AUTH of 64 KiB": [wire.announced(frames.FrameType.AUTH, 64 << 10) + bytes(9_000)],
        "no AUTH": [],
    }


def kinds(target: SecuredTarget) -> dict[str, tuple]:
    """What a connection does, by kind: ("plain", bytes), ("tls", bytes), ("insider", bytes) or ("login", frames)."""
    rng, found = target.random, {}
    for name, data in wire.malformed(rng).items():
        if name in wire.AFTER_HANDSHAKE:
            found[f"with a key: {name}"] = ("insider", data)
        else:
            found[f"plain: {name}"] = ("plain", data)
            if target.context:
                found[f"over TLS: {name}"] = ("tls", data)
    for name, data in around_tls(rng).items():
        found[f"nearly TLS: {name}"] = ("plain", data)
    for name, sent in logins(rng).items():
        found[f"login: {name}"] = ("login", sent)
    names = list(found)
    rng.shuffle(names)
    return {name: found[name] for name in names}


async def read(reader: asyncio.StreamReader, limit: float) -> bytes:
    try:
        return await asyncio.wait_for(reader.read(65_536), limit)
    except TimeoutError:
        return b""


async def log_in(target: SecuredTarget, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
    """Logs in with a valid key."""
    encryption = writer.get_extra_info("ssl_object")
    machine = connection.Connection(connection.Greeting(
        uuid.uuid4(), 1, key=target.key, nonce=secrets.token_bytes(32),
        channel_binding=sluice.tls_exporter(encryption) if encryption else b""), time.monotonic())
    while True:
        writer.write(machine.data_to_send(time.monotonic()))
        if not (data := await read(reader, 5)):
            raise ConnectionError("no WELCOME came")
        machine.receive(data, time.monotonic())
        for event in machine.events():
            if isinstance(event, Welcomed):
                return
            raise ConnectionError(f"no WELCOME came: {event}")


async def attempt(target: SecuredTarget, way: str, data):
    if way == "plain":
        async with target.connection() as channel:
            await attacks.send(channel, data)
            await attacks.receive(channel, 0.2)
        return
    async with target.streams() as (reader, writer):
        if way == "insider":
            await log_in(target, reader, writer)
        elif way == "login":
            writer.write(wire.PREFACE + wire.hello(target.random))
            await read(reader, 3)
        for part in data if way == "login" else [data]:
            writer.write(part)
        await read(reader, 0.2)


async def malformed(target: SecuredTarget, count: int, seconds: float):
    """Opens `count` malformed connections of all kinds in turn, evenly over `seconds`."""

    async def one(kind: str, what: tuple):
        with contextlib.suppress(OSError, TimeoutError, ssl.SSLError):
            async with asyncio.timeout(30):
                await attempt(target, *what)
                target.counts[f"went as far as meant: {what[0]}"] += 1
        target.counts[f"malformed: {kind}"] += 1

    await attacks.evenly(lambda: kinds(target), one, count, seconds)


async def unfinished(target: SecuredTarget):
    """Begins a handshake, and neither goes on nor leaves."""
    async with target.connection() as channel:
        await attacks.send(channel, client_hello()[:-1])
        await attacks.receive(channel, 60)


async def run(target: SecuredTarget, seconds: float, malformed_count: int):
    others = [("silent HTTP", lambda: attacks.silent_http(target), 50)]
    if target.context:
        others.append(("unfinished handshake of TLS", lambda: unfinished(target), 50))
    await attacks.beside(target, others, malformed(target, malformed_count, seconds))
