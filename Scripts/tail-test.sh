#!/usr/bin/env bash
# Follows the live tail of everything while a load is published, cut and resumed again and again: each stored event
# must come exactly once.
#
#   EVENTS=1000000 DUPLICATES=0.35   the load
#   CUTS=10                          how often the connection is cut, at places that SEED=1 chooses
#   CONFIGURATION=release            of the programs that are used
set -euo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$repository"
. Scripts/run-steps.sh
. Scripts/demo-steps.sh

command -v python3 >/dev/null || Scripts/setup.sh python3
export TCP_PORT=0 HTTP_PORT=0
events=${EVENTS:-1000000}
duplicates=${DUPLICATES:-0.35}
programs=${PROGRAMS:-$(swift build -c "${CONFIGURATION:-release}" --show-bin-path)}
data=$(demo_directory)
daemon=
trap end_demo EXIT
trap 'exit 130' INT TERM
start_daemon

say "publishing $events events, and following the tail of them"
started=$(date +%s)
# The cuts are spread over most of the events that are stored.
python3 Tests/EndToEnd/tail.py --port "$http_port" --cuts "${CUTS:-10}" --seed "${SEED:-1}" \
  --events "$(jq -n "$events * (1 - $duplicates) * 0.95 | floor")" -- \
  "$programs/sluice-publish" --port "$tcp_port" --events "$events" --duplicates "$duplicates" --json |
  tee "$data/outcome.json"
say "each of $(jq .stored "$data/outcome.json") stored events came once, in $(($(date +%s) - started)) s"
