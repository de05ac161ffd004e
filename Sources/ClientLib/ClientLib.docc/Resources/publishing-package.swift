// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "orders",
  platforms: [.macOS(.v26)],
  dependencies: [.package(name: "sluice", path: "../sluice", traits: [])],
  targets: [
    .executableTarget(name: "Orders", dependencies: [.product(name: "ClientLib", package: "sluice")])
  ]
)
