// swift-tools-version: 6.2
import PackageDescription

// The product's sources are linked into `Sources` here, so that the parts which are not products can be
// measured one by one and the product's manifest stays as it is. What a measurement needs of a target's
// inside stands beside the link, compiled into the same module: optimised as the product is.

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
    // The versions of the product's own manifest.
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2"),
  ],
  targets: [
    .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
    .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .target(name: "CIntrinsics"),
    .target(name: "WireProtocol", dependencies: ["CLZ4", "CIntrinsics"], swiftSettings: strict),
    .target(name: "SocketIO", dependencies: ["CIntrinsics"], swiftSettings: strict),
    .target(name: "Ingest", dependencies: ["WireProtocol", "CIntrinsics"], swiftSettings: strict),
    .target(
      name: "TCPIngest", dependencies: ["Ingest", "SocketIO", "WireProtocol", logging],
      swiftSettings: strict),
    .target(
      name: "Storage",
      dependencies: [
        "Ingest", "WireProtocol", "CPostgres", logging,
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: strict),
    .target(name: "ClientLib", dependencies: ["WireProtocol", "SocketIO", logging], swiftSettings: strict),

    // The measuring programs.
    .executableTarget(name: "Floor", dependencies: ["CPostgres"]),
    .target(name: "CBench"),
    .executableTarget(
      name: "Bench",
      dependencies: [
        "CBench", "CLZ4", "ClientLib", "Ingest", "SocketIO", "Storage", "TCPIngest", "WireProtocol",
        arguments, logging,
      ],
      swiftSettings: strict),
  ]
)
