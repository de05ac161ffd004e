"""Programs, cluster, events and results, which the phases share."""

import contextlib
import os
import shutil
import statistics
import subprocess
import tempfile
from dataclasses import dataclass

from .cluster import Cluster, Database
from .modes import Mode
from .processes import Failure, run_json
from .server import publish, sluiced
from .workload import RowFiles, Workload


# Drops each BRIN index of the events.
DROP_BLOCK_RANGES = """
DO $$ DECLARE name regclass; BEGIN
  FOR name IN SELECT indexrelid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid JOIN pg_am ON pg_am.oid = relam
    WHERE indrelid = 'sluice.events'::regclass AND amname = 'brin' LOOP
    EXECUTE format('DROP INDEX %s', name);
  END LOOP;
END $$;
"""


@dataclass(frozen=True)
class Programs:
    """Paths of the programs under measurement."""

    sluiced: str
    publish: str
    bench: str
    floor: str
    peers: str


class Bench:
    """One invocation."""

    def __init__(self, programs: Programs, mode: Mode, results: str, data: str, postgres: str | None = None):
        """`postgres` is the directory of Postgres's programs; otherwise the programs of the system."""
        self.programs = programs
        self.mode = mode
        self.results = results
        self.data = data
        self.scratch = tempfile.mkdtemp(prefix="scratch-", dir=results)
        self.log = os.path.join(results, "programs.log")
        self.cluster = Cluster(data, self._settings(), os.path.join(results, "postgres.log"), postgres)
        self.preloads = {}
        self.rows = RowFiles(programs.bench, self.scratch, self.log)

    def __enter__(self):
        open(self.log, "w").close()
        self.cluster.start()
        return self

    def __exit__(self, *_):
        self.cluster.stop(keep=os.environ.get("KEEP", "0") not in ("", "0"))
        shutil.rmtree(self.scratch, ignore_errors=True)

    def _settings(self) -> str:
        """The settings of the embedded Postgres, and those of POSTGRES_SETTINGS after them."""
        own = subprocess.run([self.programs.bench, "settings"], capture_output=True, text=True, check=True).stdout
        return own + os.environ.get("POSTGRES_SETTINGS", "").replace(";", "\n") + "\n"

    def schema(self, index: str = "none") -> str:
        """An empty database with the product's schema, made by the product."""
        return self.cluster.template(f"empty_{index}", lambda database: self.migrate(database, index))

    def preloaded(self, workload: Workload, index: str = "none") -> str:
        """Such a database with the events before `workload`, which another program has stored."""
        if not workload.skip:
            return self.schema(index)
        key = (workload.before, index)
        name = f"before_{self.preloads.setdefault(key, len(self.preloads))}"

        def fill(database):
            self.migrate(database, index)
            self.floor(database, workload.before)
        return self.cluster.template(name, fill)

    def floor(self, database: Database, workload: Workload, group: int = 5_000, writers: int = 2) -> dict:
        """Runs the floor over the events of `workload`."""
        path, _ = self.rows.get(workload)
        return run_json([self.programs.floor, database.schema_conninfo, path, str(group), str(writers)], self.log)

    def migrate(self, database: Database, index: str):
        """Makes the schema. With the index "key", only the primary key of the events is left, for the floor."""
        if index == "key":
            self.migrate(database, "none")
            self.cluster.sql(database.name, DROP_BLOCK_RANGES)
            return
        done = subprocess.run(
            [self.programs.sluiced, "migrate", "--database-url", database.conninfo, "--store-index", index,
             "--log-level", "warning"], capture_output=True, text=True)
        if done.returncode != 0:
            raise Failure(f"sluiced migrate failed: {done.stderr.strip()}")

    @contextlib.contextmanager
    def server(self, database: Database, **settings):
        """A daemon over `database`; `writers_group_events=5` is the key `writers.group.events`.

        The limits of addresses are for many machines; here all connections come from one."""
        settings = {
            "limits_address_connections": 20_000, "limits_address_hellos": 100_000,
            "limits_unauthenticated_address": 1_000, **settings}
        keys = {key.replace("_", "."): value for key, value in settings.items()}
        with sluiced(self.programs, database, keys, self.log) as server:
            yield server

    def highest_rate(self, workload: Workload, index: str = "none", times: int = 1) -> float:
        """Events a second into a table that is empty at first: the median of `times` runs."""
        with self.cluster.fresh(self.schema(index)) as database, \
                self.server(database, store_index=index) as server:
            reports = [publish(self.programs, [server], workload, self.log) for _ in range(times)]
        return statistics.median(report["events_per_second"] for report in reports)

    def choices(self, key: str) -> list[str]:
        """The values of a key of the daemon's configuration; an empty list when the key does not exist."""
        reference = subprocess.run(
            [self.programs.sluiced, "configuration-reference"], capture_output=True, text=True, check=True).stdout
        for line in reference.splitlines():
            cells = [cell.strip() for cell in line.split("|")]
            if len(cells) > 3 and cells[1] == f"`{key}`":
                return [choice.strip() for choice in cells[3].split(",")]
        return []

    def indexes(self) -> list[str]:
        """The choices of `store.index`, the cheapest first."""
        return sorted(self.choices("store.index"), key=("none", "spans", "btree").index)

    def check_rows(self, database: Database, workload: Workload, before: int = 0):
        """Fails unless the run stored every key once, and nothing else."""
        expected = before + self.rows.unique(workload)
        stored = int(self.cluster.sql(database.name, "SELECT count(*) FROM sluice.events"))
        if stored != expected:
            raise Failure(f"{stored} rows are stored, but {expected} keys were sent")
