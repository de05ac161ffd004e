#!/usr/bin/env bash
# Checks that a producer that depends on ClientLib with `traits: []` builds, resolves swift-log alone and links no
# OpenSSL, and that a service with Hummingbird resolves ClientLib beside it. Only other packages can show this, because
# the root package always resolves all of its own dependencies.
set -euo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
producer=$work/producer
service=$work/service

mkdir -p "$producer/Sources/Producer"
cat >"$producer/Package.swift" <<SWIFT
// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "producer",
  platforms: [.macOS(.v26)],
  dependencies: [.package(name: "sluice", path: "$repository", traits: [])],
  targets: [
    .executableTarget(name: "Producer", dependencies: [.product(name: "ClientLib", package: "sluice")])
  ]
)
SWIFT
echo "import ClientLib" >"$producer/Sources/Producer/main.swift"

swift build --package-path "$producer" >"$producer/log" 2>&1 || { cat "$producer/log" >&2; exit 1; }
resolved=$(jq -r '.pins[].identity' "$producer/Package.resolved" | sort | paste -sd ' ')
if [ "$resolved" != "swift-log" ]; then
  echo "light graph: a producer should resolve swift-log alone, but resolves: $resolved" >&2
  exit 1
fi
# Without the trait TLS a producer must run on a machine without OpenSSL.
if ldd "$(swift build --package-path "$producer" --show-bin-path)/Producer" | grep -E 'libssl|libcrypto' >&2; then
  echo "light graph: a producer without the trait TLS links OpenSSL" >&2
  exit 1
fi
echo "light graph: a producer builds, resolves swift-log alone, and links no OpenSSL"

# A service has its own versions of packages that Sluice uses too. Resolving is enough here, because the service would
# compile Hummingbird for minutes.
mkdir -p "$service/Sources/Service"
cat >"$service/Package.swift" <<SWIFT
// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "service",
  platforms: [.macOS(.v26)],
  dependencies: [
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.20.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
    .package(name: "sluice", path: "$repository", traits: []),
  ],
  targets: [
    .executableTarget(
      name: "Service",
      dependencies: [
        .product(name: "Hummingbird", package: "hummingbird"), .product(name: "Logging", package: "swift-log"),
        .product(name: "ClientLib", package: "sluice"),
      ])
  ]
)
SWIFT
echo "import ClientLib" >"$service/Sources/Service/main.swift"

swift package --package-path "$service" resolve >"$service/log" 2>&1 || { cat "$service/log" >&2; exit 1; }
if jq -r '.pins[].identity' "$service/Package.resolved" | grep -E 'argument-parser|yams|hdrhistogram' >&2; then
  echo "light graph: a service with Hummingbird resolves packages that only the daemon needs" >&2
  exit 1
fi
echo "light graph: a service with Hummingbird resolves ClientLib beside it"
