import Ingest
import Logging
import Storage
import TestSupport
import WireProtocol

/// A started store over a database of its own.
struct StoreFixture: Sendable {
  let store: PostgresStore
  let queue: BatchQueue
  let outcomes: Outcomes
  let activity: IngestActivity
  /// For statements of the test itself; their tables need the schema's name.
  let conninfo: String

  /// Runs `body` with a store, and stops it afterwards.
  /// - Parameter adjust: changes settings before the store starts.
  static func with<Value>(
    logger: Logger = .silent, isolation: isolated (any Actor)? = #isolation,
    adjust: (inout StoreSettings) -> Void = { _ in }, _ body: (StoreFixture) async throws -> Value
  ) async throws -> Value {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await with(database: conninfo, logger: logger, adjust: adjust, body)
    }
  }

  /// Runs `body` with a store over a database that exists, and stops it afterwards.
  static func with<Value>(
    database conninfo: String, logger: Logger = .silent,
    isolation: isolated (any Actor)? = #isolation,
    adjust: (inout StoreSettings) -> Void = { _ in }, _ body: (StoreFixture) async throws -> Value
  ) async throws -> Value {
    var settings = StoreSettings(connection: ConnectionSettings(conninfo: conninfo))
    settings.way = ForcedWay.choice ?? settings.way
    adjust(&settings)
    let queue = BatchQueue(limits: .standard)
    let activity = IngestActivity()
    let store = PostgresStore(
      settings: settings, queue: queue, activity: activity, logger: logger)
    try await store.start()
    let fixture = StoreFixture(
      store: store, queue: queue, outcomes: Outcomes(), activity: activity, conninfo: conninfo)
    let result: Result<Value, any Error>
    do {
      result = .success(try await body(fixture))
    } catch {
      result = .failure(error)
    }
    queue.close()
    _ = await store.stop(within: .seconds(20))
    return try result.get()
  }

  /// Hands batches to the writers.
  func offer(_ batches: IngestBatch...) {
    offer(batches)
  }

  /// Hands batches to the writers.
  func offer(_ batches: [IngestBatch]) {
    for batch in batches {
      outcomes.forget(batch)
      let offer = queue.offer(batch, observer: outcomes)
      precondition(offer.isTaken, "the queue of a test is large enough")
    }
  }

  /// Hands a batch to the writers and waits until it is settled.
  func commit(_ batch: IngestBatch) async -> BatchOutcome {
    offer(batch)
    return await outcomes.outcome(of: batch)
  }

  /// Registers a producer and waits for the answer.
  func register(
    _ producer: ProducerID, owner: String = "", base: UInt64 = 1, span: UInt32 = 4_096
  ) async throws(RegistrationError) -> ProducerSession {
    let registration = ProducerRegistration(
      producer: producer, origin: ProducerOrigin(owner: owner, name: "a test"), base: base, span: span)
    return try await withCheckedContinuation { continuation in
      store.register(registration) { continuation.resume(returning: $0) }
    }.get()
  }

  /// Runs a test's own statement, with the schema in its search path.
  @discardableResult
  func sql(_ statements: String) async throws -> [[String?]] {
    try await SQL.run("SET search_path = sluice; \(statements)", on: conninfo)
  }

  /// The one number that a statement returns.
  func number(_ statement: String) async throws -> Int {
    let rows = try await sql(statement)
    guard rows.count == 1, let text = rows[0][0], let value = Int(text) else {
      throw TestSupportError("not one number: \(rows) of \(statement)")
    }
    return value
  }

  /// Asks until the answer is true.
  func waitUntil(_ question: String) async throws {
    while try await sql(question) != [["t"]] { await Task.yield() }
  }
}

extension Offer {
  /// Whether the queue will settle the batch.
  fileprivate var isTaken: Bool {
    switch self {
    case .accepted, .joined: true
    case .full, .sequenceReused, .closed: false
    }
  }
}
