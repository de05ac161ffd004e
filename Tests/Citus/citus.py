#!/usr/bin/env python3
"""Tests Sluice over a cluster of Citus: a coordinator and two workers on this machine.

Without a Postgres that has the extension the test says so and ends with status 0. Each part prints one line; the exit
status is 1 when a part fails.
"""

import argparse
import json
import pathlib
import random
import signal
import statistics
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from cluster import DATABASE, Cluster, find_postgres

ROOT = pathlib.Path(__file__).resolve().parents[2]
FAILURES: list[str] = []


def say(text: str):
    print(text, flush=True)


def check(holds: bool, text: str, found: object = ""):
    """Prints a line for a property, and notes when it does not hold."""
    say(f"{'ok  ' if holds else 'FAIL'} {text}{f': {found}' if found != '' else ''}")
    if not holds:
        FAILURES.append(text)


def wait_until(holds, seconds: float, text: str) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if holds():
                return True
        except (RuntimeError, OSError, ValueError):
            pass
        time.sleep(0.1)
    check(False, text, f"not within {seconds:g} s")
    return False


class Server:
    """A sluiced over a database of the cluster."""

    def __init__(self, programs: pathlib.Path, url: str, directory: str, *options: str):
        self.programs, self.url = programs, url
        self.log_path = pathlib.Path(directory, f"sluiced-{time.monotonic_ns()}.log")
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(
                [programs / "sluiced", "--tcp-port", "0", "--http-port", "0", "--ready-json", "--database-url", url,
                 *options], stdout=subprocess.PIPE, stderr=log)
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"sluiced did not start: {self.log_path.read_text()[-2_000:]}")
        ready = json.loads(line)
        self.tcp_port, self.http_port = ready["tcp_port"], ready["http_port"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def request(self, path: str, method: str = "GET", body: bytes | None = None, kind: str = "") -> tuple[int, bytes]:
        request = urllib.request.Request(f"http://127.0.0.1:{self.http_port}{path}", body, method=method)
        if kind:
            request.add_header("Content-Type", kind)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def json(self, path: str, method: str = "GET"):
        status, body = self.request(path, method)
        if status != 200:
            raise RuntimeError(f"{path}: {status} {body[:300]!r}")
        return json.loads(body)

    def publisher(self, *options: str) -> list[str]:
        return [str(self.programs / "sluice-publish"), "generate", "--port", str(self.tcp_port), "--json", *options]

    def publish(self, *options: str) -> dict:
        finished = subprocess.run(self.publisher(*options), capture_output=True, check=False)
        try:
            return json.loads(finished.stdout)
        except ValueError:
            raise SystemExit(f"sluice-publish failed: {finished.stderr.decode()[-2_000:]}") from None


class Test:
    """The parts of the test over one cluster."""

    def __init__(self, options: argparse.Namespace, cluster: Cluster):
        self.options, self.cluster = options, cluster
        self.programs = pathlib.Path(options.programs)
        self.coordinator = cluster.coordinator
        self.url = self.coordinator.url()

    def sluiced(self, command: str, *options: str, url: str | None = None) -> subprocess.CompletedProcess:
        return subprocess.run(
            [self.programs / "sluiced", command, "--database-url", url or self.url, *options], capture_output=True,
            text=True, timeout=300, check=False)

    def server(self, *options: str, url: str | None = None) -> Server:
        return Server(self.programs, url or self.url, self.cluster.directory, *options)

    def number(self, statement: str, database: str = DATABASE) -> int:
        return int(self.coordinator.sql(f"SET search_path = sluice; {statement}", database))

    def refuses(self, text: str, words: str, *arguments: str, url: str | None = None):
        """Checks that a command ends with one line that has `words`."""
        finished = self.sluiced(*arguments, url=url)
        lines = [line for line in finished.stderr.splitlines() if line.startswith("sluiced: ")]
        check(finished.returncode in (2, 5) and len(lines) == 1 and words in lines[0], f"refused: {text}",
              lines[-1] if lines else finished.stderr[-300:])

    def audit(self, text: str):
        finished = self.sluiced("audit")
        check(finished.returncode == 0, f"the audit holds {text}",
              "" if finished.returncode == 0 else finished.stdout[-600:] + finished.stderr[-600:])

    # The parts, in their order.

    def migration(self):
        """Local events move to the workers and back, and what does not fit is refused."""
        coordinator = self.coordinator
        coordinator.sql("CREATE DATABASE plain", "postgres")
        self.refuses("a database without the extension", "does not have the extension citus", "migrate", "--citus",
                     url=coordinator.url("plain"))
        coordinator.sql("DROP DATABASE plain", "postgres")
        with self.server() as server:
            counts = server.publish("--events", "30000", "--duplicates", "0.2", "--seed", "7")
            wait_until(lambda: self.number("SELECT count(*) FROM servers") == 1, 20, "the server shows itself")
            self.refuses("a running server", "servers use the database", "migrate", "--citus")
        self.refuses("a B-tree", "store.index", "migrate", "--citus", "--store-index", "btree")
        self.refuses("serializable", "read-committed", "migrate", "--citus", "--store-isolation", "serializable")
        self.refuses("a server that wants Citus without it", "run sluiced migrate --citus", "run", "--database-citus",
                     "events", "--tcp-port", "0", "--http-port", "0")
        self.cluster.workers[1].stop()
        failed = self.sluiced("migrate", "--citus")
        check(failed.returncode == 5 and self.number("SELECT count(*) FROM events") == counts["unique"],
              "refused: a worker that is away, and nothing is changed", failed.stderr.splitlines()[-1:])
        self.cluster.workers[1].start()
        started = time.monotonic()
        moved = self.sluiced("migrate", "--citus")
        check(moved.returncode == 0, "migrate --citus", f"{counts['unique']} events in {time.monotonic() - started:.1f} s"
              if moved.returncode == 0 else moved.stderr[-500:])
        shards = self.number("SELECT count(*) FROM citus_shards WHERE table_name::text LIKE '%events'")
        check(shards == 4 * len(self.cluster.workers), "four shards a worker", shards)
        local = self.number("SELECT count(*) FROM pg_dist_partition")
        check(local == 1, "all other tables are local", local)
        check(self.number("SELECT count(*) FROM events") == counts["unique"], "every event is there")
        self.audit("after the move")
        worker = self.cluster.workers[0].url()
        self.refuses("the address of a worker", "worker of Citus", "run", "--tcp-port", "0", "--http-port", "0", url=worker)
        self.refuses("a server that wants no Citus", "database.citus is off", "run", "--database-citus", "off",
                     "--tcp-port", "0", "--http-port", "0")
        self.refuses("another index", "index cannot change", "run", "--store-index", "none", "--tcp-port", "0",
                     "--http-port", "0")
        self.refuses("serializable over Citus", "serializable", "run", "--store-isolation", "serializable",
                     "--tcp-port", "0", "--http-port", "0")
        with self.server() as server:
            again = server.publish("--events", "30000", "--duplicates", "0.2", "--seed", "7")
        check(again["unique"] == 0, "the same events again are duplicates", again["unique"])

    def way_back(self):
        """The events come back to the coordinator."""
        events = self.number("SELECT count(*) FROM events")
        back = self.sluiced("migrate", "--citus=off")
        check(back.returncode == 0, "migrate --citus=off", "" if back.returncode == 0 else back.stderr[-500:])
        check(self.number("SELECT count(*) FROM pg_dist_partition") == 0, "no table is distributed")
        check(self.number("SELECT count(*) FROM events") == events, "every event is there", events)
        self.audit("after the way back")
        with self.server() as server:
            counts = server.publish("--events", "20000", "--duplicates", "0.2", "--seed", "99")
            check(counts["unique"] + counts["duplicates"] == 20_000, "the server stores events")
        deleted = self.number("WITH gone AS (DELETE FROM events WHERE event_id = (SELECT min(event_id) FROM events)"
                              " RETURNING 1), c AS (UPDATE counters SET expired = expired + 1 WHERE shard = 0)"
                              " SELECT count(*) FROM gone")
        check(deleted == 1, "a deletion by hand works again")
        self.audit("after a deletion by hand")
        again = self.sluiced("migrate", "--citus")
        check(again.returncode == 0, "migrate --citus again", "" if again.returncode == 0 else again.stderr[-500:])

    def kills(self):
        """Events under kills of worker backends, workers and the coordinator, with an open live tail."""
        options = self.options
        before = self.number("SELECT count(*) FROM events")
        with self.server() as server:
            load = ["--events", str(options.events), "--duplicates", "0.35", "--old-duplicates", "--seed",
                    str(options.seed), "--rate", str(options.rate)]
            started = time.monotonic()
            tail = subprocess.Popen(
                [sys.executable, ROOT / "Tests/EndToEnd/tail.py", "--port", str(server.http_port), "--cuts", "10",
                 "--seed", str(options.seed), "--events", str(int(options.events * 0.6)), "--silence", "120", "--",
                 *server.publisher(*load)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            killer = Killer(self.cluster, options, tail)
            auditor = Auditor(self, tail)
            killer.start()
            auditor.start()
            output, errors = tail.communicate()
            seconds = time.monotonic() - started
            killer.join()
            auditor.join()
            outcome = json.loads(output) if output else {"problems": [errors[-1_000:]]}
            check(killer.kills == options.kills, f"{options.kills} kills", f"{killer.text} in {seconds:.0f} s")
            check(outcome.get("problems") == [], "the live tail shows each stored event once", outcome)
            stored = self.number("SELECT count(*) FROM events") - before
            keys = self.number("SELECT count(*) FROM (SELECT DISTINCT event_id, topic FROM events) AS k") - before
            check(stored == keys == outcome.get("stored"), "every distinct event is stored once", f"{stored} events")
            stats = server.json("/stats")
            check(stats["received"] == stats["unique_processed"] + stats["duplicate_dropped"] + stats["dead"]
                  and stats["unique_processed"] == self.number("SELECT count(*) FROM events"),
                  "the counters agree with the tables", {key: stats[key] for key in (
                      "received", "unique_processed", "duplicate_dropped", "dead")})
            check(auditor.violations == [] and auditor.held > 0, "the audit holds while events are stored",
                  f"{auditor.held} audits, {auditor.unavailable} while a node was away {auditor.violations[:1] or ''}")
            again = server.publish(*load[:-2])
            check(again["unique"] == 0 and again["duplicates"] == options.events,
                  "the same events again are all duplicates", {key: again[key] for key in ("unique", "duplicates")})
            wait_until(lambda: server.request("/readyz")[0] == 200, 30, "the server is ready")
        self.audit("after the kills")

    def routes(self):
        """Every route that reads or deletes events answers."""
        with self.server() as server:
            body = "\n".join(json.dumps({
                "topic": f"routes.{n % 3}", "event_id": f"route-{n}", "timestamp": "2026-01-02T03:04:05Z",
                "source": "routes", "payload": {"user": {"id": n}, "word": "sonne" if n == 5 else "mond"},
            }) for n in range(300)).encode()
            status, answer = server.request("/publish", "POST", body, "application/x-ndjson")
            check(status == 200, "POST /publish", answer[:120])
            one = json.dumps({"topic": "routes.one", "event_id": "one", "timestamp": "2026-01-02T03:04:06Z", "source": "r"})
            status, answer = server.request("/publish", "POST", one.encode(), "application/json")
            check(status == 200, "POST /publish of one event", answer[:120])

            def count(query: str, wanted: int):
                """Follows the pages, because a search gives what it has found after its budget."""
                page = server.json(f"/events?limit=500&{query}")
                found = len(page["events"])
                while page["next_cursor"]:
                    page = server.json(f"/events?limit=500&{query}&cursor={urllib.parse.quote(page['next_cursor'])}")
                    found += len(page["events"])
                check(found == wanted, f"GET /events?{query}", found)

            count("topic=routes.1", 100)
            count("topic=routes.1&order=asc", 100)
            count("topic=routes.*", 301)
            count("event_id=route-7", 1)
            count("topic=routes.0&since=2026-01-02T03:00:00Z&until=2026-01-02T04:00:00Z", 100)
            count("source=routes", 300)
            count("q=sonne&topic=routes.*", 1)
            count("field.user.id=11&topic=routes.*", 1)
            count("by=processed_at&topic=routes.2&since=-1h", 100)
            page = server.json("/events?limit=30&topic=routes.0")
            keys = [event["event_id"] for event in page["events"]]
            while page["next_cursor"]:
                page = server.json(f"/events?limit=30&topic=routes.0&cursor={urllib.parse.quote(page['next_cursor'])}")
                keys += [event["event_id"] for event in page["events"]]
            check(len(keys) == len(set(keys)) == 100, "GET /events page by page", f"{len(keys)} events")
            for path in ["/events/routes.1/route-1", "/topics", "/dead", "/producers", "/audit", "/stats", "/history",
                         "/health", "/livez", "/readyz", "/metrics", "/openapi.json", "/docs", "/explore", "/",
                         "/counts?topic=routes.*&since=2026-01-02T00:00:00Z&until=2026-01-03T00:00:00Z&interval=1h",
                         "/counts?since=-1h&by=processed_at,topic", "/counts?topic=routes.1&since=2026-01-01T00:00:00Z"
                         "&until=2026-01-05T00:00:00Z&interval=1h"]:
                status, answer = server.request(path)
                check(status == 200, f"GET {path.split('&')[0]}", "" if status == 200 else answer[:300])
            numbers = server.json("/counts?topic=routes.*&since=2026-01-02T00:00:00Z&until=2026-01-03T00:00:00Z&interval=1h")
            check(numbers["events"] == 301, "GET /counts counts the events", numbers["events"])
            topics = server.request("/topics")[1].decode()
            check(all(f'"routes.{n}"' in topics for n in range(3)), "GET /topics lists the topics")
            found = server.json("/events?topic=routes.2", "DELETE")
            check(found["found"] == 100 and found["deleted"] == 0, "DELETE /events, dry run", found)
            status, answer = server.request("/events?topic=routes.2&confirm=100", "DELETE")
            check(status == 200 and self.number("SELECT count(*) FROM events WHERE topic = 'routes.2'") == 0,
                  "DELETE /events", answer[:120])
            status, answer = server.request("/publish", "POST", body, "application/x-ndjson")
            stored = self.number("SELECT count(*) FROM events WHERE topic LIKE 'routes.%'")
            check(status == 200 and stored == 301, "events that were deleted are stored again", answer[:160])
            status, answer = server.request("/events?event_id=one&confirm=1", "DELETE")
            check(status == 200 and self.number("SELECT count(*) FROM events WHERE event_id = 'one'") == 0,
                  "DELETE /events of one event", answer[:120])
        self.audit("after the deletions")

    def many_topics(self):
        """A group in which each event has a topic of its own lists its events by bucket."""
        with self.server() as server:
            body = "\n".join(json.dumps({
                "topic": f"many.{n:03}", "event_id": f"many-{n}", "timestamp": "2026-03-01T00:00:00Z", "source": "many",
            }) for n in range(600)).encode()
            status, answer = server.request("/publish", "POST", body, "application/x-ndjson")
            check(status == 200, "POST /publish of 600 topics", answer[:120])
            check(self.number("SELECT count(*) FROM topic_spans WHERE bucket > 0") > 0, "the group lists by bucket")
            found = [len(server.json(f"/events?limit=500&{query}")["events"])
                     for query in ["topic=many.077", "topic=many.599&order=asc", "event_id=many-5"]]
            check(found == [1, 1, 1], "GET /events finds single topics", found)
            day = "since=2026-03-01T00:00:00Z&until=2026-03-02T00:00:00Z&interval=1h"
            counts = [server.json(f"/counts?topic={topic}&{day}")["events"] for topic in ["many.000", "many.*"]]
            check(counts == [1, 600], "GET /counts counts one topic and all", counts)
            topics = server.json("/topics?prefix=many.&limit=1000")
            check(topics["topics_count"] >= 600, "GET /topics lists them", topics["topics_count"])
            found = server.json("/events?topic=many.011&confirm=1", "DELETE")
            check(found["deleted"] == 1, "DELETE /events of one of them", found)
            left = len(server.json("/events?topic=many.011")["events"])
            check(left == 0, "the deleted event is found no more", left)
        self.audit("over groups that list by bucket")

    def two_servers(self):
        """Two servers that receive the same events at the same time store each of them once."""
        chance = random.Random(self.options.seed)
        pool = [json.dumps({"topic": f"two.{n % 3}", "event_id": f"two-{n}", "timestamp": "2026-04-01T00:00:00Z",
                            "source": "two"}) for n in range(8_000)]
        # Both go through the pool side by side, so most keys come to both within a few groups.
        loads = [[chance.choices(pool[start:start + 600], k=400) for start in range(0, 7_401, 100)] for _ in range(2)]
        stored = [[], []]

        def publish(server: Server, load: list[list[str]], unique: list[int]):
            for events in load:
                status, answer = server.request("/publish", "POST", "\n".join(events).encode(), "application/x-ndjson")
                unique.append(json.loads(answer)["processed"] if status == 200 else -1)

        with self.server() as one, self.server() as two:
            threads = [threading.Thread(target=publish, args=each) for each in zip([one, two], loads, stored)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        distinct = len({event for load in loads for events in load for event in events})
        rows = self.number("SELECT count(*) FROM events WHERE topic LIKE 'two.%'")
        sums = [sum(unique) for unique in stored]
        check(rows == sum(sums) == distinct and min(map(min, stored)) >= 0, "two servers store common events once",
              f"{rows} events, {sums} by each server")
        self.audit("after two servers with common keys")

    def retention(self):
        """Retention deletes by age, while the same events come again and again."""
        with self.server("--retention-age", "4s", "--ledger-keep", "60s") as server:
            load = ["--events", "60000", "--duplicates", "0", "--seed", "4242"]
            first = server.publish(*load)
            check(first["unique"] == 60_000, "60,000 new events")
            rounds = 0
            deadline = time.monotonic() + self.options.retention_seconds
            while time.monotonic() < deadline:
                server.publish(*load)
                rounds += 1
            self.audit(f"while retention deletes events that come again ({rounds + 1} rounds)")
            wait_until(lambda: self.number("SELECT count(*) FROM events") == 0, 120, "all events are deleted")
            last = server.publish(*load)
            stored = self.number("SELECT count(*) FROM events")
            check(last["unique"] == 60_000, "all of them are stored again after their deletion",
                  f"unique {last['unique']}, in the table {stored}")
            self.audit("after retention")

    def absent_worker(self):
        """A worker is away at the start and comes back; the events wait for it."""
        worker = self.cluster.workers[0]
        worker.kill()
        before = self.number("SELECT sum(unique_) FROM counters")
        with self.server() as server:
            publishing = subprocess.Popen(
                server.publisher("--events", "20000", "--duplicates", "0", "--seed", "31337"), stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL)

            def is_told() -> bool:
                return server.request("/health")[0] != 200

            wait_until(is_told, 60, "health says that the worker is away")
            check(True, "health says that the worker is away", server.request("/health")[1][:200])
            worker.start()
            output, _ = publishing.communicate(timeout=180)
            counts = json.loads(output)
            stored = self.number("SELECT sum(unique_) FROM counters") - before
            check(counts["unique"] == stored == 20_000, "the events are stored when it is back", counts["unique"])
            dead = self.number("SELECT count(*) FROM dead_events")
            check(dead == 0, "no event was given up", dead)
        self.audit("after the worker came back")

    def speed(self):
        """The rate over Citus beside local tables on the same machine, each in a database without other events."""
        options = self.options
        databases = {"local": "speed_local", "citus": "speed_citus"}
        for kind, name in databases.items():
            self.cluster.make_database(name)
            command = ["migrate"] + (["--citus"] if kind == "citus" else [])
            done = self.sluiced(*command, url=self.coordinator.url(name))
            check(done.returncode == 0, f"a database for the rate, {kind}", done.stderr[-300:] if done.returncode else "")
        rates: dict[str, list[float]] = {kind: [] for kind in databases}
        for turn in range(2 * options.rounds):
            kind = list(databases)[turn % 2 if (turn // 2) % 2 == 0 else 1 - turn % 2]
            with self.server(url=self.coordinator.url(databases[kind])) as server:
                counts = server.publish("--events", str(options.speed_events), "--duplicates", "0.35",
                                        "--old-duplicates", "--seed", str(1_000 + turn))
            rates[kind].append(options.speed_events / counts["seconds"])
        medians = {kind: statistics.median(values) for kind, values in rates.items()}
        ratio = medians["citus"] / medians["local"]
        text = ", ".join(f"{kind} {[round(rate) for rate in values]}" for kind, values in rates.items())
        check(ratio >= options.least_ratio, f"the rate beside local tables is at least {options.least_ratio:g}",
              f"{ratio:.2f} ({text} events/s)")


class Killer(threading.Thread):
    """Kills worker backends, workers and the coordinator in turn, while the load runs."""

    def __init__(self, cluster: Cluster, options: argparse.Namespace, load: subprocess.Popen):
        super().__init__(daemon=True)
        self.cluster, self.options, self.load = cluster, options, load
        self.chance = random.Random(options.seed)
        self.kills = 0
        self.done = {"backends of a worker": 0, "workers": 0, "coordinator": 0}

    @property
    def text(self) -> str:
        return ", ".join(f"{count} {kind}" for kind, count in self.done.items())

    def run(self):
        pause = self.options.events / self.options.rate / (self.options.kills + 2)
        while self.kills < self.options.kills and self.load.poll() is None:
            time.sleep(pause * self.chance.uniform(0.6, 1.2))
            kind = ["backends of a worker", "workers", "coordinator"][self.kills % 3]
            worker = self.chance.choice(self.cluster.workers)
            if kind == "backends of a worker":
                try:
                    # Those that write, and not the connections of the killer.
                    worker.sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                               " WHERE application_name LIKE 'citus_internal%' AND datname = current_database()")
                except RuntimeError:
                    continue
            else:
                node = worker if kind == "workers" else self.cluster.coordinator
                node.kill()
                time.sleep(self.chance.uniform(0, 1.5))
                node.start()
            self.done[kind] += 1
            self.kills += 1


class Auditor(threading.Thread):
    """Audits again and again while the load runs."""

    def __init__(self, test: Test, load: subprocess.Popen):
        super().__init__(daemon=True)
        self.test, self.load = test, load
        self.held = self.unavailable = 0
        self.violations: list[str] = []

    def run(self):
        while self.load.poll() is None:
            finished = self.test.sluiced("audit")
            if finished.returncode == 0:
                self.held += 1
            elif finished.returncode == 1:
                self.violations.append(finished.stdout[-500:])
            else:
                self.unavailable += 1
            time.sleep(1)


PARTS = ["migration", "kills", "routes", "many_topics", "two_servers", "retention", "absent_worker", "speed", "way_back"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--programs", required=True, help="the directory of sluiced and sluice-publish")
    parser.add_argument("--events", type=int, default=1_000_000, help="events of the part with kills")
    parser.add_argument("--rate", type=int, default=12_000, help="events a second of the part with kills")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=7,
                        help="rounds of the measurement, for each kind of table; the median of three varies by a tenth")
    parser.add_argument("--speed-events", type=int, default=3_000_000,
                        help="events of each measurement; 500,000 take two seconds, in which a rate varies by a fifth")
    parser.add_argument("--least-ratio", type=float, default=0.75)
    parser.add_argument("--retention-seconds", type=float, default=20)
    parser.add_argument("--fsync", choices=["on", "off"], default="on", help="whether Postgres waits for the disk")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    options = parser.parse_args()
    programs = find_postgres()
    if programs is None:
        say("skipped: no Postgres here has the extension citus; build Citus, and name the directory of initdb in"
            " SLUICE_TEST_CITUS")
        return
    cluster = Cluster(programs, settings={"fsync": options.fsync})
    try:
        test = Test(options, cluster)
        say(f"Citus: {cluster.coordinator.sql('SELECT citus_version()').split(' on ')[0]},"
            f" Postgres {cluster.coordinator.sql('SHOW server_version')}, a coordinator and {len(cluster.workers)} workers")
        if "migration" not in options.parts:
            test.sluiced("migrate", "--citus")
        for part in options.parts:
            say(f"-- {part.replace('_', ' ')}")
            getattr(test, part)()
    finally:
        cluster.remove()
    if FAILURES:
        raise SystemExit(f"FAILED: {len(FAILURES)} properties do not hold: {'; '.join(FAILURES)}")
    say("all properties hold")


if __name__ == "__main__":
    main()
