#!/usr/bin/env bash
# Compiles or runs every block of code in README.md, docs/ and docs/recipes/ (Tests/Docs/check.py).
#
#   PROGRAMS=.build/debug            directory of sluiced, sluice-publish and sluice
#   MODULES=.build/debug/Modules     directory of the compiled module ClientLib
#
# Further arguments go to check.py: --only README.md
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
programs=${PROGRAMS:-.build/debug}
modules=${MODULES:-.build/debug/Modules}
Scripts/setup.sh python3-yaml curl jq

check=(python3 -B Tests/Docs/check.py --programs "$programs" "$@")
[ ! -d "$modules" ] || check+=(--modules "$modules")
# The examples use the usual ports, so they get a network of their own where that is possible.
if unshare --net true 2>/dev/null; then
  exec unshare --net bash -c 'ip link set lo up 2>/dev/null || ifconfig lo up; exec "$@"' _ "${check[@]}"
fi
exec "${check[@]}"
