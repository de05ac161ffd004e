#!/usr/bin/env bash
# The steps of package-test.sh inside the clean system. There is no systemd, so the server is started by the command
# line, the account and the environment that its unit names.
#
#   LOAD=300000    events during the upgrade
#   LIMIT=10000    milliseconds from the beginning of dpkg -i to the first stored event
set -euo pipefail
LOAD=${LOAD:-300000}
LIMIT=${LIMIT:-10000}
server=

fail() {
  echo "WRONG: $*" >&2
  tail -n 20 /var/tmp/sluiced.log >&2 2>/dev/null || true
  exit 1
}
expect() {  # expect WHAT CONDITION...
  if "${@:2}"; then echo "  ok    $1"; else fail "$1"; fi
}
unit() { sed -n "s/^$1=//p" /usr/lib/systemd/system/sluiced.service; }

# Starts the server as the unit does, and waits until it serves.
start() {
  : >/var/tmp/ready.json
  (
    set -a
    file=$(unit EnvironmentFile)
    . "${file#-}"
    set +a
    cd "$(unit WorkingDirectory)"
    umask "$(unit UMask)"
    # Words of the command line, as systemd splits them.
    read -ra command < <(unit ExecStart)
    exec setpriv --reuid="$(unit User)" --regid="$(unit Group)" --init-groups "${command[@]}"
  ) >/var/tmp/ready.json 2>>/var/tmp/sluiced.log &
  server=$!
  until [ -s /var/tmp/ready.json ]; do
    kill -0 "$server" 2>/dev/null || fail "sluiced did not start"
    sleep 0.05
  done
}

# Stops it as KillMode=mixed does: the signal goes to the main process alone.
stop() {
  kill -TERM "$server"
  wait "$server" || fail "sluiced ended with status $?"
}

stored() {
  curl --silent --fail http://127.0.0.1:8080/stats | jq .unique_processed
}

echo "== install"
begin=$(date +%s%N)
dpkg -i /previous.deb >/var/tmp/dpkg.log 2>&1 || { cat /var/tmp/dpkg.log; fail "dpkg -i"; }
start
curl --silent --fail-with-body -H 'Content-Type: application/json' http://127.0.0.1:8080/publish -d '{"topic":"first",
  "event_id":"1","timestamp":"2026-01-02T03:04:05Z","source":"test","payload":{"n":1}}' >/var/tmp/answer.json ||
  { cat /var/tmp/answer.json; fail "publish"; }
milliseconds=$((($(date +%s%N) - begin) / 1000000))
expect "the first event was stored $milliseconds ms after dpkg -i began, at most $LIMIT" [ "$milliseconds" -lt "$LIMIT" ]
expect "the server runs as the account sluice" [ "$(stat -c %U "/proc/$server")" = sluice ]
expect "the data belongs to that account alone" [ "$(stat -c '%U %a' /var/lib/sluice)" = "sluice 700" ]
for page in man8/sluiced.8 man1/sluice-publish.1 man1/sluice.1; do
  expect "the manual page $page is there" [ -s "/usr/share/man/$page.gz" ]
done
expect "the licences of what is linked in are there" \
  bash -c 'zcat /usr/share/doc/sluice/licences.gz | grep -q "^hummingbird$"'
sluice-publish generate --events 1000 --verify http://127.0.0.1:8080 >/dev/null || fail "sluice-publish"
expect "sluice finds an event" [ "$(sluice get first 1 --json | jq -r .payload.n)" = 1 ]

echo "== upgrade under load"
before=$(stored)
sluice-publish generate --events "$LOAD" --rate 30000 --json --wait 60s >/var/tmp/load.json 2>/var/tmp/load.log &
load=$!
until [ "$(stored)" -gt $((before + LOAD / 20)) ]; do sleep 0.1; done
echo '# a change of the administrator' >>/etc/sluice/sluiced.yaml
dpkg -i /next.deb >/var/tmp/dpkg.log 2>&1 || { cat /var/tmp/dpkg.log; fail "upgrade"; }
stop
start
wait "$load" || { cat /var/tmp/load.log; fail "the publisher ended with status $?"; }
expected=$(jq .unique_expected /var/tmp/load.json)
expect "the load ran over the upgrade: $(jq .reconnects /var/tmp/load.json) reconnects" \
  [ "$(jq .reconnects /var/tmp/load.json)" -ge 1 ]
expect "all $LOAD events are committed" [ "$(jq .committed /var/tmp/load.json)" = "$LOAD" ]
expect "$expected distinct events are stored once" [ "$(($(stored) - before))" = "$expected" ]
expect "the configuration of the administrator stays" grep -q '^# a change' /etc/sluice/sluiced.yaml
stop
setpriv --reuid=sluice --regid=sluice --init-groups sluiced audit --config /etc/sluice/sluiced.yaml ||
  fail "the conservation law does not hold"
start
rows=$(stored)
stop

echo "== remove, install again, purge"
dpkg -r sluice >/dev/null
expect "the programs are gone" [ ! -e /usr/bin/sluiced ]
expect "the data stays" [ -d /var/lib/sluice/data ]
dpkg -i /next.deb >/var/tmp/dpkg.log 2>&1
start
expect "the $rows events are there again" [ "$(stored)" = "$rows" ]
stop
dpkg -P sluice >/dev/null
expect "nothing is left" [ ! -e /var/lib/sluice -a ! -e /etc/sluice -a ! -e /etc/default/sluiced ]
expect "the account is gone" bash -c '! getent passwd sluice >/dev/null'
