#!/usr/bin/env bash
# Tests a running server against its own description: generates valid and invalid requests from /openapi.json
# and compares every answer with it (schemathesis, https://schemathesis.readthedocs.io).
#
#   EXAMPLES=50              random requests for each operation, besides the requests at each bound
#   SEED=1                   the seed; the same seed gives the same requests
#   REQUESTS=0               minimum of requests in all; more rounds run with the next seeds until it is reached
#   CONFIGURATION=release    build configuration of the programs
#   OPTIONAL=0               1: succeed without testing when schemathesis cannot be installed
#
# Further arguments go to `schemathesis run`.
set -euo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$repository"
. Scripts/demo-steps.sh

venv="$repository/.contract/venv"
if ! Scripts/python-packages.sh Tests/Contract/requirements.txt "$venv"; then
  echo "contract-test: schemathesis cannot be installed, so nothing was tested" >&2
  exit $((1 - ${OPTIONAL:-0}))
fi

TCP_PORT=0 HTTP_PORT=0
begin_demo "${CONFIGURATION:-release}"
server="http://127.0.0.1:$http_port"
"$programs/sluice-publish" --port "$tcp_port" --events 5000 --topics 300 --json >"$data/result.json"

say "checking the document"
curl --silent --fail "$server/openapi.json" >"$data/openapi.json"
"$venv/bin/openapi-spec-validator" "$data/openapi.json"

export CONTRACT_REQUESTS="$data/requests"
seed=${SEED:-1}
total=0
while :; do
  say "sending requests made from the document, seed $seed"
  # In the data directory, because schemathesis writes its state into the current directory.
  (cd "$data" && SCHEMATHESIS_HOOKS="$repository/Tests/Contract/hooks.py" PYTHONDONTWRITEBYTECODE=1 \
    "$venv/bin/schemathesis" --config-file "$repository/Tests/Contract/schemathesis.toml" run "$server/openapi.json" \
    --seed "$seed" --max-examples "${EXAMPLES:-50}" --generation-database none --no-color "$@")
  total=$((total + $(cat "$CONTRACT_REQUESTS")))
  [ "$total" -lt "${REQUESTS:-0}" ] || break
  seed=$((seed + 1))
done
curl --silent --fail "$server/health" >/dev/null || fail "the server is no longer healthy"
curl --silent --fail "$server/audit" >/dev/null || fail "the conservation law no longer holds"
! grep -q '"level":"error"' "$data/sluiced.log" || fail "the server logged an error: $(grep '"level":"error"' "$data/sluiced.log" | head -n 3)"
say "$total requests were answered as described"
