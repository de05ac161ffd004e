#!/usr/bin/env bash
# Builds the measuring programs (BENCH_CONFIGURATION: release, or debug). With the argument "peers" it also installs
# the programs that Sluice is compared with, if they are available.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
repository=$(cd .. && pwd)

SWIFT_DETERMINISTIC_HASHING=1 swift build -c "${BENCH_CONFIGURATION:-release}" --scratch-path "$repository/.build-bench"

[ "${1:-}" = peers ] || exit 0
"$repository/Scripts/python-packages.sh" peers/requirements.txt "$repository/.bench/venv" ||
  echo "bench: the Python packages cannot be installed, so the peers in Python are left out" >&2
if ! PATH="$PATH:/usr/sbin" command -v rsyslogd nats-server >/dev/null; then
  "$repository/Scripts/setup.sh" rsyslog rsyslog-pgsql nats-server ||
    echo "bench: rsyslog or NATS cannot be installed and are left out" >&2
fi
