import EventMapping
import HTTPTypes
import HummingbirdTesting
import Ingest
import NIOCore
import WireProtocol

@testable import HTTPAdmin

/// A server over a store in memory, for tests of the insert routes.
struct InsertServer {
  let store: MemoryStore
  let server: TestServer

  init(
    _ store: MemoryStore = MemoryStore(), batch: BatchLimits = .standard, event: EventLimits = .standard,
    access: AccessServices? = nil, mappings: [String: String] = [:]
  ) {
    self.store = store
    let queries = MemoryQueries { state in
      state.positions = { [store] in store.positions(of: $0, storedBy: $1) }
    }
    var server = TestServer(
      queries: queries, publishing: store.services(batch: batch, event: event), access: access)
    server.settings.isEncrypted = true
    server.settings.mappings = mappings.mapValues { MappingText($0) }
    self.server = server
  }

  /// Returns the answer to JSON lines.
  /// - Parameter query: The query with its question mark, or "".
  func insert(
    _ body: String, _ query: String = "?topic=logs", _ type: String = "application/x-ndjson",
    headers: HTTPFields = [:]
  ) async throws -> TestResponse {
    try await insert(Array(body.utf8), query, type, headers: headers)
  }

  /// Returns the answer to bytes.
  func insert(
    _ body: [UInt8], _ query: String = "?topic=logs", _ type: String = "application/x-ndjson",
    headers: HTTPFields = [:]
  ) async throws -> TestResponse {
    var headers = headers
    headers[.contentType] = type
    return try await server.withClient { [headers] client in
      try await client.execute(
        uri: "/insert/jsonline\(query)", method: .post, headers: headers, body: ByteBuffer(bytes: body)
      ) { $0 }
    }
  }

  /// Returns the counts of JSON lines that are taken.
  func counts(
    _ body: String, _ query: String = "?topic=logs", _ type: String = "application/x-ndjson",
    headers: HTTPFields = [:]
  ) async throws -> InsertCounts {
    try await insert(body, query, type, headers: headers).decoded(as: InsertCounts.self)
  }
}

/// The answer to an insert request as a client reads it.
struct InsertCounts: Decodable, Equatable {
  struct Fault: Decodable, Equatable {
    let pointer: String
    var line: Int?
    let detail: String
  }
  let received: Int
  let processed: Int?
  let duplicates: Int?
  let dead: Int?
  var repeated: Bool?
  var errors: [Fault]?

  init(_ received: Int, processed: Int, duplicates: Int = 0, dead: Int = 0) {
    self.received = received
    self.processed = processed
    self.duplicates = duplicates
    self.dead = dead
  }

  /// The counts without the errors.
  var figures: InsertCounts {
    var figures = self
    figures.errors = nil
    return figures
  }
}
