"""A real Prometheus with the rules of deploy/prometheus/alerts.yml, whose durations are shortened."""

import json
import pathlib
import re
import subprocess
import threading
import time
import urllib.request

RULES = pathlib.Path(__file__).resolve().parents[2] / "deploy/prometheus/alerts.yml"
SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
DURATION = re.compile(r"(?<=\[)(\d+)([smhd])(?=\])|(?<=for: )(\d+)([smhd])(?=\n)")


def names() -> list[str]:
    """The names of all alerts, in the order of the file."""
    return re.findall(r"- alert: (\w+)", RULES.read_text())


def shortened(divisor: float) -> str:
    """The rules with each `for:` and each range divided. Nothing else changes, above all no threshold."""

    def divide(found: re.Match) -> str:
        number, unit = [part for part in found.groups() if part]
        return f"{round(int(number) * SECONDS[unit] * 1_000 / divisor)}ms"

    return DURATION.sub(divide, RULES.read_text())


class Prometheus:
    """Scrapes the servers and evaluates the rules each second."""

    def __init__(self, program: str, directory: str, port: int, divisor: float):
        self.program, self.directory, self.port = program, pathlib.Path(directory), port
        self.process: subprocess.Popen | None = None
        self.directory.mkdir()
        (self.directory / "alerts.yml").write_text(shortened(divisor))

    def start(self, servers: list):
        """Starts with one scrape configuration for each server. All have the job `sluice`, as the rules expect."""
        configuration = {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": ["alerts.yml"],
            "scrape_configs": [{
                "job_name": server.name,
                "static_configs": [{"targets": [f"{server.host}:{server.http_port}"]}],
                "relabel_configs": [{"target_label": "job", "replacement": "sluice"}],
                **server.scrape_options,
            } for server in servers],
        }
        # JSON is YAML, too.
        (self.directory / "prometheus.yml").write_text(json.dumps(configuration))
        with open(self.directory / "log", "wb") as log:
            self.process = subprocess.Popen(
                [self.program, f"--config.file={self.directory}/prometheus.yml",
                 f"--storage.tsdb.path={self.directory}/data", f"--web.listen-address=127.0.0.1:{self.port}"],
                stdout=log, stderr=log)
        deadline = time.monotonic() + 30
        while len(self.loaded()) < len(names()):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"Prometheus did not start: {(self.directory / 'log').read_text()[-2_000:]}")
            time.sleep(0.1)

    def get(self, path: str):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/{path}", timeout=10) as answer:
            return json.load(answer)["data"]

    def loaded(self) -> set[str]:
        """The names of the rules that Prometheus has; none before it answers."""
        try:
            return {rule["name"] for group in self.get("rules")["groups"] for rule in group["rules"]}
        except OSError:
            return set()

    def alerts(self) -> set[tuple[str, str]]:
        """The alerts that fire now: name and address of the server."""
        return {(alert["labels"]["alertname"], alert["labels"]["instance"])
                for alert in self.get("alerts")["alerts"] if alert["state"] == "firing"}

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(30)


class AlertLog(threading.Thread):
    """Watches which alerts fire, and keeps the times at which each began and ended to fire."""

    def __init__(self, prometheus: Prometheus):
        super().__init__(daemon=True)
        self.prometheus, self.over = prometheus, threading.Event()
        # By alert and server: beginning and end of each time of firing. The end is None while the alert fires.
        self.times: dict[tuple[str, str], list[list[float | None]]] = {}
        self.changed = threading.Condition()

    def run(self):
        while not self.over.wait(0.25):
            try:
                firing = self.prometheus.alerts()
            except OSError:
                continue
            now = time.monotonic()
            with self.changed:
                for key in firing:
                    times = self.times.setdefault(key, [])
                    if not times or times[-1][1] is not None:
                        times.append([now, None])
                for key, times in self.times.items():
                    if key not in firing and times[-1][1] is None:
                        times[-1][1] = now
                self.changed.notify_all()

    def fired_after(self, alert: str, instance: str, begun: float, seconds: float) -> float | None:
        """Waits until an alert fires that did not fire before `begun`. Returns the time; None when it does not."""
        return self._await(seconds, lambda: next(
            (start for start, _ in self.times.get((alert, instance), []) if start >= begun), None))

    def ended_after(self, alert: str, instance: str, begun: float, seconds: float) -> float | None:
        """Waits until an alert no longer fires. Returns the time of its end, or `begun` if that was earlier."""

        def end() -> float | None:
            times = self.times.get((alert, instance), [])
            return max(begun, times[-1][1]) if times and times[-1][1] is not None else None

        return self._await(seconds, end)

    def _await(self, seconds: float, find) -> float | None:
        deadline = time.monotonic() + seconds
        with self.changed:
            while (found := find()) is None and (left := deadline - time.monotonic()) > 0:
                self.changed.wait(left)
            return found

    def begun(self) -> list[tuple[float, str, str]]:
        """Each time at which an alert began to fire, with the alert and the server."""
        with self.changed:
            return sorted((start, alert, instance) for (alert, instance), times in self.times.items()
                          for start, _ in times)

    def end(self):
        self.over.set()
        self.join()
