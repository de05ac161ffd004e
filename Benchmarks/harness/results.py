"""Results on disk: one JSON file for each phase, with the machine and the time of the measurement."""

import datetime
import glob
import json
import os
import platform
import subprocess


def machine(cores: list[int]) -> dict:
    """The machine and the versions of a measurement."""
    with open("/proc/cpuinfo") as file:
        models = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return {
        "processor": models[0] if models else platform.machine(),
        "cores": cores,
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": f"{platform.system()} {platform.release()}",
        "postgres": _output(["postgres", "--version"]) or _output(["psql", "--version"]),
        "swift": _output(["swift", "--version"]).splitlines()[0],
        "commit": _output(["git", "describe", "--always", "--dirty"]),
    }


def _output(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.strip()
    except FileNotFoundError:
        return ""


def write(directory: str, phase: str, mode, about: dict, rows: list[dict]) -> dict:
    """Writes the result of a phase."""
    result = {
        "phase": phase, "mode": mode.name, "rounds": mode.rounds, "events": mode.events, "machine": about,
        "made": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"), "rows": rows}
    with open(os.path.join(directory, f"{phase}.json"), "w") as file:
        json.dump(result, file, indent=1)
    return result


def read(directory: str) -> dict:
    """The newest result of each phase, by its name."""
    results = {}
    for path in glob.glob(os.path.join(directory, "*.json")):
        with open(path) as file:
            result = json.load(file)
        results[result["phase"]] = result
    return results
