#!/usr/bin/env bash
# Checks that a producer that depends on ClientLib with `traits: []` builds, resolves swift-log alone and links no
# OpenSSL; that it starts while the server is away, and publishes 1,000 events and log lines when the server comes; and
# that a service with Hummingbird resolves ClientLib beside it, without traits and with all of ClientLib's. Only other
# packages can show this, because the root package always resolves all of its own dependencies.
# SLUICED names the server; by default the one that `swift build` made.
set -euo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
sluiced=${SLUICED:-$(swift build --package-path "$repository" --show-bin-path)/sluiced}
work=$(mktemp -d)
# Postgres does not run as root: the account postgres must be able to enter the directory of the data.
data=$(mktemp -d /var/tmp/sluice-light-graph-XXXXXX)
[ "$(id -u)" -ne 0 ] || chown postgres: "$data"
server= publishing=
trap 'kill $server $publishing 2>/dev/null || true; wait; rm -rf "$work" "$data"' EXIT
producer=$work/producer

mkdir -p "$producer/Sources/Producer"
cat >"$producer/Package.swift" <<SWIFT
// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "producer",
  platforms: [.macOS(.v26)],
  dependencies: [.package(name: "sluice", path: "$repository", traits: [])],
  targets: [
    .executableTarget(
      name: "Producer",
      dependencies: [
        .product(name: "ClientLib", package: "sluice"), .product(name: "SluiceLogHandler", package: "sluice"),
      ])
  ]
)
SWIFT
cat >"$producer/Sources/Producer/main.swift" <<'SWIFT'
import ClientLib
import Logging
import SluiceLogHandler

guard let port = CommandLine.arguments.dropFirst().first.flatMap({ UInt16($0) }) else {
  fatalError("the port is missing")
}
var configuration = Producer.Configuration()
configuration.startOffline = true
configuration.onNotice = { print("notice \($0.kind)") }
let producer = try await Producer.connect(
  to: [Endpoint(host: "127.0.0.1", port: port)], configuration: configuration,
  logger: Logger(label: "producer") { _ in SwiftLogNoOpLogHandler() })
let logs = LogPublisher()
logs.start(producer)
Logger(label: "producer") { SluiceLogHandler(label: $0, publisher: logs) }.info("offline")
let events = (0..<1_000).map { Event(topic: "light.graph", id: "\($0)", source: "producer") }
let receipts = try await producer.publish(contentsOf: events)
print("published")
var unique = 0
for receipt in receipts { unique += try await receipt.committed().unique ?? 0 }
await logs.close()
try await producer.close()
print("stored \(unique) events and \(logs.statistics.published) log lines")
SWIFT

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

# Waits until a file has a line with these words: two minutes at most, and only while the process $3 runs.
await() {
  for _ in $(seq 1200); do
    if grep -q "$2" "$1"; then return; fi
    kill -0 "$3" 2>/dev/null || break
    sleep 0.1
  done
  if grep -q "$2" "$1"; then return; fi
  echo "light graph: \"$2\" did not come; $1 and the log of the server have:" >&2
  cat "$1" "$work/server" >&2
  exit 1
}

# Starts the server on a port, and sets `server` to its process.
serve() {
  "$sluiced" --data-dir "$data" --tcp-port "$1" --http-port 0 >"$work/ready" 2>"$work/server" &
  server=$!
  await "$work/ready" tcp_port "$server"
}

# A port on which a server was, and will be.
serve 0
port=$(jq -r .tcp_port "$work/ready")
kill "$server"
wait "$server" || { cat "$work/server" >&2; exit 1; }
# By lines, because the lines are awaited below.
: >"$work/producer.out"
stdbuf -oL "$(swift build --package-path "$producer" --show-bin-path)/Producer" "$port" >"$work/producer.out" 2>&1 &
publishing=$!
await "$work/producer.out" published "$publishing"
grep -q "notice STARTED_OFFLINE" "$work/producer.out"
serve "$port"
await "$work/producer.out" stored "$publishing"
wait "$publishing"
grep -q "stored 1000 events and 1 log lines" "$work/producer.out" || { cat "$work/producer.out" >&2; exit 1; }
echo "light graph: a producer starts while the server is away, and publishes 1,000 events when it comes"

# A service has its own versions of packages that Sluice uses too. Resolving is enough here, because the service would
# compile Hummingbird for minutes; `Examples/OrderService` is such a service that is built and run.
resolve() {
  local service=$work/service-$1 traits=$2
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
    .package(url: "https://github.com/apple/swift-nio", from: "2.80.0"),
    .package(name: "sluice", path: "$repository", traits: [$traits]),
  ],
  targets: [
    .executableTarget(
      name: "Service",
      dependencies: [
        .product(name: "Hummingbird", package: "hummingbird"), .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "ClientLib", package: "sluice"),
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
}
resolve plain ""
resolve full '"TLS", "Codable", "ServiceLifecycle", "Metrics", "Tracing"'
echo "light graph: a service with Hummingbird resolves ClientLib beside it, without traits and with all of them"
