#!/usr/bin/env bash
# Installs the missing system packages that building, testing and running need, and the packages that the
# arguments name.
set -euo pipefail

# Libraries that the build links, the database of the tests, and the languages of the scripts and of some tests.
packages=(pkg-config libpq-dev liblz4-dev libssl-dev zlib1g-dev libzstd-dev postgresql pgbouncer curl jq python3 "$@")

if ! command -v swift >/dev/null; then
  echo "setup: no swift on the PATH; install Swift 6.2 or newer from https://www.swift.org/install/linux" >&2
  exit 1
fi
if ! command -v apt-get >/dev/null; then
  echo "setup: no apt-get on this system; install the equivalents of: ${packages[*]}" >&2
  exit 0
fi

missing=()
for package in "${packages[@]}"; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  echo "setup: all system packages are installed"
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "setup: missing ${missing[*]}; run as root: apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
echo "setup: installing ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
echo "setup: installed ${missing[*]}"
