#!/usr/bin/env bash
# Installs the system packages that building, testing and running need, where they are missing, and those
# that the arguments name.
set -euo pipefail

# What the build links, the real database of the tests, and what the scripts and some tests are written in.
packages=(pkg-config libpq-dev liblz4-dev postgresql curl jq python3 "$@")

if ! command -v swift >/dev/null; then
  echo "setup: no swift on the PATH; install Swift 6.3 or later from https://www.swift.org/install/linux" >&2
  exit 1
fi
if ! command -v apt-get >/dev/null; then
  echo "setup: no apt-get here; please have the equivalents of: ${packages[*]}" >&2
  exit 0
fi

missing=()
for package in "${packages[@]}"; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  echo "setup: all system packages are there"
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "setup: missing ${missing[*]}; as root: apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
echo "setup: installing ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
echo "setup: installed ${missing[*]}"
