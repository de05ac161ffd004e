#!/usr/bin/env bash
# Tests the alert rules with promtool: whether Prometheus accepts them, and whether each fires when it should.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

promtool=$(command -v promtool || true)
if [ -z "$promtool" ]; then
  # From Debian's package, without installing the Prometheus server.
  place="$PWD/.contract/prometheus"
  promtool="$place/usr/bin/promtool"
  if [ ! -x "$promtool" ]; then
    mkdir -p "$place"
    (cd "$place" && apt-get download -qq prometheus 2>/dev/null && dpkg-deb -x prometheus_*.deb . && rm prometheus_*.deb) || {
      echo "alerts-check: promtool is missing and cannot be downloaded; install Prometheus" >&2
      exit 1
    }
  fi
fi
cd deploy/prometheus
"$promtool" check config prometheus.yml
# The files with the authority and the key are in the container alone.
"$promtool" check config --syntax-only compose.yml
"$promtool" test rules alerts-test.yml
