"""The servers whose alerts fire: `sluiced` with a database of its own each, and the producers that load them."""

import contextlib
import http.client
import json
import os
import pathlib
import re
import resource
import socket
import ssl
import subprocess
import sys
import urllib.error
import urllib.request

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
# Tests/Hostile comes last, because it has a module `server`, too.
sys.path[:0] = [str(REPOSITORY / "Tests" / name) for name in ("Web", "Security", "Hostile")]

import secured  # noqa: E402
from server import Postgres  # noqa: E402


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as channel:
        channel.bind(("127.0.0.1", 0))
        return channel.getsockname()[1]


def raise_descriptor_limit(wanted: int) -> int:
    """Raises the limit of open files of this process and its children. Returns the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        # Only root may raise the hard limit.
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(wanted, hard)))
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


class Server:
    """A `sluiced` with a database of its own. It keeps its ports over restarts, as Prometheus expects."""

    host = "127.0.0.1"

    def __init__(self, name: str, programs: pathlib.Path, directory: str, *options: str,
                 postgres: Postgres | None = None):
        self.name, self.programs = name, programs
        self.directory = f"{directory}/{name}"
        os.mkdir(self.directory)
        self.options = list(options)
        self.tcp_port, self.http_port = free_port(), free_port()
        self.address = f"{self.host}:{self.http_port}"
        self.base = f"http://{self.address}"
        self.context: ssl.SSLContext | None = None
        self.fields = {"Content-Type": "application/json"}
        self.scrape_options: dict = {}
        self.process: subprocess.Popen | None = None
        self.publishers: list[subprocess.Popen] = []
        # Servers may share a database.
        self.postgres = postgres or Postgres()
        self.removes_postgres = postgres is None

    def start(self):
        """Starts the server and waits until it serves."""
        with open(f"{self.directory}/log", "ab") as log:
            self.process = subprocess.Popen(
                [self.programs / "sluiced", "--tcp-port", str(self.tcp_port), "--http-port", str(self.http_port),
                 *self.options], stdout=subprocess.PIPE, stderr=log,
                env={**os.environ, "SLUICE_DATABASE_URL": self.postgres.url})
        if not self.process.stdout.readline():
            raise RuntimeError(f"sluiced ended: {pathlib.Path(self.directory, 'log').read_text()[-2_000:]}")

    def end(self, signal_number: int) -> int:
        """Ends the server with a signal, and returns its exit status."""
        self.process.send_signal(signal_number)
        self.process.stdout.close()
        return self.process.wait(60)

    def publish_options(self) -> list[str]:
        """Options of a producer that may publish without a bound."""
        return []

    def publish(self, *options: str, **settings) -> subprocess.Popen:
        """Starts `sluice-publish generate` with an end that is far away, unless `options` say otherwise."""
        with open(f"{self.directory}/publish.log", "ab") as log:
            publisher = subprocess.Popen(
                [self.programs / "sluice-publish", "generate", "--events", "1000000000", "--host", self.host, "--port",
                 str(self.tcp_port), "--wait", "60s", "--stop-wait", "1s", "--json", *self.publish_options(),
                 *options], stdout=log, stderr=log, **settings)
        self.publishers.append(publisher)
        return publisher

    @contextlib.contextmanager
    def load(self, *options: str, connections: int = 1):
        """Publishes meanwhile, over connections that are open at the beginning."""
        wanted = self.figure("sluice_connections") + connections
        publisher = self.publish("--connections", str(connections), *options)
        try:
            if not secured.wait_until(lambda: self.figure("sluice_connections") >= wanted, 60):
                raise RuntimeError("the producers of the fault did not connect")
            yield publisher
        finally:
            # Not in order, because the database may be away.
            publisher.kill()
            publisher.wait()

    def request(self, path: str, body: bytes | None = None) -> tuple[int, str]:
        """Sends GET, or POST with a body of JSON. Returns status and answer, 0 without an answer."""
        request = urllib.request.Request(self.base + path, body, self.fields)
        try:
            with urllib.request.urlopen(request, timeout=60, context=self.context) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except (OSError, http.client.HTTPException):
            return 0, ""

    def figure(self, name: str) -> float:
        """A metric without labels."""
        [figure] = re.findall(rf"^{name} (\S+)$", self.request("/metrics")[1], re.MULTILINE) or ["0"]
        return float(figure)

    def _psql(self) -> list[str]:
        return ["psql", "--no-psqlrc", "-qAt", "-v", "ON_ERROR_STOP=1", "-d", self.postgres.url]

    def sql(self, text: str) -> str:
        """Runs statements in the schema of the server, and returns their output."""
        done = subprocess.run(self._psql(), input=f"SET search_path = sluice;\n{text}", capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"SQL failed: {done.stderr}")
        return done.stdout.strip()

    @contextlib.contextmanager
    def transaction(self, text: str):
        """Runs statements in a transaction of another program, which stays open meanwhile and is then rolled back."""
        with subprocess.Popen(self._psql(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as session:
            session.stdin.write(f"SET search_path = sluice;\nBEGIN;\n{text};\n\\echo done\n")
            session.stdin.flush()
            while (line := session.stdout.readline()) != "done\n":
                if not line:
                    raise RuntimeError(f"SQL failed: {text}")
            try:
                yield
            finally:
                session.stdin.close()
                session.wait()

    def close(self):
        """Ends everything, and removes the database unless other servers share it."""
        for process in (*self.publishers, self.process):
            if process and process.poll() is None:
                process.kill()
                process.wait()
        if self.removes_postgres:
            self.postgres.close()


class SecuredServer(Server):
    """A server with TLS and keys: `load` may publish, `hasty` may publish 100 events in a second."""

    host = "localhost"

    def __init__(self, name: str, programs: pathlib.Path, directory: str):
        super().__init__(name, programs, directory)
        self.certificates = f"{self.directory}/certificates"
        # An authority whose key is kept, so that a certificate can be signed for a shorter time.
        subprocess.run([REPOSITORY / "Scripts/compose/certificates.sh", self.certificates], check=True)
        self.authority = f"{self.certificates}/ca.pem"
        self.keys = secured.Keys(programs, self.directory)
        self.keys.add("load", "--role", "publish")
        self.keys.add("hasty", "--role", "publish", "--quota-events", "100")
        self.keys.add("prometheus", "--role", "metrics")
        self.options = [*self.keys.options, *secured.tls_options(self.certificates)]
        self.base = f"https://{self.address}"
        self.context = ssl.create_default_context(cafile=self.authority)
        self.fields["Authorization"] = f"Bearer {self.keys.text['prometheus']}"
        self.scrape_options = {
            "scheme": "https", "tls_config": {"ca_file": self.authority},
            "authorization": {"credentials_file": self.keys.file("prometheus")},
        }

    def publish_options(self) -> list[str]:
        return ["--tls", "--tls-ca", self.authority, "--key-file", self.keys.file("load")]

    def sign(self, days: int):
        """Signs the server's certificate again, for `days` days from now, in the place of the former one."""
        place = pathlib.Path(self.certificates)

        def openssl(*options: str):
            subprocess.run(["openssl", "x509", "-copy_extensions", "copyall", *options], check=True,
                           capture_output=True, cwd=place)

        openssl("-x509toreq", "-in", "server.pem", "-signkey", "server.key", "-out", "request")
        openssl("-req", "-in", "request", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", str(days),
                "-set_serial", str(1_000 + days), "-out", "new.pem")
        os.replace(place / "new.pem", place / "server.pem")
