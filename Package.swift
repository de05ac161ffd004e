// swift-tools-version: 6.2
import PackageDescription

// The trait `Server` (on by default) carries everything that only the daemon and the command-line
// programs need. A producer depends on `ClientLib` with `traits: []` and resolves swift-log alone.
let server: TargetDependencyCondition? = .when(traits: ["Server"])

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird", condition: server)
let lifecycle: Target.Dependency = .product(
  name: "ServiceLifecycle", package: "swift-service-lifecycle", condition: server)
let arguments: Target.Dependency = .product(
  name: "ArgumentParser", package: "swift-argument-parser", condition: server)
let histogram: Target.Dependency = .product(
  name: "Histogram", package: "hdrhistogram-swift", condition: server)
let configuration: Target.Dependency = .product(
  name: "Configuration", package: "swift-configuration", condition: server)
let subprocess: Target.Dependency = .product(
  name: "Subprocess", package: "swift-subprocess", condition: server)
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics", condition: server)

let package = Package(
  name: "sluice",
  platforms: [.macOS(.v26)],
  products: [
    .library(name: "ClientLib", targets: ["ClientLib"]),
    .executable(name: "sluiced", targets: ["Sluiced"]),
    .executable(name: "sluice-publish", targets: ["Publisher"]),
  ],
  traits: [
    .trait(name: "Server", description: "The daemon and the command-line programs."),
    .default(enabledTraits: ["Server"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(
      url: "https://github.com/apple/swift-configuration", exact: "1.4.0",
      traits: [.defaults, "YAML"]),
    .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2"),
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", exact: "0.2.0"),
  ],
  targets: [
    // System libraries and C headers.
    .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
    .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .target(name: "CIntrinsics"),

    // The product, lowest layer first. Arrows point one way.
    .target(name: "WireProtocol", dependencies: ["CLZ4", "CIntrinsics"], swiftSettings: strict),
    .target(name: "SocketIO", dependencies: ["CIntrinsics"], swiftSettings: strict),
    .target(name: "Ingest", dependencies: ["WireProtocol"], swiftSettings: strict),
    .target(
      name: "TCPIngest", dependencies: ["Ingest", "SocketIO", "WireProtocol", logging],
      swiftSettings: strict),
    .target(
      name: "Storage",
      dependencies: ["Ingest", "WireProtocol", "CPostgres", "CIntrinsics", logging, subprocess],
      swiftSettings: strict),
    .target(name: "HTTPAdmin", dependencies: ["Ingest", hummingbird, logging], swiftSettings: strict),
    .target(name: "ClientLib", dependencies: ["WireProtocol", "SocketIO", logging], swiftSettings: strict),
    .target(name: "DaemonConfiguration", dependencies: [configuration], swiftSettings: strict),
    .executableTarget(
      name: "Publisher", dependencies: ["ClientLib", arguments, histogram, logging],
      swiftSettings: strict),
    .executableTarget(
      name: "Sluiced",
      dependencies: [
        "DaemonConfiguration", "TCPIngest", "HTTPAdmin", "Storage", "Ingest", lifecycle, logging,
      ],
      swiftSettings: strict),
  ]
)
