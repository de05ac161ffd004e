#!/usr/bin/env bash
# Builds the measuring programs (BENCH_CONFIGURATION: release, or debug) and, with the argument "peers",
# installs the programs that Sluice is compared with, where they can be had.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
repository=$(cd .. && pwd)
venv="$repository/.bench/venv"

command -v python3 >/dev/null || "$repository/Scripts/setup.sh" python3 python3-venv
swift build -c "${BENCH_CONFIGURATION:-release}" --scratch-path "$repository/.build-bench"

[ "${1:-}" = peers ] || exit 0
if ! cmp -s peers/requirements.txt "$venv/requirements.txt"; then
  rm -rf "$venv"
  mkdir -p "$repository/.bench"
  if python3 -m venv "$venv" && "$venv/bin/pip" install --quiet --requirement peers/requirements.txt; then
    cp peers/requirements.txt "$venv/"
  else
    rm -rf "$venv"
    echo "bench: no Python packages are to be had here, so the peers in Python are left out" >&2
  fi
fi
if ! PATH="$PATH:/usr/sbin" command -v rsyslogd nats-server >/dev/null; then
  "$repository/Scripts/setup.sh" rsyslog rsyslog-pgsql nats-server ||
    echo "bench: rsyslog or NATS can not be had here and are left out" >&2
fi
