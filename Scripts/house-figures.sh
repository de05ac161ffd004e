#!/usr/bin/env bash
# Prints the figures by which the shape of the sources is judged: number and length of files, retired words, and
# assertions. docs/ARCHITECTURE.md and CONTRIBUTING.md have the rules.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

mapfile -t files < <(git ls-files 'Sources/*.swift')
lines=$(cat "${files[@]}" | wc -l)
lengths=$(wc -l "${files[@]}" | grep -v ' total$' | sort -n)
count=${#files[@]}
short=$(awk '$1 < 30' <<<"$lengths" | wc -l)
median=$(awk '{print $1}' <<<"$lengths" | sed -n "$((count / 2 + 1))p")
longest=$(tail -1 <<<"$lengths")
asserts=$(cat "${files[@]}" | grep -cE '\b(assert|precondition|assertionFailure|preconditionFailure|fatalError)\(' || true)
retired=$(Scripts/words-check.sh 2>/dev/null | grep -c 'is retired' || true)
unused=$(Scripts/words-check.sh 2>/dev/null | grep -c 'nothing uses' || true)

printf '| figure | value |\n|---|---|\n'
printf '| Swift files in Sources; lines | %d; %d |\n' "$count" "$lines"
printf '| files below 30 lines | %d (%d%%) |\n' "$short" "$((short * 100 / count))"
printf '| median length; longest file | %s; %s |\n' "$median" "$(awk '{print $1 " lines, " $2}' <<<"$longest")"
printf '| retired words in sources, documents and specification | %d |\n' "$retired"
printf '| unused declarations | %d |\n' "$unused"
printf '| assertions; for each 1,000 lines | %d; %s |\n' "$asserts" "$(awk -v a="$asserts" -v l="$lines" 'BEGIN {printf "%.1f", a * 1000 / l}')"
printf '| targets in Sources | %d |\n' "$(find Sources -mindepth 1 -maxdepth 1 -type d | wc -l)"
