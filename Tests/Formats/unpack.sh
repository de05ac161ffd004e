#!/usr/bin/env bash
# Unpacks packages of Debian with the libraries that are missing here, without installing them: rsyslog and syslog-ng
# exclude each other, and an installed one would start.
#   usage: unpack.sh DIRECTORY PACKAGE...
set -euo pipefail
directory=$1
shift
[ ! -e "$directory/complete" ] || exit 0
rm -rf "$directory"
mkdir -p "$directory/archives/partial"
install=(apt-get install -qq -y --no-install-recommends --reinstall --download-only
  -o "Dir::Cache::archives=$directory/archives" -o APT::Sandbox::User=root)
"${install[@]}" "$@" >/dev/null 2>&1 || {
  apt-get update -qq
  "${install[@]}" "$@" >/dev/null
}
for archive in "$directory"/archives/*.deb; do dpkg-deb --extract "$archive" "$directory"; done
touch "$directory/complete"
