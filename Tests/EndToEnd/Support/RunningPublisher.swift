import Foundation
import TestSupport
import Testing

/// A `sluice-publish` that runs while a test breaks things around it.
struct RunningPublisher {
  let program: Program

  /// Runs one with endpoints at these ports while `body` runs.
  static func run<Value>(
    to ports: [Int], events: Int, rate: Int? = nil, _ arguments: [String] = [],
    _ body: (RunningPublisher) async throws -> Value
  ) async throws -> Value {
    var all = ports.flatMap { ["--endpoint", "127.0.0.1:\($0)"] } + ["--events", "\(events)", "--json"]
    if let rate { all += ["--rate", "\(rate)"] }
    return try await Program.run("sluice-publish", arguments: all + ["--wait", "60s"] + arguments) {
      try await body(RunningPublisher(program: $0))
    }
  }

  /// Waits for its end.
  /// - Returns: its result, of which everything was committed.
  func finish(sourceLocation: SourceLocation = #_sourceLocation) async throws -> PublishResult {
    let exit = try await program.exit()
    #expect(exit == .status(0), "\(program.standardError)", sourceLocation: sourceLocation)
    let result = try JSONDecoder.snakeCase.decode(
      PublishResult.self, from: Data(program.standardOutput.utf8))
    #expect(result.committed == result.eventsSent, sourceLocation: sourceLocation)
    return result
  }

  /// Waits for its end; the database must then hold exactly what it sent, counted once.
  @discardableResult
  func finish(
    alone conninfo: String, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> PublishResult {
    let result = try await finish(sourceLocation: sourceLocation)
    let unique = try #require(result.uniqueExpected, sourceLocation: sourceLocation)
    try await expectConserved(conninfo, unique: unique, sourceLocation: sourceLocation)
    let sums = try await StoredSums.read(conninfo)
    #expect(sums.received == result.eventsSent, sourceLocation: sourceLocation)
    return result
  }
}

/// Waits until so many events more are counted in the database.
func waitForEvents(_ count: Int, in conninfo: String) async throws {
  let before = try await StoredSums.read(conninfo).received
  try await waitUntil { try await StoredSums.read(conninfo).received >= before + count }
}
