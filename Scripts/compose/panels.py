#!/usr/bin/env python3
"""Asks a running Prometheus for every panel of the dashboard, and for the alert rules.

    panels.py http://127.0.0.1:9090

Fails when Prometheus refuses a query, when a panel has no figure, and when Prometheus lacks a rule of alerts.yml. A query
that ends with `> 0` shows what should not be there, so it may have no figure.
"""

import json
import pathlib
import re
import sys
import urllib.parse
import urllib.request

DEPLOY = pathlib.Path(__file__).resolve().parents[2] / "deploy"


def get(address: str, path: str, **fields: str) -> dict:
    query = urllib.parse.urlencode(fields)
    with urllib.request.urlopen(f"{address}/api/v1/{path}?{query}", timeout=20) as answer:
        return json.load(answer)["data"]


def figures(address: str, expression: str) -> int:
    """The number of series that a query of the dashboard has now. NaN is no figure."""
    query = expression.replace("$instance", ".*").replace("$__rate_interval", "1m")
    return sum(sample["value"][1] != "NaN" for sample in get(address, "query", query=query)["result"])


def main() -> int:
    address = sys.argv[1]
    panels = [panel for panel in json.loads((DEPLOY / "grafana/sluice.json").read_text())["panels"]
              if panel["type"] != "row"]
    missing = []
    for panel in panels:
        counts = {target["expr"]: figures(address, target["expr"]) for target in panel["targets"]}
        optional = all(expression.rstrip().endswith("> 0") for expression in counts)
        if not optional and not any(counts.values()):
            missing.append(panel["title"])
    loaded = {rule["name"] for group in get(address, "rules")["groups"] for rule in group["rules"]
              if rule["health"] != "err"}
    written = set(re.findall(r"- alert: (\w+)", (DEPLOY / "prometheus/alerts.yml").read_text()))
    print(f"  {'WRONG' if missing else 'ok   '} {len(panels) - len(missing)} of {len(panels)} panels have their figures"
          + (f"; not {', '.join(missing)}" if missing else ""))
    print(f"  {'ok   ' if loaded >= written else 'WRONG'} {len(loaded & written)} of {len(written)} alert rules work")
    return 0 if panels and written and not missing and loaded >= written else 1


if __name__ == "__main__":
    sys.exit(main())
