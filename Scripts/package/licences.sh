#!/usr/bin/env bash
# Prints the licences and notices of what the programs link statically: Swift's libraries and the packages of
# Package.swift.
#
#   licences.sh CHECKOUTS    the directory of the packages, such as .build/checkouts
set -euo pipefail
checkouts=$1

section() {  # section TITLE FILE...
  printf '%s\n%s\n\n' "$1" "$(printf '%s' "$1" | tr '[:print:]' '=')"
  cat "${@:2}"
  printf '\n\n'
}

toolchain=$(dirname "$(dirname "$(readlink --canonicalize "$(command -v swift)")")")
section "Swift: standard library, Dispatch, Foundation with ICU" "$toolchain/share/swift/LICENSE.txt"
shopt -s nullglob
count=0
for package in "$checkouts"/*/; do
  files=("$package"LICENSE* "$package"NOTICE*)
  if [ ${#files[@]} -eq 0 ]; then
    echo "licences: $package has no licence" >&2
    exit 1
  fi
  section "$(basename "$package")" "${files[@]}"
  count=$((count + 1))
done
if [ "$count" -eq 0 ]; then
  echo "licences: no packages in $checkouts; build the programs first" >&2
  exit 1
fi
