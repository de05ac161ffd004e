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

/// A product of a package that is resolved for the server alone.
func serverOnly(_ name: String, _ package: String) -> Target.Dependency {
  .product(name: name, package: package, condition: server)
}

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let arguments = serverOnly("ArgumentParser", "swift-argument-parser")
let configuration = serverOnly("Configuration", "swift-configuration")
let histogram = serverOnly("Histogram", "hdrhistogram-swift")
let lifecycle = serverOnly("ServiceLifecycle", "swift-service-lifecycle")
let subprocess = serverOnly("Subprocess", "swift-subprocess")
let systemPackage = serverOnly("SystemPackage", "swift-system")
let http: [Target.Dependency] = [
  serverOnly("Hummingbird", "hummingbird"), serverOnly("HummingbirdCore", "hummingbird"),
  serverOnly("HTTPTypes", "swift-http-types"), serverOnly("NIOCore", "swift-nio"),
  serverOnly("NIOHTTP1", "swift-nio"), serverOnly("NIOPosix", "swift-nio"),
  serverOnly("NIOHTTPTypes", "swift-nio-extras"),
]

/// The tests of one target, in the folder named after it.
func tests(_ target: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(
    name: "\(target)Tests", dependencies: [.byName(name: target)] + dependencies, swiftSettings: strict)
}

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
    .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(
      url: "https://github.com/apple/swift-configuration", exact: "1.4.0", traits: [.defaults, "YAML"]),
    .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
    .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
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
    .target(name: "Ingest", dependencies: ["WireProtocol", "CIntrinsics"], swiftSettings: strict),
    .target(
      name: "TCPIngest", dependencies: ["Ingest", "SocketIO", "WireProtocol", logging],
      swiftSettings: strict),
    .target(
      name: "Storage",
      dependencies: ["Ingest", "WireProtocol", "CPostgres", logging, subprocess, systemPackage],
      swiftSettings: strict),
    // A target of its own: the compiler takes seconds for each file that it embeds.
    .target(name: "AdminPages", resources: [.embedInCode("Pages")], swiftSettings: strict),
    .target(
      name: "HTTPAdmin",
      dependencies: ["AdminPages", "Ingest", "WireProtocol", logging, lifecycle] + http,
      resources: [.embedInCode("OpenAPI/openapi.json")], swiftSettings: strict),
    .target(name: "ClientLib", dependencies: ["WireProtocol", "SocketIO", logging], swiftSettings: strict),
    .executableTarget(
      name: "Publisher", dependencies: ["ClientLib", arguments, histogram, logging],
      swiftSettings: strict),
    .target(
      name: "DaemonConfiguration",
      dependencies: ["Ingest", "WireProtocol", configuration, logging, systemPackage],
      swiftSettings: strict),
    .target(
      name: "DaemonServices",
      dependencies: [
        "DaemonConfiguration", "HTTPAdmin", "Ingest", "SocketIO", "Storage", "TCPIngest", "WireProtocol",
        lifecycle, logging,
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "Sluiced",
      dependencies: [
        "DaemonConfiguration", "DaemonServices", "HTTPAdmin", "Ingest", "SocketIO", "Storage", "TCPIngest",
        lifecycle, logging, serverOnly("UnixSignals", "swift-service-lifecycle"),
      ],
      swiftSettings: strict),

    // Tests, one folder a target, and the whole with real programs.
    .target(
      name: "TestSupport", dependencies: ["CPostgres", "Storage", logging, subprocess, systemPackage],
      path: "Tests/TestSupport", swiftSettings: strict),
    tests("WireProtocol", []),
    tests("SocketIO", []),
    tests("Ingest", ["WireProtocol"]),
    tests("TCPIngest", ["Ingest", "SocketIO", "WireProtocol", logging]),
    tests("Storage", ["FaultProxy", "Ingest", "WireProtocol", "TestSupport", logging]),
    tests(
      "HTTPAdmin",
      [
        "AdminPages", "Ingest", "WireProtocol", lifecycle, logging,
        serverOnly("HummingbirdTesting", "hummingbird"), serverOnly("NIOEmbedded", "swift-nio"),
      ] + http),
    tests("DaemonConfiguration", ["Ingest", "WireProtocol", logging]),
    tests(
      "DaemonServices",
      [
        "DaemonConfiguration", "HTTPAdmin", "Ingest", "SocketIO", "Storage", "TCPIngest", "TestSupport",
        "WireProtocol", lifecycle, logging,
      ]),
    .target(
      name: "ModelServer", dependencies: ["SocketIO", "WireProtocol"], path: "Tests/ModelServer",
      swiftSettings: strict),
    tests("ClientLib", ["ModelServer", "SocketIO", "WireProtocol", logging]),
    tests(
      "Publisher", ["ClientLib", "ModelServer", "SocketIO", "WireProtocol", histogram, arguments, logging]),
    .target(name: "FaultProxy", path: "Tests/FaultProxy", swiftSettings: strict),
    tests("FaultProxy", ["TestSupport"]),
    .executableTarget(
      name: "Torture", dependencies: ["ClientLib", "CPostgres", "FaultProxy", arguments, logging],
      path: "Tests/Torture", exclude: ["README.md"], swiftSettings: strict),
    tests("Torture", ["ClientLib"]),
    .testTarget(
      name: "EndToEnd", dependencies: ["FaultProxy", "TestSupport", "Sluiced", "Publisher"],
      exclude: ["tail.py"], swiftSettings: strict),
  ]
)
