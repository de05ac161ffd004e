// swift-tools-version: 6.2
import PackageDescription

// The product's sources are linked into `Sources` here, so that they are compiled with libFuzzer's
// instrumentation, while its flags stay out of the product's manifest.
let fuzzed: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .unsafeFlags(["-sanitize=fuzzer,address", "-assert-config", "Debug"]),
]

let package = Package(
  name: "sluice-fuzz",
  platforms: [.macOS(.v26)],
  dependencies: [
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0")
  ],
  targets: [
    .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .target(name: "CIntrinsics"),
    .target(name: "CLibFuzzer"),
    .target(name: "WireProtocol", dependencies: ["CLZ4", "CIntrinsics"], swiftSettings: fuzzed),
    .target(name: "Base", dependencies: ["CIntrinsics"], swiftSettings: fuzzed),
    .target(
      name: "Ingest", dependencies: ["Base", "WireProtocol", "CIntrinsics"], swiftSettings: fuzzed),
    .target(name: "TextFormats", swiftSettings: fuzzed),
    .target(name: "InsertFormats", dependencies: ["TextFormats"], swiftSettings: fuzzed),
    .target(name: "EventMapping", dependencies: ["TextFormats"], swiftSettings: fuzzed),
    .target(name: "Authentication", dependencies: ["COpenSSL", "TextFormats"], swiftSettings: fuzzed),
    .target(name: "SocketIO", dependencies: ["Base", "CIntrinsics"], swiftSettings: fuzzed),
    .target(name: "TLSTransport", dependencies: ["Base", "COpenSSL", "SocketIO"], swiftSettings: fuzzed),
    .target(name: "DevelopmentCertificates", dependencies: ["COpenSSL"], swiftSettings: fuzzed),
    .target(name: "Compression", dependencies: ["CZlib", "CZstd"], swiftSettings: fuzzed),
    .target(name: "CompressedSamples", dependencies: ["CZlib", "CZstd"], swiftSettings: fuzzed),
    .executableTarget(
      name: "Fuzz",
      dependencies: [
        "Authentication", "WireProtocol", "Ingest", "CLibFuzzer", "CompressedSamples", "Compression",
        "DevelopmentCertificates", "EventMapping", "InsertFormats", "TextFormats", "TLSTransport", "Yams",
      ],
      swiftSettings: fuzzed,
      linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])]),
  ]
)
