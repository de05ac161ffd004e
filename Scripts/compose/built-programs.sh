#!/usr/bin/env bash
# Copies the programs of a finished build, and the libraries of Swift that they need, for the image of a test
# (`make compose-test PROGRAMS=DIRECTORY`). That takes seconds instead of the build of the static programs.
#
#   built-programs.sh BUILD DIRECTORY    the directory of the build, such as .build/debug; the directory for the programs
set -euo pipefail
build=$1
directory=$2
libraries=$(dirname "$(dirname "$(readlink --canonicalize "$(command -v swift)")")")/lib/swift/linux

mkdir -p "$directory"
for program in sluiced sluice-publish sluice; do
  strip --strip-debug -o "$directory/$program" "$build/$program"
  ldd "$build/$program" | awk -v from="$libraries/" 'index($3, from) == 1 { print $3 }' |
    xargs --no-run-if-empty cp --target-directory="$directory" --update
done
