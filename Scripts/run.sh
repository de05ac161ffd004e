#!/usr/bin/env bash
# The demonstration of `make run`: serves with an embedded Postgres, streams a load with duplicates, verifies the
# content of the database with SQL, and loads the same events with psql for comparison.
#
#   EVENTS=1000000 DUPLICATES=0.35   the load
#   TCP_PORT=7171 HTTP_PORT=8080     the ports (0: any free one)
#   ONCE=1                           stop after the verification, with its status; the default without a terminal
set -euo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$repository"
. Scripts/run-steps.sh

events=${EVENTS:-1000000}
duplicates=${DUPLICATES:-0.35}
programs=$(swift build -c release --show-bin-path)
data=$(data_directory)
daemon=
trap stop_daemon EXIT
trap 'exit 130' INT TERM

start_daemon
connect_psql
echo
before=$(counters)
say "streaming $events events, $duplicates of them duplicates"
result=$("$programs/sluice-publish" --host 127.0.0.1 --port "$tcp_port" \
  --events "$events" --duplicates "$duplicates" --json)

status=0
verify "$before" "$(counters)" "$result" || status=1
[ "$status" -ne 0 ] || Scripts/reference.sh "$socket" "$result" || status=1
summary "$result"

if [ "${ONCE:-0}" != 0 ] || [ ! -t 1 ]; then exit "$status"; fi
echo
say "serving until Ctrl-C"
trap 'exit "$status"' INT TERM
wait "$daemon"
