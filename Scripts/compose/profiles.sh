# The parts of the compose test for the profiles of docker-compose.yml. compose-test.sh sources this file.
# Shared variables: scratch, containers, primary.

servers=(sluiced sluiced-2 sluiced-3)
kills=5

bring_up_scale() {
  bring_up --profile scale
  start_load publish_over_proxy
  local server
  for server in "${servers[@]}"; do
    expect "the proxy sends connections to $server" within_seconds 20 has_producers "$server"
  done
  finish_load
}

# Succeeds when a server has open connections on its ingest port, 7171 or 1C03 in hexadecimal.
has_producers() {
  compose_all exec --no-TTY "$1" grep --quiet --extended-regexp ':1C03 [0-9A-F]+:[0-9A-F]+ 01 ' /proc/net/tcp
}

await_healthy() { within_seconds 60 is_healthy "$1"; }
is_healthy() { [ "$(inspect "$1" '{{.State.Health.Status}}')" = healthy ]; }

kill_a_server() {
  start_load publish_over_proxy
  quietly compose_all kill sluiced-2
  await_growth "$(counters)"
  quietly compose_all start sluiced-2
  expect "the killed server comes back" await_healthy sluiced-2
  await_growth "$(counters)"
  finish_load
  expect_pause_below 2
}

restart_servers_in_turn() {
  local server
  start_load publish_over_proxy
  for server in "${servers[@]}"; do
    quietly compose_all restart --no-deps "$server"
    expect "$server serves again" await_healthy "$server"
    await_growth "$(counters)"
  done
  finish_load
  expect_pause_below 2
  for server in "${servers[@]}"; do
    expect "$server committed everything before it ended" fails grep --quiet abandoned \
      <(docker logs "$(compose_all ps --all --quiet "$server")" 2>&1)
  done
}

add_standby() {
  quietly Scripts/compose/failover.sh start
  expect "the standby replicates" test "$(Scripts/compose/failover.sh status | paste -sd ' ')" \
    = "storage: primary storage-standby: standby"
  expect "a commit waits for the standby" test "$(sql --command 'SELECT sync_state FROM pg_stat_replication')" = quorum
}

kill_primaries() {
  local round start former
  start_load publish
  for round in $(seq "$kills"); do
    start=$EPOCHREALTIME
    former=$primary
    quietly compose_all kill --signal KILL "$former"
    quietly Scripts/compose/failover.sh promote
    if [ "$former" = storage ]; then primary=storage-standby; else primary=storage; fi
    await_growth "$(counters)"
    awk -v round="$round" -v start="$start" -v end="$EPOCHREALTIME" -v name="$primary" \
      'BEGIN { printf "  kill %d: %s commits after %.1f s\n", round, name, end - start }'
    if [ "$round" -eq 1 ]; then start_former_primary "$former"; fi
    quietly Scripts/compose/failover.sh join
    await_growth "$(counters)"
  done
  # 1, because a producer cannot know that the new primary has everything, and reports LINEAGE_LOSS. The counts show
  # that nothing is lost.
  finish_load 1
  expect "the only error is LINEAGE_LOSS" fails grep --quiet --perl-regexp ': error: (?!LINEAGE_LOSS)' \
    "$scratch/load-errors"
  echo "  the longest pause of a producer over $kills failovers: $(longest_pause) s"
  expect "the conservation law holds" quietly docker compose exec --no-TTY sluiced sluiced audit
  expect "the conservation law holds on the standby" audit_standby
}

# Starts the former primary as a later `docker compose up` would, and stops it.
start_former_primary() {
  quietly compose_all up --detach --no-deps "$1"
  expect "a former primary that comes back takes no writes" within_seconds 60 is_standby "$1"
  quietly compose_all stop "$1"
}

is_standby() {
  Scripts/compose/failover.sh status >"$scratch/status" && grep --quiet --line-regexp "$1: standby" "$scratch/status"
}

# Runs the audit on the database that is the standby now.
audit_standby() {
  local host=storage
  if [ "$primary" = storage ]; then host=storage-standby; fi
  quietly docker compose exec --no-TTY sluiced bash -c "
    unset SLUICE_DATABASE_URL_FILE
    SLUICE_DATABASE_URL=\$(sed -E 's#@.*#@$host:5432/sluice#' /run/secrets/database_url) sluiced audit"
}

# Encrypts HTTP, because Prometheus sends its key over HTTPS alone.
observe_with_prometheus() {
  export HTTP_TLS=true
  bring_up
  quietly docker compose --profile observe up --detach --no-deps prometheus
  start_load publish
  expect "Prometheus reads the server" within_seconds 60 has_series 'up{job="sluice"} == 1'
  # Two scrapes after the load began.
  expect "rates are there" within_seconds 90 has_series 'rate(sluice_committed_events_total[1m]) > 0'
  Scripts/compose/panels.py "http://$(compose_all port prometheus 9090)"
  finish_load
  quietly docker compose stop sluiced
  expect "an alert waits when the server is gone" within_seconds 60 has_series \
    'ALERTS{alertname="SluiceDown",alertstate="pending"}'
  bring_up
}

has_series() {
  curl --silent --fail --max-time 20 --data-urlencode "query=$1" \
    "http://$(compose_all port prometheus 9090)/api/v1/query" |
    jq --exit-status '.data.result | length > 0' >/dev/null
}

observe_with_grafana() {
  if [ -x "$containers/engine.sh" ] && [ -z "${GRAFANA_IMAGE:-}" ]; then
    echo "  SKIPPED: no image of Grafana can be had here; the step before asked Prometheus for every panel"
    return
  fi
  bring_up --profile observe
  expect "Grafana has the dashboard" within_seconds 60 grafana /api/dashboards/uid/sluice
  expect "Grafana reaches Prometheus" within_seconds 60 grafana /api/datasources/uid/prometheus/health
}

grafana() {
  curl --silent --fail --max-time 20 --user "admin:$(cat "$SECRETS_DIR/observers/grafana_password")" \
    "http://$(compose_all port grafana 3000)$1" >/dev/null
}
