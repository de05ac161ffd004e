#!/usr/bin/env python3
"""Kills two writing processes and Postgres at random moments, and compares every stored event with those sent.

    kill_test.py FRAMES [SECONDS [SEED]]        frames of record.py; prints one line for each round

A round stores all batches of the file in a new database. A process that was killed starts again with the batches whose
answer it did not have, and with some whose answer it had, as a producer does. In every second round both processes send
every batch, as producers do that reconnect to another server.
"""

import os
import random
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True

import measure  # noqa: E402
from harness.processes import wait_until  # noqa: E402

LOST = 75


class Writer:
    """A writing process that is started again until it has an answer for each of its batches."""

    def __init__(self, study, database, frames: str, part: str, number: int):
        self.answers = os.path.join(measure.WORK, f"answers-{number}")
        open(self.answers, "w").close()
        self.command = [
            study.blocks, "write", "-w", "2", "-g", "3000", "-k", "5000", "-r", "3", "-m", "-p", part,
            "-a", self.answers, database.conninfo, frames]
        self.starts = 0
        self.process = None
        self.is_done = False

    def look(self):
        """Starts the process when it is not running and not done."""
        if self.process and self.process.poll() is None:
            return
        if self.process and self.process.returncode not in (0, LOST, -signal.SIGKILL):
            raise SystemExit(f"a writer ended with {self.process.returncode}; see {measure.LOG}")
        self.is_done = self.process is not None and self.process.returncode == 0
        if not self.is_done:
            time.sleep(0.05)
            with open(measure.LOG, "ab") as log:
                self.process = subprocess.Popen(self.command, stdout=log, stderr=log)
            self.starts += 1

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def read_answers(self) -> dict:
        """Number of each answered batch, with its counts. The same batch has the same counts each time."""
        answers = {}
        with open(self.answers) as file:
            for line in file:
                fields = line.split()
                if len(fields) != 3 or not line.endswith("\n"):
                    continue
                counts = tuple(int(field) for field in fields[1:])
                if answers.setdefault(int(fields[0]), counts) != counts:
                    raise SystemExit(f"batch {fields[0]} was answered with {counts} and {answers[int(fields[0])]}")
        return answers


def kill_backend(study):
    """Ends a backend of Postgres with SIGKILL, so that Postgres recovers from its log."""
    pids = study.cluster.sql("postgres", """
        SELECT pid FROM pg_stat_activity WHERE datname = 'run' AND backend_type = 'client backend'""").split()
    if pids:
        os.kill(int(random.choice(pids)), signal.SIGKILL)
        ready = [os.path.join(study.cluster.programs, "pg_isready"), "-q", "-h", study.cluster.socket]
        time.sleep(0.1)
        wait_until(lambda: subprocess.run(ready).returncode == 0, "the recovery of Postgres", 120)


def run_round(study, frames: str, number: int) -> dict:
    kills = {"writer": 0, "backend": 0}
    with study.cluster.fresh(study.prototype()) as database:
        parts = ["0/1", "0/1"] if number % 2 else ["0/2", "1/2"]
        writers = [Writer(study, database, frames, part, place) for place, part in enumerate(parts)]
        try:
            while not all(writer.is_done for writer in writers):
                for writer in writers:
                    writer.look()
                time.sleep(random.uniform(0.05, 1.0))
                choice = random.random()
                if choice < 0.5 and sum(kills.values()) < 12:
                    random.choice(writers).kill()
                    kills["writer"] += 1
                elif choice < 0.65 and sum(kills.values()) < 12:
                    kill_backend(study)
                    kills["backend"] += 1
        finally:
            for writer in writers:
                writer.kill()
        checked = subprocess.run([study.blocks, "verify", database.conninfo, frames], capture_output=True, text=True)
        answers = writers[0].read_answers()
        for batch, counts in writers[1].read_answers().items():
            if answers.setdefault(batch, counts) != counts:
                raise SystemExit(f"batch {batch} was answered with {counts} and {answers[batch]}")
        ledger = int(study.cluster.sql("run", "SELECT sum(unique_) FROM blocks.ledger"))
        if checked.returncode != 0 or sum(unique for _, unique in answers.values()) != ledger:
            raise SystemExit(f"not exact: {checked.stdout} {checked.stderr}")
        return {"round": number, **kills, "starts": sum(writer.starts for writer in writers),
                "checked": checked.stdout.strip()}


def main():
    frames = os.path.abspath(sys.argv[1])
    end = time.monotonic() + float(sys.argv[2] if len(sys.argv) > 2 else 60)
    random.seed(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    os.makedirs(measure.WORK, exist_ok=True)
    subprocess.run(["make", "-s", "-C", HERE, f"BUILD={measure.WORK}"], check=True)
    study = measure.Study()
    study.cluster.start()
    number = 0
    try:
        while time.monotonic() < end:
            print(run_round(study, frames, number), flush=True)
            number += 1
    finally:
        study.cluster.stop(keep=False)
    print(f"{number} rounds, each exact")


if __name__ == "__main__":
    main()
