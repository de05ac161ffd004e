#!/usr/bin/env bash
# The service `tests`: publishes over TCP and over HTTP, and reads the result over HTTP. Run while nobody else
# publishes. It has only what the image has, so HTTP is spoken over bash's /dev/tcp.
set -euo pipefail
host=${SLUICED_HOST:-sluiced}
answer=

# Sends a request and puts what comes back, head and body, into `answer`.
#   http METHOD PATH [JSON]
http() {
  local method=$1 path=$2 body=${3:-} line=$'\r\n'
  exec 3<>"/dev/tcp/$host/8080"
  printf '%s' "$method $path HTTP/1.1${line}Host: $host${line}Accept: application/json${line}" \
    "Content-Type: application/json${line}Content-Length: ${#body}${line}Connection: close${line}${line}" \
    "$body" >&3
  answer=$(cat <&3)
  exec 3>&-
}

# Says whether `answer` has each of the texts.
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

http GET /health
expect "the server is healthy" "HTTP/1.1 200" '"status":"healthy"'

answer=$(sluice-publish --endpoint "$host:7171" --events 5000 --verify "http://$host:8080" --json)
expect "5000 events over TCP are committed and counted" '"verified":true' '"committed":5000'

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
