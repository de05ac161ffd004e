#!/usr/bin/env bash
# The demonstration of `make demo-dedup`: the same five events, sent three times, are stored once.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. Scripts/demo-steps.sh

events() {
  for number in 1 2 3 4 5; do
    printf '{"topic":"demo.orders.created","event_id":"order-%s","timestamp":"2026-01-02T03:04:05Z","source":"demo","payload":{"number":%s}}\n' "$number" "$number"
  done
}

begin_demo release
for attempt in 1 2 3; do
  say "sending the same five events, attempt $attempt"
  events | "$programs/sluice-publish" --port "$tcp_port" --input - --json \
    | jq -r '"  this attempt: \(.unique) stored, \(.duplicates) duplicates"'
  show_counts
done
say "received is 15, unique is 5, and /events shows each event once"
curl --silent --fail "http://127.0.0.1:$http_port/events?topic=demo.orders.created&limit=10" \
  | jq -r '.events[] | "  \(.topic)  \(.event_id)  \(.payload)"'
count=$(curl --silent --fail "http://127.0.0.1:$http_port/events?topic=demo.orders.created" | jq .count)
[ "$count" -eq 5 ] || fail "$count events are shown instead of 5"
