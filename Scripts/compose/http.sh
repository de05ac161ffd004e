#!/usr/bin/env bash
# The service `http`: sends a request with the key of a principal and prints the body of the answer. It fails unless the
# status is 2xx. smoke.sh sources this file. The image has no HTTP client, so the script speaks HTTP over bash's
# /dev/tcp.
#
#   http.sh METHOD PATH [JSON]
set -euo pipefail
keys=/run/secrets
answer=

# Sends a request and stores the answer, head and body, in `answer`. Publishing takes the key of `publisher`, and
# everything else the key of `console`.
#   http METHOD PATH [JSON]
http() {
  # In the locale C a length is a number of bytes, as `Content-Length` has to be.
  local LC_ALL=C method=$1 path=$2 body=${3:-} line=$'\r\n' principal=console
  if [ "$method" = POST ]; then principal=publisher; fi
  exec 3<>/dev/tcp/localhost/8080
  printf '%s' "$method $path HTTP/1.1${line}Host: localhost${line}Accept: application/json${line}" \
    "Authorization: Bearer $(cat "$keys/${principal}_key")${line}" \
    "Content-Type: application/json${line}Content-Length: ${#body}${line}Connection: close${line}${line}" \
    "$body" >&3
  answer=$(cat <&3)
  exec 3>&-
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  http "$@"
  printf '%s\n' "${answer#*$'\r\n\r\n'}"
  [[ $answer == "HTTP/1.1 2"* ]]
fi
