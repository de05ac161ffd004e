#!/usr/bin/env bash
# Opens the pages of a real server in a real browser (Tests/Web).
#
#   web-test.sh [-k NAME]   all tests, or those whose name has NAME in it
#   CHROMIUM=/path          the browser; otherwise Chromium, which is installed where there is none
#   PROGRAMS=.build/debug   where sluiced and sluice-publish are
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The smallest of them: without a window, 210 MB with its libraries.
command -v "${CHROMIUM:-chromium-headless-shell}" chromium google-chrome google-chrome-stable >/dev/null ||
  Scripts/setup.sh chromium-headless-shell fonts-liberation

cd Tests/Web
exec python3 -B -m unittest "$@"
