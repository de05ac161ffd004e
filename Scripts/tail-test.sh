#!/usr/bin/env bash
# Follows the live tail of all events while a load is published. The connection is cut and resumed repeatedly, and
# each stored event must come exactly once.
#
#   EVENTS=1000000 DUPLICATES=0.35   the load
#   CUTS=10                          number of cuts, at positions that SEED=1 determines
#   CONFIGURATION=release            build configuration of the programs
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. Scripts/demo-steps.sh

events=${EVENTS:-1000000}
duplicates=${DUPLICATES:-0.35}
TCP_PORT=0 HTTP_PORT=0
begin_demo "${CONFIGURATION:-release}"

say "publishing $events events and following their tail"
started=$(date +%s)
# The cuts are spread over most of the events that are stored.
python3 Tests/EndToEnd/tail.py --port "$http_port" --cuts "${CUTS:-10}" --seed "${SEED:-1}" \
  --events "$(jq -n "$events * (1 - $duplicates) * 0.95 | floor")" -- \
  "$programs/sluice-publish" --port "$tcp_port" --events "$events" --duplicates "$duplicates" --json |
  tee "$data/outcome.json"
say "each of $(jq .stored "$data/outcome.json") stored events came once, in $(($(date +%s) - started)) s"
