#!/usr/bin/env bash
# The demonstration of `make demo-restart`: the server is killed with SIGKILL under load and started again. The
# producer reconnects and goes on, and every count is exact.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. Scripts/demo-steps.sh

events=${EVENTS:-200000}
begin_demo release
say "publishing $events events in the background"
"$programs/sluice-publish" --port "$tcp_port" --events "$events" --rate 50000 --wait 60s --json \
  >"$data/result.json" 2>"$data/publish.log" &
publisher=$!
until [ "$(curl --silent --fail "http://127.0.0.1:$http_port/stats" | jq .received)" -gt $((events / 5)) ]; do sleep 0.1; done
show_counts

say "killing the server with SIGKILL under load"
kill -KILL "$daemon"
wait "$daemon" 2>/dev/null || true
daemon=
TCP_PORT=$tcp_port HTTP_PORT=$http_port
start_daemon
wait "$publisher" || fail "the publisher gave up: $(tail -n 3 "$data/publish.log")"

say "the publisher reconnected and sent the uncommitted batches again"
jq -r '"  \(.events_sent) sent, \(.reconnects) reconnects, \(.resent_batches) batches sent again",
       "  \(.unique) unique (expected \(.unique_expected)), \(.duplicates) duplicates"' "$data/result.json"
show_counts
unique=$(curl --silent --fail "http://127.0.0.1:$http_port/stats" | jq .unique_processed)
[ "$unique" -eq "$(jq .unique_expected "$data/result.json")" ] || fail "$unique unique events are stored"
received=$(curl --silent --fail "http://127.0.0.1:$http_port/stats" | jq .received)
[ "$received" -eq "$events" ] || fail "$received events were counted as received"
say "nothing lost, nothing counted twice"
