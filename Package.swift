// swift-tools-version: 6.2
import PackageDescription

// The trait `Server` (on by default) carries everything that only the daemon and the command-line
// programs need. A producer depends on `ClientLib` with `traits: []` and resolves swift-log alone. The trait
// `TLS` adds encryption and keys, and links OpenSSL. `Codable` adds payloads of any `Encodable` type and needs
// FoundationEssentials; `ServiceLifecycle`, `Metrics` and `Tracing` resolve the package of their name.
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

/// A target that only the trait `TLS` needs.
func withTLS(_ name: String) -> Target.Dependency {
  .target(name: name, condition: .when(traits: ["TLS"]))
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
  serverOnly("NIOHTTPTypes", "swift-nio-extras"), serverOnly("NIOHTTPTypesHTTP2", "swift-nio-extras"),
  serverOnly("NIOHTTP2", "swift-nio-http2"), serverOnly("NIOSSL", "swift-nio-ssl"),
  serverOnly("NIOTLS", "swift-nio"),
]

let httpClient: [Target.Dependency] = [
  serverOnly("AsyncHTTPClient", "async-http-client"), serverOnly("NIOCore", "swift-nio"),
  serverOnly("NIOHTTP1", "swift-nio"), serverOnly("NIOPosix", "swift-nio"),
  serverOnly("NIOSSL", "swift-nio-ssl"),
]

/// A product of a package that only one trait of ClientLib needs.
func with(_ trait: String, _ name: String, _ package: String) -> Target.Dependency {
  .product(name: name, package: package, condition: .when(traits: [trait]))
}

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
    .library(name: "SluiceLogHandler", targets: ["SluiceLogHandler"]),
    .executable(name: "sluiced", targets: ["Sluiced"]),
    .executable(name: "sluice-publish", targets: ["Publisher"]),
    .executable(name: "sluice", targets: ["Console"]),
  ],
  traits: [
    .trait(
      name: "Server", description: "The daemon and the command-line programs.",
      enabledTraits: ["TLS", "Codable", "ServiceLifecycle", "Metrics", "Tracing"]),
    .trait(name: "TLS", description: "Encryption and keys for ClientLib; links OpenSSL."),
    .trait(name: "Codable", description: "Encodable payloads and dates for ClientLib."),
    .trait(name: "ServiceLifecycle", description: "Producer as a service of swift-service-lifecycle."),
    .trait(name: "Metrics", description: "Metrics of ClientLib with swift-metrics."),
    .trait(name: "Tracing", description: "Spans of ClientLib with swift-distributed-tracing."),
    .default(enabledTraits: ["Server"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.5.0"),
    .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.2.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    // With the condition, because SwiftPM otherwise looks for Yams in the graph of a service that uses ClientLib
    // and swift-configuration, and fails.
    .package(
      url: "https://github.com/apple/swift-configuration", from: "1.4.0",
      traits: [.defaults, .trait(name: "YAML", condition: .when(traits: ["Server"]))]),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.0"),
    .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0"),
    // The version that swift-configuration chooses for its trait YAML.
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
  ],
  targets: [
    // System libraries and C headers.
    .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .target(name: "CIntrinsics"),

    // The product, lowest layer first. Arrows point one way.
    .target(name: "WireProtocol", dependencies: ["CLZ4", "CIntrinsics"], swiftSettings: strict),
    .target(name: "Base", dependencies: ["CIntrinsics"], swiftSettings: strict),
    .target(name: "TextFormats", swiftSettings: strict),
    .target(name: "InsertFormats", dependencies: ["TextFormats"], swiftSettings: strict),
    .target(name: "EventMapping", dependencies: ["TextFormats"], swiftSettings: strict),
    // Only the daemon and the programs expand bytes, so a producer links neither library.
    .target(name: "Compression", dependencies: ["CZlib", "CZstd"], swiftSettings: strict),
    .target(name: "Authentication", dependencies: ["COpenSSL", "TextFormats"], swiftSettings: strict),
    .target(
      name: "Principals",
      dependencies: [
        "Authentication", "Base", "Ingest", "TextFormats", logging, serverOnly("Yams", "Yams"),
      ],
      swiftSettings: strict),
    .target(name: "SocketIO", dependencies: ["Base", "CIntrinsics"], swiftSettings: strict),
    .target(name: "TLSTransport", dependencies: ["Base", "COpenSSL", "SocketIO"], swiftSettings: strict),
    .target(name: "DevelopmentCertificates", dependencies: ["COpenSSL"], swiftSettings: strict),
    .target(
      name: "Ingest", dependencies: ["Base", "WireProtocol", "CIntrinsics"], swiftSettings: strict),
    .target(name: "StoreInterface", dependencies: ["Ingest", "WireProtocol"], swiftSettings: strict),
    .target(name: "PostgresClient", dependencies: ["Base", "CPostgres"], swiftSettings: strict),
    .target(
      name: "EmbeddedPostgres",
      dependencies: ["Base", "CPostgres", "PostgresClient", logging, subprocess, systemPackage],
      swiftSettings: strict),
    .target(
      name: "Storage",
      dependencies: [
        "Base", "CIntrinsics", "Ingest", "PostgresClient", "StoreInterface", "WireProtocol", logging,
      ],
      swiftSettings: strict),
    .target(
      name: "TCPIngest",
      dependencies: ["Ingest", "SocketIO", "StoreInterface", "WireProtocol", logging],
      swiftSettings: strict),
    // A target of its own: the compiler takes seconds for each file that it embeds.
    .target(name: "AdminPages", resources: [.embedInCode("Pages")], swiftSettings: strict),
    .target(
      name: "HTTPAdmin",
      dependencies: [
        "AdminPages", "Authentication", "Compression", "EventMapping", "Ingest", "InsertFormats",
        "Principals", "StoreInterface", "TextFormats", "WireProtocol",
        logging, lifecycle,
      ] + http,
      resources: [.embedInCode("OpenAPI/openapi.json")], swiftSettings: strict),
    .target(
      name: "ClientLib",
      dependencies: [
        "Base", "WireProtocol", "SocketIO",
        withTLS("Authentication"),
        .byName(name: "TLSTransport", condition: .when(traits: ["TLS"])),
        with("ServiceLifecycle", "ServiceLifecycle", "swift-service-lifecycle"),
        with("Metrics", "Metrics", "swift-metrics"), with("Metrics", "CoreMetrics", "swift-metrics"),
        with("Tracing", "Tracing", "swift-distributed-tracing"),
        logging,
      ], swiftSettings: strict),
    .target(name: "SluiceLogHandler", dependencies: ["ClientLib", logging], swiftSettings: strict),
    .target(
      name: "CommandSupport", dependencies: ["Authentication", "Base", "TextFormats", arguments],
      swiftSettings: strict),
    .executableTarget(
      name: "Publisher",
      dependencies: [
        "Base", "ClientLib", "CommandSupport", "Compression", "EventMapping", "SocketIO", "TLSTransport",
        "TextFormats",
        arguments, histogram, logging,
      ], swiftSettings: strict),
    .executableTarget(
      name: "Console", dependencies: ["Base", "CommandSupport", "TextFormats", arguments] + httpClient,
      swiftSettings: strict),
    .target(
      name: "DaemonConfiguration",
      dependencies: [
        "Base", "EventMapping", "Ingest", "Principals", "StoreInterface", "TextFormats", "WireProtocol",
        configuration, logging, systemPackage,
      ],
      swiftSettings: strict),
    .target(
      name: "DaemonServices",
      dependencies: [
        "Authentication", "Base", "DaemonConfiguration", "HTTPAdmin", "Ingest", "Principals", "SocketIO",
        "StoreInterface",
        "TCPIngest", "TLSTransport", "WireProtocol", lifecycle, logging,
        serverOnly("UnixSignals", "swift-service-lifecycle"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "Sluiced",
      dependencies: [
        "Authentication", "Base", "DaemonConfiguration", "DaemonServices", "DevelopmentCertificates",
        "EmbeddedPostgres", "HTTPAdmin", "Ingest",
        "PostgresClient", "Principals", "SocketIO", "Storage", "StoreInterface", "TCPIngest", lifecycle,
        logging,
        serverOnly("UnixSignals", "swift-service-lifecycle"),
      ],
      swiftSettings: strict),

    // The example, in this package so that it shares the build of Hummingbird.
    .executableTarget(
      name: "OrderService",
      dependencies: [
        "ClientLib", "SluiceLogHandler", serverOnly("Hummingbird", "hummingbird"), lifecycle, logging,
      ],
      path: "Examples/OrderService", swiftSettings: strict),

    // Tests, one folder a target, and the whole with real programs.
    .target(
      name: "TestSupport",
      dependencies: [
        "CPostgres", "EmbeddedPostgres", "Ingest", "PostgresClient", "StoreInterface", "Waiting",
        "WireProtocol",
        logging, subprocess, systemPackage,
      ],
      path: "Tests/TestSupport", swiftSettings: strict),
    .target(name: "Waiting", path: "Tests/Waiting", swiftSettings: strict),
    .target(name: "SpecVectors", path: "Tests/SpecVectors", swiftSettings: strict),
    tests("WireProtocol", ["SpecVectors"]),
    tests("Base", ["TestSupport"]),
    tests("TextFormats", []),
    tests("InsertFormats", ["TextFormats"]),
    tests("EventMapping", ["SpecVectors", "TextFormats"]),
    .target(
      name: "CompressedSamples", dependencies: ["CZlib", "CZstd"], path: "Tests/CompressedSamples",
      swiftSettings: strict),
    tests("Compression", ["CompressedSamples"]),
    tests("Authentication", ["TextFormats"]),
    tests("Principals", ["Authentication", "Base", "Ingest", "TestSupport", "Waiting", logging]),
    tests("SocketIO", ["Base"]),
    tests("TLSTransport", ["COpenSSL", "DevelopmentCertificates", "SocketIO", "TestSupport", "Waiting"]),
    tests("Ingest", ["SpecVectors", "Waiting", "WireProtocol"]),
    tests("StoreInterface", ["Ingest", "WireProtocol"]),
    tests("PostgresClient", ["FaultProxy", "TestSupport", "WireProtocol", logging]),
    tests("EmbeddedPostgres", ["Base", "PostgresClient", "TestSupport", logging]),
    tests(
      "TCPIngest",
      ["Base", "Ingest", "SocketIO", "SpecVectors", "StoreInterface", "Waiting", "WireProtocol", logging]),
    tests(
      "Storage",
      [
        "Base", "CPostgres", "EmbeddedPostgres", "FaultProxy", "Ingest", "PostgresClient", "StoreInterface",
        "TestSupport", "Waiting", "WireProtocol", logging,
      ]),
    tests(
      "HTTPAdmin",
      [
        "AdminPages", "Authentication", "CompressedSamples", "Compression", "DevelopmentCertificates",
        "EventMapping", "Ingest", "Principals", "StoreInterface", "TLSTransport", "TextFormats", "Waiting",
        "WireProtocol", lifecycle,
        logging,
        serverOnly("HummingbirdTesting", "hummingbird"), serverOnly("NIOEmbedded", "swift-nio"),
      ] + http),
    tests(
      "DaemonConfiguration",
      [
        "EventMapping", "Ingest", "Principals", "StoreInterface", "TextFormats", "WireProtocol", logging,
        serverOnly("Yams", "Yams"),
      ]),
    tests(
      "DaemonServices",
      [
        "DaemonConfiguration", "HTTPAdmin", "Ingest", "SocketIO", "StoreInterface", "TCPIngest",
        "TestSupport",
        "WireProtocol", lifecycle, logging,
      ]),
    tests(
      "Sluiced",
      [
        "DaemonConfiguration", "DaemonServices", "EmbeddedPostgres", "Ingest", "PostgresClient", "Storage",
        "StoreInterface", "TestSupport", lifecycle, logging,
      ]),
    .target(
      name: "ModelServer", dependencies: ["SocketIO", "WireProtocol"], path: "Tests/ModelServer",
      swiftSettings: strict),
    tests(
      "ClientLib",
      [
        "Base", "ModelServer", "SocketIO", "SpecVectors", "WireProtocol",
        serverOnly("ServiceLifecycleTestKit", "swift-service-lifecycle"),
        serverOnly("MetricsTestKit", "swift-metrics"), serverOnly("Tracing", "swift-distributed-tracing"),
        serverOnly("InMemoryTracing", "swift-distributed-tracing"),
        logging,
      ]),
    tests("SluiceLogHandler", ["ClientLib", "ModelServer", "TextFormats", "WireProtocol", logging]),
    tests(
      "Publisher",
      [
        "ClientLib", "CommandSupport", "CompressedSamples", "Compression", "ModelServer", "SocketIO",
        "TextFormats", "Waiting",
        "WireProtocol", histogram,
        arguments, logging,
      ]),
    tests("CommandSupport", ["Authentication", "Base", arguments]),
    tests("Console", ["Authentication", "Base", "CommandSupport", "TextFormats", arguments] + httpClient),
    .target(name: "FaultProxy", path: "Tests/FaultProxy", swiftSettings: strict),
    tests("FaultProxy", ["TestSupport"]),
    .executableTarget(
      name: "Torture", dependencies: ["ClientLib", "CPostgres", "FaultProxy", arguments, logging],
      path: "Tests/Torture", exclude: ["README.md"], swiftSettings: strict),
    tests("Torture", ["ClientLib"]),
    .testTarget(
      name: "EndToEnd",
      dependencies: [
        "CompressedSamples", "DevelopmentCertificates", "FaultProxy", "PostgresClient", "TestSupport",
        "OrderService",
        "Sluiced",
        "Publisher",
        "Console",
      ],
      exclude: ["tail.py", "tls.py"], swiftSettings: strict),
  ]
)
