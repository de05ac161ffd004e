#!/usr/bin/env bash
# The service `tests`: publishes over TCP and over HTTP, and reads the result over HTTP. Run it while no other client
# publishes.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/http.sh"

# Fails unless `answer` contains each of the texts.
#   expect WHAT TEXT...
expect() {
  local what=$1 text
  shift
  for text in "$@"; do
    if [[ $answer != *"$text"* ]]; then
      printf '  WRONG %s: no %s in\n%s\n' "$what" "$text" "$answer" >&2
      exit 1
    fi
  done
  echo "  ok    $what"
}

# Publishes events over TCP and stores the result or the error in `answer`.
publish() {
  answer=$(sluice-publish --endpoint localhost:7171 --json --wait 5s --events "$@" 2>&1) || true
}

http GET /health
expect "the server is healthy" "HTTP/1.1 200" '"status":"healthy"'

tls=(--tls --tls-ca "$keys/authority")
publish 5000 "${tls[@]}" --key-file "$keys/publisher_key"
expect "5000 events over TCP are committed" '"committed":5000'
publish 1 "${tls[@]}" --key-file "$keys/console_key"
expect "a key without the role publish is refused over TCP" NOT_AUTHORIZED
publish 1 "${tls[@]}"
expect "a producer without a key is refused" NOT_AUTHORIZED
publish 1
expect "a producer without TLS is refused" "this port speaks TLS only"

id=smoke-$EPOCHREALTIME-$RANDOM
event='{"topic":"sluice.smoke","event_id":"'$id'","timestamp":"'$(date -u +%FT%TZ)'"'
event+=',"source":"tests","payload":{"n":1}}'
http POST /publish "$event"
expect "an event over HTTP is stored" "HTTP/1.1 200" '"is_duplicate":false'
http POST /publish "$event"
expect "the same event again is a duplicate" "HTTP/1.1 200" '"is_duplicate":true'
http POST /publish "${event/sluice.smoke/}"
expect "an event without a topic is refused" "HTTP/1.1 422"
http GET "/events?topic=sluice.smoke&limit=1000"
expect "the event is found" "HTTP/1.1 200" "\"event_id\":\"$id\"" '"payload":{"n":1}'
