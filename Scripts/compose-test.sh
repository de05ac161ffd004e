#!/usr/bin/env bash
# Tests the compose deployment for real: builds the image, brings everything up, publishes, verifies over HTTP
# and with SQL, restarts both services under load, and takes it down and up again with the data still there.
#
#   CONTAINERS_DIR=../shared/containers   scripts that bring a container engine; where there are none, the
#                                         machine's own Docker is used
#   EVENTS=50000                          the load
#   IMAGE_BUILD=whole|staged              compile in the container, or here with only the result put into the
#                                         image; by default in the container when vendor/ holds the packages
#   JOBS=N                                compile N files at a time
#   KEEP=1                                leave it running when something fails
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. Scripts/run-steps.sh
. Scripts/compose/engine.sh
. Scripts/compose/checks.sh

events=${EVENTS:-50000}
containers=$(realpath --quiet "${CONTAINERS_DIR:-../shared/containers}" || true)
image_build=${IMAGE_BUILD:-$([ -d vendor ] && echo whole || echo staged)}
scratch=$(mktemp -d)
engine_is_ours='' engine_answers=''
times=()

# Nothing of this run meets another one: project, image, ports and secrets are its own.
unset BIND_ADDRESS
export COMPOSE_DISABLE_ENV_FILE=1
export COMPOSE_PROJECT_NAME="sluice-test-$$" COMPOSE_FILE=docker-compose.yml
export SLUICED_IMAGE="sluice-test:$$" SECRETS_DIR="$scratch/secrets" TCP_PORT=0 HTTP_PORT=0
export NOFILE_LIMIT=${NOFILE_LIMIT:-$(nofile_limit)}

# Runs a step and remembers how long it took. A step that fails ends the script.
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
      echo "  compiling here, and taking the programs into the image"
      build_programs
      ;;
    *)
      echo "compose-test: IMAGE_BUILD is whole or staged, not $image_build" >&2
      exit 1
      ;;
  esac
  quietly docker compose --progress plain build ${JOBS:+--build-arg "JOBS=$JOBS"} sluiced
  docker run --rm --entrypoint sluiced "$SLUICED_IMAGE" --version | sed 's/^/  sluiced /'
}

# The programs come from here instead of the stage `build`. They fit the image's Debian when this machine's is
# the same; if not, the version that is asked for next does not come.
build_programs() {
  quietly Scripts/compose/static-programs.sh .build-static .build-static/staged/out
  cat >"$scratch/staged.yml" <<YAML
services: {sluiced: {build: {additional_contexts: {build: "$PWD/.build-static/staged"}}}}
YAML
  COMPOSE_FILE+=":$scratch/staged.yml"
}

bring_up() {
  docker compose --progress quiet up --detach --no-build --wait --wait-timeout 180
}

publish() {
  docker compose --progress quiet run --rm --no-TTY --no-deps publisher --events "$events" --json "$@"
}

publish_and_verify() {
  local before result
  before=$(counters)
  result=$(publish --verify http://sluiced:8080)
  expect "the publisher's own verification" jq --exit-status .verified <<<"$result"
  jq -r '"  \(.events_per_second | floor) events/s committed"' <<<"$result"
  verify "$before" "$(counters)" "$result"
  expect "HTTP and SQL count the same" same_counts
}

# Both services are restarted while events come in; each is in the database once all the same.
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

trap finish EXIT
trap 'exit 130' INT TERM
step "container engine" bring_engine
step "image" build_image
Scripts/compose/secrets.sh "$SECRETS_DIR" >/dev/null
step "up" bring_up
step "containers have no more rights than they need" check_rights
step "publish $events events and verify" publish_and_verify
step "smoke tests" run_smoke_tests
step "restart both services under load" restart_under_load
step "down and up" down_and_up
step "stop, and read the log" stop_cleanly
say "all checks passed"
printf '%s\n' "${times[@]}"
