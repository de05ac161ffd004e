#!/usr/bin/env bash
# Tests the compose deployment: builds the image, makes the secrets, starts all services, publishes with TLS and a key,
# verifies over HTTP and with SQL, restarts both services under load, and runs `down` and `up` with the data still
# there.
#
#   PROFILES="base scale observe failover"
#                                         the parts to run; `base`, the steps above, by default. `scale` kills and
#                                         restarts servers behind the proxy, `observe` reads every panel and rule,
#                                         `failover` kills the primary database five times, all under load
#   PROGRAMS=DIR                          copy sluiced, sluice-publish and sluice from DIR into the image, and the
#                                         libraries of Swift beside them if there are any, in place of a build
#   CONTAINERS_DIR=../shared/containers   scripts that start a container engine; without them
#                                         the machine's own Docker is used
#   EVENTS=50000                          the load
#   IMAGE_BUILD=whole|staged              compile in the container, or here with only the result put into the
#                                         image; by default in the container when vendor/ holds the packages
#   JOBS=N                                compile N files at a time
#   KEEP=1                                leave the services running when a step fails
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. Scripts/run-steps.sh
. Scripts/compose/engine.sh
. Scripts/compose/checks.sh
. Scripts/compose/load.sh
. Scripts/compose/profiles.sh

events=${EVENTS:-50000}
containers=$(realpath --quiet "${CONTAINERS_DIR:-../shared/containers}" || true)
read -ra profiles <<<"${PROFILES:-base}"
image_build=${PROGRAMS:+given}
image_build=${image_build:-${IMAGE_BUILD:-$([ -d vendor ] && echo whole || echo staged)}}
scratch=$(mktemp -d)
engine_is_ours='' engine_answers=''
times=()

# Project, image, ports and secrets belong to this run alone, so that runs do not disturb each other.
unset BIND_ADDRESS
export COMPOSE_DISABLE_ENV_FILE=1
export COMPOSE_PROJECT_NAME="sluice-test-$$" COMPOSE_FILE=docker-compose.yml
export SLUICED_IMAGE="sluice-test:$$" SECRETS_DIR="$scratch/secrets"
export TCP_PORT=0 HTTP_PORT=0 PROXY_PORT=0 PROMETHEUS_PORT=0 GRAFANA_PORT=0
export NOFILE_LIMIT=${NOFILE_LIMIT:-$(nofile_limit)}

# Runs a step and records its duration. A step that fails ends the script.
step() {
  local name=$1 start=$EPOCHREALTIME
  shift
  say "$name"
  "$@"
  times+=("$(awk -v start="$start" -v end="$EPOCHREALTIME" 'BEGIN { printf "%6.1f s", end - start }')  $name")
}

build_image() {
  case $image_build in
    whole) echo "  compiling in the container" ;;
    staged)
      echo "  compiling here, and copying the programs into the image"
      build_programs
      ;;
    given)
      echo "  copying the programs of $PROGRAMS into the image"
      use_programs "$(realpath "$PROGRAMS")"
      ;;
    *)
      echo "compose-test: IMAGE_BUILD is whole or staged, not $image_build" >&2
      exit 1
      ;;
  esac
  quietly docker compose --progress plain build ${JOBS:+--build-arg "JOBS=$JOBS"} sluiced
  docker run --rm --entrypoint sluiced "$SLUICED_IMAGE" --version | sed 's/^/  sluiced /'
}

# The programs come from this machine instead of the stage `build`. They run only if the image's Debian is that of
# this machine; otherwise `--version` fails in the next step.
build_programs() {
  quietly Scripts/compose/static-programs.sh .build-static .build-static/staged/out
  use_programs "$PWD/.build-static/staged/out"
}

# Makes a directory take the place of the result of the stage `build`.
use_programs() {
  mkdir -p "$scratch/staged/out"
  find "$1" -maxdepth 1 \( -name sluiced -o -name sluice-publish -o -name sluice -o -name '*.so' \) \
    -exec cp -t "$scratch/staged/out" {} +
  cat >"$scratch/staged.yml" <<YAML
services: {sluiced: {build: {additional_contexts: {build: "$scratch/staged"}}}}
YAML
  COMPOSE_FILE+=":$scratch/staged.yml"
}

has_profile() { [[ " ${profiles[*]} " == *" $1 "* ]]; }

bring_up() {
  docker compose --progress quiet "$@" up --detach --no-build --wait --wait-timeout 180
}

publish_and_verify() {
  local before result
  before=$(counters)
  result=$(publish)
  jq -r '"  \(.events_per_second | floor) events/s committed"' <<<"$result"
  verify "$before" "$(counters)" "$result"
  expect "HTTP and SQL count the same" same_counts
}

# Both services are restarted while events arrive. Each event must be in the database once.
restart_under_load() {
  local before publisher
  before=$(counters)
  publish --rate "$((events / 10))" >"$scratch/result.json" &
  publisher=$!
  await_growth "$before"
  quietly docker compose restart sluiced
  await_growth "$(counters)"
  quietly docker compose restart storage
  wait "$publisher"
  jq -r '"  \(.reconnects) reconnects, \(.resent_batches) batches sent again"' "$scratch/result.json"
  verify "$before" "$(counters)" "$(cat "$scratch/result.json")"
  bring_up
  expect "the conservation law holds" quietly docker compose exec --no-TTY sluiced sluiced audit
}

down_and_up() {
  local before
  before=$(counters)
  stop_cleanly
  quietly docker compose down
  bring_up
  expect "what was stored is still there" test "$before" = "$(counters)"
}

run_smoke_tests() {
  docker compose --progress quiet run --rm --no-TTY --no-deps tests
}

# A second run keeps every file. With a name it replaces the server's certificate, and sluiced serves the new one.
make_secrets() {
  quietly Scripts/compose/secrets.sh
  local before
  before=$(secret_digests)
  quietly Scripts/compose/secrets.sh
  expect "secrets that exist are kept" test "$before" = "$(secret_digests)"
}

secret_digests() { secrets 'find . -type f -exec sha256sum {} + | sort'; }

# A running sluiced takes up a certificate with another name, a new principal, and the end of a principal.
change_secrets() {
  quietly Scripts/compose/secrets.sh events.example.org
  expect "sluiced serves a new certificate of the same authority" within_seconds 20 serves_name events.example.org
  credentials add shop --role publish >"$scratch/shop.key" 2>"$scratch/output"
  expect "the key of a new principal is taken" within_seconds 20 takes_key "$scratch/shop.key"
  quietly credentials revoke shop
  expect "a revoked key is refused" within_seconds 20 refuses_key "$scratch/shop.key"
}

for profile in "${profiles[@]}"; do
  if ! [[ $profile =~ ^(base|scale|observe|failover)$ ]]; then
    echo "compose-test: PROFILES takes base, scale, observe and failover, not $profile" >&2
    exit 1
  fi
done
trap finish EXIT
trap 'exit 130' INT TERM
step "container engine" bring_engine
step "image" build_image
step "secrets" make_secrets
step "up" bring_up
step "the rights of the containers" check_rights
if has_profile base; then
  step "publish $events events and verify" publish_and_verify
  step "smoke tests" run_smoke_tests
  step "change the certificate and the credentials" change_secrets
  step "restart both services under load" restart_under_load
  step "down and up" down_and_up
fi
if has_profile scale; then
  step "scale: three servers behind the proxy" bring_up_scale
  step "scale: kill a server under load" kill_a_server
  step "scale: restart the servers one after the other under load" restart_servers_in_turn
fi
if has_profile failover; then
  step "failover: add a standby" add_standby
  step "failover: kill the primary five times under load" kill_primaries
fi
if has_profile observe; then
  step "observe: Prometheus" observe_with_prometheus
  step "observe: Grafana" observe_with_grafana
fi
step "stop, and check the log" stop_cleanly
say "all checks passed"
printf '%s\n' "${times[@]}"
