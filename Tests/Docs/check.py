"""Checks every fenced block of README.md, docs/ and docs/recipes/: Swift is compiled, JSON and YAML are parsed, Python,
JavaScript and Go run, and shell commands run, all against a real server on the usual ports.

A comment before a block says otherwise:

  <!-- block: syntax; needs Docker -->     shell commands that cannot run here: only their syntax is checked
  <!-- block: alone -->                    the commands start a server of their own
  <!-- block: background=2 -->             command 2 runs until the end of the block, and serves before command 3 begins
  <!-- block: until=FILE -->               the last command runs until it has made this file: SIGTERM must end it with 0
  <!-- block: configuration -->            settings of another program: the server must have the paths that they name
  <!-- block: text -->                     neither code nor settings

Usage: check.py --programs DIR [--modules DIR] [--only TEXT]"""

import argparse
import collections
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import blocks
from server import Server, wait_for_port

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = ["README.md", "docs/**/*.md", "clients/python/README.md"]
SHELLS = ("console", "sh", "bash")
SETTINGS = ("ini", "nginx", "ruby", "conf", "yaml", "properties")
TIMEOUT = 120
# Paths of the server, and not those of files such as /var/log/app/events.log.
PATH = re.compile(r"/insert/[A-Za-z0-9/_.-]*"
                  r"|/(?:publish/batch|publish|events/stream|events|stats|metrics|livez|readyz)(?![\w.*/-])")


class Wrong(Exception):
    """A block that is not right."""


def run(command: list[str], directory: pathlib.Path, **more) -> subprocess.CompletedProcess:
    """Runs a program to its end; anything but success is an error."""
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=TIMEOUT, **more)
    if done.returncode != 0:
        raise Wrong(f"status {done.returncode}: {(done.stderr or done.stdout).strip()[-1500:]}")
    return done


class Checker:
    """Checks blocks, each in a directory of its own, and counts what was done."""

    def __init__(self, programs: pathlib.Path, modules: pathlib.Path | None, work: pathlib.Path):
        self.programs, self.modules, self.work = programs, modules, work
        self.counts: collections.Counter = collections.Counter()
        self.absent: collections.Counter = collections.Counter()
        self._server: Server | None = None
        self._number = 0
        # An answer that is an error ends the command, as in a script with `--fail`.
        (work / ".curlrc").write_text("fail-with-body\nsilent\nshow-error\n")

    def check(self, block: blocks.Block):
        """Checks a block in the way that its language and its mark ask for."""
        if block.language in SHELLS:
            self._shell(block)
        elif "text" in block.words or block.language == "text":
            self.counts["text"] += 1
        elif "configuration" in block.words or block.language in SETTINGS:
            self._settings(block)
        elif block.language == "json":
            json.loads(block.text)
            self.counts["parsed"] += 1
        elif block.language in ("swift", "python", "javascript", "go"):
            getattr(self, f"_{block.language}")(block)
        else:
            raise Wrong(f"nothing checks the language {block.language!r}: name one, or mark the block")

    def _directory(self) -> pathlib.Path:
        """A new directory with the files that examples read."""
        self._number += 1
        directory = self.work / f"block-{self._number}"
        directory.mkdir()
        line = {"topic": "orders.invoice.created", "event_id": f"from-file-{self._number}",
                "timestamp": "2026-01-02T03:04:05Z", "source": "billing", "payload": {"total": 7.5}}
        (directory / "events.ndjson").write_text(json.dumps(line) + "\n")
        log = '{"time":"2026-01-02T03:04:05Z","host":"one","request":{"id":"%d"},"message":"hello"}\n' % self._number
        (directory / "app.log").write_text(log)
        (directory / "app.ndjson").write_text(log)
        return directory

    def _served(self) -> Server:
        """The server on the usual ports, started when a block first needs it."""
        if not self._server:
            self._server = Server(self.programs, self.work / "server")
        return self._server

    def close(self):
        """Stops the server."""
        if self._server:
            self._server.stop()
            self._server = None

    def _environment(self) -> dict[str, str]:
        return {"PATH": f"{self.programs}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin:{self._go_directory()}",
                "HOME": str(self.work), "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT / "clients/python"),
                "PYTHONDONTWRITEBYTECODE": "1"}

    @staticmethod
    def _go_directory() -> str:
        found = shutil.which("go")
        return os.path.dirname(found) if found else "/nonexistent"

    def _shell(self, block: blocks.Block):
        commands = block.commands()
        if not commands:
            raise Wrong("there is no command; a console block has lines that begin with '$ '")
        directory = self._directory()
        if "syntax" in block.words:
            if not block.reason:
                raise Wrong("the mark says no reason why the commands cannot run")
            run(["bash", "-n", "-c", "\n".join(commands)], directory)
            self.counts["syntax of commands"] += len(commands)
            return
        if "alone" in block.words:
            self.close()
        else:
            self._served()
        background = int(block.options.get("background", 0))
        running = None
        try:
            for number, command in enumerate(commands, 1):
                if number == background:
                    # On the usual pipes, because a person would see the greeting on a terminal.
                    running = subprocess.Popen(["bash", "-c", f"exec {command}"], cwd=directory, env=self._environment(),
                                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
                    wait_for_port(7171, running)
                elif number == len(commands) and "until" in block.options:
                    self._until_stopped(command, directory, directory / block.options["until"])
                else:
                    run(["bash", "-c", command], directory, env=self._environment())
        finally:
            if running:
                running.send_signal(signal.SIGTERM)
                running.communicate(timeout=TIMEOUT)
        self.counts["commands run"] += len(commands)

    def _until_stopped(self, command: str, directory: pathlib.Path, made: pathlib.Path):
        started = subprocess.Popen(["bash", "-c", f"exec {command}"], cwd=directory, env=self._environment(),
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        end = time.monotonic() + TIMEOUT
        while not made.exists() and started.poll() is None and time.monotonic() < end:
            time.sleep(0.05)
        started.send_signal(signal.SIGTERM)
        _, errors = started.communicate(timeout=TIMEOUT)
        if not made.exists():
            raise Wrong(f"{made.name} was not made: {errors[-1000:]}")
        if started.returncode != 0:
            raise Wrong(f"status {started.returncode} after SIGTERM: {errors[-1000:]}")

    def _settings(self, block: blocks.Block):
        """Asks the running server for every path of Sluice that the settings name."""
        if block.language == "yaml":
            import yaml
            list(yaml.safe_load_all(block.text))
        paths = set(PATH.findall(block.text))
        port = self._served().http_port
        for path in paths:
            request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", method="OPTIONS")
            try:
                urllib.request.urlopen(request, timeout=TIMEOUT)
            except urllib.error.HTTPError as error:
                # A prefix of routes, such as that of Elasticsearch, answers 404 on its own; a route below it is asked.
                if error.code == 404 and not self._is_prefix(path):
                    raise Wrong(f"the server has no route {path}") from None
        self.counts["settings"] += 1

    def _is_prefix(self, path: str) -> bool:
        with urllib.request.urlopen(
                f"http://127.0.0.1:{self._served().http_port}/openapi.json", timeout=TIMEOUT) as answer:
            return any(route.startswith(path.rstrip("/") + "/") for route in json.load(answer)["paths"])

    def _swift(self, block: blocks.Block):
        if "package" in block.words:
            # Lines of a Package.swift are compiled in the manifest of a package.
            return self._manifest(block)
        if not self.modules:
            self.absent["Swift, because there is no build with modules"] += 1
            return
        directory = self._directory()
        (directory / "main.swift").write_text(block.text)
        maps = [f"-fmodule-map-file={path}" for path in (ROOT / "Sources").glob("C*/module.modulemap")]
        maps += [f"-fmodule-map-file={path}" for path in self.modules.parent.glob("C*.build/module.modulemap")]
        more = [word for path in maps for word in ("-Xcc", path)]
        run(["swiftc", "-typecheck", "-swift-version", "6", "-warnings-as-errors", "-I", str(self.modules), *more,
             "-Xcc", "-I/usr/include/postgresql", "main.swift"], directory)
        self.counts["Swift compiled"] += 1

    def _manifest(self, block: blocks.Block):
        directory = self._directory()
        dependency, target = (line.strip().rstrip(",") for line in block.text.splitlines() if line.strip())
        dependency = dependency.replace("ADDRESS-OF-THIS-REPOSITORY", "https://example.org/sluice")
        (directory / "Package.swift").write_text(f"""// swift-tools-version: 6.2
import PackageDescription
let package = Package(
  name: "shop",
  dependencies: [{dependency}],
  targets: [.executableTarget(name: "shop", dependencies: [{target}], path: ".")])
""")
        dumped = json.loads(run(["swift", "package", "dump-package"], directory).stdout)
        products = [entry["product"] for entry in dumped["targets"][0]["dependencies"]]
        if products[0][:2] != ["ClientLib", "sluice"]:
            raise Wrong(f"not the product ClientLib of sluice: {products}")
        self.counts["manifests"] += 1

    def _python(self, block: blocks.Block):
        self._program(block, "example.py", [sys.executable, "example.py"], "Python run")

    def _javascript(self, block: blocks.Block):
        self._program(block, "example.mjs", ["node", "example.mjs"], "JavaScript run")

    def _go(self, block: blocks.Block):
        self._program(block, "main.go", ["go", "run", "main.go"], "Go run")

    def _program(self, block: blocks.Block, name: str, command: list[str], what: str):
        if not shutil.which(command[0]):
            self.absent[f"{block.language}, because there is no {command[0]}"] += 1
            return
        self._served()
        directory = self._directory()
        (directory / name).write_text(block.text)
        done = run(command, directory, env={**self._environment(), "GOCACHE": str(self.work / "go"), "GO111MODULE": "off"})
        expected = block.options.get("prints")
        if expected and expected not in done.stdout:
            raise Wrong(f"the output has no {expected!r}: {done.stdout[-500:]}")
        self.counts[what] += 1


def main() -> int:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--programs", required=True, type=pathlib.Path)
    arguments.add_argument("--modules", type=pathlib.Path)
    arguments.add_argument("--only", default="")
    options = arguments.parse_args()
    pages = [path for pattern in PAGES for path in sorted(ROOT.glob(pattern))]
    found = [block for page in pages for block in blocks.of_page(page, ROOT)]
    failures, begin = 0, time.monotonic()
    with tempfile.TemporaryDirectory(prefix="sluice-docs-", dir="/var/tmp") as work:
        # The account postgres must be able to enter it.
        os.chmod(work, 0o755)
        checker = Checker(options.programs.resolve(), options.modules and options.modules.resolve(), pathlib.Path(work))
        try:
            for block in found:
                if options.only not in block.place:
                    continue
                try:
                    checker.check(block)
                except (Wrong, ValueError, KeyError, OSError, subprocess.SubprocessError) as error:
                    failures += 1
                    print(f"{block.place}: {error}", file=sys.stderr)
        finally:
            checker.close()
        for what, count in sorted(checker.counts.items()):
            print(f"  {count:4} {what}")
        for what, count in sorted(checker.absent.items()):
            print(f"  {count:4} not checked: {what}")
    print(f"{len(found)} blocks on {len(pages)} pages, {failures} wrong, {time.monotonic() - begin:.0f} s")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
