#!/usr/bin/env bash
# Tests the alert rules with promtool: whether Prometheus accepts them, and whether each fires when it should.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

promtool="$(command -v promtool || echo "$(Scripts/prometheus.sh)/promtool")"
cd deploy/prometheus
"$promtool" check config prometheus.yml
# The files with the authority and the key are in the container alone.
"$promtool" check config --syntax-only compose.yml
"$promtool" test rules alerts-test.yml
