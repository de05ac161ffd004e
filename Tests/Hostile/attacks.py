"""The attacks. Each is a coroutine that runs until it is cancelled."""

import asyncio
import collections
import contextlib
import random
import socket

import wire

MEBIBYTE = 1 << 20


class Target:
    """The addresses of the attacked server, and the counts of the attacks."""

    def __init__(self, tcp_port: int, http_port: int, seed: int):
        self.tcp_port, self.http_port = tcp_port, http_port
        self.random = random.Random(seed)
        self.counts: collections.Counter[str] = collections.Counter()
        # A cancellation is lost when a timeout of the same task expires in the same turn, so loops check this flag, too.
        self.is_over = False

    async def connect(self, port: int, receive_buffer: int | None = None):
        channel = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        channel.setblocking(False)
        if receive_buffer:
            channel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        try:
            await asyncio.wait_for(asyncio.get_running_loop().sock_connect(channel, ("127.0.0.1", port)), 10)
        except BaseException:
            channel.close()
            raise
        return channel

    @contextlib.asynccontextmanager
    async def connection(self, port: int | None = None, **options):
        channel = await self.connect(port or self.tcp_port, **options)
        try:
            yield channel
        finally:
            channel.close()


async def send(channel, data: bytes):
    await asyncio.get_running_loop().sock_sendall(channel, data)


async def receive(channel, limit: float = 3.0) -> bytes:
    try:
        return await asyncio.wait_for(asyncio.get_running_loop().sock_recv(channel, 65_536), limit)
    except TimeoutError:
        return b""


async def again(name: str, target: Target, attack):
    """Repeats an attack."""
    while not target.is_over:
        with contextlib.suppress(OSError, TimeoutError):
            await attack()
        target.counts[name] += 1
        await asyncio.sleep(0.01)


async def malformed(target: Target, count: int, seconds: float):
    """Opens `count` connections of all kinds in turn, evenly over `seconds`."""

    async def one(kind: str, data: bytes):
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(30), target.connection() as channel:
                if kind in wire.AFTER_HANDSHAKE:
                    await greet(target, channel)
                await send(channel, data)
                await receive(channel, 0.2)
        target.counts[f"malformed: {kind}"] += 1

    await evenly(lambda: wire.malformed(target.random), one, count, seconds)


async def evenly(make_kinds, one, count: int, seconds: float):
    """Runs `one(kind, what)` for `count` kinds of `make_kinds()` in turn, evenly over `seconds`."""
    begun = asyncio.get_running_loop().time()
    running: set[asyncio.Task] = set()
    sent, kinds = 0, {}
    while sent < count:
        if not kinds:
            kinds = make_kinds()
        task = asyncio.create_task(one(*kinds.popitem()))
        running.add(task)
        task.add_done_callback(running.discard)
        sent += 1
        if len(running) >= 600:
            await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.sleep(max(0.0, begun + sent * seconds / count - asyncio.get_running_loop().time()))
    if running:
        await asyncio.wait(running)


async def greet(target: Target, channel):
    """Sends a handshake, and returns after WELCOME, which is longer than a preface."""
    await send(channel, wire.PREFACE + wire.hello(target.random))
    answer = b""
    while len(answer) <= len(wire.PREFACE):
        more = await receive(channel)
        if not more:
            raise ConnectionError("no WELCOME came")
        answer += more


async def trickler(target: Target):
    async with target.connection() as channel:
        await greet(target, channel)
        await send(channel, wire.announced(wire.PUBLISH, 4 * MEBIBYTE, raw=16 * MEBIBYTE))
        for _ in range(600):
            await send(channel, bytes(670))
            await asyncio.sleep(0.1)


async def announcer(target: Target, type_: int = wire.PUBLISH):
    async with target.connection() as channel:
        await greet(target, channel)
        await send(channel, wire.announced(type_, 64 << 10) + bytes(100))
        while await receive(channel, 60):
            pass


async def large_announcer(target: Target, type_: int, raw: int | None):
    """Sends half of a large body (no batch, or a batch beyond its limit), and stops."""
    async with target.connection() as channel:
        await greet(target, channel)
        await send(channel, wire.announced(type_, 4 * MEBIBYTE, raw=raw) + bytes(2 * MEBIBYTE))
        while await receive(channel, 60):
            pass


async def deaf(target: Target):
    """Sends batches that the server refuses, and reads no answer."""
    async with target.connection(receive_buffer=4_096) as channel:
        await greet(target, channel)
        batches = [wire.publish(1_000_000 + number, b"x") for number in range(32)]
        data = b"".join(batches)
        while not target.is_over:
            await asyncio.wait_for(send(channel, data), 60)
            await asyncio.sleep(0.002)


async def flood(target: Target):
    async with target.connection() as channel:
        await greet(target, channel)


async def silent_http(target: Target):
    async with target.connection(target.http_port) as channel:
        await receive(channel, 60)


async def announced_http(target: Target):
    async with target.connection(target.http_port) as channel:
        await send(channel, b"POST /events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                            b"Content-Length: 8000000\r\n\r\n[")
        await receive(channel, 60)


async def run(target: Target, seconds: float, malformed_count: int):
    attacks = [("trickle", lambda: trickler(target), 5), ("announcer of 64 KiB", lambda: announcer(target), 300),
               ("announcer of a heartbeat", lambda: large_announcer(target, wire.HEARTBEAT, None), 10),
               ("announcer beyond the limit", lambda: large_announcer(target, wire.PUBLISH, 0xFFFFFFFF), 10),
               ("reads no answers", lambda: deaf(target), 2), ("HELLO flood", lambda: flood(target), 16),
               ("silent HTTP", lambda: silent_http(target), 100), ("announced HTTP body", lambda: announced_http(target), 4)]
    await beside(target, attacks, malformed(target, malformed_count, seconds))


async def beside(target: Target, attacks: list, work):
    """Repeats each of `attacks` (name, attack, tasks) until `work` is done."""
    tasks = [asyncio.create_task(again(name, target, attack)) for name, attack, count in attacks for _ in range(count)]
    try:
        await work
    finally:
        target.is_over = True
        while tasks:
            for task in tasks:
                task.cancel()
            _, tasks = await asyncio.wait(tasks, timeout=5)
