import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Ingest
import Logging
import NIOCore
import ServiceLifecycle
import StoreInterface
import Testing
import WireProtocol

@testable import HTTPAdmin

/// A server over memory, with the values that its status closure returns.
struct TestServer {
  /// Times that a busy machine does not reach. Tests of the times set their own.
  var settings = AdminSettings(
    port: 0, version: "1.2.3", receiveTime: .seconds(120), idleTime: .seconds(120))
  var queries = MemoryQueries()
  var status = ServerStatus.sample
  var producers: @Sendable (Set<ProducerID>) -> [ProducerID: ProducerActivity] = { _ in [:] }
  var tail: (any EventTail)?
  var connected: @Sendable () -> Set<ProducerID> = { [] }
  var purge: (any EventPurge)?
  var dead: (any DeadEventStore)?
  var history: (@Sendable (Int64?) -> [HistorySeries])?
  var publishing: PublishServices?
  var access: AccessServices?
  var remaining = Duration.seconds(20)
  /// Called when an open connection has heard of the shutdown.
  var onShutdown: @Sendable () -> Void = {}

  /// Creates the server.
  func admin(onListening: @escaping @Sendable (Int) -> Void = { _ in }) -> AdminServer {
    AdminServer(
      settings: settings, queries: queries, status: { [status] in status }, producers: producers,
      connected: connected, tail: tail, purge: purge, dead: dead, history: history, publishing: publishing,
      access: access,
      remaining: { [remaining, onShutdown] in
        onShutdown()
        return remaining
      },
      logger: .silent,
      onListening: onListening)
  }

  /// Returns the answer to a publishing request.
  func publish(
    _ body: String, to uri: String = "/publish", _ type: String = "application/json",
    headers: HTTPFields = [:]
  ) async throws -> TestResponse {
    var headers = headers
    headers[.contentType] = type
    return try await answer(uri, .post, headers: headers, body: body)
  }

  /// Runs `body` with a client of the router, without a socket.
  func withClient<Value: Sendable>(
    _ setup: TestingSetup = .router, _ body: @Sendable (any TestClientProtocol) async throws -> Value
  ) async throws -> Value {
    try await admin().makeApplication().test(setup, body)
  }

  /// Returns the answer to one request.
  func answer(
    _ uri: String, _ method: HTTPRequest.Method = .get, headers: HTTPFields = [:], body: String? = nil
  ) async throws -> TestResponse {
    try await withClient { client in
      try await client.execute(
        uri: uri, method: method, headers: headers, body: body.map { ByteBuffer(string: $0) }
      ) { $0 }
    }
  }
}

extension ServerStatus {
  /// The status of a server that has run for 90 s and has work.
  static let sample = ServerStatus(
    phase: .serving, now: 1_767_323_135_000_000, startedAt: 1_767_323_045_000_000, uptime: .seconds(90),
    accepted: EventRates(over1s: 100.04, over10s: 90, over60s: 80),
    committed: EventRates(over1s: 99, over10s: 89, over60s: 79),
    commitLatency: LatencyFigures(
      p50: .microseconds(1500), p95: .milliseconds(9), p99: .milliseconds(20), max: .milliseconds(40)),
    queue: QueueFigures(
      batches: 3, bytes: 4096, limitBytes: 1 << 20, limitBatches: 4_096, oldest: .milliseconds(12)),
    writers: WriterFigures(count: 4, busy: 1), memory: MemoryFigures(resident: 50 << 20), connections: 7)
}

extension Logger {
  static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}

extension TestResponse {
  /// The body as text.
  var text: String { String(buffer: body) }

  /// Decodes the body as JSON.
  func decoded<Value: Decodable>(as type: Value.Type) throws -> Value {
    try JSONDecoder().decode(type, from: Data(body.readableBytesView))
  }

  /// Decodes the body as a problem document.
  func problem(sourceLocation: SourceLocation = #_sourceLocation) throws -> ProblemDocument {
    #expect(headers[.contentType] == "application/problem+json", sourceLocation: sourceLocation)
    return try decoded(as: ProblemDocument.self)
  }
}

/// A problem document (RFC 9457) as a client reads it.
struct ProblemDocument: Decodable {
  struct Fault: Decodable {
    let parameter: String?
    let pointer: String?
    let detail: String
  }
  let type: String
  let title: String
  let status: Int
  let detail: String
  let errors: [Fault]?
}

extension TestServer {
  /// Runs the service on a free port, as the daemon does, stops it gracefully after `body`, and waits for its
  /// end.
  func withService<Value: Sendable>(
    _ body: @escaping @Sendable (_ port: Int) async throws -> Value
  ) async throws -> Value {
    let (ports, listening) = AsyncStream.makeStream(of: Int.self)
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: [admin { listening.yield($0) }], logger: .silent))
    return try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask {
        defer { listening.finish() }
        try await group.run()
      }
      guard let port = await ports.first(where: { _ in true }) else {
        try await tasks.waitForAll()
        throw CancellationError()
      }
      let result: Result<Value, any Error>
      do { result = .success(try await body(port)) } catch { result = .failure(error) }
      await group.triggerGracefulShutdown()
      try await tasks.waitForAll()
      return try result.get()
    }
  }
}
