"""The server of the test: a daemon that is killed and started again, and a proxy that cuts connections."""

import json
import os
import pathlib
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import urllib.parse
import urllib.request


class Server:
    """A daemon with its own embedded Postgres. Its HTTP port changes with each start."""

    def __init__(self, programs: pathlib.Path):
        self.programs = programs
        self.directory = tempfile.mkdtemp(prefix="sluice-formats-", dir="/var/tmp")
        if os.geteuid() == 0:
            os.chown(self.directory, pwd.getpwnam("postgres").pw_uid, -1)
        self.log_path = pathlib.Path(self.directory, "log")
        self.process = None
        self.http_port = 0

    def start(self):
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [self.programs / "sluiced", "--tcp-port", "0", "--http-port", "0",
                 "--data-dir", f"{self.directory}/data"], stdout=subprocess.PIPE, stderr=log)
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"sluiced did not start: {self.log_path.read_text()[-2_000:]}")
        self.http_port = json.loads(line)["http_port"]

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def get(self, path: str, **parameters: str):
        query = urllib.parse.urlencode(parameters)
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http_port}{path}?{query}", timeout=60) as answer:
            return json.load(answer)

    def events(self, topic: str):
        """All events of a topic, page after page."""
        parameters = {"topic": topic, "limit": "1000"}
        while True:
            page = self.get("/events", **parameters)
            yield from page["events"]
            if not page["next_cursor"]:
                return
            parameters["cursor"] = page["next_cursor"]

    def close(self):
        if self.process and self.process.poll() is None:
            # In order, because a killed server leaves its Postgres for some time.
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


class CuttingProxy:
    """A port that stays the same, before a server whose port changes.

    It cuts a connection after a random number of bytes in either direction, about `cuts` times in all.
    """

    def __init__(self, server: Server, cuts: int, seed: int):
        self.server = server
        self.random = random.Random(seed)
        self.cuts = cuts
        self.made = 0
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client: socket.socket):
        try:
            server = socket.create_connection(("127.0.0.1", self.server.http_port), timeout=10)
        except OSError:
            client.close()
            return
        server.settimeout(None)
        pair = (client, server)
        threading.Thread(target=self.copy, args=(client, server, pair), daemon=True).start()
        self.copy(server, client, pair)

    def budget(self) -> int:
        """The number of bytes after which the direction of a connection is cut."""
        with self.lock:
            return self.random.randrange(1, 300_000) if self.made < self.cuts else 1 << 60

    def copy(self, source: socket.socket, target: socket.socket, pair: tuple[socket.socket, socket.socket]):
        left = self.budget()
        try:
            while data := source.recv(65_536):
                if len(data) >= left:
                    with self.lock:
                        self.made += 1
                    target.sendall(data[:left - 1])
                    break
                left -= len(data)
                target.sendall(data)
        except OSError:
            pass
        for end in pair:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.listener.close()
