"""The time that the caller of a logger waits for a line, at 100,000 lines a second."""

from ..comparison import compare
from ..processes import Failure, run_json
from ..server import sink


def run(bench) -> list[dict]:
    lines = bench.mode.sink_events
    contenders = {
        "StreamLogHandler to /dev/null": lambda: _streamed(bench, lines),
        "SluiceLogHandler": lambda: _published(bench, lines),
    }
    return compare(
        "100,000 log lines a second", contenders, "StreamLogHandler to /dev/null", bench.mode.rounds, figure="wait_p99_us",
        inverse=True)


def _streamed(bench, lines: int) -> dict:
    return _waits(run_json([bench.programs.bench, "log", "--lines", str(lines)], bench.log))


def _published(bench, lines: int) -> dict:
    with sink(bench.programs, bench.log) as server:
        result = run_json(
            [bench.programs.bench, "log", "--lines", str(lines), "--port", str(server.port)], bench.log)
    if result["published"] + result["lost"] != lines:
        raise Failure(f"{lines} lines were logged, but {result['published']} were published and {result['lost']} lost")
    return {**_waits(result), "lost": result["lost"]}


def _waits(result: dict) -> dict:
    return {"wait_p50_us": result["p50"], "wait_p99_us": result["p99"], "wait_p999_us": result["p999"]}
