#!/usr/bin/env bash
# Applies deliberate bugs. Each is a patch in Tests/DeliberateBugs that names the test which must catch it.
#
#   deliberate-bugs.sh check            tells whether every patch applies and is in docs/deliberate-bugs.md
#   deliberate-bugs.sh list             prints the table of that page
#   deliberate-bugs.sh run [NAME ...]   applies each bug, builds, runs its test and expects the test to fail
#
# `run` changes the tree of this script, which must be clean, and removes each bug again. TEST_BUILD and TEST_RUN
# replace the commands for building and testing; the name of the test is appended to TEST_RUN.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

patches=Tests/DeliberateBugs
build="${TEST_BUILD:-env SWIFT_DETERMINISTIC_HASHING=1 swift build --build-tests}"
run="${TEST_RUN:-swift test --skip-build --filter}"
# Seconds for a test. A test that hangs has noticed the bug, too.
limit=180

field() { sed -n "s/^$1: //p" "$2" | head -1; }

list() {
  echo '| bug | what is wrong | caught by |'
  echo '|---|---|---|'
  for patch in "$patches"/*.patch; do
    local test
    test="$(field 'Caught by' "$patch")"
    echo "| $(basename "$patch" .patch) | $(field Bug "$patch") | \`${test#*.}\` |"
  done
}

check() {
  local failed=0 test
  for patch in "$patches"/*.patch; do
    git apply --check "$patch" || { echo "$patch no longer applies; make the same mistake in the new code and save the difference" >&2; failed=1; }
    test="$(field 'Caught by' "$patch")"
    test="${test#*.}"
    grep -rqE "(struct|class) ${test%%/*}\b" Tests || { echo "$patch: there is no suite ${test%%/*}" >&2; failed=1; }
    [[ "$test" != */* ]] || grep -rqE "func ${test#*/}\(" Tests ||
      { echo "$patch: there is no test ${test#*/}" >&2; failed=1; }
  done
  diff <(list) <(grep '^|' docs/deliberate-bugs.md) ||
    { echo "the table in docs/deliberate-bugs.md differs from 'Scripts/deliberate-bugs.sh list'; copy the output into it" >&2; failed=1; }
  return "$failed"
}

applied=""
remove_bug() { [ -z "$applied" ] || git apply -R "$applied"; applied=""; }

try() {
  local name="$1" patch="$patches/$1.patch" log
  log="$(mktemp)"
  git apply "$patch"
  applied="$patch"
  if ! $build >"$log" 2>&1; then
    grep -E 'error:' "$log" | head -5 >&2
    echo "$name: does not build" >&2
    remove_bug
    return 1
  fi
  local test status=0
  test="$(field 'Caught by' "$patch")"
  timeout --signal=KILL "$limit" $run "${test//./\\.}" >"$log" 2>&1 || status=$?
  remove_bug
  if [ "$status" = 0 ]; then
    echo "$name: NOT caught by $test" >&2
    return 1
  fi
  echo "$name: caught$([ "$status" != 137 ] || echo ", the test hung")"
}

run() {
  [ -z "$(git status --porcelain Sources)" ] || { echo "the tree has changes in Sources; commit them first" >&2; exit 2; }
  trap remove_bug EXIT
  local missed=0 names=("$@")
  [ ${#names[@]} -gt 0 ] || for patch in "$patches"/*.patch; do names+=("$(basename "$patch" .patch)"); done
  for name in "${names[@]}"; do try "$name" || missed=$((missed + 1)); done
  echo "$((${#names[@]} - missed)) of ${#names[@]} deliberate bugs caught"
  [ "$missed" = 0 ]
}

case "${1:-}" in
check | list | run) "$@" ;;
*) sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
