import Ingest
import StoreInterface
import TestSupport
import Testing
import WireProtocol

@testable import PostgresClient
@testable import Storage

/// Random runs of several producers against two servers with two writers each. At random instants there are
/// overlapping keys, copies of old batches, new sessions, ended backends, COMMITs whose result is unknown,
/// and pruning. During the run every snapshot must obey the conservation law. After the run the database must
/// equal a model.
///
/// The seed determines the choices, but not the order in which the tasks run.
@Suite struct DeliveryPropertyTests {
  private static let producers = 4
  private static let steps = 25
  private static let idCount = 1_500

  @Test(arguments: [1, 2, 3] as [UInt64])
  func storesAndCountsEachBatchOnce(_ seed: UInt64) async throws {
    try await run(seed: seed) { store, model in
      #expect(try await store.violations() == [])
      let stored = try await store.sql("SELECT event_id FROM events").compactMap { $0[0] }
      #expect(stored.count == model.keys.count && Set(stored) == model.keys)
      #expect(try await store.number("SELECT sum(unique_) FROM counters") == model.keys.count)
    }
  }

  /// An event is stored once within its retention: its key may be stored again after it was deleted.
  @Test(arguments: [4, 5] as [UInt64])
  func countsEachBatchOnceWhileEventsExpire(_ seed: UInt64) async throws {
    try await run(seed: seed, eventsKeep: .milliseconds(300)) { store, model in
      #expect(try await store.number("SELECT sum(expired) FROM counters") > 0)
      let stored = try await store.sql("SELECT event_id FROM events").compactMap { $0[0] }
      #expect(Set(stored).count == stored.count && Set(stored).isSubset(of: model.keys))
      // No dedup cache may still count a deleted key as stored.
      try await store.maintain { $0.eventsKeep = .milliseconds(1) }
      let again = try IngestBatch(model.keys.sorted().map { TestEvent($0, topic: "t", payload: "{}") })
      #expect(await store.commit(again).counts?.unique == UInt32(model.keys.count))
    }
  }

  private func run(
    seed: UInt64, eventsKeep: Duration? = nil,
    _ verify: (StoreFixture, DeliveryModel) async throws -> Void
  ) async throws {
    var generator = SeededGenerator(seed: seed)
    let strategy = CommitStrategySetting.allCases.randomElement(using: &generator) ?? .auto
    let recentKeys = [0, 500, 100_000].randomElement(using: &generator) ?? 0
    func adjust(_ settings: inout StoreSettings) {
      settings.group.events = 120
      settings.strategy = strategy
      settings.recentKeys = recentKeys
    }
    try await StoreFixture.with(adjust: adjust) { first in
      try await StoreFixture.with(database: first.conninfo, adjust: adjust) { second in
        try await first.sabotageCommit(
          "PERFORM pg_sleep(0.002); IF random() < 0.1 THEN RAISE WARNING 'who knows'; END IF")
        let model = DeliveryModel()
        let chaos = Chaos(store: first, eventsKeep: eventsKeep, generator: generator.split())
        let disturbance = Task { try await chaos.run() }
        try await withThrowingTaskGroup(of: Void.self) { group in
          for _ in 0..<Self.producers {
            var producer = SimulatedProducer(
              servers: [first, second], model: model, idCount: Self.idCount, generator: generator.split())
            group.addTask { try await producer.run(steps: Self.steps) }
          }
          try await group.waitForAll()
        }
        disturbance.cancel()
        try await disturbance.value
        // On a busy machine the producers may have ended before the first round.
        #expect(try await chaos.maintain() != nil, "nobody holds the lease")
        #expect(model.contradictions == [], "seed \(seed)")
        let retries = [first, second].map { $0.activity.snapshot().groupRetries }
        #expect(retries.reduce(0, +) > 0, "backends were ended")
        #expect(try await first.number("SELECT sum(batches) FROM producers") > 0, "rows were pruned")
        try await verifySums(first, model)
        try await verify(first, model)
      }
    }
  }

  private func verifySums(_ store: StoreFixture, _ model: DeliveryModel) async throws {
    let report = try await PostgresAudit(ConnectionSettings(conninfo: store.conninfo)).run()
    #expect(report.violations == [])
    #expect(report.findings.counters.received == Int64(model.received))
    #expect(report.findings.counters.dead == Int64(model.dead))
    #expect(
      try await store.number(
        "SELECT (SELECT count(*) FROM batches) + (SELECT sum(batches) FROM producers)") == model.batches)
    #expect(
      try await store.number(
        "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == 0)
  }
}

/// Ends backends, prunes, lets events expire, and audits, in random order until it is cancelled.
private struct Chaos {
  let store: StoreFixture
  let eventsKeep: Duration?
  var generator: SeededGenerator

  func run() async throws {
    var generator = generator
    while !Task.isCancelled {
      switch Int.random(in: 0..<10, using: &generator) {
      case 0..<2: try await endABackend()
      case 2..<4: try await endACommit()
      case 4..<8: _ = try? await maintain()
      default: try await audit()
      }
    }
  }

  private func endABackend() async throws {
    try await store.sql(
      """
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'sluice' ORDER BY random() LIMIT 1
      """)
  }

  /// Loses the answer after COMMIT was sent. Only the ledger shows whether the COMMIT took effect.
  private func endACommit() async throws {
    try await store.sql(
      """
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'sluice' AND state = 'active'
        AND query LIKE 'COMMIT%' LIMIT 1
      """)
  }

  /// Runs maintenance with the shortest retention times.
  /// - Returns: Counts of what was done; nil when somebody else holds the lease.
  func maintain() async throws -> MaintenanceCounts? {
    var settings = MaintenanceSettings()
    settings.ledgerKeep = .milliseconds(1)
    settings.eventsKeep = eventsKeep
    return try await PostgresMaintenance(ConnectionSettings(conninfo: store.conninfo), settings).run()
  }

  private func audit() async throws {
    var settings = ConnectionSettings(conninfo: store.conninfo)
    settings.answerTimeout = .seconds(60)
    guard let report = try? await PostgresAudit(settings).run() else { return }
    #expect(report.violations == [])
  }
}
