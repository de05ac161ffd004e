#!/usr/bin/env bash
# Runs every test. Failures are printed again at the end, because they are hard to find among thousands of lines. A
# parameterised test without any case is a failure, because swift-testing skips it silently.
#   usage: run-tests.sh [ARGUMENT OF swift test ...]
set -uo pipefail

swift=${SWIFT:-swift}
# At most 4 tests a processor at a time. Without a bound swift-testing starts all of them at once, and tests with servers,
# processes and deadlines wait for a processor longer than their deadlines.
width=()
help=$("$swift" test --help-hidden 2>&1)
if [[ "$help" == *--experimental-maximum-parallelization-width* ]]; then
  width=(--experimental-maximum-parallelization-width "${SLUICE_TEST_WIDTH:-$((4 * $(getconf _NPROCESSORS_ONLN)))}")
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
"$swift" test "${width[@]}" "$@" 2>&1 | tee "$log"
status=${PIPESTATUS[0]}

if grep -n "No test cases found" "$log"; then
  echo "run-tests: a test has no cases; see the lines above"
  status=1
fi
if [ "$status" -ne 0 ]; then
  echo "== failures"
  grep -aE -A 4 "recorded an issue|^✘|^↳|error:|Fatal error|Crash" "$log" | tail -n 120
fi
exit "$status"
