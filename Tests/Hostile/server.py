"""The attacked server, plain or with TLS and keys."""

import json
import os
import pathlib
import re
import resource
import shutil
import signal
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Security"))

import secured  # noqa: E402

HONEST = 4


class Server:
    """A daemon with its own embedded Postgres."""

    host = "127.0.0.1"

    def __init__(self, programs: pathlib.Path, descriptors: int | None = None):
        self.programs = programs
        self.directory = secured.make_directory("sluice-hostile-")
        self.data = f"{self.directory}/data"
        self.log_path = pathlib.Path(self.directory, "log")
        limit = None
        if descriptors:
            limit = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))  # noqa: E731
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(
                [programs / "sluiced", "--tcp-port", "0", "--http-port", "0", "--data-dir", self.data,
                 *self.options()], stdout=subprocess.PIPE, stderr=log, preexec_fn=limit)
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"sluiced did not start: {self.log_path.read_text()[-2_000:]}")
        ready = json.loads(line)
        self.tcp_port, self.http_port = ready["tcp_port"], ready["http_port"]
        self.base = f"http://127.0.0.1:{self.http_port}"
        self.context: ssl.SSLContext | None = None

    def options(self) -> list[str]:
        """Further options of the daemon."""
        return []

    def publish_options(self, number: int) -> list[str]:
        """Further options of the honest producer `number`."""
        return []

    def fields(self) -> dict[str, str]:
        """Header fields of requests."""
        return {}

    @property
    def printed_sum(self) -> int:
        """The memory sum that the server printed, in bytes."""
        found = re.search(r"(\d+)MiB: ingest", self.log_path.read_text())
        if not found:
            raise SystemExit("the server did not print its sum of memory")
        return int(found[1]) << 20

    def resident(self) -> int:
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) << 10

    def cpu_seconds(self) -> float:
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def postmaster(self) -> str:
        found = next(pathlib.Path(self.data).rglob("postmaster.pid"), None)
        return found.read_text().split("\n")[0] if found else "none"

    def get(self, path: str, timeout: float = 5.0):
        """Status, seconds and body of an answer; status 0 without an answer."""
        begun = time.monotonic()
        request = urllib.request.Request(self.base + path, headers=self.fields())
        try:
            with urllib.request.urlopen(request, timeout=timeout, context=self.context) as answer:
                status, body = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, body = error.code, error.read()
        except OSError:
            status, body = 0, b""
        return status, time.monotonic() - begun, body

    def publish(self, number: int, events: int, rate: float, seed: int) -> subprocess.Popen:
        return subprocess.Popen(
            [self.programs / "sluice-publish", "--host", self.host, "--port", str(self.tcp_port), "--events",
             str(events), "--rate", str(max(1, int(rate))), "--duplicates", "0", "--seed", str(seed), "--json",
             "--wait", "60s", *self.publish_options(number)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def audit(self) -> bool:
        audit = subprocess.run([self.programs / "sluiced", "audit", "--data-dir", self.data], capture_output=True)
        return audit.returncode == 0

    def remove(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


class SecuredServer(Server):
    """A daemon that asks for keys, and with `tls` speaks TLS. Its honest producers have a principal each."""

    def __init__(self, programs: pathlib.Path, tls: bool):
        self.has_tls = tls
        if tls:
            self.host = "localhost"
        super().__init__(programs)
        if tls and self.get("/livez")[0] != 200:
            # A server whose HTTP port has the certificate, too.
            self.base = f"https://localhost:{self.http_port}"
            self.context = ssl.create_default_context(cafile=self.authority)

    def options(self) -> list[str]:
        self.keys = secured.Keys(self.programs, self.directory)
        for number in range(HONEST):
            self.keys.add(f"honest-{number}", "--role", "publish")
        self.keys.add("insider", "--role", "publish", "--publish-topic", "insider.*")
        self.keys.add("watcher", "--role", "read")
        self.key_files = [self.keys.file(f"honest-{number}") for number in range(HONEST)]
        # A cache that is full before the strangers come. Otherwise it would grow by the honest events of the run.
        options = [*self.keys.options, "--writers-dedup-keys", "16384"]
        if not self.has_tls:
            return options
        certificates = secured.make_certificates(self.programs, self.directory)
        self.authority = f"{certificates}/ca.pem"
        return [*options, *secured.tls_options(certificates)]

    def publish_options(self, number: int) -> list[str]:
        encryption = ["--tls", "--tls-ca", self.authority] if self.has_tls else []
        return ["--key-file", self.key_files[number], *encryption]

    def fields(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.keys.text['watcher']}"}
