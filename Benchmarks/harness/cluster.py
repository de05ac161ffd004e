"""The Postgres of all measurements: a separate cluster with the product's settings."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass

from .processes import Failure, children, cpu_seconds, ended_children_cpu_seconds, wait_until

ROLE = "sluice"
SCHEMA = "sluice"


@dataclass(frozen=True)
class Database:
    """A database of one run."""

    name: str
    socket: str

    @property
    def conninfo(self) -> str:
        return f"host={self.socket} user={ROLE} dbname={self.name}"

    @property
    def schema_conninfo(self) -> str:
        """Connection string for programs whose statements do not name the schema."""
        return f"{self.conninfo} options='-c search_path={SCHEMA}'"


class Cluster:
    """Durable, with checksums, like the embedded Postgres of the product. It listens on a Unix socket only."""

    def __init__(self, directory: str, settings: str, log: str, programs: str | None = None):
        self.data = os.path.join(directory, "cluster")
        self.settings = settings
        self.log = log
        self.programs = programs or self._programs()
        self.socket = tempfile.mkdtemp(prefix="sluice-bench-", dir="/tmp")
        self.account = "postgres" if os.geteuid() == 0 else None
        self.postmaster = None
        self.templates = set()

    @staticmethod
    def _programs() -> str:
        output = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True).stdout.strip()
        roots = [output, *sorted(
            (f"/usr/lib/postgresql/{version}/bin" for version in _listing("/usr/lib/postgresql")), reverse=True)]
        for root in roots:
            if root and os.path.exists(os.path.join(root, "initdb")):
                return root
        raise Failure("initdb was not found; install a Postgres server")

    def _as_account(self, command: list[str]) -> list[str]:
        """The command under an account that is not root, because Postgres does not run as root."""
        if not self.account:
            return command
        return ["setpriv", f"--reuid={self.account}", f"--regid={self.account}", "--init-groups", *command]

    def _give_away(self, path: str):
        if self.account:
            account = pwd.getpwnam(self.account)
            os.chown(path, account.pw_uid, account.pw_gid)

    def start(self):
        """Creates the cluster and starts it."""
        shutil.rmtree(self.data, ignore_errors=True)
        os.makedirs(self.data, mode=0o700)
        for path in (self.data, self.socket):
            self._give_away(path)
        made = subprocess.run(
            self._as_account([
                os.path.join(self.programs, "initdb"), "-D", self.data, "--username", ROLE, "--encoding", "UTF8",
                "--locale", "C", "--auth-local", "trust", "--auth-host", "reject", "--data-checksums",
                "--no-instructions"]),
            capture_output=True, text=True, cwd="/")
        if made.returncode != 0:
            raise Failure(f"initdb failed: {made.stderr.strip()}")
        with open(os.path.join(self.data, "postgresql.auto.conf"), "a") as file:
            file.write(f"{self.settings}\nunix_socket_directories = '{self.socket}'\n")
        with open(self.log, "ab") as log:
            self.postmaster = subprocess.Popen(
                self._as_account([os.path.join(self.programs, "postgres"), "-D", self.data]),
                stdout=log, stderr=log, cwd="/", start_new_session=True)
        ready = [os.path.join(self.programs, "pg_isready"), "-q", "-h", self.socket]
        wait_until(lambda: subprocess.run(ready).returncode == 0, f"the start of Postgres (see {self.log})")

    def stop(self, keep: bool):
        """Stops the cluster and removes its data."""
        if self.postmaster and self.postmaster.poll() is None:
            self.postmaster.send_signal(signal.SIGINT)
            self.postmaster.wait(120)
        shutil.rmtree(self.socket, ignore_errors=True)
        if not keep:
            shutil.rmtree(self.data, ignore_errors=True)

    def database(self, name: str) -> Database:
        return Database(name, self.socket)

    def sql(self, name: str, text: str) -> str:
        """Runs statements one after the other, and returns their output."""
        done = subprocess.run(
            ["psql", "--no-psqlrc", "-qAtX", "-v", "ON_ERROR_STOP=1", "-d", self.database(name).conninfo],
            input=text, capture_output=True, text=True)
        if done.returncode != 0:
            raise Failure(f"SQL failed: {done.stderr.strip()}")
        return done.stdout.strip()

    def template(self, name: str, fill, source: str = "template1") -> str:
        """A database that `fill` makes once from another database; runs get copies of it."""
        if name not in self.templates:
            self.sql("postgres", f"CREATE DATABASE {name} TEMPLATE {source} STRATEGY file_copy")
            fill(self.database(name))
            self.sql(name, "VACUUM (ANALYZE);\nCHECKPOINT")
            self.templates.add(name)
        return name

    @contextlib.contextmanager
    def fresh(self, template: str):
        """A copy of a template, written to disk before the measurement and dropped afterwards."""
        name = "run"
        self.sql("postgres", f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy;\nCHECKPOINT")
        try:
            yield self.database(name)
        finally:
            self.sql("postgres", f"DROP DATABASE {name} WITH (FORCE)")

    @contextlib.contextmanager
    def in_place(self, name: str):
        """A template itself, when it is too large to copy for each run. The rows of the run stay in it."""
        self.sql(name, "CHECKPOINT")
        yield self.database(name)

    def cpu_seconds(self) -> float:
        """Processor time of all processes of the cluster so far."""
        pid = self.postmaster.pid
        total = cpu_seconds(pid) + ended_children_cpu_seconds(pid)
        for child in children(pid):
            with contextlib.suppress(OSError):
                total += cpu_seconds(child)
        return total


def _listing(path: str) -> list[str]:
    try:
        return os.listdir(path)
    except FileNotFoundError:
        return []
