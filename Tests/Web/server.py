"""Real programs: a temporary Postgres, `sluiced` over it, and `sluice-publish`."""

import glob
import json
import os
import pwd
import shutil
import subprocess
import tempfile
import urllib.request
from datetime import datetime, timezone

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
PROGRAMS = os.path.join(ROOT, os.environ.get("PROGRAMS", ".build/debug"))


class Postgres:
    """A temporary database server on a Unix socket, which a test may kill and start again."""

    def __init__(self):
        # The path of a socket has at most 107 bytes.
        self.directory = tempfile.mkdtemp(prefix="sluice-", dir="/tmp")
        self._binaries = max(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[-2]))
        # Postgres does not run as root.
        account = pwd.getpwnam("postgres") if os.getuid() == 0 else None
        self._as = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if account else []
        if account:
            os.chown(self.directory, account.pw_uid, account.pw_gid)
        self._run("initdb", "--username=sluice", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C")
        self.start()

    @property
    def url(self) -> str:
        return f"host={self.directory} user=sluice dbname=postgres"

    def start(self):
        """Starts the server and waits until it answers."""
        options = f"-c listen_addresses= -c fsync=off -k {self.directory}"
        self._run("pg_ctl", "--wait", f"--log={self.directory}/log", f"--options={options}", "start")

    def kill(self):
        """Ends the server at once, like a crash."""
        self._run("pg_ctl", "--wait", "--mode=immediate", "stop")

    def close(self):
        """Ends the server and deletes its data."""
        subprocess.run([*self._as, f"{self._binaries}/pg_ctl", f"--pgdata={self.directory}/data", "--mode=immediate",
                        "stop"], capture_output=True, cwd="/")
        shutil.rmtree(self.directory)

    def _run(self, program: str, *arguments: str):
        command = [*self._as, f"{self._binaries}/{program}", f"--pgdata={self.directory}/data", *arguments]
        # The call would wait for a server that keeps the pipe of its parent open.
        with open(f"{self.directory}/{program}", "w+") as output:
            if subprocess.run(command, stdout=output, stderr=output, cwd="/").returncode != 0:
                output.seek(0)
                raise RuntimeError(f"{program}: {output.read()}")


class Sluiced:
    """A running `sluiced` on free ports."""

    def __init__(self, postgres: Postgres, *arguments: str):
        self._process = subprocess.Popen(
            [f"{PROGRAMS}/sluiced", "--tcp-port", "0", "--http-port", "0", "--tail-poll", "50ms", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env={**os.environ, "SLUICE_DATABASE_URL": postgres.url})
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"sluiced ended with status {self._process.wait()}")
        ready = json.loads(line)
        self.tcp_port, self.http_port = ready["tcp_port"], ready["http_port"]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}/"

    def generate(self, *arguments: str, status: int = 0) -> dict:
        """Publishes events over TCP, expects the exit status `status`, and returns the result of `sluice-publish --json`."""
        done = subprocess.run(
            [f"{PROGRAMS}/sluice-publish", "--port", str(self.tcp_port), "--json", *arguments],
            capture_output=True, text=True)
        if done.returncode != status:
            raise RuntimeError(f"sluice-publish: {done.stderr}")
        return json.loads(done.stdout)

    def publish(self, **event) -> dict:
        """Publishes one event with the current time over HTTP, and returns the answer."""
        now = datetime.now(timezone.utc).isoformat()
        event = {"event_id": "1", "timestamp": now, "source": "web-test", **event}
        request = urllib.request.Request(
            self.url + "publish", json.dumps(event).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def get(self, path: str) -> dict:
        """The JSON answer of a path."""
        with urllib.request.urlopen(self.url + path, timeout=60) as answer:
            return json.load(answer)

    def close(self):
        """Stops the server cleanly."""
        self._process.terminate()
        self._process.wait()
        self._process.stdout.close()

    def kill(self):
        """Kills the server."""
        self._process.kill()
        self.close()
