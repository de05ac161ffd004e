#!/usr/bin/env bash
# Builds the programs of the container image: statically linked with Swift's libraries, without debug information.
# Besides the packages of `make build`, the linker needs libcurl4-openssl-dev.
#
#   static-programs.sh SCRATCH DIRECTORY    the build directory; the directory for the programs
#   JOBS=N                                  compile N files at a time instead of one a processor
set -euo pipefail
scratch=$1
directory=$2
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

programs=(sluiced sluice-publish sluice)
options=(-c release --static-swift-stdlib --scratch-path "$scratch" ${JOBS:+--jobs "$JOBS"})
mkdir -p "$directory"
for program in "${programs[@]}"; do
  swift build "${options[@]}" --product "$program"
  strip --strip-debug -o "$directory/$program" "$(swift build "${options[@]}" --show-bin-path)/$program"
done
