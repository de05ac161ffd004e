"""A server with TLS and keys, for tests from outside."""

import json
import os
import pathlib
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "clients/python"))


class Checks:
    """Prints a line for each check, and counts the failures."""

    def __init__(self):
        self.failed = 0

    def add(self, what: str, holds: bool, found: object = ""):
        self.failed += not holds
        print(f"{'ok  ' if holds else 'FAIL'} {what}{'' if holds else f': {found}'}", flush=True)


def make_directory(prefix: str) -> str:
    """Makes a directory that the account of the embedded Postgres can use."""
    directory = tempfile.mkdtemp(prefix=prefix, dir="/var/tmp")
    if os.geteuid() == 0:
        os.chown(directory, pwd.getpwnam("postgres").pw_uid, -1)
    return directory


def tls_options(certificates: str) -> list[str]:
    """The options of a server with the files of `sluiced dev-certs`."""
    return ["--tls-certificate", f"{certificates}/server.pem", "--tls-key", f"{certificates}/server.key"]


def make_certificates(programs: pathlib.Path, directory: str) -> str:
    """Makes an authority, a server and a client certificate. Returns their directory."""
    certificates = f"{directory}/certificates"
    subprocess.run([programs / "sluiced", "dev-certs", certificates], check=True, stdout=subprocess.DEVNULL)
    return certificates


class Keys:
    """A credentials file, and the keys of its principals as text."""

    def __init__(self, programs: pathlib.Path, directory: str):
        self.programs, self.directory = programs, directory
        self.path = f"{directory}/credentials.yaml"
        self.options = ["--auth-credentials", self.path]
        self.text: dict[str, str] = {}

    def add(self, name: str, *options: str):
        done = subprocess.run([self.programs / "sluiced", "credentials", "add", name, *options, *self.options],
                              check=True, capture_output=True, text=True)
        self.text[name] = done.stdout.strip()

    def revoke(self, name: str):
        subprocess.run([self.programs / "sluiced", "credentials", "revoke", name, *self.options],
                       check=True, capture_output=True)

    def file(self, name: str) -> str:
        """A file with the key of a principal, for `sluice-publish --key-file`."""
        path = pathlib.Path(self.directory, f"{name}.key")
        path.touch(0o600)
        path.write_text(self.text[name] + "\n")
        return str(path)


class SecuredServer:
    """A daemon with its own embedded Postgres, and `principals`: the options of `sluiced credentials add` by name."""

    def __init__(self, programs: pathlib.Path, principals: dict[str, list[str]], *options: str, tls: bool = True):
        self.programs = programs
        self.directory = make_directory("sluice-security-")
        self.data = f"{self.directory}/data"
        self.log_path = pathlib.Path(self.directory, "log")
        self.certificates = make_certificates(programs, self.directory)
        self.authority = f"{self.certificates}/ca.pem"
        self.keys = Keys(programs, self.directory)
        for name, rights in principals.items():
            self.keys.add(name, *rights)
        encryption = tls_options(self.certificates) if tls else []
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(
                [programs / "sluiced", "--tcp-port", "0", "--http-port", "0", "--data-dir", self.data,
                 *self.keys.options, *encryption, *options], stdout=subprocess.PIPE, stderr=log)
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"sluiced did not start: {self.log_path.read_text()[-2_000:]}")
        ready = json.loads(line)
        self.tcp_port, self.http_port = ready["tcp_port"], ready["http_port"]
        self.base = f"http://localhost:{self.http_port}"
        if self.curl("/livez")[0] != 200:
            # A server whose HTTP port has the certificate, too.
            self.base = f"https://localhost:{self.http_port}"

    def curl(self, path: str, key: str = "", *options: str) -> tuple[int, str]:
        """Status and answer with header fields; status 0 without an answer. The key is no argument of a process."""
        configuration = f'header = "Authorization: Bearer {key}"\n' if key else ""
        done = subprocess.run(
            ["curl", "--silent", "--include", "--max-time", "20", "--noproxy", "*", "--cacert", self.authority,
             "--config", "-", *options, self.base + path], input=configuration, capture_output=True, text=True)
        status = re.match(r"HTTP/[0-9.]+ ([0-9]+)", done.stdout)
        return int(status[1]) if status else 0, done.stdout

    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def audit(self) -> bool:
        audit = subprocess.run([self.programs / "sluiced", "audit", "--data-dir", self.data], capture_output=True)
        return audit.returncode == 0

    def remove(self):
        if self.process.poll() is None:
            # In order, because a killed server leaves its Postgres for some time.
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


def wait_until(condition, seconds: float) -> bool:
    """Waits until `condition` holds. Returns false when it does not hold in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
