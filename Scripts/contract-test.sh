#!/usr/bin/env bash
# Tests a running server against its own description: generates requests from /openapi.json, good and bad ones,
# and compares every answer with it (schemathesis, https://schemathesis.readthedocs.io).
#
#   EXAMPLES=50              random requests for each operation, beside those at each bound
#   SEED=1                   the same requests again
#   REQUESTS=0               how many there must be in all: more rounds, with the next seeds, until there are
#   CONFIGURATION=release    of the programs that are used
#   OPTIONAL=0               1: no fault where schemathesis can not be had
#
# Further arguments are those of `schemathesis run`.
set -euo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$repository"
. Scripts/demo-steps.sh

venv="$repository/.contract/venv"
if ! Scripts/python-packages.sh Tests/Contract/requirements.txt "$venv"; then
  echo "contract-test: schemathesis can not be had here, so nothing was tested" >&2
  exit $((1 - ${OPTIONAL:-0}))
fi

TCP_PORT=0 HTTP_PORT=0
begin_demo "${CONFIGURATION:-release}"
server="http://127.0.0.1:$http_port"
"$programs/sluice-publish" --port "$tcp_port" --events 5000 --topics 300 --json >"$data/result.json"

say "the document"
curl --silent --fail "$server/openapi.json" >"$data/openapi.json"
"$venv/bin/openapi-spec-validator" "$data/openapi.json"

export CONTRACT_REQUESTS="$data/requests"
seed=${SEED:-1}
total=0
while :; do
  say "requests from it, seed $seed"
  # Not here, since it writes what it remembers where it is started.
  (cd "$data" && SCHEMATHESIS_HOOKS="$repository/Tests/Contract/hooks.py" PYTHONDONTWRITEBYTECODE=1 \
    "$venv/bin/schemathesis" --config-file "$repository/Tests/Contract/schemathesis.toml" run "$server/openapi.json" \
    --seed "$seed" --max-examples "${EXAMPLES:-50}" --generation-database none --no-color "$@")
  total=$((total + $(cat "$CONTRACT_REQUESTS")))
  [ "$total" -lt "${REQUESTS:-0}" ] || break
  seed=$((seed + 1))
done
curl --silent --fail "$server/health" >/dev/null || fail "the server is not healthy any more"
curl --silent --fail "$server/audit" >/dev/null || fail "the conservation law does not hold any more"
! grep -q '"level":"error"' "$data/sluiced.log" || fail "the server logged an error: $(grep '"level":"error"' "$data/sluiced.log" | head -n 3)"
say "$total requests were answered as described"
