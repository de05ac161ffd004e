#!/usr/bin/env bash
# Fires every alert of deploy/prometheus/alerts.yml by making its fault for real: servers, databases and Prometheus are
# real, and only the durations of the rules are shorter. Prints a line for each alert. Ends with status 1 when an alert
# does not fire, does not end with its fault, or fires without it. A machine that is busy with other work makes servers
# slow, and then alerts fire for that.
#
#   DIVISOR=20               divides `for:` and the ranges of the rules; thresholds are those of the file
#   HEALTHY=60               seconds of load at the beginning in which no alert may fire
#   ONLY="NAME..."           the alerts to fire, by their names; all by default
#   CONFIGURATION=release    build configuration of the programs
#   PROGRAMS=DIR             take sluiced and sluice-publish from DIR
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

Scripts/setup.sh openssl python3
programs=${PROGRAMS:-$(swift build -c "${CONFIGURATION:-release}" --show-bin-path)}
prometheus=$(Scripts/prometheus.sh)
exec python3 -B Tests/Alerts/alerts.py --programs "$(realpath "$programs")" --prometheus "$prometheus/prometheus" \
  --divisor "${DIVISOR:-20}" --healthy "${HEALTHY:-60}" ${ONLY:+--only $ONLY}
