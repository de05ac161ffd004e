# The checks of compose-test.sh, which sources this, on the running deployment.
# Shared variables: scratch.

# Says whether a command succeeds.
#   expect WHAT COMMAND...
expect() {
  local what=$1
  shift
  if "$@" >/dev/null; then
    echo "  ok    $what"
  else
    echo "  WRONG $what" >&2
    return 1
  fi
}

fails() { ! "$@" >/dev/null 2>&1; }

# As the superuser, inside `storage`: no port leads to it.
sql() {
  docker compose exec --no-TTY storage psql --no-psqlrc --quiet --tuples-only --no-align \
    --set ON_ERROR_STOP=1 --username postgres --dbname sluice "$@"
}

inside() { docker compose exec --no-TTY sluiced sh -c "$1"; }

inspect() { docker inspect --format "$2" "$(docker compose ps --all --quiet "$1")"; }

# GET of a path on the published HTTP port.
http() { curl --silent --show-error --fail --max-time 20 "http://$(docker compose port sluiced 8080)$1"; }

same_counts() {
  local stored
  stored=$(counters)
  http /stats | jq --exit-status --argjson stored "$stored" '
    .received == $stored.received and .unique_processed == $stored.unique
    and .duplicate_dropped == $stored.duplicate and .dead == $stored.dead'
}

check_rights() {
  expect "sluiced runs as 10001" test "$(inside 'id -u; id -g' | paste -sd :)" = 10001:10001
  expect "sluiced can not write to its file system" fails inside 'touch /tmp/x || touch /usr/local/bin/x'
  expect "sluiced has no capability" inside 'grep -q "^CapBnd:[[:space:]]*0*$" /proc/self/status'
  expect "sluiced can not gain rights" inside 'grep -q "^NoNewPrivs:[[:space:]]*1$" /proc/self/status'
  expect "the file system of storage is read-only" test "$(inspect storage '{{.HostConfig.ReadonlyRootfs}}')" = true
  expect "memory is limited" test "$(inspect sluiced '{{.HostConfig.Memory}}')" -gt 0
  expect "storage publishes no port" test "$(inspect storage '{{json .HostConfig.PortBindings}}')" = '{}'
  expect "sluiced is published on loopback alone" \
    test "$(inspect sluiced '{{range .HostConfig.PortBindings}}{{range .}}{{.HostIp}} {{end}}{{end}}')" \
    = "127.0.0.1 127.0.0.1 "
  expect "the database wants a password" fails sql --host storage --no-password --command "SELECT 1"
  expect "sluiced connects as a role without privileges" test "$(sql --command "
    SELECT DISTINCT usename, rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls
    FROM pg_stat_activity JOIN pg_roles ON rolname = usename WHERE client_addr IS NOT NULL")" = "sluice|f"
  docker compose ps --quiet | xargs docker inspect >"$scratch/settings"
  expect "no secret in a container's settings" holds_no_secret "$scratch/settings"
}

# Says whether a file that is not empty has none of the passwords, which must be found where they belong.
holds_no_secret() {
  awk 1 "$SECRETS_DIR"/*_password >"$scratch/passwords"
  grep --quiet --fixed-strings --file "$scratch/passwords" "$SECRETS_DIR/database_url" \
    && test -s "$1" && fails grep --fixed-strings --file "$scratch/passwords" "$1"
}

# Waits until more events are stored than at an earlier reading.
await_growth() {
  local received
  received=$(jq .received <<<"$1")
  for _ in $(seq 120); do
    [ "$(counters | jq .received)" -le "$received" ] || return 0
    sleep 0.5
  done
  echo "no event was stored within a minute" >&2
  return 1
}

# Stops sluiced, and looks at how it ended and at what it said.
stop_cleanly() {
  quietly docker compose stop sluiced
  expect "sluiced ends with everything committed" test "$(inspect sluiced '{{.State.ExitCode}}')" -eq 0
  docker logs "$(docker compose ps --all --quiet sluiced)" >"$scratch/log" 2>&1
  expect "every line of its log is a JSON object" jq --exit-status --raw-input --null-input '
    [inputs | (fromjson? | type) // "text"] | length > 0 and all(.[]; . == "object")' "$scratch/log"
  docker compose ps --all --quiet | xargs -n 1 docker logs >"$scratch/logs" 2>&1
  expect "no secret in a log" holds_no_secret "$scratch/logs"
}
