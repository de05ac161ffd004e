#!/usr/bin/env bash
# Fails when a retired word or sentence pattern is in the sources, the documents or the specification, and when a
# declaration is used nowhere. Prints file, line, the word, and the word to use. The list is retired-words.txt.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec python3 -B Scripts/words_check.py "$@"
