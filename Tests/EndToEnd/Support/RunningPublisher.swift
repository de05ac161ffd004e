import Foundation
import TestSupport
import Testing

/// A `sluice-publish` that runs while a test causes faults around it.
struct RunningPublisher {
  let program: Program

  /// Runs a publisher with endpoints at these ports while `body` runs.
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

  /// Runs a publisher that publishes until the test stops it, so that each fault of the test happens while
  /// the publisher runs, also on a slow machine.
  /// - Parameter rate: Events a second.
  static func runUntilStopped<Value>(
    to ports: [Int], rate: Int, _ arguments: [String] = [], _ body: (RunningPublisher) async throws -> Value
  ) async throws -> Value {
    // More events than a publisher of this rate can send during a test.
    try await run(to: ports, events: 10_000_000, rate: rate, ["--stop-wait", "120s"] + arguments, body)
  }

  /// Tells the publisher to stop. The publisher then waits until everything that it sent is committed.
  func stop() {
    program.send(SIGINT)
  }

  /// Waits for the publisher's end, which is the end of its work or a stop by the test.
  /// - Returns: The result, whose events are all committed.
  func finish(sourceLocation: SourceLocation = #_sourceLocation) async throws -> PublishResult {
    let exit = try await program.exit()
    #expect(
      exit == .status(0) || exit == .status(130), "\(program.standardError)", sourceLocation: sourceLocation)
    let result = try JSONDecoder.snakeCase.decode(
      PublishResult.self, from: Data(program.standardOutput.utf8))
    #expect(result.committed == result.eventsSent, sourceLocation: sourceLocation)
    return result
  }

  /// Waits for the publisher's end. Expects that the database then holds exactly the sent events, counted
  /// once.
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

/// Waits until `count` more events are counted in the database.
func waitForEvents(_ count: Int, in conninfo: String) async throws {
  let before = try await StoredSums.read(conninfo).received
  try await waitUntil { try await StoredSums.read(conninfo).received >= before + count }
}
