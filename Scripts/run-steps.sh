# Steps of run.sh and demo-steps.sh, which source this file. Shared variables: programs, data, daemon; and, set by
# these steps: tcp_port, http_port, socket.

say() { printf '%s\n' "== $*"; }

# Prints the directory of the data: .run in the clone. Postgres does not run as root, so when root starts it, the
# directory belongs to the account postgres. When that account cannot enter the clone, another directory is used.
data_directory() {
  local directory="$repository/.run"
  if [ "$(id -u)" -eq 0 ]; then
    mkdir -p "$directory"
    chown postgres: "$directory"
    if ! runuser -u postgres -- test -w "$directory"; then
      rmdir "$directory" 2>/dev/null || true
      directory="/var/tmp/sluice-run-$(printf %s "$repository" | cksum | cut -d ' ' -f 1)"
      mkdir -p "$directory"
      chown postgres: "$directory"
      chmod 700 "$directory"
      echo "the account postgres cannot enter $repository: the data is in $directory" >&2
    fi
  fi
  mkdir -p "$directory"
  printf '%s' "$directory"
}

# Starts sluiced and waits for its ready line. sluiced gets its own session, so that Ctrl-C reaches only this
# script, which then stops sluiced.
start_daemon() {
  say "starting sluiced, data in $data"
  : >"$data/ready.json"
  setsid "$programs/sluiced" --data-dir "$data" \
    --tcp-port "${TCP_PORT:-7171}" --http-port "${HTTP_PORT:-8080}" \
    >"$data/ready.json" 2>"$data/sluiced.log" &
  daemon=$!
  until [ -s "$data/ready.json" ]; do
    if ! kill -0 "$daemon" 2>/dev/null; then
      daemon=
      tail -n 5 "$data/sluiced.log" >&2
      exit 1
    fi
    sleep 0.1
  done
  tcp_port=$(jq .tcp_port "$data/ready.json")
  http_port=$(jq .http_port "$data/ready.json")
}

# Stops sluiced, and fails when sluiced does not stop cleanly.
stop_daemon() {
  local status=$?
  [ -n "$daemon" ] || exit "$status"
  kill -TERM "$daemon" 2>/dev/null || true
  if wait "$daemon"; then
    say "stopped"
  else
    echo "sluiced did not stop cleanly; see $data/sluiced.log" >&2
    [ "$status" -ne 0 ] || status=1
  fi
  exit "$status"
}

# Finds the socket of the embedded Postgres: the fifth line of its pid file
# (Postgres manual, "Database File Layout").
connect_psql() {
  socket=$(sed -n 5p "$data/postgres/postmaster.pid")
}

sql() {
  psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 \
    --host "$socket" --username sluice --dbname sluice "$@"
}

# Prints one JSON object: the sums over the ledger and its pruned rows, and the rows of the tables.
counters() {
  sql --command "
    WITH terms AS (
      SELECT received, unique_, duplicate, dead FROM sluice.batches
      UNION ALL SELECT received, unique_, duplicate, dead FROM sluice.producers)
    SELECT json_build_object(
      'received', coalesce(sum(received), 0), 'unique', coalesce(sum(unique_), 0),
      'duplicate', coalesce(sum(duplicate), 0), 'dead', coalesce(sum(dead), 0),
      'stored', (SELECT count(*) FROM sluice.events),
      'kept', (SELECT count(*) FROM sluice.dead_events)) FROM terms"
}

# Compares the difference of two readings of the counters with the events that the generator sent.
verify() {
  local before=$1 after=$2 result=$3
  say "verifying in Postgres"
  jq -rn --argjson before "$before" --argjson after "$after" --argjson sent "$result" '
    def check($what; $holds): (if $holds then "  ok    " else "  WRONG " end) + $what, $holds;
    ($after | with_entries(.value -= $before[.key])) as $new
    | [ check("received \($new.received) = unique \($new.unique) + duplicate \($new.duplicate) + dead \($new.dead)";
          $new.received == $new.unique + $new.duplicate + $new.dead),
        check("received \($new.received) = sent \($sent.events_sent)"; $new.received == $sent.events_sent),
        check("unique \($new.unique) = expected \($sent.unique_expected)"; $new.unique == $sent.unique_expected),
        check("rows in events \($new.stored) = unique \($new.unique)"; $new.stored == $new.unique),
        check("rows in dead_events \($new.kept) = dead \($new.dead)"; $new.kept == $new.dead) ]
    | (.[] | strings), (if all(.[] | booleans; .) then empty else "verification failed\n" | halt_error(1) end)'
}

# Prints figures and addresses.
summary() {
  say "summary"
  jq -r 'def tenths: . * 10 | round / 10;
    "  \(.events_sent) events in \(.seconds | tenths) s: \(.events_per_second | floor) events/s committed",
    "  \(.unique) unique, \(.duplicates) duplicate, \(.dead) dead",
    "  on the wire \(.bytes_wire) bytes, \(100 * .bytes_wire / .bytes_raw | round) % of the events",
    "  accepted p50 \(.ack_accepted_ms.p50 | tenths) ms, p99 \(.ack_accepted_ms.p99 | tenths) ms;"
      + " committed p50 \(.ack_committed_ms.p50 | tenths) ms, p99 \(.ack_committed_ms.p99 | tenths) ms"' <<<"$1"
  cat <<TEXT
  ingest     127.0.0.1:$tcp_port
  events     http://127.0.0.1:$http_port/events
  statistics http://127.0.0.1:$http_port/stats
  health     http://127.0.0.1:$http_port/health
  SQL        psql -h $socket -U sluice sluice
  log        $data/sluiced.log
TEXT
}
