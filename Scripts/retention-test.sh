#!/usr/bin/env bash
# Tests retention under load: events arrive at a fixed rate and are deleted at a fixed age. Neither the rows of the
# table nor the cost of a page may grow. Ends with status 1 when the table has more than 1.3 times the expected rows
# at the end, or when a page reads more than 1.3 times the blocks, or takes more than 1.3 times the time, of the beginning.
#
#   DURATION=60 RATE=60000 AGE=20   seconds, events a second, seconds
#   CONFIGURATION=release           build configuration of the programs
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. Scripts/demo-steps.sh

duration=${DURATION:-60} rate=${RATE:-60000} age=${AGE:-20}
export SLUICE_RETENTION_AGE=${age}s
begin_demo "${CONFIGURATION:-release}"

say "publishing $rate events a second for $duration s; each event is deleted after $age s"
"$programs/sluice-publish" --port "$tcp_port" --events $((rate * duration)) --rate "$rate" --json \
  >"$data/outcome.json" 2>"$data/publish.log" &
publisher=$!
status=0
python3 Scripts/retention_figures.py --data "$data" --http-port "$http_port" --seconds "$duration" --age "$age" \
  --rate "$rate" --publisher "$publisher" || status=$?
kill -TERM "$publisher" 2>/dev/null || true
wait "$publisher" || true
[ "$status" -eq 0 ] || fail "retention did not keep up; see the figures above"
say "retention kept up"
