#!/usr/bin/env bash
# Sends events with the programs of other people (Tests/Formats), while the server is killed and connections are cut.
#
#   EVENTS=20000             events of each sender
#   KILLS=3                  kills of the server
#   CUTS=40                  connections that are cut, about
#   SEED=1                   the seed of the cuts
#   CONFIGURATION=release    build configuration of the programs
#   OPTIONAL=0               1: succeed without testing when the programs cannot be installed
#
# Further arguments go to `formats.py`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
programs=${PROGRAMS:-$(swift build -c "${CONFIGURATION:-release}" --show-bin-path)}
tools="$PWD/.formats"

if ! { Scripts/python-packages.sh Tests/Formats/requirements.txt "$tools/venv" &&
  Tests/Formats/unpack.sh "$tools/rsyslog" rsyslog rsyslog-elasticsearch &&
  Tests/Formats/unpack.sh "$tools/syslog-ng" syslog-ng-core syslog-ng-mod-http; }; then
  echo "formats-test: the senders cannot be installed, so nothing was tested" >&2
  exit $((1 - ${OPTIONAL:-0}))
fi
exec "$tools/venv/bin/python" -B Tests/Formats/formats.py --programs "$programs" --tools "$tools" \
  --events "${EVENTS:-20000}" --kills "${KILLS:-3}" --cuts "${CUTS:-40}" --seed "${SEED:-1}" "$@"
