"""A real server for tests: the program of the variable SLUICED."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from typing import Any


def program() -> str | None:
    """Path of `sluiced`: the variable SLUICED, or a build of this repository. `none` in the variable is no server."""
    named = os.environ.get("SLUICED")
    if named:
        return None if named == "none" else named
    root = pathlib.Path(__file__).resolve().parents[3]
    for configuration in ("release", "debug"):
        path = root / ".build" / configuration / "sluiced"
        if path.exists():
            return str(path)
    return None


class Sluiced:
    """A server with an embedded Postgres in a temporary directory. It keeps its TCP port over restarts."""

    def __init__(self) -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="sluice-python-")
        # The server's own account must be able to reach its data.
        os.chmod(self._directory.name, 0o755)
        self._process: subprocess.Popen[str] | None = None
        self._options: list[str] = []
        self.port = 0
        self.http_port = 0

    def add_principal(self, name: str, *options: str) -> str:
        """Makes the server ask for keys, and returns the key of a new principal as text."""
        self._options = ["--auth-credentials", f"{self._directory.name}/credentials.yaml"]
        done = subprocess.run([str(program()), "credentials", "add", name, *options, *self._options],
                              check=True, capture_output=True, text=True)
        return done.stdout

    def start(self) -> None:
        """Starts the server and waits until it serves."""
        deadline = time.monotonic() + 60
        while True:
            self._process = subprocess.Popen(
                [str(program()), "--data-dir", f"{self._directory.name}/data", "--tcp-port", str(self.port),
                 "--http-port", "0", "--log-level", "warning", *self._options],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            assert self._process.stdout is not None and self._process.stderr is not None
            line = self._process.stdout.readline()
            if line.startswith("{"):
                ready = json.loads(line)
                break
            said = self._process.stderr.read()
            self.kill()
            if time.monotonic() > deadline:
                raise RuntimeError(f"sluiced did not start: {said[-2_000:]}")
            time.sleep(0.2)  # The Postgres of a killed server may still be ending.
        self.port, self.http_port = int(ready["tcp_port"]), int(ready["http_port"])

    def kill(self) -> None:
        """Kills the server as `kill -9` does."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Stops the server and removes its data."""
        self._end(signal.SIGTERM)
        self._end_postgres()
        self._directory.cleanup()

    def _end_postgres(self) -> None:
        """Ends the Postgres that a killed server left behind."""
        lock = pathlib.Path(self._directory.name, "data/postgres/postmaster.pid")
        try:
            os.kill(int(lock.read_text().split()[0]), signal.SIGINT)
        except (OSError, ValueError, IndexError):
            return
        deadline = time.monotonic() + 30
        while lock.exists() and time.monotonic() < deadline:
            time.sleep(0.02)

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(number)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()

    def terminate(self) -> None:
        """Stops the server and keeps its data."""
        self._end(signal.SIGTERM)

    def stats(self) -> dict[str, Any]:
        """The answer of GET /stats."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http_port}/stats", timeout=30) as answer:
            document: dict[str, Any] = json.load(answer)
            return document


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
