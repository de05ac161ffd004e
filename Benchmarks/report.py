#!/usr/bin/env python3
"""Writes the results in .bench/ into docs/performance.md, between its markers, and the distributions of waiting
times and their plot into docs/performance/.

A marker is `<!-- figures: NAME -->`. The text between it and `<!-- end -->` is replaced. NAME is a phase, `closing`
for the table of figures, or `machine`. A phase without a result, and a figure that needs it, keeps the text of an
earlier report, which names its commit.

The report is refused while the tree has changes, or when a result was measured on a tree with changes, because
nobody could then find the code that a figure was measured with. `--check` only checks the tree and writes nothing.
"""

import os
import re
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = os.path.dirname(HERE)
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True

from harness import plot, provenance, results, tables  # noqa: E402
from harness.processes import Failure  # noqa: E402

MARKER = re.compile(r"(<!-- figures: (\w+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
LOADS = (10, 50, 90)
MOMENTS = ("accepted", "committed")


def block(name: str, found: dict, earlier: str) -> str:
    """The text between a marker and its end. `earlier` is the text of the report before."""
    if name == "closing":
        return tables.markdown(tables.figures(found, measured(earlier)))
    if name == "machine":
        return machine(found)
    if name not in found:
        return earlier
    result = found[name]
    made = f"{result['made']}, commit {result['machine']['commit']}, {result['rounds']} rounds"
    return f"{tables.markdown(tables.table(result['rows']))}\n\n_{made}._"


def measured(table: str) -> dict[str, str]:
    """The figures of a table of an earlier report, by their names."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    return {row[0]: row[1] for row in rows if len(row) > 1 and row[1][:1].isdigit()}


def machine(found: dict) -> str:
    """The machine of the measurements, as the newest result names it."""
    if not found:
        return "_Not measured yet._"
    about = max(found.values(), key=lambda result: result["made"])["machine"]
    cores = ", ".join(str(core) for core in about["cores"])
    lines = [
        f"- processor: {about['processor']}; everything on the cores {cores}", f"- memory: {about['memory_gib']} GiB",
        f"- system: {about['system']}", f"- Postgres: {about['postgres']}", f"- Swift: {about['swift']}"]
    return "\n".join(lines)


def draw(directory: str, target: str):
    """Copies the distributions of waiting times and plots them."""
    os.makedirs(target, exist_ok=True)
    curves = []
    for colour, load in enumerate(LOADS):
        for moment in MOMENTS:
            source = os.path.join(directory, "percentiles", str(load), f"{moment}.hgrm")
            if not os.path.exists(source):
                return
            shutil.copyfile(source, os.path.join(target, f"{moment}-{load}.hgrm"))
            points = plot.read_distribution(source)
            curves.append((f"{moment}, {load} %", colour, moment == "accepted", points))
    with open(os.path.join(target, "latency.svg"), "w") as file:
        file.write(plot.plot(curves))


def main():
    if sys.argv[1:] == ["--check"]:
        provenance.require_clean_tree(REPOSITORY)
        return
    directory = os.environ.get("BENCH_RESULTS") or os.path.join(REPOSITORY, ".bench")
    found = results.read(directory)
    provenance.require_clean_tree(REPOSITORY)
    provenance.require_clean_results(found)
    path = os.path.join(REPOSITORY, "docs", "performance.md")
    with open(path) as file:
        text = file.read()
    text = MARKER.sub(lambda match: f"{match[1]}\n{block(match[2], found, match[3].strip())}\n\n{match[4]}", text)
    with open(path, "w") as file:
        file.write(text)
    draw(directory, os.path.join(REPOSITORY, "docs", "performance"))


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"report: {failure}")
