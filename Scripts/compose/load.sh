# Loads of the compose test, and what they show. compose-test.sh sources this file.
# Shared variables: scratch, events; and, set here: publisher, load_start, counters_before.

publish() {
  docker compose --progress quiet run --rm --no-TTY --no-deps publisher --events "$events" --json "$@"
}

# Publishes through the proxy. Its certificate check uses the name of the servers, which have the TLS connection.
publish_over_proxy() {
  compose_all run --rm --no-TTY --no-deps --entrypoint sluice-publish publisher \
    --endpoint proxy:7171 --tls --tls-ca /run/secrets/authority --tls-server-name sluiced \
    --key-file /run/secrets/publisher_key --json "$@"
}

# Starts a load in the background: many small batches, so that a pause of a producer shows. It runs until `finish_load`,
# and has more events than it can send in the time of a test.
#   start_load COMMAND
start_load() {
  counters_before=$(counters)
  load_start=$(sql --command 'SELECT now()')
  "$1" --events 100000000 --connections 6 --batch 50 --rate "${LOAD_RATE:-3000}" --wait 60s --stop-wait 60s \
    >"$scratch/result.json" 2>"$scratch/load-errors" &
  publisher=$!
  await_growth "$counters_before"
}

# Ends the load, and verifies that every event is stored and counted once.
#   finish_load [STATUS]    the exit status of the publisher; by default 130, which says that an interrupt ended it, and
#                           that all it sent is committed, without an error
finish_load() {
  local expected=${1:-130} status=0
  docker ps --quiet --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME" \
    --filter label=com.docker.compose.oneoff=True | xargs docker kill --signal INT >/dev/null
  wait "$publisher" || status=$?
  if [ "$status" -ne "$expected" ]; then cat "$scratch/load-errors" >&2; fi
  expect "the publisher ends with the status $expected" test "$status" -eq "$expected"
  jq -r '"  \(.events_sent) events, \(.reconnects) reconnects, \(.resent_batches) batches sent again"' \
    "$scratch/result.json"
  verify "$counters_before" "$(counters)" "$(cat "$scratch/result.json")"
}

# Prints the longest time in seconds between two commits of the same producer since the load began.
longest_pause() {
  sql --command "
    SELECT round(coalesce(max(extract(epoch FROM gap)), 0), 2) FROM (
      SELECT committed_at - lag(committed_at) OVER (PARTITION BY producer ORDER BY committed_at) AS gap
      FROM sluice.batches WHERE committed_at >= '$load_start') gaps"
}

# Fails unless the longest pause of a producer is below a number of seconds.
expect_pause_below() {
  local pause
  pause=$(longest_pause)
  expect "the longest pause of a producer, $pause s, is below $1 s" awk "BEGIN { exit !($pause > 0 && $pause < $1) }"
}
