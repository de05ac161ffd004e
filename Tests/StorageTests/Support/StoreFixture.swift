import Ingest
import Logging
import Storage
import TestSupport
import WireProtocol

@testable import PostgresClient
@testable import StoreInterface

/// A started store with its own database.
struct StoreFixture: Sendable {
  let store: PostgresStore
  let queue: BatchQueue
  let outcomes: Outcomes
  let activity: IngestActivity
  /// Counts a problem from its second report on.
  let health: IngestHealth
  /// Connection string for statements of the test. They must name the schema of each table.
  let conninfo: String

  /// Runs `body` with a store, and stops the store afterwards.
  /// - Parameter adjust: changes settings before the store starts.
  static func with<Value>(
    logger: Logger = .silent, isolation: isolated (any Actor)? = #isolation,
    adjust: (inout StoreSettings) -> Void = { _ in }, _ body: (StoreFixture) async throws -> Value
  ) async throws -> Value {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await with(database: conninfo, logger: logger, adjust: adjust, body)
    }
  }

  /// Runs `body` with a store over an existing database, and stops the store afterwards.
  static func with<Value>(
    database conninfo: String, logger: Logger = .silent,
    isolation: isolated (any Actor)? = #isolation,
    adjust: (inout StoreSettings) -> Void = { _ in }, _ body: (StoreFixture) async throws -> Value
  ) async throws -> Value {
    var settings = StoreSettings(connection: ConnectionSettings(conninfo: conninfo))
    settings.strategy = ForcedStrategy.choice ?? settings.strategy
    // The store runs rounds of maintenance by itself, the first at once. They must not delete the rows that a
    // test makes old, because the test counts what its own round deletes.
    settings.maintenance.ledgerKeep = .seconds(365 * 86_400)
    settings.maintenance.producersKeep = .seconds(365 * 86_400)
    settings.maintenance.unusedProducersKeep = .seconds(365 * 86_400)
    adjust(&settings)
    let queue = BatchQueue(limits: .standard)
    let activity = IngestActivity()
    let health = IngestHealth(threshold: .nanoseconds(1))
    let store = PostgresStore(
      settings: settings, queue: queue, activity: activity, health: health, logger: logger)
    try await store.start()
    let fixture = StoreFixture(
      store: store, queue: queue, outcomes: Outcomes(), activity: activity, health: health,
      conninfo: conninfo)
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

  /// Waits until a component reports a problem of this kind.
  func problem(_ kind: HealthProblem.Kind) async throws -> HealthProblem {
    var found: HealthProblem?
    try await TestSupport.waitUntil {
      let report = health.summary(of: QueueProgress(oldest: nil, settled: 0), at: .now)
      found = report.problems.first { $0.kind == kind }
      return found != nil
    }
    guard let found else { preconditionFailure("the problem was found") }
    return found
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
  ) async throws(RegistrationError) -> RegistrationGrant {
    let registration = ProducerRegistration(
      producer: producer, origin: ProducerOrigin(owner: owner, name: "a test"), base: base, span: span)
    return try await withCheckedContinuation { continuation in
      store.register(registration) { continuation.resume(returning: $0) }
    }.get()
  }

  /// Runs a statement of the test, with the schema in the search path.
  @discardableResult
  func sql(_ statements: String) async throws -> [[String?]] {
    try await SQL.run("SET search_path = sluice; \(statements)", on: conninfo)
  }

  /// Runs a statement that returns one number.
  func number(_ statement: String) async throws -> Int {
    let rows = try await sql(statement)
    guard rows.count == 1, let text = rows[0][0], let value = Int(text) else {
      throw TestSupportError("not one number: \(rows) of \(statement)")
    }
    return value
  }

  /// Runs `query` until the answer is true.
  func waitUntil(_ query: String, limit: Duration = .seconds(180)) async throws {
    try await TestSupport.waitUntil(limit: limit) { try await sql(query) == [["t"]] }
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
