"""The events of a run, and files of them for programs that do not generate them."""

import os
from dataclasses import dataclass

from .processes import run_json


@dataclass(frozen=True)
class Workload:
    """The options of `sluice-publish`."""

    events: int
    duplicates: float = 0.35
    old: bool = False
    topics: int = 40
    payload: int = 120
    batch: int = 1_000
    # The same seed gives the same events. Without a seed, keys rise with the clock.
    seed: int | None = 1
    # Number of earlier events, which are in the table already.
    skip: int = 0

    def options(self) -> list[str]:
        options = [
            "--events", str(self.events), "--duplicates", str(self.duplicates), "--topics", str(self.topics),
            "--payload-bytes", str(self.payload), "--batch", str(self.batch)]
        if self.seed is not None:
            options += ["--seed", str(self.seed), "--skip", str(self.skip)]
        return options + (["--old-duplicates"] if self.old else [])

    @property
    def before(self) -> "Workload":
        """The skipped events."""
        return Workload(self.skip, self.duplicates, self.old, self.topics, self.payload, seed=self.seed)


class RowFiles:
    """Files of rows, made at their first use."""

    def __init__(self, bench: str, directory: str, log: str):
        self.bench, self.directory, self.log = bench, directory, log
        self.files = {}

    def get(self, workload: Workload) -> tuple[str, int]:
        """The file, and the number of new keys in it."""
        if workload not in self.files:
            path = os.path.join(self.directory, f"rows-{len(self.files)}")
            made = run_json([self.bench, "events", *workload.options(), path], self.log)
            self.files[workload] = (path, made["unique"])
        return self.files[workload]

    def unique(self, workload: Workload) -> int:
        return self.get(workload)[1]
