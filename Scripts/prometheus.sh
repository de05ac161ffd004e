#!/usr/bin/env bash
# Prints the directory with the programs `prometheus` and `promtool`: the installed ones, or those of Debian's package,
# which is unpacked into .contract without installing a service.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if installed=$(command -v prometheus) && command -v promtool >/dev/null; then
  dirname "$installed"
  exit 0
fi
place="$PWD/.contract/prometheus"
if [ ! -x "$place/usr/bin/prometheus" ]; then
  mkdir -p "$place"
  (cd "$place" && apt-get download -qq prometheus 2>/dev/null && dpkg-deb -x prometheus_*.deb . && rm prometheus_*.deb) || {
    echo "prometheus: the program is missing and cannot be downloaded; install Prometheus" >&2
    exit 1
  }
fi
echo "$place/usr/bin"
