import Logging
import ModelServer
import Synchronization
import WireProtocol

@testable import ClientLib

/// Logs nothing.
let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

extension ModelServer {
  /// Endpoint of the server.
  var endpoint: Endpoint { Endpoint(host: "127.0.0.1", port: port) }

  /// A producer of this server, with pauses that suit a test.
  func producer(
    _ change: (inout Producer.Configuration) -> Void = { _ in }
  ) async throws -> Producer {
    try await connected(to: [self], change)
  }

  /// Content of the ledger.
  var stored: (keys: Int, received: Int, duplicates: Int) {
    ledger.withLedger { ($0.keys.count, $0.received, $0.duplicates) }
  }
}

/// A producer of these servers.
func connected(
  to servers: [ModelServer], _ change: (inout Producer.Configuration) -> Void = { _ in }
) async throws -> Producer {
  try await Producer.connect(
    to: servers.map(\.endpoint), configuration: .quick(change), logger: silent)
}

extension Producer.Configuration {
  /// Short pauses, and timeouts for a busy machine.
  static func quick(_ change: (inout Self) -> Void = { _ in }) -> Self {
    var configuration = Self()
    configuration.connectTimeout = .seconds(180)
    configuration.startOffline = false
    configuration.attemptTimeout = .seconds(30)
    configuration.shortestPause = .milliseconds(1)
    configuration.longestPause = .milliseconds(20)
    configuration.linger = .milliseconds(1)
    change(&configuration)
    return configuration
  }
}

extension Producer {
  /// Publishes a batch of events `<name>-0`, `<name>-1`, and so on.
  func publish(_ name: String, events: Int = 1) async throws -> Receipt {
    var batch = makeBatch()
    for number in 0..<events {
      let fits = try batch.append(
        topic: "a.b.c", eventID: "\(name)-\(number)", timestamp: Timestamp(microseconds: 0), source: "tests",
        payload: "{}")
      precondition(fits)
    }
    return try await publish(batch)
  }
}

/// Collects notices, and waits for one.
final class Notices: Sendable {
  private struct State {
    var all: [Producer.Notice] = []
    var waiting: [(kind: Producer.Notice.Kind, promise: Promise<Producer.Notice>)] = []
  }

  private let state = Mutex(State())

  /// Handler for a configuration.
  var collect: @Sendable (Producer.Notice) -> Void {
    { [self] notice in
      let met = state.withLock { state in
        state.all.append(notice)
        defer { state.waiting.removeAll { $0.kind == notice.kind } }
        return state.waiting.filter { $0.kind == notice.kind }.map(\.promise)
      }
      for promise in met { promise.fulfil(notice) }
    }
  }

  var kinds: [Producer.Notice.Kind] { state.withLock { $0.all.map(\.kind) } }

  /// Waits for the first notice of a kind.
  func first(_ kind: Producer.Notice.Kind) async -> Producer.Notice? {
    let promise = state.withLock { state in
      let promise = Promise<Producer.Notice>()
      if let notice = state.all.first(where: { $0.kind == kind }) {
        promise.fulfil(notice)
      } else {
        state.waiting.append((kind, promise))
      }
      return promise
    }
    return await promise.value()
  }
}
