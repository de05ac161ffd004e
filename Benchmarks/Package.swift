// swift-tools-version: 6.2
import PackageDescription

// `Sources` links the product's sources, so that targets which are not products can be measured one by one without a
// change of the product's manifest. Code that a measurement needs inside a target is beside the link. It is compiled
// into the same module and optimised like the product.

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")

let package = Package(
  name: "sluice-benchmarks",
  platforms: [.macOS(.v26)],
  dependencies: [
    // The versions of the product's manifest.
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0"),
  ],
  targets: [
    .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
    .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .target(name: "CIntrinsics"),
    .target(name: "WireProtocol", dependencies: ["CLZ4", "CIntrinsics"], swiftSettings: strict),
    .target(name: "Base", dependencies: ["CIntrinsics"], swiftSettings: strict),
    .target(name: "SocketIO", dependencies: ["Base", "CIntrinsics"], swiftSettings: strict),
    .target(
      name: "Ingest", dependencies: ["Base", "WireProtocol", "CIntrinsics"], swiftSettings: strict),
    .target(name: "StoreInterface", dependencies: ["Ingest", "WireProtocol"], swiftSettings: strict),
    .target(
      name: "TCPIngest", dependencies: ["Ingest", "SocketIO", "StoreInterface", "WireProtocol", logging],
      swiftSettings: strict),
    .target(name: "PostgresClient", dependencies: ["Base", "CPostgres"], swiftSettings: strict),
    .target(
      name: "EmbeddedPostgres",
      dependencies: [
        "Base", "CPostgres", "PostgresClient", logging,
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: strict),
    .target(
      name: "Storage",
      dependencies: [
        "Base", "CIntrinsics", "Ingest", "PostgresClient", "StoreInterface", "WireProtocol", logging,
      ],
      swiftSettings: strict),
    .target(
      name: "ClientLib", dependencies: ["Base", "WireProtocol", "SocketIO", logging], swiftSettings: strict),

    .target(name: "SluiceLogHandler", dependencies: ["ClientLib", logging], swiftSettings: strict),

    // The measuring programs.
    .executableTarget(name: "Floor", dependencies: ["CPostgres"]),
    .target(name: "CBench"),
    .executableTarget(
      name: "Bench",
      dependencies: [
        "CBench", "CLZ4", "ClientLib", "EmbeddedPostgres", "Ingest", "SluiceLogHandler", "SocketIO",
        "Storage",
        "StoreInterface",
        "TCPIngest", "WireProtocol", arguments, logging,
      ],
      swiftSettings: strict),
  ]
)
