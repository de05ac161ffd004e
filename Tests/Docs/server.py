"""A real server for the examples of the documents, on the usual ports."""

import json
import pathlib
import signal
import socket
import subprocess
import time

TIMEOUT = 60


def wait_for_port(port: int, process: subprocess.Popen):
    """Waits until a port of this machine accepts connections."""
    end = time.monotonic() + TIMEOUT
    while time.monotonic() < end:
        if process.poll() is not None:
            raise OSError(f"the program ended with {process.returncode}: {process.communicate()[1][-1000:]}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise OSError(f"nothing accepts connections on port {port}")


class Server:
    """A running `sluiced` with a private Postgres. Its data lasts over several starts."""

    def __init__(self, programs: pathlib.Path, directory: pathlib.Path):
        directory.mkdir(exist_ok=True)
        self._log = open(directory / "sluiced.log", "ab")
        self._process = subprocess.Popen(
            [programs / "sluiced", "--data-dir", directory / "data"], cwd=directory, stdout=subprocess.PIPE,
            stderr=self._log)
        line = self._process.stdout.readline()
        if not line:
            raise OSError(f"sluiced did not start; see {directory / 'sluiced.log'}")
        ready = json.loads(line)
        self.tcp_port, self.http_port = ready["tcp_port"], ready["http_port"]

    def stop(self):
        """Stops the server in order."""
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(TIMEOUT)
        self._log.close()
