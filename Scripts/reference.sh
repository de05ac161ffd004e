#!/usr/bin/env bash
# Measures the reference for sluiced's rate. psql loads as many events, with the same share of duplicates, into a
# second schema with the same tables and indexes in the same Postgres: \copy into a staging table, then
# INSERT ... SELECT ... ON CONFLICT DO NOTHING. One connection, without network, validation and ledger.
#
#   reference.sh SOCKET_DIRECTORY RESULT      RESULT is the JSON of sluice-publish
set -euo pipefail
socket=$1
result=$2
events=$(jq .events_sent <<<"$result")
unique=$(jq .unique <<<"$result")
rate=$(jq .events_per_second <<<"$result")
files=$(mktemp -d)
trap 'rm -rf "$files"; sql --command "DROP SCHEMA IF EXISTS reference CASCADE" 2>/dev/null' EXIT

sql() {
  PGOPTIONS="-c client_min_messages=warning -c search_path=reference,sluice" psql --no-psqlrc --quiet \
    --tuples-only --no-align --set ON_ERROR_STOP=1 --host "$socket" --username sluice --dbname sluice "$@"
}

# The newest events as they were sent, and as many of them again, a little later, as there were duplicates.
sql <<SQL
DROP SCHEMA IF EXISTS reference CASCADE;
CREATE SCHEMA reference;
CREATE TABLE reference.events (LIKE sluice.events INCLUDING ALL);
CREATE TABLE reference.staging (
  event_id text COLLATE "C", topic text COLLATE "C", ts timestamptz, source text,
  payload $(sql --command "SELECT payload_type FROM sluice.store"));
\copy (WITH sent AS (SELECT event_id, topic, ts, source, payload, row_number() OVER (ORDER BY batch_id, event_id) AS place FROM (SELECT * FROM sluice.events ORDER BY batch_id DESC LIMIT $unique) AS newest), again AS (SELECT * FROM sent ORDER BY random() LIMIT $((events - unique))) SELECT event_id, topic, ts, source, payload FROM (SELECT *, place AS at FROM sent UNION ALL SELECT *, place + 5000 * random() FROM again) AS stream ORDER BY at) TO '$files/events'
SQL

start=$EPOCHREALTIME
sql <<SQL
BEGIN;
\copy reference.staging FROM '$files/events'
INSERT INTO reference.events (event_id, topic, ts, source, payload, batch_id)
  SELECT event_id, topic, ts, source, payload, 0 FROM reference.staging ON CONFLICT DO NOTHING;
COMMIT;
SQL
end=$EPOCHREALTIME

stored=$(sql --command "SELECT count(*) FROM reference.events")
if [ "$stored" -ne "$unique" ]; then
  echo "the reference stored $stored of $unique events" >&2
  exit 1
fi
awk -v events="$(wc -l <"$files/events")" -v start="$start" -v end="$end" -v rate="$rate" 'BEGIN {
  reference = events / (end - start)
  printf "== compared with psql \\copy and INSERT ... ON CONFLICT of the same events\n"
  printf "  sluiced %d events/s, psql %d events/s: %.2f times as fast\n", rate, reference, rate / reference
}'
