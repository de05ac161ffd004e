"""The phases by name. Each phase is a function of the bench that returns rows of results."""

from . import (
    accept, ends, factors, growth, http, inserts, latency, log_lines, peers, reading, searches, spread, stages,
    tail, tls, versions, watching)

PHASES = {
    "floor": factors.run_floor,
    "e2e": ends.run,
    "default": ends.run_default,
    "accept": accept.run,
    "stages": stages.run,
    "idle": latency.run_idle,
    "peers": peers.run,
    "factors": factors.run,
    "index": factors.run_index,
    "topics": factors.run_topics,
    "ways": factors.run_ways,
    "latency": latency.run,
    "tail": tail.run,
    "fairness": latency.run_fairness,
    "spread": spread.run,
    "tls": tls.run,
    "log": log_lines.run,
    "growth": growth.run,
    "reading": reading.run,
    "searches": searches.run,
    "versions": versions.run,
    "watching": watching.run,
    "http": http.run,
    "inserts": inserts.run,
    "combinations": factors.run_combinations,
}
