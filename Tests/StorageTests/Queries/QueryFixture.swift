import Ingest
import Synchronization
import TestSupport
import WireProtocol

@testable import PostgresClient
@testable import Storage
@testable import StoreInterface

extension StoreFixture {
  /// Runs `body` with the queries of this store's database.
  func withQueries<Value>(
    _ settings: QuerySettings = QuerySettings(), isolation: isolated (any Actor)? = #isolation,
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
