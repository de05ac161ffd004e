"""Child processes, and the kernel's figures about them (proc(5))."""

import json
import os
import subprocess
import time

TICKS = os.sysconf("SC_CLK_TCK")


class Failure(Exception):
    """A program failed, so the measurement cannot go on. The message is for people."""


def cpu_seconds(pid: int) -> float:
    """Processor time of a process so far, in nanosecond resolution (clock_getcpuclockid(3))."""
    return time.clock_gettime((~pid << 3) | 2)


def ended_children_cpu_seconds(pid: int) -> float:
    """Processor time of the ended children of a process."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return sum(int(ticks) for ticks in fields[13:15]) / TICKS


def children(pid: int) -> list[int]:
    """The children of a process's main thread that run now."""
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(child) for child in file.read().split()]


def memory_kib(pid: int) -> tuple[int, int]:
    """Resident memory now and at its peak, in KiB."""
    with open(f"/proc/{pid}/status") as file:
        values = dict(line.split(":", 1) for line in file if line.startswith("Vm"))
    return int(values["VmRSS"].split()[0]), int(values["VmHWM"].split()[0])


class Child:
    """A program that reports its progress on standard output in lines of JSON."""

    def __init__(self, command: list[str], log: str, **options):
        self.command = command
        self.log = log
        with open(log, "ab") as errors:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, **options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    @property
    def pid(self) -> int:
        return self.process.pid

    def line(self) -> dict:
        """Waits for the next line and decodes it."""
        text = self.process.stdout.readline()
        if not text:
            raise Failure(f"{os.path.basename(self.command[0])} ended early; see {self.log}")
        return json.loads(text)

    def go_on(self):
        """Sends a line to the program, which waits for it."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def end(self, seconds: float = 60):
        """Waits for the end of the program, and fails unless it succeeded."""
        self.process.stdin.close()
        if self.process.wait(seconds) != 0:
            raise Failure(f"{' '.join(self.command[:2])} failed; see {self.log}")


def run_json(command: list[str], log: str, **options) -> dict:
    """Runs a program that prints one JSON object, and adds its processor time as `cpu_seconds`."""
    with open(log, "ab") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, **options)
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise Failure(f"{' '.join(command[:3])} … failed; see {log}")
    result = json.loads(output.strip().splitlines()[-1])
    if isinstance(result, dict):
        result["cpu_seconds"] = usage.ru_utime + usage.ru_stime
    return result


def wait_until(condition, what: str, seconds: float = 30):
    """Waits for a condition by polling."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Failure(f"{what} did not happen within {seconds} s")
        time.sleep(0.02)
