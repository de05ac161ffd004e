"""A cluster of Citus on this machine: a coordinator and workers, each a Postgres of its own in a temporary directory.

Postgres with the extension is found in the directory of initdb that SLUICE_TEST_CITUS names, or below
/usr/lib/postgresql. Nothing is installed.
"""

import glob
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

DATABASE = "events"
SUPERUSER = "sluice"


def find_postgres() -> pathlib.Path | None:
    """The directory of the programs of a Postgres that has the extension; None without one."""
    # Taken out, because sluiced refuses variables of its prefix that it does not know.
    named = os.environ.pop("SLUICE_TEST_CITUS", None)
    for directory in [named] if named else sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True):
        programs = pathlib.Path(directory)
        share = programs.parents[3] / "share/postgresql" / programs.parent.name
        candidates = [share, programs.parent / "share", programs.parent / "share/postgresql"]
        if any((path / "extension/citus.control").exists() for path in candidates):
            return programs
    return None


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Node:
    """One Postgres of the cluster."""

    def __init__(self, programs: pathlib.Path, directory: str, name: str, settings: dict[str, str]):
        self.programs, self.name, self.port = programs, name, free_port()
        self.home, self.data, self.log = directory, f"{directory}/{name}", f"{directory}/{name}.log"
        self.run("initdb", "-D", self.data, "-A", "trust", "-U", SUPERUSER, "-E", "UTF8", "--locale", "C", "--no-sync")
        values = {"port": str(self.port), "listen_addresses": "'127.0.0.1'", "unix_socket_directories": f"'{directory}'",
                  "shared_preload_libraries": "'citus'", "max_connections": "300", "max_prepared_transactions": "600",
                  "shared_buffers": "'128MB'", "citus.enable_statistics_collection": "off", **settings}
        with open(f"{self.data}/postgresql.conf", "a") as file:
            file.writelines(f"{key} = {value}\n" for key, value in values.items())
        self.start()

    def run(self, program: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess:
        """Runs a program of Postgres, which refuses to run as root."""
        account = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups"] if os.getuid() == 0 else []
        finished = subprocess.run(
            [*account, "env", f"HOME={self.home}", str(self.programs / program), *arguments], cwd=self.home,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
        if check and finished.returncode != 0:
            raise SystemExit(f"{program} failed on {self.name}: {finished.stderr}\n{self.log_tail()}")
        return finished

    def log_tail(self) -> str:
        path = pathlib.Path(self.log)
        return path.read_text()[-2_000:] if path.exists() else ""

    def start(self):
        self.run("pg_ctl", "-D", self.data, "-l", self.log, "-w", "-t", "60", "start")

    def stop(self):
        self.run("pg_ctl", "-D", self.data, "-m", "fast", "-w", "stop", check=False)

    def processes(self) -> list[int]:
        """The postmaster and its children."""
        pids = pathlib.Path(f"{self.data}/postmaster.pid")
        if not pids.exists():
            return []
        postmaster = int(pids.read_text().split("\n")[0])
        children = pathlib.Path(f"/proc/{postmaster}/task/{postmaster}/children")
        return [postmaster, *map(int, children.read_text().split())] if children.exists() else []

    def kill(self):
        """Kills every process at once, as a crash of the machine does. The disk keeps what was written."""
        processes = self.processes()
        for pid in processes:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        pids = pathlib.Path(f"{self.data}/postmaster.pid")
        while any(self.is_running(pid) for pid in processes):
            time.sleep(0.02)
        # A killed process that nobody waits for would count as running.
        for lock in [pids, pathlib.Path(f"{self.home}/.s.PGSQL.{self.port}.lock")]:
            lock.unlink(missing_ok=True)

    @staticmethod
    def is_running(pid: int) -> bool:
        try:
            return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
        except FileNotFoundError:
            return False

    def url(self, database: str = DATABASE) -> str:
        return f"postgresql://{SUPERUSER}@127.0.0.1:{self.port}/{database}"

    def sql(self, statements: str, database: str = DATABASE) -> str:
        """The result as text, a line for each row."""
        finished = subprocess.run(
            ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", self.url(database)], input=statements,
            capture_output=True, text=True, check=False)
        if finished.returncode != 0:
            raise RuntimeError(f"{self.name}: {finished.stderr.strip()}")
        return finished.stdout.strip()


class Cluster:
    """A coordinator and workers, with the extension in the database `events`."""

    def __init__(self, programs: pathlib.Path, workers: int = 2, settings: dict[str, str] | None = None):
        self.directory = tempfile.mkdtemp(prefix="sluice-citus-", dir="/var/tmp")
        if os.getuid() == 0:
            shutil.chown(self.directory, "postgres", "postgres")
        os.chmod(self.directory, 0o755)
        settings = settings or {}
        # Encryption between the nodes says nothing about Sluice, and all nodes are on this machine.
        coordinator = {"citus.recover_2pc_interval": "'1s'", "citus.node_conninfo": "'sslmode=disable'", **settings}
        self.nodes: list[Node] = []
        try:
            self.nodes.append(Node(programs, self.directory, "coordinator", coordinator))
            self.nodes += [Node(programs, self.directory, f"worker-{n}", settings) for n in range(1, workers + 1)]
            self.coordinator, self.workers = self.nodes[0], self.nodes[1:]
            self.make_database(DATABASE)
        except BaseException:
            self.remove()
            raise

    def make_database(self, name: str):
        for node in self.nodes:
            node.sql(f"SET citus.enable_create_database_propagation = off; CREATE DATABASE {name}", "postgres")
            node.sql("CREATE EXTENSION citus", name)
        self.coordinator.sql(f"SELECT citus_set_coordinator_host('127.0.0.1', {self.coordinator.port})", name)
        for worker in self.workers:
            self.coordinator.sql(f"SELECT citus_add_node('127.0.0.1', {worker.port})", name)

    def remove(self):
        for node in self.nodes:
            node.stop()
        shutil.rmtree(self.directory, ignore_errors=True)
