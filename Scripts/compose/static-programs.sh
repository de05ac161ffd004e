#!/usr/bin/env bash
# Builds the programs of the container image, which carry Swift's libraries in them, without debug information.
# Beside what `make build` needs, the linker wants libcurl4-openssl-dev.
#
#   static-programs.sh SCRATCH DIRECTORY    what the compiler keeps; where the programs go
#   JOBS=N                                  compile N files at a time instead of one for each processor
set -euo pipefail
scratch=$1
directory=$2
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

programs=(sluiced sluice-publish)
options=(-c release --static-swift-stdlib --scratch-path "$scratch" ${JOBS:+--jobs "$JOBS"})
mkdir -p "$directory"
for program in "${programs[@]}"; do
  swift build "${options[@]}" --product "$program"
  strip --strip-debug -o "$directory/$program" "$(swift build "${options[@]}" --show-bin-path)/$program"
done
