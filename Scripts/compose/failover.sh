#!/usr/bin/env bash
# Runs the database of the compose deployment twice: `storage` and `storage-standby`. A commit counts when both have it
# on disk, so the standby can take over without a loss.
#
#   failover.sh start      add the standby: copy the database, replicate it synchronously, give the servers both hosts
#   failover.sh promote    when the primary is dead: end it for certain, and make the standby the primary
#   failover.sh join       after a promotion: replace the former primary's data by a copy, and make it the standby
#   failover.sh status     print each database and what it is
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
SECRETS_DIR=$(realpath --canonicalize-missing "${SECRETS_DIR:-secrets}")
export SECRETS_DIR
nodes=(storage storage-standby)
standbys='ANY 1 ("storage", "storage-standby")'

compose() { docker compose --progress quiet --profile '*' "$@"; }

fail() {
  echo "failover: $*" >&2
  exit 1
}

# Runs statements as the superuser in the container of a node, each in a transaction of its own.
#   sql NODE STATEMENT...
sql() {
  local node=$1
  shift
  compose exec --no-TTY "$node" psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 \
    --username postgres --dbname sluice "${@/#/--command=}"
}

# Prints `primary`, `standby`, or `down`.
state() {
  case $(sql "$1" 'SELECT pg_is_in_recovery()' 2>/dev/null || true) in
    f) echo primary ;;
    t) echo standby ;;
    *) echo down ;;
  esac
}

# Prints the node in a state; fails unless there is exactly one.
node_in() {
  local node found=()
  for node in "${nodes[@]}"; do
    if [ "$(state "$node")" = "$1" ]; then found+=("$node"); fi
  done
  [ ${#found[@]} -eq 1 ] || fail "${#found[@]} databases are in the state $1, not one: see failover.sh status"
  echo "${found[0]}"
}

other() { if [ "$1" = storage ]; then echo storage-standby; else echo storage; fi; }

# Waits until a statement prints a value.
#   await NODE STATEMENT VALUE WHAT
await() {
  local attempt
  for attempt in $(seq 120); do
    if [ "$(sql "$1" "$2" 2>/dev/null || true)" = "$3" ]; then return; fi
    sleep 0.5
  done
  fail "$4 within a minute"
}

# Lets a role replicate the database of a node.
permit_replication() {
  # Through standard input, because arguments of programs are visible to all accounts.
  printf "\\\\set password '%s'\n%s\n" "$(cat "$SECRETS_DIR/replication_password")" "
    SELECT 'CREATE ROLE replicator REPLICATION LOGIN'
      WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'replicator') \\gexec
    ALTER ROLE replicator PASSWORD :'password';" |
    compose exec --no-TTY "$1" psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username postgres --dbname sluice
  compose exec --no-TTY --user postgres "$1" sh -c '
    rule="host replication replicator all scram-sha-256"
    grep --quiet --line-regexp --fixed-strings "$rule" "$PGDATA/pg_hba.conf" || echo "$rule" >>"$PGDATA/pg_hba.conf"'
  sql "$1" 'SELECT pg_reload_conf()' >/dev/null
}

# Fills the volume of a node with a copy of the primary, starts it, and makes the primary wait for it in each commit.
#   replicate PRIMARY NODE
replicate() {
  compose run --rm --no-TTY --no-deps --user postgres --entrypoint bash \
    --volume "$PWD/Scripts/compose/copy-storage.sh:/copy-storage.sh:ro" \
    --volume "$SECRETS_DIR/replication_password:/run/secrets/replication_password:ro" \
    "$2" /copy-storage.sh "$1" "$2"
  compose up --detach --no-deps --wait "$2"
  await "$1" "SELECT count(*) FROM pg_stat_replication WHERE application_name = '$2' AND state = 'streaming'" 1 \
    "$2 does not replicate $1"
  sql "$1" "ALTER SYSTEM SET synchronous_standby_names = '$standbys'" 'SELECT pg_reload_conf()' >/dev/null
  await "$1" "SELECT sync_state FROM pg_stat_replication WHERE application_name = '$2'" quorum \
    "$1 does not wait for $2"
}

# Names both databases in the URL of the servers, and starts the running servers with it.
name_both_hosts() {
  local servers
  sed -E 's#@[^/]*/sluice.*$#@storage,storage-standby/sluice?target_session_attrs=read-write#' \
    "$SECRETS_DIR/database_url" >"$SECRETS_DIR/database_url.new"
  chmod 0444 "$SECRETS_DIR/database_url.new"
  mv "$SECRETS_DIR/database_url.new" "$SECRETS_DIR/database_url"
  mapfile -t servers < <(compose ps --services | grep '^sluiced')
  [ ${#servers[@]} -eq 0 ] ||
    compose up --detach --no-deps --no-build --force-recreate --wait "${servers[@]}"
}

start() {
  [ -e "$SECRETS_DIR/replication_password" ] ||
    fail "no $SECRETS_DIR/replication_password: run Scripts/compose/secrets.sh"
  [ "$(state storage-standby)" = down ] || fail "storage-standby runs already: see failover.sh status"
  [ "$(state storage)" = primary ] || fail "storage is not a running primary: docker compose up --detach --wait storage"
  permit_replication storage
  replicate storage storage-standby
  name_both_hosts
  echo "failover: storage-standby replicates storage, and servers use the one that takes writes"
}

promote() {
  local standby former
  standby=$(node_in standby)
  former=$(other "$standby")
  # Two primaries would take different events, so the former one is ended first. A killed container stays down.
  compose kill "$former" >/dev/null 2>&1 || true
  # The copy has the settings of its source. Without the first two statements commits would wait for a standby that is
  # not there.
  [ "$(sql "$standby" 'ALTER SYSTEM RESET synchronous_standby_names' 'SELECT pg_reload_conf()' \
    'SELECT pg_promote(true, 60)')" = $'t\nt' ] || fail "$standby was not promoted within a minute: see its log"
  # With this file Postgres takes no writes, also when a later `docker compose up` starts the former primary again.
  compose run --rm --no-TTY --no-deps --user postgres --entrypoint sh "$former" -c 'touch "$PGDATA/standby.signal"'
  echo "failover: $standby is the primary; failover.sh join makes $former its standby"
}

join() {
  local primary standby
  primary=$(node_in primary)
  standby=$(other "$primary")
  [ "$(state "$standby")" = down ] ||
    fail "$standby runs, and its data is replaced only when it is down: docker compose --profile failover stop $standby"
  compose rm --force --stop "$standby" >/dev/null
  replicate "$primary" "$standby"
  echo "failover: $standby replicates $primary"
}

status() {
  local node
  for node in "${nodes[@]}"; do echo "$node: $(state "$node")"; done
}

case ${1:-} in
  start | promote | join | status) "$1" ;;
  *) fail "the first argument is start, promote, join or status" ;;
esac
