import Ingest
import Synchronization
import TestSupport
import WireProtocol

@testable import Storage

extension StoreFixture {
  /// Lends the queries over this store's database.
  func withQueries<Value>(
    _ settings: QuerySettings = QuerySettings(), isolation: isolated (any Actor)? = #isolation,
    _ body: (PostgresQueries) async throws -> Value
  ) async throws -> Value {
    let queries = PostgresQueries(ConnectionSettings(conninfo: conninfo), settings: settings)
    defer { queries.close() }
    return try await body(queries)
  }
}

/// A small generator with a seed, so that a failure can be repeated (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) {
    self.state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
    return word ^ (word >> 31)
  }
}

/// Names in the order in which threads came by.
final class Order: Sendable {
  private let state = Mutex<[String]>([])

  var names: [String] { state.withLock { $0 } }

  func append(_ name: String) {
    state.withLock { $0.append(name) }
  }
}
