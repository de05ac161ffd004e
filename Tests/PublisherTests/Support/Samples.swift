import ClientLib
import Foundation
import ModelServer
import Synchronization
import WireProtocol

@testable import Publisher

extension EventGenerator {
  /// A small generator with the same events every time.
  static func sample(
    seed: UInt64 = 1, duplicates: Double = 0.35, payloadBytes: Int = 120, anywhere: Bool = false,
    skipped: UInt64 = 0
  ) -> EventGenerator {
    EventGenerator(
      Recipe(
        seed: seed, start: Timestamp(microseconds: 1_767_225_600_000_000), topics: 10,
        payloadBytes: payloadBytes, skipped: skipped),
      plan: DuplicatePlan(share: duplicates, reachesAnywhere: anywhere, seed: seed))
  }
}

extension RunPlan {
  /// A run against `servers`.
  static func sample(
    _ source: Source, _ servers: [ModelServer], connections: Int = 1, batch: Int = 100
  ) -> RunPlan {
    RunPlan(
      source: source, endpoints: servers.map { ClientLib.Endpoint(host: "127.0.0.1", port: $0.port) },
      connections: connections, batch: batch, rate: nil, moment: .committed, producer: nil,
      timeout: .seconds(60), hasFreshKeys: true)
  }
}

/// Collects lines.
final class Lines: Sendable {
  private let state = Mutex<[String]>([])

  var all: [String] { state.withLock { $0 } }

  func add(_ line: String) { state.withLock { $0.append(line) } }
}

/// A file that exists during `body`.
func withFile<Result>(_ content: String, _ body: (String) async throws -> Result) async throws -> Result {
  try await withFile(Array(content.utf8), body)
}

/// A file with `content` that exists during `body`.
func withFile<Result>(_ content: [UInt8], _ body: (String) async throws -> Result) async throws -> Result {
  let url = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-\(UUID().uuidString)")
  try Data(content).write(to: url)
  defer { try? FileManager.default.removeItem(at: url) }
  return try await body(url.path)
}

/// A directory that exists during `body`.
func withDirectory<Result>(_ body: (String) async throws -> Result) async throws -> Result {
  let url = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
  defer { try? FileManager.default.removeItem(at: url) }
  return try await body(url.path)
}
