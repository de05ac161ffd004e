#!/usr/bin/env bash
# Makes the documentation of the library products in .artifacts/docs, and fails at any warning. Uses the symbols of the
# debug build and `docc` of the toolchain, so that the package needs no plugin. The code of the tutorial is type-checked.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
swift=${SWIFT:-swift}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p .artifacts/docs
build=$($swift build --show-bin-path)
# The C modules that the modules of the products import.
includes=(
  -I "$build/Modules" -Xcc "-fmodule-map-file=$build/CIntrinsics.build/module.modulemap" -I Sources/CLZ4 -I Sources/COpenSSL)
target=$($swift -print-target-info | jq -r .target.unversionedTriple)
tools=$(dirname "$(command -v swiftc)")

for product in ClientLib SluiceLogHandler; do
  mkdir -p "$work/$product"
  "$tools/swift-symbolgraph-extract" -module-name "$product" -target "$target" -minimum-access-level public \
    -skip-inherited-docs "${includes[@]}" -output-dir "$work/$product"
  # Extensions of types of other modules are no part of these pages.
  rm -f "$work/$product/$product@"*
  "$tools/docc" convert "Sources/$product/$product.docc" --additional-symbol-graph-dir "$work/$product" \
    --fallback-display-name "$product" --fallback-bundle-identifier "sluice.$product" \
    --warnings-as-errors --output-path ".artifacts/docs/$product"
done

for code in Sources/ClientLib/ClientLib.docc/Resources/publishing-[0-9]*.swift; do
  cp "$code" "$work/main.swift"
  "$tools/swiftc" -typecheck -swift-version 6 "${includes[@]}" "$work/main.swift"
done
echo "documentation: .artifacts/docs has the pages of ClientLib and SluiceLogHandler, without a warning"
