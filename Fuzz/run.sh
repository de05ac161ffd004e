#!/usr/bin/env bash
# Builds the fuzzers and runs each for FUZZ_SECONDS (60). Arguments name the fuzzers; without arguments all run.
#
# An input that once found a defect is in Regressions/<fuzzer>/ and is tried first. libFuzzer's corpus stays in
# ../.build-fuzz/corpus, so that the next run continues from it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

seconds="${FUZZ_SECONDS:-60}"
scratch="${FUZZ_SCRATCH:-../.build-fuzz}"
# The sanitizer reports a trap. Swift's own report would come in addition and may wait forever.
export SWIFT_BACKTRACE=enable=no
# The sanitizer keeps freed memory to find uses of it: 256 MiB by default, which looks like a leak in libFuzzer's
# figures. With 32 MiB a fuzzer's memory stays level, so that growth means a leak.
export ASAN_OPTIONS="quarantine_size_mb=32${ASAN_OPTIONS:+:$ASAN_OPTIONS}"

swift build -c release --scratch-path "$scratch"
fuzz="$(swift build -c release --scratch-path "$scratch" --show-bin-path)/Fuzz"

# A run without findings proves something only if findings are possible, so the canary must crash.
if "$fuzz" run canary -seed=1 -max_total_time=30 -artifact_prefix="$scratch/canary-" >"$scratch/canary.log" 2>&1; then
  echo "fuzz: the canary did not crash, so no result of the other fuzzers can be trusted; see $scratch/canary.log" >&2
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
  echo "fuzz: $name found a defect; run it again with: $fuzz run $name $scratch/findings/$name/<input>" >&2
  echo "fuzz: when the defect is fixed, keep the input in Fuzz/Regressions/$name/" >&2
done
[ ${#failed[@]} -eq 0 ]
