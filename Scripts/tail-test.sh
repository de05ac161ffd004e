#!/usr/bin/env bash
# Follows the live tail of everything while a load is published, cut and resumed again and again: each stored event
# must come exactly once.
#
#   EVENTS=1000000 DUPLICATES=0.35   the load
#   CUTS=10                          how often the connection is cut, at places that SEED=1 chooses
#   CONFIGURATION=release            of the programs that are used
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. Scripts/demo-steps.sh

events=${EVENTS:-1000000}
duplicates=${DUPLICATES:-0.35}
TCP_PORT=0 HTTP_PORT=0
begin_demo "${CONFIGURATION:-release}"

say "publishing $events events, and following the tail of them"
started=$(date +%s)
# The cuts are spread over most of the events that are stored.
python3 Tests/EndToEnd/tail.py --port "$http_port" --cuts "${CUTS:-10}" --seed "${SEED:-1}" \
  --events "$(jq -n "$events * (1 - $duplicates) * 0.95 | floor")" -- \
  "$programs/sluice-publish" --port "$tcp_port" --events "$events" --duplicates "$duplicates" --json |
  tee "$data/outcome.json"
say "each of $(jq .stored "$data/outcome.json") stored events came once, in $(($(date +%s) - started)) s"
