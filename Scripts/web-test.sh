#!/usr/bin/env bash
# Opens the pages of a real server in a real browser (Tests/Web).
#
#   web-test.sh [-k NAME]   all tests, or the tests whose name contains NAME
#   CHROMIUM=/path          the browser; by default Chromium, which is installed when it is missing
#   PROGRAMS=.build/debug   directory of sluiced and sluice-publish
#   WEB_EVENTS=20000        events among which the journey finds one; it prints how long its steps took
#   WEB_OUTAGE=6            seconds without the database in the incident
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The smallest package of Chromium: without a window, 210 MB with its libraries.
command -v "${CHROMIUM:-chromium-headless-shell}" chromium google-chrome google-chrome-stable >/dev/null ||
  Scripts/setup.sh chromium-headless-shell fonts-liberation

cd Tests/Web
exec python3 -B -m unittest "$@"
