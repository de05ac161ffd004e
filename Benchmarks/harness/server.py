"""`sluiced` and the programs that load it."""

import contextlib
import signal

from .cluster import Database
from .processes import Child, Failure, cpu_seconds, memory_kib, run_json


class Server:
    """A running `sluiced`, or in its place the server over a store that keeps nothing."""

    def __init__(self, child: Child, port: int, http_port: int | None = None):
        self.child = child
        self.port = port
        self.http_port = http_port

    def cpu_seconds(self) -> float:
        return cpu_seconds(self.child.pid)

    def memory_kib(self) -> tuple[int, int]:
        return memory_kib(self.child.pid)


@contextlib.contextmanager
def sluiced(programs, database: Database, settings: dict[str, object], log: str):
    """Runs a daemon over `database`, and fails unless it stops cleanly."""
    options = {"tcp.port": 0, "http.port": 0, "log.level": "warning", "store.index": "none", **settings}
    command = [programs.sluiced, "--database-url", database.conninfo]
    for key, value in options.items():
        command += [f"--{key.replace('.', '-')}", str(value)]
    with Child(command, log) as child:
        ready = child.line()
        yield Server(child, ready["tcp_port"], ready["http_port"])
        child.process.send_signal(signal.SIGTERM)
        if child.process.wait(60) != 0:
            raise Failure(f"sluiced did not stop cleanly; see {log}")


@contextlib.contextmanager
def sink(programs, log: str, loops: int = 2):
    """Runs the server's TCP side over a store that keeps nothing."""
    with Child([programs.bench, "sink", "--loops", str(loops)], log) as child:
        yield Server(child, child.line()["port"])


def publish(programs, servers: list[Server], workload, log: str, connections: int = 4, rate: float | None = None,
            percentiles: str | None = None, options: tuple[str, ...] = ()) -> dict:
    """Runs `sluice-publish` and returns its report."""
    command = publisher(programs, servers, workload, connections, options)
    if rate:
        command += ["--rate", str(rate)]
    if percentiles:
        command += ["--percentiles", percentiles]
    return run_json(command, log)


def publisher(programs, servers: list[Server], workload, connections: int, options: tuple[str, ...] = ()) -> list[str]:
    """The command that publishes a workload as fast as it can."""
    command = [programs.publish, "--json", "--connections", str(connections), *options]
    for server in servers:
        command += ["--endpoint", f"127.0.0.1:{server.port}"]
    return command + workload.options()


def replay(programs, server: Server, workload, log: str, connections: int = 4) -> tuple[dict, float]:
    """Sends ready-made frames. Returns the result and the server's processor time."""
    command = [programs.bench, "replay", "--port", str(server.port), "--connections", str(connections)]
    with Child(command + workload.options(), log) as child:
        child.line()
        before = server.cpu_seconds()
        child.go_on()
        result = child.line()
        used = server.cpu_seconds() - before
        child.end()
    return result, used
