# Checks of the running deployment. compose-test.sh sources this file.
# Shared variables: scratch.

# Prints whether a command succeeds, and fails when it does not.
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

# The database that takes writes; `storage-standby` after a failover.
primary=storage

# Runs psql as the superuser inside the primary, because it publishes no port.
sql() {
  compose_all exec --no-TTY "$primary" psql --no-psqlrc --quiet --tuples-only --no-align \
    --set ON_ERROR_STOP=1 --username postgres --dbname sluice "$@"
}

inside() { docker compose exec --no-TTY sluiced sh -c "$1"; }

# Runs a shell command in the directory of the secrets, as root in a container, because other accounts own some of them.
secrets() {
  docker compose --progress quiet run --rm --no-TTY --user 0:0 --cap-add DAC_OVERRIDE --volume "$SECRETS_DIR:/secrets" \
    --workdir /secrets --entrypoint sh credentials -euc "$1"
}

# For services of profiles, too.
compose_all() { docker compose --progress quiet --profile '*' "$@"; }

inspect() { docker inspect --format "$2" "$(compose_all ps --all --quiet "$1")"; }

# Sends GET for a path with the key of `console`.
http() { docker compose --progress quiet run --rm --no-TTY --no-deps http GET "$1"; }

# Prints the status of GET for a path on the published HTTP port, without a key.
status_without_key() {
  curl --silent --output /dev/null --write-out '%{http_code}' --max-time 20 \
    "http://$(docker compose port sluiced 8080)$1"
}

# Succeeds when the ingest port serves a certificate of the authority with this name.
serves_name() {
  openssl s_client -connect "$(docker compose port sluiced 7171)" -CAfile "$SECRETS_DIR/authority/ca.pem" \
    -verify_return_error -verify_hostname "$1" </dev/null >/dev/null 2>&1
}

credentials() { docker compose --progress quiet run --rm --no-TTY credentials "$@"; }

# Publishes one event over TCP with the key in a file.
takes_key() {
  SLUICE_KEY=$(cat "$1") docker compose --progress quiet run --rm --no-TTY --no-deps --env SLUICE_KEY \
    --entrypoint sluice-publish publisher --endpoint sluiced:7171 --tls --tls-ca /run/secrets/authority --events 1 \
    >"$scratch/output" 2>&1
}

refuses_key() { fails takes_key "$1" && grep --quiet NOT_AUTHORIZED "$scratch/output"; }

# Waits until a command succeeds.
#   within_seconds SECONDS COMMAND...
within_seconds() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.5
  done
}

same_counts() {
  local stored
  stored=$(counters)
  http /stats?fresh=1 | jq --exit-status --argjson stored "$stored" '
    .received == $stored.received and .unique_processed == $stored.unique
    and .duplicate_dropped == $stored.duplicate and .dead == $stored.dead'
}

check_rights() {
  expect "sluiced runs as 10001" test "$(inside 'id -u; id -g' | paste -sd :)" = 10001:10001
  expect "sluiced cannot write to its file system" fails inside 'touch /tmp/x || touch /usr/local/bin/x'
  expect "sluiced has no capability" inside 'grep -q "^CapBnd:[[:space:]]*0*$" /proc/self/status'
  expect "sluiced cannot gain rights" inside 'grep -q "^NoNewPrivs:[[:space:]]*1$" /proc/self/status'
  expect "the file system of storage is read-only" test "$(inspect storage '{{.HostConfig.ReadonlyRootfs}}')" = true
  expect "memory is limited" test "$(inspect sluiced '{{.HostConfig.Memory}}')" -gt 0
  expect "storage publishes no port" test "$(inspect storage '{{json .HostConfig.PortBindings}}')" = '{}'
  expect "sluiced is published on loopback alone" \
    test "$(inspect sluiced '{{range .HostConfig.PortBindings}}{{range .}}{{.HostIp}} {{end}}{{end}}')" \
    = "127.0.0.1 127.0.0.1 "
  expect "the database requires a password" fails sql --host storage --no-password --command "SELECT 1"
  expect "sluiced connects as a role without privileges" test "$(sql --command "
    SELECT DISTINCT usename, rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls
    FROM pg_stat_activity JOIN pg_roles ON rolname = usename WHERE client_addr IS NOT NULL")" = "sluice|f"
  expect "sluiced cannot change its credentials" fails inside 'touch /run/secrets/server/credentials.yaml'
  expect "only the account of the programs reads the keys and the credentials" test \
    "$(secrets 'stat --format "%u %a" server/server.key server/credentials.yaml clients/*.key' | sort -u)" = "10001 600"
  expect "only the account of Prometheus reads its key" test \
    "$(secrets 'stat --format "%u %a" observers/prometheus.key')" = "65534 600"
  expect "everybody may ask for the health" test "$(status_without_key /health)" = 200
  expect "a reader needs a key" test "$(status_without_key /stats)" = 401
  docker compose ps --quiet | xargs docker inspect >"$scratch/settings"
  expect "no secret in a container's settings" holds_no_secret "$scratch/settings"
}

# Succeeds when the file is not empty and contains none of the passwords and keys. First checks that a password is
# found in the file where it belongs.
holds_no_secret() {
  secrets 'awk 1 *_password clients/*.key observers/*' >"$scratch/passwords"
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
  echo "compose-test: no event was stored within a minute" >&2
  return 1
}

# Stops sluiced, and checks its exit status and its log.
stop_cleanly() {
  quietly docker compose stop sluiced
  expect "sluiced ends with everything committed" test "$(inspect sluiced '{{.State.ExitCode}}')" -eq 0
  docker logs "$(docker compose ps --all --quiet sluiced)" >"$scratch/log" 2>&1
  expect "every line of its log is a JSON object" jq --exit-status --raw-input --null-input '
    [inputs | (fromjson? | type) // "text"] | length > 0 and all(.[]; . == "object")' "$scratch/log"
  docker compose ps --all --quiet | xargs -n 1 docker logs >"$scratch/logs" 2>&1
  expect "no secret in a log" holds_no_secret "$scratch/logs"
}
