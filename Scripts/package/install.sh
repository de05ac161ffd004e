#!/usr/bin/env bash
# Installs the programs of a release build below PREFIX (/usr/local), with unit, configuration, manual pages and
# completions.
#
#   PREFIX=/usr/local    DESTDIR=    another root, for packagers
#   PROGRAMS=DIR         programs that are there already; otherwise static programs are built
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
prefix=${PREFIX:-/usr/local}

if [ -z "${PROGRAMS:-}" ]; then
  PROGRAMS=.build-static/programs
  Scripts/compose/static-programs.sh .build-static "$PROGRAMS"
  export CHECKOUTS=.build-static/checkouts
fi
Scripts/package/stage.sh "$PROGRAMS" "${DESTDIR:-}" "$prefix"
echo "installed in ${DESTDIR:-}$prefix; the configuration is in ${DESTDIR:-}/etc/sluice"
if [ -z "${DESTDIR:-}" ] && [ -d /run/systemd/system ]; then
  echo "to start it: systemd-sysusers sluice.conf; systemctl daemon-reload; systemctl enable --now sluiced"
fi
