import Ingest
import StoreInterface
import TestSupport
import Testing
import WireProtocol

@testable import Storage

/// Runs many writers with overlapping keys, repeated batches and connections that end at any instant, and
/// compares the database with a model.
@Suite struct ExactlyOnceTests {
  /// Batches that were sent, and the sums that the database must hold in the end.
  private struct Model {
    var batches: [IngestBatch] = []
    var keys: Set<String> = []
    var received = 0
    var dead = 0

    /// Random batches of a few producers. Ids come from a small set, so that most keys are sent often:
    /// within a batch, within a group, by both stores at once.
    init(batches count: Int, using generator: inout some RandomNumberGenerator) throws {
      let producers = (0..<4).map { _ in ProducerID.test() }
      for number in 0..<count {
        let events = (0..<Int.random(in: 1...60, using: &generator)).map { _ in
          TestEvent("\(Int.random(in: 0..<count * 12, using: &generator))", topic: "t", payload: "{}")
        }
        let dead = events.indices.filter { _ in Int.random(in: 0..<40, using: &generator) == 0 }
        batches.append(
          try IngestBatch(
            events, from: producers[number % producers.count],
            sequence: UInt64(number / producers.count + 1),
            dead: dead.map { DeadEvent(position: $0, reason: .payloadSyntax) }))
        keys.formUnion(events.indices.filter { !dead.contains($0) }.map { events[$0].id })
        received += events.count
        self.dead += dead.count
      }
    }
  }

  /// Runs two servers over one database, each with two writers. Every batch is sent to both servers.
  /// - Returns: The number of times that a group had to run again.
  private func run(
    _ model: Model, adjust: (inout StoreSettings) -> Void = { _ in }, onCommit sabotage: String? = nil,
    meanwhile disturb: (@Sendable (StoreFixture) async throws -> Void)? = nil
  ) async throws -> Int {
    try await StoreFixture.with(adjust: adjust) { first in
      try await StoreFixture.with(database: first.conninfo, adjust: adjust) { second in
        if let sabotage { try await first.sabotageCommit(sabotage) }
        let disturbance = Task {
          while let disturb, !Task.isCancelled { try await disturb(first) }
        }
        first.offer(model.batches)
        second.offer(model.batches.reversed())
        for batch in model.batches {
          let outcomes = [
            await first.outcomes.outcome(of: batch), await second.outcomes.outcome(of: batch),
          ]
          #expect(outcomes[0].counts == outcomes[1].counts)
          #expect(outcomes[0].counts.map { Int($0.received) } == batch.received)
        }
        disturbance.cancel()
        _ = await disturbance.result
        try await verify(model, in: first)
        return first.activity.snapshot().groupRetries + second.activity.snapshot().groupRetries
      }
    }
  }

  private func verify(_ model: Model, in store: StoreFixture) async throws {
    #expect(try await store.violations() == [])
    let stored = try await store.sql("SELECT event_id FROM events")
    #expect(Set(stored.compactMap { $0[0] }) == model.keys)
    #expect(stored.count == model.keys.count)
    let sums = try await store.sql("SELECT sum(received), sum(unique_), sum(dead) FROM counters")
    #expect(sums == [["\(model.received)", "\(model.keys.count)", "\(model.dead)"]])
    #expect(try await store.number("SELECT count(*) FROM batches") == model.batches.count)
  }

  @Test(arguments: CommitStrategySetting.allCases, [0, 500])
  func countsExactlyWithOverlappingKeysAndWriters(_ strategy: CommitStrategySetting, recentKeys: Int)
    async throws
  {
    var generator = SystemRandomNumberGenerator()
    let retries = try await run(Model(batches: 80, using: &generator)) {
      $0.group.events = 200
      $0.strategy = strategy
      $0.recentKeys = recentKeys
    }
    #expect(retries == 0, "keys and ledger rows are locked in one order, so no writer is in another's way")
  }

  @Test(arguments: CommitStrategySetting.allCases)
  func countsExactlyWhileBackendsAreEndedAtRandom(_ strategy: CommitStrategySetting) async throws {
    var generator = SystemRandomNumberGenerator()
    let slowly = "PERFORM pg_sleep(0.02)"
    let retries = try await run(
      Model(batches: 100, using: &generator),
      adjust: {
        $0.group.events = 100
        $0.strategy = strategy
      }, onCommit: slowly
    ) { store in
      try await store.sql(
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'sluice' AND random() < 0.2;
        SELECT pg_sleep(0.02)
        """)
    }
    #expect(retries > 0)
  }

  /// Half of the COMMITs return a warning, so that their result is uncertain. Backends are ended while they
  /// commit.
  @Test(arguments: CommitStrategySetting.allCases)
  func countsExactlyWhileTheOutcomeOfCommitsIsUnknown(_ strategy: CommitStrategySetting) async throws {
    var generator = SystemRandomNumberGenerator()
    let model = try Model(batches: 50, using: &generator)
    let doubtfully = "PERFORM pg_sleep(0.002); IF random() < 0.5 THEN RAISE WARNING 'who knows'; END IF"
    let retries = try await run(
      model,
      adjust: {
        $0.group.events = 60
        $0.strategy = strategy
      }, onCommit: doubtfully
    ) { store in
      try await store.sql(
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'sluice' AND query LIKE 'COMMIT%'
          AND state = 'active' AND random() < 0.5;
        SELECT pg_sleep(0.001)
        """)
    }
    #expect(retries > 0)
  }
}
