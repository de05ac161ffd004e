#!/bin/bash
# Builds the fuzzers and runs each for FUZZ_SECONDS (60). Arguments name the fuzzers; without any, all run.
#
# An input that broke something once is kept in Regressions/<fuzzer>/ and tried first. What libFuzzer learns
# stays in ../.build-fuzz/corpus, so that the next run goes on from there.
set -euo pipefail
cd "$(dirname "$0")"

seconds="${FUZZ_SECONDS:-60}"
scratch="${FUZZ_SCRATCH:-../.build-fuzz}"
# The sanitizer reports by itself; Swift's own report of a trap would come on top and may wait for ever.
export SWIFT_BACKTRACE=enable=no

swift build -c release --scratch-path "$scratch"
fuzz="$(swift build -c release --scratch-path "$scratch" --show-bin-path)/Fuzz"

# A fuzzer that finds nothing must be one that could: the canary has to fall.
if "$fuzz" run canary -seed=1 -max_total_time=30 -artifact_prefix="$scratch/canary-" >"$scratch/canary.log" 2>&1; then
  echo "fuzz: the canary survived, so a silence of the other fuzzers means nothing; see $scratch/canary.log" >&2
  exit 1
fi

if [ $# -eq 0 ]; then mapfile -t names < <("$fuzz" list | grep -v '^canary$'); else names=("$@"); fi

failed=()
for name in "${names[@]}"; do
  corpus="$scratch/corpus/$name"
  findings="$scratch/findings/$name"
  mkdir -p "$corpus" "$findings"
  "$fuzz" seeds "$name" "$corpus"
  [ -d "Regressions/$name" ] && cp -r "Regressions/$name/." "$corpus"
  echo "fuzz: $name for $seconds s"
  if ! "$fuzz" run "$name" "$corpus" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
    -artifact_prefix="$findings/" -print_final_stats=1 >"$findings.log" 2>&1; then
    grep -E 'Fatal error|ERROR: |SUMMARY: |Test unit written' "$findings.log" >&2 || tail -n 20 "$findings.log" >&2
    failed+=("$name")
  fi
  grep -E 'stat::(number_of_executed_units|average_exec_per_sec)|DONE' "$findings.log" || true
done

for name in "${failed[@]}"; do
  echo "fuzz: $name found something; try it again with: $fuzz run $name $scratch/findings/$name/<input>" >&2
  echo "fuzz: once it is mended, keep the input in Fuzz/Regressions/$name/" >&2
done
[ ${#failed[@]} -eq 0 ]
