"""The figures that Sluice is judged by, each with its bar, which must hold, and its aim."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line of the closing table."""

    what: str
    # Where the results have the figure: phase, case, name, key.
    phase: str
    case: str
    name: str
    key: str
    bar: float
    aim: float
    # Whether a smaller figure is better.
    is_cost: bool = False
    unit: str = ""

    def value(self, results: dict) -> dict | None:
        """The spread of the figure; None when it was not measured."""
        for row in results.get(self.phase, {}).get("rows", []):
            if (row["case"], row["name"]) == (self.case, self.name):
                return row.get(self.key)
        return None

    def limit_met(self, median: float) -> str:
        """The limit that the median meets, in one word."""
        def within(limit):
            return median <= limit if self.is_cost else median >= limit
        return "aim" if within(self.aim) else "bar" if within(self.bar) else "MISSED"


FIGURES = [
    Figure("default settings, end to end / floor, 35 % recent duplicates", "default",
           "default settings, recent duplicates", "sluiced", "ratio", 2.2, 2.6),
    Figure("default settings, end to end / floor, no duplicates", "default", "default settings, no duplicates",
           "sluiced", "ratio", 1.6, 2.0),
    Figure("default settings, end to end / floor, old duplicates", "default", "default settings, old duplicates",
           "sluiced", "ratio", 1.5, 1.8),
    Figure("Postgres 18 / 15, end to end, 35 % recent duplicates", "versions", "recent duplicates", "Postgres 18", "ratio",
           1.2, 1.4),
    Figure("end to end / floor, 35 % recent duplicates", "e2e", "recent duplicates", "sluiced", "ratio", 1.5, 2.1),
    Figure("end to end / floor, no duplicates", "e2e", "no duplicates", "sluiced", "ratio", 1.2, 1.7),
    Figure("end to end / floor, old duplicates, two thirds of the rows from elsewhere", "e2e", "old duplicates", "sluiced",
           "ratio", 1.0, 1.5),
    Figure("end to end / floor, duplicates between two servers", "e2e", "recent duplicates", "two sluiced", "ratio",
           1.2, 2.0),
    Figure("two servers, duplicates over all connections, not spread / floor", "spread", "35 % recent duplicates",
           "two servers", "floor_ratio", 1.2, 2.0),
    Figure("two servers / one on the same cores, duplicates over all connections, spread by key", "spread",
           "35 % recent duplicates", "two servers, spread by key", "ratio", 0.9, 1.0),
    Figure("two servers / one on the same cores, duplicates over all connections, not spread", "spread",
           "35 % recent duplicates", "two servers", "ratio", 0.6, 0.8),
    Figure("end to end / asyncpg COPY, 2 processes", "e2e", "recent duplicates", "asyncpg COPY", "inverse_ratio", 2, 3),
    Figure("end to end / FastAPI and asyncpg, an INSERT for each event", "peers", "peers", "FastAPI, 100 a request",
           "inverse_ratio", 30, 100),
    Figure("accept path on a core / a loop of memcpy and LZ4", "accept", "accept path",
           "ready-made frames, 4 connections", "ratio", 0.25, 0.33),
    Figure("all checks of a batch / memcpy and LZ4", "stages", "server", "all checks", "ratio", 4, 2.5, True),
    Figure("committed p50 of 100 events / INSERT of 100 rows by psql", "latency", "100 events at a time", "sluiced",
           "ratio", 1.2, 1.0, True),
    Figure("p99 / p50 of commits at half of the highest rate", "latency", "50 % of the highest rate", "sluiced",
           "tail_ratio", 5, 3, True),
    Figure("processor time of sluiced / of Postgres", "e2e", "recent duplicates", "sluiced", "cpu_ratio", 0.3, 0.15, True),
    Figure("memory of sluiced at full load", "e2e", "recent duplicates", "sluiced", "memory_mib", 120, 80, True, "MiB"),
    Figure("memory for each idle connection", "idle", "idle connections", "sluiced", "kib_each", 16, 6, True, "KiB"),
    Figure("rate with store.index=spans / none, 50 topics", "index", "50 topics", "index spans", "ratio", 0.85, 0.95),
    Figure("rate with store.index=spans / none, 2,000 topics", "index", "2,000 topics", "index spans", "ratio", 0.75,
           0.87),
    Figure("rate with store.index=spans / none, 100,000 topics", "topics", "many topics", "index spans", "ratio", 0.7, 0.9),
    Figure("rate while 20 pages a second are read / while none is", "watching", "pages", "20 pages a second", "ratio",
           0.9, 0.95),
    Figure("rate while 10 follow the live tail of a topic / while nobody does", "watching", "live tail",
           "10 followers of a topic", "ratio", 0.9, 0.95),
    Figure("publishing over HTTP, 100 events a request / FastAPI", "http", "100 events a request",
           "FastAPI, an INSERT for each event", "inverse_ratio", 15, 50),
    Figure("P95 of an event over HTTP, 64 connections", "http", "1 event a request", "sluiced", "p95_ms", 50, 20, True,
           "ms"),
    Figure("JSON lines / publishing over HTTP, events a core", "inserts", "500 events a request", "JSON lines", "ratio",
           0.7, 1.0),
    Figure("Elasticsearch bulk / publishing over HTTP, events a core", "inserts", "500 events a request",
           "Elasticsearch bulk", "ratio", 0.7, 1.0),
    Figure("OTLP in Protocol Buffers / publishing over HTTP, events a core", "inserts", "500 events a request",
           "OTLP, Protocol Buffers", "ratio", 1.0, 1.3),
    Figure("P95 of a page of /events, the slowest question", "reading", "the slowest of these", "index spans", "p95_ms",
           50, 20, True, "ms"),
    *(Figure(f"P95 of the first answer of a search for {what}, 20 million rows", "searches", "20,000,000 rows", what,
             "p95_ms", 300, 100, True, "ms")
      for what in ("a source that does not exist", "a text that does not occur", "a prefix of 1,111 topics")),
    Figure("P95 of /stats beside four searches", "searches", "/stats", "beside 4 searches", "p95_ms", 50, 10, True,
           "ms"),
    Figure("rate of ingest at half speed beside four searches / without", "searches", "/stats", "beside 4 searches",
           "ratio", 0.9, 0.97),
    Figure("rate with TLS and keys / without", "tls", "TLS and keys", "TLS and keys", "ratio", 0.85, 0.95),
    Figure("memory for each idle connection with TLS", "tls", "idle connections with TLS", "sluiced", "kib_each", 48, 32,
           True, "KiB"),
    Figure("p99 of 100 events a second beside a producer at full speed / alone", "fairness", "100 events a second",
           "beside a producer at full speed", "ratio", 2, 1.5, True),
    Figure("rate with 20 million rows in the table / with none", "growth", "rows in the table", "20,000,000 rows",
           "ratio", 0.6, 0.8),
]
