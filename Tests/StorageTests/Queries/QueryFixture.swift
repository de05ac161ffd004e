import Ingest
import Synchronization
import TestSupport
import WireProtocol

@testable import PostgresClient
@testable import Storage
@testable import StoreInterface

extension QuerySettings {
  /// Settings with which a search finds everything at once, and no query is refused, also on a busy machine.
  static var unhurried: QuerySettings {
    var settings = QuerySettings()
    settings.searchTime = .seconds(600)
    settings.timeout = .seconds(600)
    settings.statementTimeout = .seconds(600)
    settings.newTopicTime = .seconds(600)
    return settings
  }
}

extension StoreFixture {
  /// Runs `body` with the queries of this store's database.
  func withQueries<Value>(
    _ settings: QuerySettings = .unhurried, isolation: isolated (any Actor)? = #isolation,
    _ body: (PostgresQueries) async throws -> Value
  ) async throws -> Value {
    let queries = PostgresQueries(ConnectionSettings(conninfo: conninfo), settings: settings)
    defer { queries.close() }
    return try await body(queries)
  }
}

/// Names in the order in which threads added them.
final class Order: Sendable {
  private let state = Mutex<[String]>([])

  var names: [String] { state.withLock { $0 } }

  func append(_ name: String) {
    state.withLock { $0.append(name) }
  }
}
