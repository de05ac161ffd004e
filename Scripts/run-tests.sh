#!/usr/bin/env bash
# Runs every test. What failed is said once more at the end, where nobody has to look for it among thousands
# of lines; a table that lost its cases, which swift-testing passes over in silence, is a failure, too.
#   usage: run-tests.sh [ARGUMENT OF swift test ...]
set -uo pipefail

log=$(mktemp)
trap 'rm -f "$log"' EXIT
${SWIFT:-swift} test "$@" 2>&1 | tee "$log"
status=${PIPESTATUS[0]}

if grep -n "No test cases found" "$log"; then
  echo "run-tests: a test ran without any case; see the lines above"
  status=1
fi
if [ "$status" -ne 0 ]; then
  echo "== what failed"
  grep -aE -A 4 "recorded an issue|^✘|^↳|error:|Fatal error|Crash" "$log" | tail -n 120
fi
exit "$status"
